# SPDX-License-Identifier: EUPL-1.2
"""The whole life of evidence: sealed in 2026, renewed twice, judged in 2060."""

from __future__ import annotations

from datetime import UTC, datetime

from archived import make_archive

from archive.catalog import RENEWAL, SEAL
from archive.model import RECORD_PATH
from archive.rebuild import rebuild_catalog
from preservation.audit.run import audit
from preservation.evidence.repository import record_for, verify_object
from preservation.evidence.sealing import seal_due
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.renewal.falls import Work
from preservation.renewal.forecast import forecast
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore

FILES = {
    "received/indice.xml": b"<indice/>",
    "received/acta.xml": b"<acta/>",
    "metadata/deposit.json": b"{}\n",
}


def _fill(world, count=5):
    return [
        world.keep(f"exp-{n}", FILES | {"metadata/deposit.json": b'{"n": %d}\n' % n}) for n in range(count)
    ]


def _judge(world, object_id):
    return verify_object(
        world.home, object_id, at=world.clock.now(), trust=TrustStore(world.authority.anchors())
    )


def test_evidence_renewed_in_time_proves_an_object_of_2026_in_2060(world):
    """Sealed 2026, renewed 2031 and 2045: in 2060 every object is proven since 2026."""
    objects = _fill(world)
    sealed_at = world.clock.now()
    assert seal_due(world.home, world.tsa) is not None
    for year in (2031, 2045):
        at = world.travel(year, 7)
        report = renew_due(world.home, world.tsa, at, trust=TrustStore(world.authority.anchors()))
        assert (len(report.renewed), report.findings) == (1, ())
    world.travel(2060)
    for object_id in objects:
        verdict = _judge(world, object_id)
        assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
        assert (verdict.proven_since, len(verdict.stamps)) == (sealed_at, 3)


def test_evidence_sealed_in_2026_and_renewed_in_2031_holds_in_2040(world):
    """One renewal carries the proof past the end of the first unit's certificate."""
    objects = _fill(world)
    seal_due(world.home, world.tsa)
    renew_due(world.home, world.tsa, world.travel(2031, 9), trust=TrustStore(world.authority.anchors()))
    world.travel(2040)
    assert _judge(world, objects[0]).indication is Indication.TOTAL_PASSED


def test_evidence_that_nobody_renewed_proves_nothing_in_2040(world):
    """The unit's certificate ended in 2032: INDETERMINATE, OUT_OF_BOUNDS_NO_POE, and nothing can mend it."""
    objects = _fill(world, 1)
    seal_due(world.home, world.tsa)
    at = world.travel(2040)
    verdict = _judge(world, objects[0])
    assert (verdict.indication, verdict.sub_indication) == (Indication.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE")
    assert verdict.intact
    report = renew_due(world.home, world.tsa, at, trust=TrustStore(world.authority.anchors()), force=True)
    assert report.batch is None
    assert [found.code for found in report.findings] == ["EVIDENCE-TOKEN-EXPIRED"]


def test_a_changed_byte_fails_with_hash_failure_after_any_number_of_renewals(world):
    """One flipped byte on the disk, whatever the inventory says."""
    objects = _fill(world)
    seal_due(world.home, world.tsa)
    renew_due(world.home, world.tsa, world.travel(2031, 9), trust=TrustStore(world.authority.anchors()))
    path = world.path_of(objects[2], "received/acta.xml")
    path.chmod(0o644)
    path.write_bytes(b"<Acta/>")
    verdict = _judge(world, objects[2])
    assert (verdict.indication, verdict.sub_indication) == (Indication.TOTAL_FAILED, "HASH_FAILURE")
    assert _judge(world, objects[3]).indication is Indication.TOTAL_PASSED


def test_a_record_proves_its_own_object_only(world):
    """Another object's record, and a foreign file beside the own ones, both fail."""
    objects = _fill(world)
    seal_due(world.home, world.tsa)
    record = record_for(world.home, objects[0])
    own = [*[*FILES.values()][:2], b'{"n": 0}\n']
    context = {"at": world.clock.now(), "trust": TrustStore(world.authority.anchors())}
    assert verify_record(record, own, group=True, **context).indication is Indication.TOTAL_PASSED
    assert verify_record(record, own[:1], **context).indication is Indication.TOTAL_PASSED
    wrong = verify_record(record_for(world.home, objects[1]), own, **context)
    foreign = verify_record(record, [*own, b"foreign"], **context)
    missing = verify_record(record, own[:2], group=True, **context)
    assert {wrong.sub_indication, foreign.sub_indication, missing.sub_indication} == {"HASH_FAILURE"}


def _first_due(world):
    """Return the first renewal that the forecast tells of, where nobody plans against algorithms."""
    falls = forecast(world.home, world.clock.now(), plans=()).falls
    return next(fall for fall in falls if fall.work is Work.TIME_STAMPS)


def test_the_forecast_names_the_day_long_before(world):
    """In 2026 the archive knows that the seals of the first unit fall due on 2031-06-02."""
    _fill(world, 3)
    seal_due(world.home, world.tsa)
    due = _first_due(world)
    assert (due.due_at.date().isoformat(), due.records, due.overdue) == ("2031-06-02", 3, False)
    at = world.travel(2031, 5)
    assert renew_due(world.home, world.tsa, at, trust=TrustStore(world.authority.anchors())).batch is None
    at = world.travel(2031, 7)
    assert _first_due(world).overdue
    assert renew_due(world.home, world.tsa, at, trust=TrustStore(world.authority.anchors())).batch is not None
    due = _first_due(world)
    assert (due.due_at.date().isoformat(), due.records, due.overdue) == ("2045-01-01", 3, False)


def _rows(world):
    with world.home.catalog.reading() as tx:
        return [(batch, list(tx.leaves_in(batch.batch_id))) for batch in tx.batches()], tx.live_batches()


def test_evidence_survives_the_loss_of_the_catalogue(world):
    """Sealed, renewed twice, the catalogue rebuilt from the store: the same batches, leaves and due dates."""
    _fill(world, 2)
    seal_due(world.home, world.tsa)
    for year in (2031, 2045):
        renew_due(world.home, world.tsa, world.travel(year, 7), trust=TrustStore(world.authority.anchors()))
    before = _rows(world)
    rebuild_catalog(world.home)
    assert _rows(world) == before
    assert [batch.kind for batch, _ in before[0]] == [SEAL, RENEWAL, RENEWAL]
    due = _first_due(world)
    assert (due.due_at.year, due.records) == (2063, 2)


LIFE = ((2031, ""), (2036, "sha512"), (2044, ""), (2048, "sha3_512"), (2062, ""))
"""When new tokens are got, and when new trees under another digest."""


def test_evidence_outlives_two_digests_and_five_generations_of_tokens(tmp_path):
    """SHA-256, SHA-512, SHA3-512, new tokens in between, the catalogue lost at the end: all is proven.

    And one flipped byte fails.
    """
    archived = make_archive(tmp_path)
    home, clock = archived.home, archived.clock
    with home:
        tsa, trust = archived.authority.timestamp_authority(clock), TrustStore(archived.authority.anchors())
        objects = [archived.deposit(b"first", number=1), archived.deposit(b"second", number=2)]
        seal_due(home, tsa)
        for year, algorithm in LIFE:
            clock.instant = datetime(year, 7, 1, tzinfo=UTC)
            objects.append(archived.deposit(b"of %d" % year, number=year))
            seal_due(home, tsa)
            options = {"trust": trust, "force": True, "algorithm": algorithm}
            report = renew_due(home, tsa, clock.now(), **options)
            assert report.findings == ()
        rebuild_catalog(home)
        clock.instant = datetime(2063, 7, 1, tzinfo=UTC)

        def judge(record):
            return verify_object(home, record.object_id, at=clock.now(), trust=trust)

        for record in objects:
            verdict = judge(record)
            assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
            assert verdict.proven_since == record.created_at.replace(microsecond=0)
        assert len(judge(objects[0]).stamps) == 6
        assert audit(home, trust=trust).evidence.failed == 0
        path = home.path / "store" / home.objects("villar").locate(objects[0].object_id, RECORD_PATH)
        path.chmod(0o644)
        path.write_bytes(path.read_bytes().replace(b"{", b"[", 1))
        assert judge(objects[0]).sub_indication == "HASH_FAILURE"
        assert judge(objects[1]).indication is Indication.TOTAL_PASSED
