# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

import pytest
from stamping_authorities import CountedAuthority

from archive.batches import load_batch, load_stamp, read_leaves
from archive.clock import FixedClock
from archive.digests import digest_bytes
from archive.errors import IntegrityError, InvalidRequest, NotFound, TimestampUnavailable
from archive.home import Home
from archive.ledger_openings import HEADS, opening_key, read_heads, read_opening
from archive.material import MATERIAL_PATH, Material, keep, material_bytes, material_key
from archive.model import SYSTEM_TENANT
from preservation.evidence.batch import load_tree, token_facts
from preservation.evidence.groups import VersionGroup
from preservation.evidence.policy import change_policy
from preservation.evidence.repository import record_for, verify_object
from preservation.evidence.sealing import seal_all, seal_due
from preservation.indications import Indication
from preservation.stamping import TimestampAuthorities
from preservation.trust.store import TrustStore


def _passes(world, object_id):
    verdict = verify_object(
        world.home, object_id, at=world.clock.now(), trust=TrustStore(world.authority.anchors())
    )
    return verdict.indication is Indication.TOTAL_PASSED


def _objects(world, batch):
    """Return how many objects a batch seals, the heads of the ledgers apart."""
    with world.home.catalog.reading() as tx:
        return batch.count - tx.count_own(batch.batch_id)


def test_nothing_due_asks_nobody(world):
    """An empty archive costs no token."""
    tsa = CountedAuthority(world.tsa)
    assert seal_due(world.home, tsa) is None
    assert tsa.tokens == 0


def test_one_token_seals_everything_of_every_tenant(world):
    """Two municipalities, one token, one event in the ledger of each, journalled."""
    world.home.add_tenant("otra", "Otro Ayuntamiento", "L01990020")
    objects = [world.keep(f"e{n}", {"received/a": b"%d" % n}) for n in range(3)]
    objects.append(world.keep("x", {"received/a": b"x"}, tenant="otra"))
    tsa = CountedAuthority(world.tsa)
    batch = seal_due(world.home, tsa)
    assert (tsa.tokens, _objects(world, batch), seal_due(world.home, tsa)) == (1, 4, None)
    assert all(_passes(world, object_id) for object_id in objects)
    with world.home.catalog.reading() as tx:
        for tenant, count in (("villa", 3), ("otra", 1)):
            event = tx.last_event(tenant)
            assert (event.kind, event.subject, event.detail["count"]) == (
                "evidence.sealed",
                batch.batch_id,
                count,
            )
    assert not world.home.ledger.pending("villa")


def test_the_batch_object_says_what_the_catalogue_says(world):
    """Everything needed to rebuild the rows is in the store."""
    world.keep("a", {"received/a": b"1", "received/b": b"2"})
    batch = seal_due(world.home, world.tsa)
    objects = world.home.evidence_objects()
    assert load_batch(objects, batch.object_key) == batch
    assert b"".join(objects.read_verified(batch.object_key, "token.tst")) == batch.token
    with world.home.catalog.reading() as tx:
        assert list(read_leaves(objects, batch)) == list(tx.leaves_in(batch.batch_id))


def test_a_limit_takes_the_longest_waiting_first(world):
    """Three objects, two at a time."""
    first = world.keep("z", {"received/a": b"1"})
    for name in ("b", "a"):
        world.keep(name, {"received/a": name.encode()})
    assert _objects(world, seal_due(world.home, world.tsa, limit=2)) == 2
    assert _passes(world, first)
    assert _objects(world, seal_due(world.home, world.tsa, limit=2)) == 1
    assert seal_due(world.home, world.tsa, limit=2) is None


def test_equal_objects_are_sealed_one_batch_after_the_other(world):
    """Equal leaves never share a tree (preservation.merkle)."""
    twins = [world.keep(name, {"received/a": b"same"}) for name in ("one", "two")]
    assert [_objects(world, seal_due(world.home, world.tsa)) for _ in twins] == [1, 1]
    assert seal_due(world.home, world.tsa) is None
    assert all(_passes(world, twin) for twin in twins)


def test_an_object_with_equal_files_is_proven(world):
    """Two files with the same bytes are one member of the group, and both are proven."""
    twin = world.keep("twin", {"received/a": b"same", "received/b": b"same", "metadata/deposit.json": b"{}"})
    seal_due(world.home, world.tsa)
    assert _passes(world, twin)


def test_no_token_means_nothing_written(world):
    """The authority is down: no batch, no row, no event, and the next run seals."""
    object_id = world.keep("a", {"received/a": b"1"})

    class Down:
        name = "down"

        def stamp(self, imprint, algorithm):
            raise TimestampUnavailable("down")

    with pytest.raises(TimestampUnavailable):
        seal_due(world.home, Down())
    assert list(world.home.evidence_objects().object_ids()) == []
    with pytest.raises(NotFound):
        record_for(world.home, object_id)
    assert _objects(world, seal_due(world.home, world.tsa)) == 1


def test_a_token_over_something_else_is_not_taken(world):
    """Even an authority of ours is not believed."""
    world.keep("a", {"received/a": b"1"})

    class Liar:
        name = "liar"

        def stamp(self, imprint, algorithm):
            return world.tsa.stamp(b"\x00" * 32, algorithm)

    with pytest.raises(TimestampUnavailable, match="does not cover"):
        seal_due(world.home, Liar())


def test_a_sealer_that_was_slower_throws_its_token_away(world):
    """Two sealers at once: the second sees the first one's batch and seals only what is left."""
    object_id = world.keep("a", {"received/a": b"1"})

    class Slow(CountedAuthority):
        def stamp(self, imprint, algorithm):
            if self.tokens == 0:
                seal_due(world.home, world.tsa)
                world.keep("b", {"received/a": b"2"})
            return super().stamp(imprint, algorithm)

    slow = Slow(world.tsa)
    assert (_objects(world, seal_due(world.home, slow)), slow.tokens) == (1, 2)
    with world.home.catalog.reading() as tx:
        assert len(tx.leaves_of(object_id)) == 1


def test_a_limit_of_nothing_is_refused(world):
    """A batch without objects cannot be asked for."""
    world.keep("a", {"received/a": b"1"})
    with pytest.raises(InvalidRequest):
        seal_due(world.home, world.tsa, limit=0)


def test_the_material_that_an_object_names_is_of_its_group(world):
    """What its verdicts used is sealed with its files, and its record demands it; gone, nothing is proven."""
    crl = b"a revocation list"
    sha256 = digest_bytes(crl).sha256
    keep(world.home.store, crl, sha256)
    world.home.store.sync()
    listed = material_bytes([Material(sha256, "crl", len(crl))])
    named = world.keep("con", {"received/a.xml": b"a", MATERIAL_PATH: listed})
    plain = world.keep("sin", {"received/a.xml": b"b"})
    objects, store = world.home.objects("villa"), world.home.store
    assert bytes.fromhex(sha256) in VersionGroup.of(store, objects, named, 1)("sha256")
    assert len(VersionGroup.of(store, objects, named, 1)("sha256")) == 3
    assert len(VersionGroup.of(store, objects, plain, 1)("sha256")) == 1
    seal_due(world.home, world.tsa)
    trust, at = TrustStore(world.authority.anchors()), world.clock.now()
    assert verify_object(world.home, named, at=at, trust=trust).indication is Indication.TOTAL_PASSED
    (world.home.path / "store" / material_key(sha256)).write_bytes(b"another list")
    assert verify_object(world.home, named, at=at, trust=trust).sub_indication == "HASH_FAILURE"
    assert verify_object(world.home, plain, at=at, trust=trust).indication is Indication.TOTAL_PASSED
    (world.home.path / "store" / material_key(sha256)).unlink()
    with pytest.raises(IntegrityError, match="material"):
        verify_object(world.home, named, at=at, trust=trust)


SETTINGS = """
[timestamps.authorities.first]
url = "https://one.example/tsa"
[timestamps.authorities.second]
url = "https://two.example/tsa"
"""


@pytest.fixture
def towns(world):
    """Two municipalities and settings that name two authorities; `first` and `second` stand for them."""
    world.home.add_tenant("otra", "Otro Ayuntamiento", "L01990020")
    world.home.close()
    (world.home.path / "longeva.toml").write_text(SETTINGS, "utf-8")
    world.home = Home.open(world.home.path, world.clock)
    world.first, world.second = CountedAuthority(world.tsa, "first"), CountedAuthority(world.tsa, "second")
    world.both = TimestampAuthorities([world.first, world.second])
    yield world
    world.home.close()


def _deposit(world, **numbers):
    return {
        tenant: [
            world.keep(f"{tenant}{n}", {"received/a": f"{tenant}{n}".encode()}, tenant) for n in range(count)
        ]
        for tenant, count in numbers.items()
    }


def test_tenants_with_other_policies_have_other_batches(towns):
    """One request for each group, to whom its policy names, under its algorithm; every record passes."""
    change_policy(towns.home, "otra", {"authorities": ["second"], "algorithm": "sha512"}, agent="ana")
    objects = _deposit(towns, villa=3, otra=2)
    report = seal_all(towns.home, towns.both)
    told = {each.batch.authority: (each.batch.algorithm, each.objects) for each in report.sealed}
    assert told == {"first": ("sha256", 3), "second": ("sha512", 2)}
    assert (towns.first.tokens, towns.second.tokens, report.objects) == (1, 1, 5)
    assert all(_passes(towns, each) for each in (*objects["villa"], *objects["otra"]))


def test_sha3_reads_the_bytes_and_notices_what_changed(towns):
    """No digest under it was taken at ingest; an object whose bytes rotted is told, and the other is sealed."""
    change_policy(towns.home, "villa", {"algorithm": "sha3_512"}, agent="ana")
    good, bad = _deposit(towns, villa=2)["villa"]
    towns.path_of(bad, "received/a").write_bytes(b"rotten")
    (sealed,) = seal_all(towns.home, towns.both).sealed
    assert (sealed.objects, sealed.batch.algorithm) == (1, "sha3_512")
    assert [each.code for each in sealed.findings] == ["EVIDENCE-OBJECT-UNSEALED"]
    assert _passes(towns, good)
    with pytest.raises(IntegrityError):
        seal_due(towns.home, towns.both)


def test_two_authorities_stamp_one_root(towns):
    """One request to each; both tokens are in the store, and each of them verifies over the same tree."""
    change_policy(towns.home, "villa", {"tokens": 2}, agent="ana")
    _deposit(towns, villa=2)
    (sealed,) = seal_all(towns.home, towns.both).sealed
    batch = sealed.batch
    assert [stamp.authority for stamp in batch.stamps] == ["first", "second"]
    assert (towns.first.tokens, towns.second.tokens, sealed.findings) == (1, 1, ())
    objects = towns.home.evidence_objects()
    root = load_tree(objects, batch).root
    for number, stamp in enumerate(batch.stamps):
        assert load_stamp(objects, batch.object_key, number) == stamp.token
        assert token_facts(stamp.token, root, batch.algorithm).intact
    with towns.home.catalog.reading() as tx:
        assert tx.last_event("villa").detail["authorities"] == ["first", "second"]
        assert tx.batch(batch.batch_id) == batch


def test_one_token_of_two_seals_and_says_so(towns):
    """The missing one is not fatal: findings for people, and the ledger tells it."""
    change_policy(towns.home, "villa", {"tokens": 2}, agent="ana")
    towns.first.down = True
    (object_id,) = _deposit(towns, villa=1)["villa"]
    (sealed,) = seal_all(towns.home, towns.both).sealed
    assert [stamp.authority for stamp in sealed.batch.stamps] == ["second"]
    assert [each.code for each in sealed.findings] == ["EVIDENCE-AUTHORITY-FAILED", "EVIDENCE-TOKEN-MISSING"]
    with towns.home.catalog.reading() as tx:
        told = tx.last_event("villa").detail
    assert (told["wanted"], told["failed"]) == (2, {"first": "first is down"})
    assert _passes(towns, object_id)


def test_whom_nobody_stamps_holds_up_nobody_else(towns):
    """Its authority is down: it stays due, asked once, and is sealed when it is back."""
    change_policy(towns.home, "villa", {"authorities": ["first"]}, agent="ana")
    towns.first.down = True
    objects = _deposit(towns, villa=2)
    towns.clock.instant += timedelta(hours=1)
    objects |= _deposit(towns, otra=1)
    authorities = TimestampAuthorities([towns.second, towns.first])
    report = seal_all(towns.home, authorities)
    assert (report.failures, report.objects, towns.first.tokens) == (("first is down",), 1, 1)
    assert _passes(towns, objects["otra"][0])
    towns.first.down = False
    assert seal_all(towns.home, authorities).objects == 2
    assert all(_passes(towns, each) for each in objects["villa"])


def test_an_interval_is_waited_for_by_the_worker_alone(towns):
    """It seals one round before the interval is over, or when a batch is full; the operator at once."""
    change_policy(towns.home, "villa", {"interval": 3600, "batch": 4}, agent="ana")
    _deposit(towns, villa=3)
    now = towns.clock.now()
    assert seal_all(towns.home, towns.both, at=now + timedelta(seconds=3500)).sealed == ()
    assert seal_all(towns.home, towns.both, at=now + timedelta(seconds=3540)).objects == 3
    for number in range(6):
        towns.keep(f"new{number}", {"received/a": b"new %d" % number})
    report = seal_all(towns.home, towns.both, at=now)
    assert [each.objects for each in report.sealed] == [4]
    assert seal_all(towns.home, towns.both).objects == 2


def _happen(home, tenant="villa"):
    with home.catalog.transaction(tenant) as tx:
        home.ledger.append(tx, tenant, "object.read", "urn:x", "cli")
    home.ledger.flush(tenant)


def test_the_heads_of_the_ledgers_are_proven_by_every_seal(towns):
    """Beside the objects, and alone a day after a ledger grew; of heads alone no ledger is told."""
    _deposit(towns, villa=2)
    (sealed,) = seal_all(towns.home, towns.both).sealed
    assert (sealed.objects, sealed.batch.count) == (2, 3)
    objects = towns.home.evidence_objects()
    *_, own = read_leaves(objects, sealed.batch)
    heads = b"".join(objects.read_verified(sealed.batch.object_key, HEADS))
    assert own.object_id == f"{sealed.batch.object_key}#{HEADS}"
    assert own.digest == digest_bytes(heads).sha256
    opening = read_opening(towns.home.store.read(opening_key("villa", sealed.batch.batch_id)))
    assert opening.leads(read_heads(heads))
    assert seal_all(towns.home, towns.both).sealed == ()
    towns.home.clock = FixedClock(towns.home.clock.now() + timedelta(days=1))
    before = towns.home.ledger.head(SYSTEM_TENANT)
    (alone,) = seal_all(towns.home, towns.both).sealed
    assert (alone.objects, alone.batch.count) == (0, 1)
    assert towns.home.ledger.head(SYSTEM_TENANT) == before
    towns.home.clock = FixedClock(towns.home.clock.now() + timedelta(days=1))
    assert seal_all(towns.home, towns.both).sealed == ()  # nothing happened since
    _happen(towns.home)
    assert len(seal_all(towns.home, towns.both).sealed) == 1


def test_heads_alone_are_sealed_at_once_for_who_asks(towns):
    """Whatever `heads_every` says, once: not before any object, nor in the same call as what waited."""
    _happen(towns.home)
    assert seal_all(towns.home, towns.both, heads=True).sealed == ()
    _deposit(towns, villa=1)
    assert [each.objects for each in seal_all(towns.home, towns.both, heads=True).sealed] == [1]
    _happen(towns.home)
    assert seal_all(towns.home, towns.both).sealed == ()
    (alone,) = seal_all(towns.home, towns.both, heads=True).sealed
    assert (alone.objects, alone.batch.count) == (0, 1)
    assert seal_all(towns.home, towns.both, heads=True).sealed == ()
