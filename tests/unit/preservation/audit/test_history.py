# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json

from kept import keep_objects, place_of

from archive.model import SYSTEM_TENANT
from archive.rebuild import rebuild_catalog
from preservation.audit.history import COMPLETED, SAMPLED, TOLD_OBJECTS, past_audits, record
from preservation.audit.run import audit


def test_what_was_found_is_in_the_ledgers_without_a_file_name(world):
    """The installation's ledger has counts and codes, the object's own history its problem; no path anywhere."""
    (object_id,) = keep_objects(world.home, "villa", ["E1"])
    place_of(world.home, "villa", object_id, "received/1.xml").write_bytes(b"x")
    assert record(world.home, COMPLETED, audit(world.home), "cli")
    (past,) = past_audits(world.home)
    assert (past.kind, past.agent, past.problems) == (COMPLETED, "cli", {"STORE-CONTENT-DIGEST": 1})
    assert (past.detail["files"], past.detail["population"]) == (3, 3)
    with world.home.catalog.reading() as tx:
        told = tx.events_about(object_id)[-1]
        events = [*tx.tenant_events("villa"), *tx.tenant_events(SYSTEM_TENANT)]
    assert (told.kind, told.detail) == ("audit.problem", {"problems": {"STORE-CONTENT-DIGEST": 1}})
    assert "1.xml" not in json.dumps([event.detail for event in events])
    assert world.home.ledger.verify("villa") == []


def test_history_comes_back_from_the_store_alone(world):
    """Rebuilding the catalogue loses no audit, newest first."""
    keep_objects(world.home, "villa", ["E1"])
    for kind in (COMPLETED, SAMPLED):
        record(world.home, kind, audit(world.home), "cli")
    rebuild_catalog(world.home)
    assert [past.kind for past in past_audits(world.home)] == [SAMPLED, COMPLETED]


def test_a_store_full_of_damage_does_not_fill_the_ledger(world):
    """Beyond a hundred objects the counts are enough."""
    objects = keep_objects(world.home, "villa", [f"E{n}" for n in range(TOLD_OBJECTS + 5)], files=1)
    for object_id in objects:
        place_of(world.home, "villa", object_id, "received/0.xml").unlink()
    record(world.home, COMPLETED, audit(world.home), "cli")
    with world.home.catalog.reading() as tx:
        told = [event for event in tx.tenant_events("villa") if event.kind == "audit.problem"]
    assert len(told) == TOLD_OBJECTS
    assert next(past_audits(world.home)).problems == {"STORE-CONTENT-MISSING": TOLD_OBJECTS + 5}


def test_what_somebody_else_did_meanwhile_is_not_written_twice(world):
    """Asked under the lock of the ledger, a no writes nothing."""
    assert not record(world.home, SAMPLED, audit(world.home), "cli", still=lambda _: False)
    assert list(past_audits(world.home)) == []
