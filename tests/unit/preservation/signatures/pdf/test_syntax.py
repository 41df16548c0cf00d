# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from preservation.signatures.pdf.syntax import Broken, Budget, Ref, Stream, read_indirect, read_value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"12", 12),
        (b"-1.5", -1.5),
        (b"true", True),
        (b"null", None),
        (b"/A#20b", "A b"),
        (b"(a(b)c\\)\\101\\n\\\r\n)", b"a(b)c)A\n"),
        (b"<48 6 9>", b"Hi"),
        (b"<486>", b"H`"),
        (b"[1 2 0 R /N]", [1, Ref(2, 0), "N"]),
        (b"%x\n<</A<</B[]>>%y\n/C 3>>", {"A": {"B": []}, "C": 3}),
    ],
)
def test_read_value_reads_what_iso_32000_writes(written, value):
    """Every kind of object of 7.3."""
    assert read_value(written + b" ", 0)[0] == value


def test_read_value_remembers_where_values_stand_and_what_is_repeated():
    """A signature needs the place of its /Contents."""
    data = b"<</Contents <00ff>/A 1/A 2>>"
    found, end = read_value(data, 0)
    start, stop = found.spans["Contents"]
    assert (data[start:stop], found.repeated, end) == (b"<00ff>", ("A",), len(data))


@pytest.mark.parametrize("broken", [b"", b"<<", b"<</A", b"(a", b"<0", b"<zz>", b"]", b"[" * 99, b"9" * 30])
def test_read_value_of_rubbish_is_broken(broken):
    """Nothing else is raised."""
    with pytest.raises(Broken):
        read_value(broken, 0)


def test_read_indirect_finds_the_octets_of_a_stream():
    """They begin after the word and its line end."""
    found = read_indirect(b" 7 0 obj<</Length 1>>stream\r\nX\nendstream", 0)
    assert (found.number, found.value.start, isinstance(found.value, Stream)) == (7, 29, True)
    with pytest.raises(Broken):
        read_indirect(b"7 obj", 0)


def test_budget_is_spent():
    """Too many values are refused."""
    with pytest.raises(Broken):
        read_value(b"[1 2 3]", 0, 0, Budget(2))
