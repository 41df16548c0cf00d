# SPDX-License-Identifier: EUPL-1.2
"""Every kind of event that code writes has words for people."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from archive.web.people.words import EVENTS

ROOT = Path(__file__).resolve().parents[5]
ROOMS = ("archive", "preservation", "ingest", "search", "service")
KIND = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*")
WRITERS = frozenset(
    {"EventDraft", "append", "change", "erase", "next_number", "note", "put", "put_all", "write"}
    | {"_change", "_ended", "_note", "_put", "_tell", "_told"}
)
"""What is called with the kind of an event."""
NO_EVENTS = frozenset(
    {
        "entering.enter",
        "evidence.register",
        "informe.md",
        "ledger.opening",
        "longeva.metrics",
        "longeva.settle",
    }
    | {"l.crl", "report.md", "shown.path"}
)
"""Constants that look alike and are none: addresses of pages, tasks, problems, files."""
FILES = frozenset({"json", "html", "xml", "txt", "pdf", "tst", "lock", "toml", "zip", "xsd", "css", "js", "py"}
                  | {"csv", "tsv", "wsdl", "ers", "svg", "png", "er", "typ", "yaml", "cer", "jsonl", "sqlite"}
                  | {"pem"})  # fmt: skip


def kinds_in(tree: ast.AST) -> Iterator[str]:
    """Yield what a module writes: arguments of the writers, and module constants."""
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in WRITERS:
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not isinstance(node.value, ast.Call | None):
            values = [node.value]
        for value in values:
            for part in [value] if isinstance(value, ast.Call) else ast.walk(value):
                if (
                    isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and KIND.fullmatch(part.value)
                ):
                    yield part.value


def written() -> set[str]:
    """Return every kind that the rooms write."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if path.relative_to(ROOT) != Path("archive/web/people/words.py"):
                found |= set(kinds_in(ast.parse(path.read_text("utf-8"))))
    return {kind for kind in found if kind.rpartition(".")[2] not in FILES}


def test_every_kind_that_is_written_has_words() -> None:
    """A kind without words would be shown raw to an auditor; one that is none belongs into `NO_EVENTS`."""
    assert written() - NO_EVENTS - set(EVENTS) == set()


def test_no_words_are_kept_for_what_nobody_writes() -> None:
    """A kind that is gone from the code would be a filter that finds nothing."""
    code = "".join(
        path.read_text("utf-8")
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if path.relative_to(ROOT) != Path("archive/web/people/words.py")
    )
    # `deposit.STATE` is made of the state's name.
    assert {kind for kind in EVENTS if f'"{kind}"' not in code} == set()


def test_the_search_finds_kinds_of_every_form() -> None:
    """Positional, by keyword, chosen between two, and as a constant."""
    source = (
        'tx.append(a, "b.one")\nr.put(kind="b.two")\nr._put(x, "b.three" if y else "b.four")\nK = "b.five"\n'
    )
    assert set(kinds_in(ast.parse(source + 'url_for("b.no")'))) == {
        "b.one",
        "b.two",
        "b.three",
        "b.four",
        "b.five",
    }
