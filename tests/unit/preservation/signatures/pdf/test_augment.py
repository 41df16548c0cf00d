# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest
from pdf_updates import CONTENT, OBJECTS, document, update

from archive.errors import InvalidRequest, NotAvailable, TrustError
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.engine.judge import judge
from preservation.signatures.pdf import augment
from preservation.signatures.pdf.augment import augment_pdf
from preservation.signatures.pdf.document import PdfFile
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.pdf.store import held_in_store, read_store
from preservation.signatures.sign import sign_pdf


@pytest.fixture(scope="module")
def signed(world, plain_pdf) -> bytes:
    """Two signatures of level B, one visible."""
    one = sign_pdf(plain_pdf, world.seal, signing_time=world.signed_at)
    return sign_pdf(one, world.mayor, signing_time=world.signed_at, box=(50, 50, 150, 90))


def _plan(world, level, digest="sha256", at=None) -> Augmentation:
    return Augmentation(level, world.stamper(at), world.material(at), digest)


def _reports(world, data):
    return [judge(each, world.trust(), world.at) for each in read_pdf(data)]


def _augmented(world, data, level="LTA", **options):
    return augment_pdf(data, _plan(world, level, **options), _reports(world, data))


@pytest.mark.parametrize(("level", "stamps"), [("T", 1), ("LT", 1), ("LTA", 2)])
def test_augment_pdf_reaches_the_level_for_every_signature(world, signed, level, stamps):
    """Both signatures get the level, the file stays a prefix, and everything still passes."""
    made = _augmented(world, signed, level)
    assert made.startswith(signed)
    for report in _reports(world, made):
        assert (report.level, str(report.indication), len(report.timestamps)) == (
            level,
            "TOTAL_PASSED",
            stamps,
        )


def test_augment_pdf_of_lta_renews_with_exactly_one_more_stamp(world, signed):
    """A renewal adds one document time stamp with the digest that is asked, and changes nothing else."""
    once = _augmented(world, signed)
    again = _augmented(world, once, digest="sha512")
    assert again.startswith(once)
    for old, new in zip(read_pdf(once), read_pdf(again), strict=True):
        assert new.stamps[: len(old.stamps)] != ()
        assert [each.token for each in new.stamps[:-1]] == [each.token for each in old.stamps]
        assert (new.stamps[-1].type, new.stamps[-1].imprint.detail) == ("document", "sha512")
        unchanged = replace(new, stamps=old.stamps, covers=old.covers, changes=old.changes)
        assert unchanged == replace(old, stamps=old.stamps)


def test_augment_pdf_puts_nothing_twice_into_the_store(world, signed):
    """What the store holds is not appended again; what is new is."""
    once = _augmented(world, signed)
    again = _augmented(world, once)
    items = read_store([PdfFile(again).last]).items
    assert len(items) == len({each.sha256 for each in items}) == len(read_store([PdfFile(once).last]).items)
    later = _augmented(world, once, at=world.signed_at + timedelta(minutes=5))
    assert set(world.material(world.signed_at + timedelta(minutes=5)).crls) <= held_in_store(later)
    assert held_in_store(once) <= held_in_store(later)


def test_augment_pdf_touches_nothing_that_was_changed_after_signing(world):
    """A time stamp over something broken proves only that it was broken."""
    made = sign_pdf(document(), world.seal, signing_time=world.signed_at)
    reports = _reports(world, made)
    attacked = update(made, {CONTENT: OBJECTS[CONTENT].replace(b"100", b"999")})
    with pytest.raises(TrustError, match="changed after signing"):
        augment_pdf(attacked, _plan(world, "T"), reports)


def test_augment_pdf_gives_back_no_update_that_is_not_lawful(world, signed, monkeypatch):
    """What comes out is read again: an update that breaks a signature is refused."""
    spoil = lambda data, *_, **__: update(data, {3: b"<</Type/Page>>"})  # noqa: E731
    monkeypatch.setattr(augment, "stamp_pdf", spoil)
    with pytest.raises(NotAvailable, match="lawful"):
        augment_pdf(signed, _plan(world, "T"), _reports(world, signed))


def test_augment_pdf_that_cannot_be_updated_is_not_available(world, signed, monkeypatch):
    """A file that the writer cannot go on from is told as such."""

    def refuse(*_, **__):
        raise InvalidRequest("no writer")

    monkeypatch.setattr(augment, "stamp_pdf", refuse)
    with pytest.raises(NotAvailable, match="no writer"):
        augment_pdf(signed, _plan(world, "T"), _reports(world, signed))


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("revision", [4, 6])
def test_encrypted_pdf_that_opens_for_everybody_is_signed_read_and_augmented(
    world, plain_pdf, revision, streams
):
    """A file encrypted for its owner alone keeps its level, its claims and its store."""
    out = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if streams else pikepdf.ObjectStreamMode.disable
    with pikepdf.open(io.BytesIO(plain_pdf)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="", R=revision), object_stream_mode=mode)
    made = sign_pdf(out.getvalue(), world.seal, signing_time=world.signed_at, reason="Prueba")
    (facts,) = read_pdf(made)
    assert facts.claims == (("reason", "Prueba"),)
    grown = _augmented(world, made)
    (report,) = _reports(world, grown)
    assert (report.level, str(report.indication)) == ("LTA", "TOTAL_PASSED")
    assert set(world.material().crls) <= set(read_pdf(grown)[0].crls)
