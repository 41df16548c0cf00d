# SPDX-License-Identifier: EUPL-1.2
"""Every word of the model is explained to whoever knows the law, and to whoever knows the code."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from archive import model

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text("utf-8")
ROWS = [line.strip("|").split("|") for line in GLOSSARY.splitlines() if line.startswith("| ")][1:]
CLASSES = [
    name
    for name, value in vars(model).items()
    if inspect.isclass(value) and value.__module__ == model.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_of_the_model_is_in_the_glossary(name):
    """By its own name, in the first column."""
    assert any(f"`{name}`" in row[0] for row in ROWS)


def test_each_row_is_whole():
    """Code word, Spanish term, meaning and source; a dash where there is none."""
    assert ROWS
    for row in ROWS:
        assert len(row) == 4, row
        assert all(cell.strip() for cell in row), row
