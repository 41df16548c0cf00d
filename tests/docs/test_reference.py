# SPDX-License-Identifier: EUPL-1.2
"""The reference pages say what the code does, today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from archive.errors import LongevaError

HERE = Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("generate_reference", HERE / "generate.py")
generate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(generate)


@pytest.mark.parametrize("name", ["commands.md", "api.md", "errors.md", "findings.md", "../configuration.md"])
def test_the_page_is_what_the_code_says(name):
    """A command, an error or a finding that changes without its page fails here: run `make docs`."""
    assert (generate.REFERENCE / name).read_text("utf-8") == generate.pages()[name]


def test_no_two_errors_share_a_code():
    """A code names one thing."""
    kinds = list(generate._classes(LongevaError))
    assert len({kind.code for kind in kinds}) == len(kinds)
