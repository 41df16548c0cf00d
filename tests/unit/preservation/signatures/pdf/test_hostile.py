# SPDX-License-Identifier: EUPL-1.2
"""PDFs made to take long, to take much, or to crash: each has a verdict within bounds."""

from __future__ import annotations

import mmap
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_updates import FIELD, FORM, OBJECTS, document, section_only, update

from preservation.indications import Indication
from preservation.signatures.engine.judge import judge
from preservation.signatures.pdf.read import MAX_SIGNATURES, read_pdf
from preservation.signatures.sign import sign_pdf


@pytest.fixture(scope="module")
def signed(world) -> bytes:
    """The form, signed."""
    return sign_pdf(document(), world.seal, signing_time=world.signed_at)


EMPTY = b"<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 10 20 5]/Contents<3000>>>"


def _many_fields(_: bytes) -> bytes:
    count = 10_000
    names = b" ".join(b"%d 0 R" % (300 + number) for number in range(count))
    fields = {
        300 + number: b"<</FT/Sig/T(a%d)/V %d 0 R>>" % (number, 20_000 + number) for number in range(count)
    }
    values = {20_000 + number: EMPTY for number in range(count)}
    return document({FORM: b"<</Fields[%s]>>" % names, **fields, **values})


def _bomb(signed: bytes) -> bytes:
    machine = zlib.compressobj(9)
    packed = b"".join(machine.compress(bytes(1 << 20)) for _ in range(256)) + machine.flush()
    head = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    return update(signed, {90: head + packed + b"\nendstream"})


HOSTILE = {
    "ten thousand signatures": _many_fields,
    "deep arrays": lambda _: document({4: b"[" * 50_000 + b"]" * 50_000}),
    "deep dictionaries": lambda signed: update(signed, {4: b"<</A " * 5000 + b">>" * 5000}),
    "unfolding object stream": _bomb,
    "open brackets": lambda signed: update(signed, {90: b"(" * 1_000_000}),
    "one long number": lambda signed: update(signed, {90: b"1" * 2_000_000}),
    "one long array": lambda signed: update(signed, {90: b"[" + b"1 " * 1_000_000 + b"]"}),
    "many references": lambda signed: update(signed, {90: b"[" + b"4 0 R " * 300_000 + b"]"}),
    "many objects": lambda signed: update(signed, dict.fromkeys(range(300, 30000), b"null")),
    "comment without end": lambda signed: signed + b"%" * 5_000_000,
    "nothing but numbers": lambda _: b"%PDF-1.7\n" + b"1" * 5_000_000,
    "nothing but heads": lambda _: b"%PDF-1.7\n" + b"1 0 obj\n" * 300_000,
    "field of itself": lambda _: document(
        {FORM: b"<</Fields[6 0 R]>>", FIELD: b"<</T(a)/Kids[6 0 R]/Parent 6 0 R>>"}
    ),
    "form that is itself": lambda _: document({FORM: b"8 0 R"}),
    "section of itself": lambda signed: section_only(signed, b"/XRefStm 9"),
    "length of itself": lambda signed: update(signed, {90: b"<</Length 90 0 R>>stream\nendstream"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_read_pdf_hostile_has_a_verdict_and_no_exception(world, name, signed):
    """Whatever it is, it is told, and none of it passes but what is lawful."""
    facts = read_pdf(HOSTILE[name](signed))
    assert len(facts) <= MAX_SIGNATURES + 1
    for each in facts:
        assert judge(each, world.trust(), world.at).indication is not None


def test_read_pdf_with_too_many_signatures_says_so(signed):
    """The rest is not passed over in silence."""
    facts = read_pdf(_many_fields(signed))
    assert "more than" in facts[-1].unreadable


def test_read_pdf_mapped_file_reads_like_bytes(tmp_path, signed):
    """A file too big for the memory is mapped; nothing differs."""
    path = tmp_path / "big.pdf"
    path.write_bytes(signed)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert read_pdf(mapped) == read_pdf(signed)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_read_pdf_with_any_octets_altered_never_raises_and_never_passes_what_was_signed(world, signed, data):
    """A signed file with an octet exchanged, or a piece cut out, does not pass; outside the padding nothing holds."""
    at = data.draw(st.integers(0, len(signed) - 1))
    piece = data.draw(st.binary(max_size=8))
    size = data.draw(st.integers(0, 8))
    altered = signed[:at] + piece + signed[at + size :]
    for facts in read_pdf(altered):
        report = judge(facts, world.trust(), world.at)
        if report.indication is Indication.TOTAL_PASSED:
            assert _only_padding(signed, altered)


def _only_padding(signed: bytes, altered: bytes) -> bool:
    """Tell whether two files differ only inside /Contents, in the white space at the end, or not at all."""
    start = signed.index(b"/Contents <")
    end = signed.index(b">", start)
    blank = signed.rstrip() == altered.rstrip()
    return blank or (altered[: start + 11] == signed[: start + 11] and altered[end:] == signed[end:])


def test_read_pdf_document_of_this_test_is_read(signed):
    """The document itself is sound: what is refused above is refused for what was done to it."""
    (facts,) = read_pdf(signed)
    assert facts.intact
    assert not facts.modified
    assert OBJECTS[FIELD] in signed
