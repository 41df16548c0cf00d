# SPDX-License-Identifier: EUPL-1.2
"""An archivist's decision: told in a receipt that verifies, kept, and never undone by a repetition."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime

import pytest

from archive.clock import FixedClock
from archive.errors import ConflictError
from archive.home import Home
from archive.journal import read_journal
from archive.ledger_growth import placed
from archive.model import DepositState
from archive.rebuild import rebuild_catalog
from demo.loads import plain_package
from ingest.decision import settle
from ingest.deposit import deposit
from ingest.receipt import canonical, place_in_ledger
from preservation.indications import Indication
from preservation.installation import archive_seal, development_authority
from preservation.signatures.validate import validate_cms
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    """An empty home with one municipality."""
    with Home.create(tmp_path / "home", FixedClock(NOW)) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        yield home


@pytest.fixture
def package(tmp_path):
    """An expediente whose index lists a document that did not come."""
    made = plain_package(tmp_path / "paquete", 2, 500, seed=3)
    (made.folder / made.document_names[0]).unlink()
    return made.folder


def burned(home):
    """The same home with nothing left but its store."""
    home.close()
    for path in home.path.glob("catalog.sqlite3*"):
        path.unlink()
    return Home.open_store(home.path, home.clock)


def test_the_receipt_tells_the_decision_under_a_seal_that_holds(home, package):
    """State, reason, instant and place in the ledger of the decision are in a receipt sealed anew."""
    seal = archive_seal(home)
    waiting = deposit(home, "villa", [package], seal=seal)[0].receipt
    settled = settle(home, waiting["deposit"], admit=True, reason="se aporta después", seal=seal)
    event = list(read_journal(home.store, "villa"))[-1]
    assert (event.kind, event.subject) == ("deposit.admitted", waiting["object"])
    with home.catalog.reading("villa") as tx:
        place = place_in_ledger(placed(tx, event))
    assert place["digest"] == event.digest
    decision = {"reason": "se aporta después", "at": "2026-03-01T00:00:00Z", "ledger": place}
    changed = {"state": "ACCEPTED", "decision": decision, "seal": settled.receipt["seal"]}
    assert settled.receipt == waiting | changed
    cms = base64.b64decode(settled.receipt["seal"]["value"])
    trust = TrustStore.from_authority(development_authority(home), NOW)
    verdicts = validate_cms(cms, lambda: io.BytesIO(canonical(settled.receipt)), trust, NOW)
    assert verdicts[0].indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("admit", [True, False])
def test_the_same_package_again_is_told_the_decision(home, package, admit):
    """What was decided, a refusal too, is neither forgotten nor open again because the package comes again."""
    waiting = deposit(home, "villa", [package], seal=None)[0].receipt
    settled = settle(home, waiting["deposit"], admit=admit, reason="visto", seal=None)
    again = deposit(home, "villa", [package], seal=None)[0]
    assert again.repeated
    assert again.receipt == settled.receipt
    with home.catalog.reading() as tx:
        assert tx.deposit(waiting["deposit"]) == settled
        assert [event.kind for event in tx.tenant_events("villa")].count("object.stored") == 1
    with pytest.raises(ConflictError, match=settled.state):
        settle(home, waiting["deposit"], admit=not admit, reason="otra vez", seal=None)


def test_a_decision_after_the_catalogue_was_burned_gives_a_whole_receipt(home, package):
    """A rebuilt catalogue has no receipts: the decision stands on one made anew from record and ledger."""
    waiting = deposit(home, "villa", [package], seal=None)[0].receipt
    with burned(home) as rebuilt:
        assert rebuild_catalog(rebuilt).problems == ()
        settled = settle(rebuilt, waiting["deposit"], admit=True, reason="visto", seal=None)
    decision = settled.receipt["decision"]
    assert settled.receipt == waiting | {"state": "ACCEPTED", "decision": decision}


@pytest.mark.parametrize(("admit", "state"), [(True, DepositState.ACCEPTED), (False, DepositState.REJECTED)])
def test_a_decision_outlives_the_catalogue(home, package, admit, state):
    """After a rebuild from the store alone the deposit stands as decided, with its reason."""
    waiting = deposit(home, "villa", [package], seal=None)[0].receipt
    settled = settle(home, waiting["deposit"], admit=admit, reason="visto", seal=None)
    assert settled.state is state
    with burned(home) as rebuilt:
        assert rebuild_catalog(rebuilt).problems == ()
        with rebuilt.catalog.reading() as tx:
            assert tx.deposit(waiting["deposit"]) == settled
        assert deposit(rebuilt, "villa", [package], seal=None)[0].receipt == settled.receipt
