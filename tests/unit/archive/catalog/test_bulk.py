# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from catalogued import NOW, a_batch, a_document, a_file, a_signature, an_event, an_object
from postgres_server import Database

from archive.catalog import INSTALLATION, Catalog, Holding, LeafRecord, bulk
from archive.errors import ConflictError
from archive.model import Tenant

MANY = 3 * bulk.FEW
ODD = "a\tb\\N\n\r|' \" ñ € \\. 𝄞"


@pytest.fixture(params=["sqlite", "application", "owner"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """A catalogue with a municipality: a file, a login that is held to the rules, and one that is not."""
    if request.param == "sqlite":
        target = str(tmp_path / "catalog.sqlite3")
    else:
        database: Database = request.getfixturevalue("postgres_catalog")
        target = database.url if request.param == "application" else database.owner_url
    catalog = Catalog.open(target)
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_tenant(Tenant("villa", "Villa", "L01990019", NOW))
    yield catalog
    catalog.close()


def test_many_rows_come_back_as_few_do(catalog: Catalog) -> None:
    """Whatever way rows take, they are the same: odd letters, empty values, bytes, JSON, order."""
    holdings = [
        Holding(
            replace(an_object(f"E{number}"), title=f"{ODD}{number}", metadata={"x": [ODD, None, number]}),
            [replace(a_file(), path=f"received/{ODD}")],
            [replace(a_document(f"D{number}", f"CSV{number}"), name=ODD, content=None)],
            [a_signature()],
        )
        for number in range(MANY)
    ]
    with catalog.transaction("villa") as tx:
        tx.add_objects(holdings)
        tx.serialise_ledger()
        placed = tx.append_events(
            [replace(an_event(number + 1), detail={"x": ODD}) for number in range(MANY)]
        )
    leaves = [LeafRecord("b", number, "ab" * 32, f"urn:gone:{number}", 1, "") for number in range(MANY)]
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(a_batch("b", count=MANY), leaves)
        tx.add_batch(a_batch("c", count=MANY), [replace(leaf, batch_id="c") for leaf in leaves])
    with catalog.reading("villa") as tx:
        assert list(tx.objects()) == [holding.record for holding in holdings]
        for holding in (holdings[0], holdings[-1]):
            object_id = holding.record.object_id
            assert tx.files(object_id) == holding.files
            assert tx.documents(object_id) == holding.documents
            assert tx.signatures(object_id) == holding.signatures
        assert len(tx.unsealed()) == MANY
        assert tx.tenant_events("villa") == placed
    with catalog.reading(INSTALLATION) as tx:
        assert list(tx.leaves_in("b")) == leaves


def test_rule_broken_among_many_is_a_conflict_and_leaves_nothing(catalog: Catalog) -> None:
    """One row that cannot be stops all of them, in our words; the next transaction works."""
    twice = [an_event(number + 1) for number in range(MANY)] + [an_event(1)]
    with pytest.raises(ConflictError), catalog.transaction("villa") as tx:
        tx.append_events(twice)
    with catalog.transaction("villa") as tx:
        assert tx.append_events(twice[:-1])[0].position == 1


def test_server_is_asked_by_copy(postgres_catalog: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many rows are copied, a few are not."""
    sent: list[str] = []
    really = bulk._send
    monkeypatch.setattr(
        bulk, "_send", lambda c, statement, rows: (sent.append(statement), really(c, statement, rows))
    )
    catalog = Catalog.open(postgres_catalog.url)
    with catalog.transaction(INSTALLATION) as tx:
        tx.append_events([an_event(number + 1) for number in range(bulk.FEW - 1)])
        assert sent == []
        tx.append_events([an_event(number + 1, "aldea") for number in range(bulk.FEW)])
    catalog.close()
    assert len(sent) == 1
    assert sent[0].startswith("COPY")


def test_copy_does_not_go_round_the_rules(postgres_catalog: Database) -> None:
    """Among many rows of one's own, one of another tenant stops all of them."""
    catalog = Catalog.open(postgres_catalog.url)
    foreign = [an_event(number + 1) for number in range(MANY)] + [an_event(1, "aldea")]
    with pytest.raises(ConflictError, match="tenant"), catalog.transaction("villa") as tx:
        tx.append_events(foreign)
    catalog.close()
