# SPDX-License-Identifier: EUPL-1.2
"""Heads and proofs for machines: for who inspects, and for anybody who holds a head."""

from __future__ import annotations

import json

import pytest
from archived import make_archive
from machine_client import Asker

from archive.identity import Role
from archive.ledger_growth import placed
from archive.ledger_proofs import (
    LedgerVerdict,
    check_proof,
    kept_of_receipt,
    read_kept,
    read_proof,
    verdict_of,
)
from ingest.receipt import place_in_ledger
from preservation.evidence.sealing import seal_due
from preservation.installation import time_stamping
from search.api import blueprint

HEADS = "/api/v1/tenants/villar/ledger/heads"
PROOFS = "/api/v1/tenants/villar/ledger/proofs"
PUBLIC = "/api/v1/ledger/proofs"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """An archive that sealed once, with more events since."""
    archived = make_archive(tmp_path_factory.mktemp("ledger"))
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    archived.deposit(b"licencia")
    seal_due(archived.home, time_stamping(archived.home))
    archived.asker = Asker(archived.home, [blueprint])
    yield archived
    archived.home.close()


@pytest.fixture
def auditor(town):
    """Who inspects."""
    return town.asker.as_somebody(Role.AUDITOR)


def kept(town, size):
    """Return a head and an event as somebody wrote them down, and as the interface takes them."""
    with town.home.catalog.reading("villar") as tx:
        told = place_in_ledger(placed(tx, tx.tenant_events("villar", size - 1, 1)[0]))
    return kept_of_receipt({"tenant": "villar", "ledger": told}), told


def test_heads_are_listed_for_who_inspects(town, auditor):
    """The newest, and those that were stamped; nobody else sees any."""
    told = auditor.get(HEADS).get_json()
    assert told["head"]["size"] == town.home.ledger.head("villar").sequence
    (stamped,) = told["stamped"]
    assert stamped["size"] < told["head"]["size"]
    assert read_kept(json.dumps({"tenant": "villar", **told["head"]}).encode())
    assert town.asker.as_nobody().get(HEADS).status_code == 401
    assert town.asker.as_somebody(Role.CITIZEN, number="c9").get(HEADS).status_code == 404


def test_who_inspects_is_given_proofs(town, auditor):
    """Of an event and of an older head, in a file that verifies."""
    (one,), told = kept(town, 2)
    answer = auditor.get(PROOFS, query_string={"event": 2, "size": told["size"], "root": told["root"]})
    proof = read_proof(answer.data)
    assert proof.opening is not None
    assert verdict_of(check_proof(proof, [one])) is LedgerVerdict.VALID
    for wrong in ({"event": 999}, {"size": 999, "root": told["root"]}, {"size": 2, "root": "00" * 32},
                  {"size": 2, "root": "x"}):  # fmt: skip
        assert auditor.get(PROOFS, query_string=wrong).status_code == 404
    assert auditor.get(PROOFS.replace("villar", "otro")).status_code == 404


def test_the_holder_of_a_receipt_is_given_its_proof(town):
    """Without any account: what his receipt says is enough, and it verifies."""
    (one,), told = kept(town, 2)
    body = {"tenant": "villar", **{name: told[name] for name in ("size", "root", "sequence", "digest")}}
    answer = town.asker.as_nobody().post(PUBLIC, json=body)
    assert answer.status_code == 200
    assert verdict_of(check_proof(read_proof(answer.data), [one])) is LedgerVerdict.VALID


def test_who_holds_nothing_learns_nothing(town):
    """Another root, size, digest, municipality, or none: the same words."""
    _, told = kept(town, 2)
    good = {"tenant": "villar", **{name: told[name] for name in ("size", "root", "sequence", "digest")}}
    client = town.asker.as_nobody()
    answers = set()
    for wrong in ({"root": "00" * 32}, {"size": 1}, {"size": 10**6}, {"digest": "00" * 32}, {"digest": ""},
                  {"sequence": 10**6}, {"tenant": "otro"}, {"tenant": "nadie"}):  # fmt: skip
        answer = client.post(PUBLIC, json=good | wrong)
        assert answer.status_code == 404
        answers.add(answer.get_json()["detail"])
    assert len(answers) == 1
    for bad in ({"root": "x"}, {"size": 0}, {"tenant": "../villar"}, {"size": "much"}):
        assert client.post(PUBLIC, json=good | bad).status_code == 422


def test_nobody_asks_without_end(town):
    """After so many, he waits."""
    client = town.asker.as_nobody()
    body = {"tenant": "villar", "size": 2, "root": "00" * 32}
    assert 429 in {client.post(PUBLIC, json=body).status_code for _ in range(25)}
