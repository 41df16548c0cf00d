# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import io

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive.errors import InvalidRequest
from preservation.indications import Indication
from preservation.signatures.engine.judge import judge
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.pdf.sign import add_material, stamp_pdf
from preservation.signatures.sign import LEVELS, ValidationMaterial, sign_pdf


@pytest.fixture(scope="module")
def signed(world, plain_pdf) -> bytes:
    """A PAdES B-B."""
    return sign_pdf(plain_pdf, world.seal, signing_time=world.signed_at, reason="Prueba", name="Ñ")


@pytest.mark.parametrize("level", LEVELS)
def test_sign_pdf_reaches_its_level_and_keeps_the_original_as_prefix(world, plain_pdf, level):
    """Each baseline level is an update of the file and is judged as passed."""
    made = sign_pdf(
        plain_pdf,
        world.seal,
        level=level,
        authority=world.stamper(),
        material=world.material(),
        signing_time=world.signed_at,
    )
    assert made.startswith(plain_pdf)
    (facts,) = read_pdf(made)
    report = judge(facts, world.trust(), world.at)
    assert (report.indication, report.level, report.format) == ("TOTAL_PASSED", level, "PAdES")
    assert len(report.timestamps) == {"B": 0, "T": 1, "LT": 1, "LTA": 2}[level]


def test_sign_pdf_level_b_twice_gives_the_same_bytes(world, plain_pdf, signed):
    """Nothing random or of the machine's clock enters the file."""
    again = sign_pdf(plain_pdf, world.seal, signing_time=world.signed_at, reason="Prueba", name="Ñ")
    assert again == signed


def test_sign_pdf_second_signature_leaves_the_first_good(world, signed):
    """A second signer adds a revision; the first signature still passes."""
    both = sign_pdf(signed, world.mayor, signing_time=world.signed_at)
    reports = [judge(each, world.trust(), world.at) for each in read_pdf(both)]
    assert [each.indication for each in reports] == [Indication.TOTAL_PASSED] * 2
    assert [each.covers[0] for each in reports] == ["revision 2 of 3", "whole file"]
    assert [each.place for each in reports] == ["Signature1", "Signature2"]


def test_sign_pdf_of_what_is_no_pdf_is_an_invalid_request(world):
    """A foreign exception of the PDF library does not come through."""
    with pytest.raises(InvalidRequest):
        sign_pdf(b"no es un PDF", world.seal, signing_time=world.signed_at)
    with pytest.raises(InvalidRequest, match="authority"):
        sign_pdf(b"", world.seal, level="T", signing_time=world.signed_at)


def test_read_pdf_altered_inside_what_is_signed_fails(world, signed):
    """One octet of the page tree is enough."""
    at = signed.index(b"/MediaBox")
    broken = signed[:at] + b"/MediaBoy" + signed[at + 9 :]
    (facts,) = read_pdf(broken)
    assert judge(facts, world.trust(), world.at).sub_indication in {"HASH_FAILURE", "FORMAT_FAILURE"}
    assert not facts.intact


def _with_another_page_size(signed: bytes) -> bytes:
    out = io.BytesIO(signed)
    writer = IncrementalPdfFileWriter(out)
    page = writer.root["/Pages"]["/Kids"][0]
    page["/MediaBox"] = generic.ArrayObject(generic.NumberObject(each) for each in (0, 0, 10, 10))
    writer.update_container(page)
    writer.write_in_place()
    return out.getvalue()


@pytest.mark.parametrize("change", [_with_another_page_size, lambda signed: signed + b"99 0 obj<<>>endobj"])
def test_read_pdf_changed_after_signing_is_intact_and_not_passed(world, signed, change):
    """A later revision with other content leaves the mathematics alone and forbids the pass."""
    (facts,) = read_pdf(change(signed))
    report = judge(facts, world.trust(), world.at)
    assert facts.intact
    assert facts.modified
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")


def test_read_pdf_with_a_wider_gap_in_its_byte_range_is_refused(world, signed):
    """Octets outside both ranges that are not the signature are not signed: nobody may smuggle them."""
    start = signed.index(b"/ByteRange") + len(b"/ByteRange ")
    end = signed.index(b"]", start) + 1
    _, first, second, last = (int(each) for each in signed[start:end].strip(b"[] ").split())
    wider = b"[0 %d %d %d]" % (first - 8, second, last)
    (facts,) = read_pdf(signed[:start] + wider.ljust(end - start) + signed[end:])
    assert not facts.intact
    assert any("ByteRange" in problem for problem in facts.problems)


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7", b"%PDF-1.7\n" + b"\x00" * 5000, b"%PDF-1.4\ntrailer<</Root 1 0 R>>"]
)
def test_read_pdf_of_rubbish_gives_unreadable_facts(data):
    """No bytes make it raise."""
    (facts,) = read_pdf(data)
    assert facts.unreadable


def test_read_pdf_encrypted_is_told_as_unreadable(plain_pdf):
    """A PDF that needs a password has a report, not a crash."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain_pdf)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    found = read_pdf(out.getvalue())
    assert not found or found[0].unreadable


def test_read_pdf_without_signatures_finds_none(plain_pdf):
    """An unsigned PDF has no reports."""
    assert read_pdf(plain_pdf) == []


def test_read_pdf_with_a_time_stamp_alone_tells_what_was_changed_after_it(world, plain_pdf):
    """A PDF that was only stamped passes as stamped, and not once a page was changed."""
    stamped = stamp_pdf(plain_pdf, world.stamper())
    (facts,) = read_pdf(stamped)
    assert (facts.format, facts.covers, facts.modified) == ("RFC3161", ("whole file",), "")
    assert judge(facts, world.trust(), world.at).indication == "TOTAL_PASSED"
    (facts,) = read_pdf(_with_another_page_size(stamped))
    report = judge(facts, world.trust(), world.at)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")
    assert report.intact


def test_read_pdf_time_stamp_proves_what_stands_under_it_and_nothing_that_came_later(world, plain_pdf):
    """A document time stamp covers the store and the signature before it, not a store appended after it."""
    made = sign_pdf(
        plain_pdf,
        world.seal,
        level="LTA",
        authority=world.stamper(),
        material=world.material(),
        signing_time=world.signed_at,
    )
    later = world.authority.crls(world.at)
    grown = add_material(made, ValidationMaterial((), later))
    kept = {hashlib.sha256(each).digest() for each in (world.seal.certificate, *world.material().crls)}
    new = {hashlib.sha256(each).digest() for each in later}
    for data in (made, grown):
        (facts,) = read_pdf(data)
        stamp = facts.stamps[1]
        assert kept <= stamp.covered
        assert hashlib.sha256(stamp.token).digest() not in stamp.covered
        assert not new & stamp.covered
    assert set(later) <= set(facts.crls)
    (facts,) = read_pdf(stamp_pdf(grown, world.stamper()))
    assert kept | new | {hashlib.sha256(stamp.token).digest()} <= facts.stamps[2].covered


def test_read_pdf_tells_what_the_signer_claims(world, signed):
    """Reason and name of the signature dictionary are claims of the signer."""
    (facts,) = read_pdf(signed)
    assert facts.claims == (("name", "Ñ"), ("reason", "Prueba"))
