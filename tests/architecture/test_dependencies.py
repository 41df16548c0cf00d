# SPDX-License-Identifier: EUPL-1.2
"""What we say we need is what we import, and what was tested is what is locked."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[2]
OURS = {"archive", "ingest", "preservation", "search", "service", "demo", "cli"}
DECLARATION = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
NEEDED = [Requirement(text) for text in DECLARATION["dependencies"]]
ENGINES = [Requirement(text) for text in DECLARATION["optional-dependencies"]["engines"]]


def locked(name: str) -> dict[str, str]:
    text = (PROJECT / name).read_text("utf-8")
    return {
        canonicalize_name(found[1]): found[2] for found in re.finditer(r"(?m)^([A-Za-z0-9._-]+)==(\S+)", text)
    }


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("requirements.lock", NEEDED),
        ("requirements-engines.lock", NEEDED + ENGINES),
        ("requirements-dev.lock", NEEDED + ENGINES),
    ],
)
def test_every_requirement_is_locked_within_its_range(lock, declared):
    """A dependency whose lock was not renewed fails here: run `make lock`."""
    versions = locked(lock)
    for requirement in declared:
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("lock", sorted(path.name for path in PROJECT.glob("*.lock")))
def test_every_locked_package_has_hashes_and_no_address(lock):
    """Nothing is installed that was not pinned by its content, wherever it comes from."""
    text = (PROJECT / lock).read_text("utf-8")
    assert "://" not in text
    for block in re.split(r"(?m)^(?=[A-Za-z0-9])", text):
        assert not block.strip() or block.startswith("#") or "--hash=sha256:" in block


def test_everything_imported_is_declared():
    """A library that only happens to be there because another needs it would vanish with that other."""
    imported = set()
    for room in ("archive", "ingest", "preservation", "search", "service", "demo"):
        for path in (PROJECT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    imported.update(alias.name.split(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    imported.add(node.module.split(".")[0])
    foreign = imported - OURS - set(sys.stdlib_module_names) - {"_typeshed"}
    homes = packages_distributions()
    needed = {canonicalize_name(homes[name][0]) for name in foreign}
    assert needed <= {canonicalize_name(requirement.name) for requirement in NEEDED + ENGINES}
