# SPDX-License-Identifier: EUPL-1.2
"""Every transaction of the program says for whom it speaks (docs/adr/0014-postgresql.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("archive", "ingest", "preservation", "search", "service", "demo")


def _silent(source: str) -> Iterator[int]:
    """Yield the lines of calls of `….catalog.reading()` and `….catalog.transaction()` without a scope."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"reading", "transaction"}
            and not (node.args or node.keywords)
        ):
            yield node.lineno


def test_no_transaction_is_silent_about_its_tenant() -> None:
    """A transaction names a tenant, or says that it speaks for the installation."""
    files = [path for package in PACKAGES for path in (PROJECT / package).rglob("*.py")] + [
        PROJECT / "cli.py"
    ]
    found = [
        f"{path.relative_to(PROJECT)}:{line}" for path in files for line in _silent(path.read_text("utf-8"))
    ]
    assert len(files) > 100
    assert found == []


def test_silence_is_noticed() -> None:
    """The look above finds what it is for."""
    assert list(
        _silent("with home.catalog.reading() as tx:\n    pass\nwith c.transaction(t):\n    pass")
    ) == [1]
