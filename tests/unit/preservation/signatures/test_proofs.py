# SPDX-License-Identifier: EUPL-1.2
"""Proofs of existence that somebody brings: lists, tokens, records, and whatever is none."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import InvalidRequest, NotFound, TrustError
from preservation.signatures.engine.poe import Proof
from preservation.signatures.proofs import proofs_from
from preservation.signatures.records import proofs_by_records, trusted_verdict
from preservation.signatures.sign import sign_cms
from preservation.signatures.validate import validate_file, validate_row
from preservation.trust.dated import Anchor, Period
from preservation.trust.store import TrustStore

DATA = b"decreto de alcaldia"
LATER = datetime(2029, 6, 1, tzinfo=UTC)
"""The seal's certificate has ended."""


@pytest.fixture
def signed(world, tmp_path):
    """A CAdES B-B with its content inside, on disk."""
    path = tmp_path / "decreto.p7m"
    path.write_bytes(sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at))
    return path


def listed(path, *items):
    """Write a list of proofs."""
    path.write_text(json.dumps([*items]), "utf-8")
    return path


def item(data, time, source="registry date"):
    """Return one item of a list."""
    return {"sha256": hashlib.sha256(data).hexdigest(), "time": time, "source": source}


def token_over(world, data, at=None):
    """Return a token of the development authority over data."""
    return world.stamper(at).stamp(hashlib.sha256(data).digest(), "sha256")


def test_registry_date_of_the_file_makes_an_expired_signature_pass(world, signed, tmp_path):
    """What --poe is for: the certificate ended, and a registry date proves that the file is older."""
    trust = world.trust(LATER).joined(world.trust(world.at))
    (before,) = validate_file(signed, trust=trust, at=LATER)
    assert before.sub_indication == "OUT_OF_BOUNDS_NOT_REVOKED"
    proof = listed(tmp_path / "poe.json", item(signed.read_bytes(), "2026-11-21T10:00:00Z"))
    (after,) = validate_file(signed, trust=trust, at=LATER, poe=[proof])
    assert (after.indication, after.proven_by) == ("TOTAL_PASSED", "registry date")
    assert after.best_signature_time == world.signed_at


def test_date_of_another_file_proves_nothing_of_this_one(world, signed, tmp_path):
    """A digest that is not the file's speaks of that object alone."""
    proof = listed(tmp_path / "poe.json", item(b"another", "2026-11-21T10:00:00Z"))
    (report,) = validate_file(signed, trust=world.trust(LATER), at=LATER, poe=[proof])
    assert report.indication == "INDETERMINATE"
    assert report.proven_by == ""


def test_token_over_the_file_proves_it(world, signed, tmp_path):
    """An RFC 3161 token beside the file counts once it passes against trust."""
    data = signed.read_bytes()
    path = tmp_path / "decreto.tst"
    path.write_bytes(token_over(world, data))
    proofs = proofs_from(data, [path], world.trust(LATER), LATER)
    assert proofs.everything == Proof(world.signed_at, "time-stamp token")


@pytest.mark.parametrize("fault", ["other data", "nobody trusted", "ended"])
def test_token_that_does_not_hold_is_refused_with_its_reason(world, signed, tmp_path, fault):
    """A token over something else, of a stranger, or of a unit that ended proves nothing, and it is said."""
    path = tmp_path / "decreto.tst"
    path.write_bytes(token_over(world, b"else" if fault == "other data" else signed.read_bytes()))
    trust = TrustStore() if fault == "nobody trusted" else world.trust(LATER)
    at = datetime(2033, 1, 1, tzinfo=UTC) if fault == "ended" else LATER
    with pytest.raises(TrustError, match=r"decreto\.tst"):
        proofs_from(signed.read_bytes(), [path], trust, at)


def test_later_token_over_an_ended_one_is_believed_through_a_list(world, signed, tmp_path):
    """What is known of a token itself carries it past the end of its unit."""
    data = signed.read_bytes()
    token = token_over(world, data)
    path = tmp_path / "decreto.tst"
    path.write_bytes(token)
    at = datetime(2033, 1, 1, tzinfo=UTC)
    known = listed(tmp_path / "known.json", item(token, "2027-01-01", "records office"))
    trust = world.trust(at)
    assert proofs_from(data, [known, path], trust, at).everything.time == world.signed_at


def test_evidence_record_over_the_file_proves_it(world, signed, tmp_path):
    """An evidence record of the archive is a proof of existence of the whole file."""
    data = signed.read_bytes()
    record = _record(token_over(world, data))
    path = tmp_path / "decreto.er"
    path.write_bytes(record)
    proofs = proofs_from(data, [path], world.trust(LATER), LATER)
    assert proofs.everything == Proof(world.signed_at, "evidence record")
    with pytest.raises(TrustError, match=r"decreto\.er"):
        proofs_from(b"else", [path], world.trust(LATER), LATER)


def test_evidence_is_believed_from_authorities_that_are_trusted_until_a_date(world, signed, tmp_path):
    """A stamping authority of a trusted list has dates: they count at the time at which its token is judged."""
    data = signed.read_bytes()
    path = tmp_path / "decreto.er"
    path.write_bytes(_record(token_over(world, data)))
    ended = LATER - timedelta(days=1)
    always = world.trust(LATER)
    for until, believed in ((None, True), (LATER + timedelta(days=1), True), (ended, False)):
        period = Period(None, until, "granted", trusted=True)
        dated = [Anchor(each, frozenset({"time stamping"}), (period,), "list") for each in always.anchors]
        trust = always.dating(dated)
        assert trust.anchors == ()
        assert (trusted_verdict(path.read_bytes(), [data], trust, LATER).proven_since is not None) is believed
        by_batch = proofs_by_records(data, (), (path.read_bytes(),), trust, LATER)
        assert (by_batch.everything is not None) is believed


def test_record_of_a_unit_whose_status_is_not_known_proves_nothing(world, signed, tmp_path):
    """Whoever stole the key of a unit can date any file: a record needs the status that a time stamp needs."""
    data = signed.read_bytes()
    path = tmp_path / "decreto.er"
    path.write_bytes(_record(token_over(world, data)))
    whole = world.trust(LATER)
    blind = TrustStore(whole.anchors, whole.certificates)
    assert trusted_verdict(path.read_bytes(), [data], blind, LATER).sub_indication == "TRY_LATER"
    assert proofs_by_records(data, (), (path.read_bytes(),), blind, LATER).everything is None
    with pytest.raises(TrustError, match="no revocation data"):
        proofs_from(data, [path], blind, LATER)


def test_record_beside_a_file_counts_in_a_batch_too(world, signed, tmp_path):
    """A list names the records of its files: they prove them as --poe does."""
    path = tmp_path / "decreto.er"
    path.write_bytes(_record(token_over(world, signed.read_bytes())))
    trust = world.trust(LATER).joined(world.trust(world.at))
    rows = (f"{signed.name}\t\t{path.name}", signed.name)
    with_record, without = (validate_row(row, tmp_path, trust, LATER)["signatures"][0] for row in rows)
    assert with_record["indication"] == "TOTAL_PASSED"
    assert without["indication"] == "INDETERMINATE"


def _record(token: bytes) -> bytes:
    from preservation import der

    stamp = der.sequence(token)
    chains = der.sequence(der.sequence(stamp))
    sha256 = bytes.fromhex("300b0609608648016503040201")
    return der.sequence(b"\x02\x01\x01", der.sequence(sha256), chains)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing",
        b"[]",
        b"{}",
        b"[1]",
        b"[" * 100_000,
        b'[{"sha256": "00", "time": "2026-01-01", "source": "x"}]',
        b'[{"sha256": "zz", "time": "2026-01-01", "source": "x"}]',
        json.dumps([{"sha256": "00" * 32, "time": "yesterday", "source": "x"}]).encode(),
        json.dumps([{"sha256": "00" * 32, "time": "2026-01-01T10:00:00", "source": "x"}]).encode(),
        json.dumps([{"sha256": "00" * 32, "time": "2026-01-01", "source": " "}]).encode(),
        json.dumps([{"sha256": "00" * 32, "time": "2026-01-01"}]).encode(),
        b"\x30\x03\x02\x01\x01",
        b"\x30\x80\x00\x00",
    ],
)
def test_what_is_no_proof_is_refused_in_plain_words(world, tmp_path, content):
    """A coded error that says the file, never a crash and never silence."""
    path = tmp_path / "poe.bin"
    path.write_bytes(content)
    with pytest.raises((InvalidRequest, TrustError)) as told:
        proofs_from(DATA, [path], world.trust(), world.at)
    assert "proof" in str(told.value) or "prove" in str(told.value)


def test_proof_that_is_not_there_is_not_found(world, tmp_path):
    """A file that is absent is said to be absent."""
    with pytest.raises(NotFound):
        proofs_from(DATA, [tmp_path / "absent"], world.trust(), world.at)


def test_proof_younger_than_the_judgement_does_not_count(world, signed, tmp_path):
    """Judged as of a day, a later date proves nothing of that day."""
    proof = listed(tmp_path / "poe.json", item(signed.read_bytes(), "2030-01-01"))
    (report,) = validate_file(signed, trust=world.trust(), at=world.at + timedelta(0), poe=[proof])
    assert report.proven_by == ""


@pytest.mark.parametrize("digest", ["", "zz", "00" * 31, "sha256:" + "00" * 32, " " + "00" * 32])
def test_a_listed_proof_of_no_digest_is_refused_in_words(digest, tmp_path, world):
    """Whoever writes the list is told what a digest looks like, not what Python found in it."""
    given = {"sha256": digest, "time": "2026-01-01", "source": "registry date"}
    with pytest.raises(InvalidRequest, match="SHA-256 in hexadecimal"):
        proofs_from(DATA, [listed(tmp_path / "poe.json", given)], world.trust(), world.at)


def test_a_registry_day_proves_no_more_than_its_end(world, tmp_path):
    """The file may have come in the last minute: a revocation of that day came first, for all that is known."""
    days = listed(tmp_path / "poe.json", item(DATA, "2026-11-20"))
    proof = proofs_from(DATA, [days], world.trust(), world.at).everything
    assert proof == Proof(datetime(2026, 11, 21, tzinfo=UTC), "registry date")
    last = listed(tmp_path / "last.json", item(DATA, "9999-12-31"))
    with pytest.raises(InvalidRequest, match="cannot be read"):
        proofs_from(DATA, [last], world.trust(), world.at)
