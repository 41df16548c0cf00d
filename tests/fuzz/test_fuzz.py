# SPDX-License-Identifier: EUPL-1.2
"""A minute of broken bytes in every run of the tests, the same each time: no parser of strangers' bytes may fall.

Whatever once broke a parser stays in `tests/fuzz/found/<target>/` and is tried again for ever.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fuzz_mutations import KINDS, mutated
from fuzz_seeds import seeds_of
from fuzz_targets import targets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pki import Pki

FOUND = Path(__file__).parent / "found"
NAMES = (
    "cms",
    "token",
    "pdf",
    "xml",
    "asic",
    "record",
    "statements",
    "certificate",
    "eni",
    "xmlrecord",
    "list",
    "any",
)
EXAMPLES = {"pdf": 800, "asic": 1200, "eni": 1500, "xml": 1500, "list": 1000, "any": 1500}
OPERATIONS = st.lists(
    st.tuples(st.integers(0, KINDS - 1), st.integers(0, (1 << 20) - 1), st.integers(0, (1 << 16) - 1)),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory):
    """Seeds and targets, made once."""
    folder = tmp_path_factory.mktemp("keys")
    seeds = seeds_of(folder)
    seeds["any"] = [each[-1] for each in seeds.values()]
    pki = Pki(folder)
    return seeds, targets(pki.anchors(), pki.chain("rsa")[:1] + pki.chain("tsa1")[:1])


@pytest.mark.parametrize("name", NAMES)
def test_seeds_are_good_and_nothing_breaks_a_parser(name, laid_out):
    """Damaged files give values, never exceptions that nobody declared, and none takes ten seconds."""
    seeds, parsers = laid_out
    assert seeds[name]

    @settings(
        max_examples=EXAMPLES.get(name, 2000),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 63), OPERATIONS)
    def falls(start, operations):
        data = mutated(seeds[name], start, operations)
        began = time.monotonic()
        parsers[name](data)
        assert time.monotonic() - began < 10

    for seed in seeds[name]:
        parsers[name](seed)
    falls()


@pytest.mark.parametrize(
    ("name", "path"), [(path.parent.name, path) for path in sorted(FOUND.glob("*/*"))] or [("any", None)]
)
def test_what_once_broke_a_parser_does_not_again(name, path, laid_out):
    """Each input that was found by fuzzing is tried again."""
    _, parsers = laid_out
    parsers[name](b"" if path is None else path.read_bytes())


def test_every_target_is_tried(laid_out):
    """No target without seeds, no seeds without a target."""
    seeds, parsers = laid_out
    assert set(NAMES) == set(seeds) == set(parsers)
