# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.catalog import TREE_RENEWAL
from archive.digests import digest_bytes
from archive.errors import IntegrityError
from archive.model import FileRole, ObjectKind, ObjectRecord, StoredFile
from archive.objects import NewVersion
from preservation.evidence.groups import VersionGroup
from preservation.evidence.lineage import Lines
from preservation.evidence.reading import parse_record
from preservation.evidence.repository import EvidenceRepository, record_for, verify_object
from preservation.evidence.sealing import seal_due
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.renewal.material import MATERIAL
from preservation.renewal.rehashing import Rehashing
from preservation.renewal.renew import renew_due
from preservation.strength import STRENGTH
from preservation.trust.store import TrustStore

FILES = {"received/a.xml": b"<a/>", "received/b.xml": b"<b/>", "metadata/deposit.json": b"{}"}
RETIRED = STRENGTH.retiring("sha256", datetime(2032, 1, 1, tzinfo=UTC))


def _trust(world):
    return TrustStore(world.authority.anchors())


def _renew(world, **options):
    return renew_due(world.home, world.tsa, world.clock.now(), trust=_trust(world), **options)


def _verify(world, object_id, **options):
    return verify_object(world.home, object_id, at=world.clock.now(), trust=_trust(world), **options)


def keep(world, name, files):
    """Keep an object as a deposit does, its files in the catalogue too."""
    object_id = f"urn:longeva:villa:{name}"
    objects, now = world.home.objects("villa"), world.clock.now()
    staged = {path: objects.stage(object_id, path, (data,)) for path, data in files.items()}
    objects.commit([NewVersion(object_id, staged, "test", "test", now)])
    rows = [StoredFile(path, FileRole.OTHER, digests, "", "") for path, digests in staged.items()]
    package = digest_bytes(name.encode()).sha256
    record = ObjectRecord(object_id, "villa", ObjectKind.EXPEDIENTE, name, name, 1, package, now)
    with world.home.catalog.transaction() as tx:
        tx.add_object(record, rows)
    return object_id


def _versions(world, batch):
    """Return how many leaves of a batch stand for object versions, not for files of batches."""
    with world.home.catalog.reading() as tx:
        return sum(leaf.version > 0 for leaf in tx.leaves_in(batch.batch_id))


def test_everything_of_a_retiring_algorithm_gets_one_new_tree(world):
    """Two seals; SHA-256 falls in 2032: in 2031 one tree under SHA-512, one token, and every object proven."""
    objects = [keep(world, "group", FILES)]
    seal_due(world.home, world.tsa)
    objects += [world.keep(f"e{n}", {"received/a": b"%d" % n}) for n in range(5)]
    seal_due(world.home, world.tsa)
    world.travel(2031, 3)
    report = _renew(world, strength=RETIRED)
    assert (report.batch.kind, report.batch.algorithm, len(report.renewed)) == (TREE_RENEWAL, "sha512", 2)
    assert _versions(world, report.batch) == 6
    world.travel(2034)
    for object_id in objects:
        verdict = _verify(world, object_id)
        assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
        assert len(verdict.stamps) == 2


def test_a_life_of_three_digests_and_time_stamps_between_proves_every_object(world):
    """SHA-256, renewed; SHA-512, renewed; SHA3-512, renewed: the record has three chains of two stamps."""
    objects = [keep(world, "group", FILES), world.keep("single", {"received/a": b"1"})]
    seal_due(world.home, world.tsa)
    for year, algorithm in ((2031, ""), (2036, "sha512"), (2044, ""), (2048, "sha3_512"), (2062, "")):
        world.travel(year, 7)
        young = world.keep(f"of-{year}", {"received/a": b"%d" % year})
        objects.append(young)
        seal_due(world.home, world.tsa)
        report = _renew(world, force=True, algorithm=algorithm)
        assert not report.findings
    world.travel(2063)
    for object_id in objects:
        verdict = _verify(world, object_id)
        assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
    record = parse_record(record_for(world.home, objects[0]))
    assert [len(chain.stamps) for chain in record.chains] == [2, 2, 2]
    assert record.algorithms == ("sha256", "sha512", "sha3_512")


def test_a_changed_byte_fails_after_a_hash_tree_renewal(world):
    """One flipped byte on the disk: the verdict is HASH_FAILURE, of this object alone."""
    objects = [keep(world, "one", FILES), keep(world, "two", {"received/a": b"2"})]
    seal_due(world.home, world.tsa)
    world.travel(2031, 3)
    _renew(world, strength=RETIRED)
    path = world.path_of(objects[0], "received/a.xml")
    path.chmod(0o644)
    path.write_bytes(b"<A/>")
    verdict = _verify(world, objects[0])
    assert (verdict.indication, verdict.sub_indication) == (Indication.TOTAL_FAILED, "HASH_FAILURE")
    assert _verify(world, objects[1]).indication is Indication.TOTAL_PASSED


def _values(world, algorithm="sha512", *, read=False):
    """Return what every live line proves, hashed again."""
    with world.home.catalog.reading() as tx:
        lines = [line for batch in tx.live_batches() for line in Lines(tx).ending_in(batch)]
    rehashing = Rehashing(world.home, algorithm, read)
    return [
        each for line in lines for page in rehashing.pages(line, (0,) * len(line.batches), 0) for each in page
    ]


def test_the_quick_way_and_reading_every_byte_give_the_same_leaves(world):
    """Digests of the catalogue, digests of the inventory, and bytes read again: one value."""
    for number in range(4):
        keep(world, f"e{number}", FILES | {"received/n": b"%d" % number})
    world.keep("without rows", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    world.travel(2031, 7)
    _renew(world, force=True)
    quick, slow = _values(world), _values(world, read=True)
    assert quick == slow
    assert sum(bool(each.value) and each.version > 0 for each in quick) == 5


def test_no_document_is_read_again_unless_policy_asks(world):
    """The bytes are gone, the digests are not: the renewal covers all the same; with --read it says so."""
    object_id = keep(world, "gone", FILES)
    seal_due(world.home, world.tsa)
    world.path_of(object_id, "received/a.xml").unlink()
    world.travel(2031, 3)
    report = _renew(world, strength=RETIRED, read=True)
    assert [found.code for found in report.findings] == ["EVIDENCE-NOT-CARRIED"]
    report = _renew(world, strength=RETIRED)
    assert (report.findings, _versions(world, report.batch)) == ((), 1)


def test_what_cannot_be_carried_on_is_left_out_and_its_batch_stays_live(world):
    """A file has rotted, read again: the others are carried, and the next renewal carries the mended one."""
    objects = [keep(world, f"e{n}", {"received/a": b"%d" % n}) for n in range(3)]
    sealed = seal_due(world.home, world.tsa)
    path = world.path_of(objects[1], "received/a")
    path.chmod(0o644)
    path.write_bytes(b"x")
    world.travel(2031, 3)
    report = _renew(world, strength=RETIRED, read=True)
    assert [(found.code, found.place) for found in report.findings] == [
        ("EVIDENCE-NOT-CARRIED", sealed.object_key)
    ]
    assert report.batch.partly == (sealed.batch_id,)
    path.write_bytes(b"1")
    again = _renew(world, strength=RETIRED, read=True)
    assert again.findings == ()
    assert _versions(world, again.batch) == 1
    assert _renew(world, strength=RETIRED).batches == ()
    world.travel(2034)
    for object_id in objects:
        verdict = _verify(world, object_id)
        assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
        assert len(verdict.stamps) == 2


def test_own_files_of_batches_are_carried_on_too(world):
    """What old tokens were judged with is proven after every renewal, of either kind."""
    world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    world.travel(2031, 7)
    first = _renew(world, force=True).batch
    world.travel(2036, 7)
    _renew(world, force=True, algorithm="sha512")
    world.travel(2044, 7)
    _renew(world, force=True)
    at = world.travel(2050)
    record = EvidenceRepository(world.home).record_for_own(first.object_key, MATERIAL)
    data = b"".join(world.home.evidence_objects().read_verified(first.object_key, MATERIAL))
    verdict = verify_record(record, [data], at=at, trust=_trust(world), group=True)
    assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
    assert [len(chain.stamps) for chain in parse_record(record).chains] == [1, 2]


def test_a_record_whose_group_is_another_one_is_refused(world):
    """The inventory of an object says other digests than those that were carried on: no record."""
    object_id = keep(world, "a", FILES)
    other = keep(world, "b", {"received/a": b"2"})
    seal_due(world.home, world.tsa)
    world.travel(2031, 3)
    _renew(world, strength=RETIRED)
    repository = EvidenceRepository(world.home)
    with world.home.catalog.reading() as tx:
        links = tx.line_of(tx.seals_of(object_id)[0])
        objects = world.home.objects("villa")
        group = VersionGroup.of(world.home.store, objects, other, 1)
        with pytest.raises(IntegrityError):
            repository.assemble(links, group)
