# SPDX-License-Identifier: EUPL-1.2
"""The preservation protocol of ETSI TS 119 512: eight operations in its JSON binding."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest
from archived import make_archive
from machine_client import BASE_URL, Asker

from archive.identity import Role
from archive.regime import Access
from preservation.evidence.sealing import seal_due
from preservation.installation import time_stamping
from search.api.preservation import DEPOSITOR, blueprint
from search.api.preservation.results import (
    NO_PERMISSION,
    NOT_SUPPORTED,
    PARAMETER,
    PARTLY,
    REQUESTER,
    SUCCESS,
    UNKNOWN_MODE,
    UNKNOWN_PO_FORMAT,
    UNKNOWN_POID,
    UNKNOWN_VERSION,
)
from search.holds import Hold, add_hold
from search.indexer import follow
from search.memory_index import MemoryIndex
from search.regimes import Rule, set_rule
from search.web.finding import INDEX

PROFILE = f"{BASE_URL}/preservacion/v1/perfiles/villar"
ERS = "urn:ietf:rfc:4998"
OPERATIONS = ("RetrieveInfo", "PreservePO", "RetrievePO", "DeletePO", "UpdatePOC", "RetrieveTrace",
              "ValidateEvidence", "Search")  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A sealed object, a reserved one and one that is not sealed; and a queue that notes what it is given."""
    archived = make_archive(tmp_path_factory.mktemp("protocol"))
    home = archived.home
    archived.sealed = archived.deposit(b"licencia de obra", name="Licencia", media_type="text/plain")
    archived.secret = archived.deposit(b"reservado", number=2, name="Denuncia", media_type="text/plain")
    set_rule(home, "villar", Rule(Access.RESERVED, "p", "n", object_id=archived.secret.object_id), agent="t")
    seal_due(home, time_stamping(home))
    archived.fresh = archived.deposit(b"nuevo", number=3, name="Nuevo", media_type="text/plain")
    index = MemoryIndex()
    follow(home, index)
    archived.taken = []

    def take(_home, tenant_id, package, agent):
        archived.taken.append((tenant_id, package.name, package.read_bytes(), agent))
        return "0193-deposit"

    archived.asker = Asker(home, [blueprint], **{INDEX: index, DEPOSITOR: take})
    yield archived
    home.close()


def ask(town, operation, body, *roles, **told):
    """Ask as somebody; the archivist by default."""
    client = town.asker.as_somebody(*(roles or (Role.ARCHIVIST, Role.DEPOSITOR)), **told)
    return client.post(f"/preservacion/v1/{operation}", json=body)


def content(one):
    """The bytes of an object in an answer."""
    return base64.b64decode(one["binaryData"]["value"])


def po(data, **more):
    """An object to send."""
    return {"binaryData": {"value": base64.b64encode(data).decode()}, **more}


def test_profiles_are_told(town):
    """One for the municipality, of the scheme with storage and evidence records; the request's id comes back."""
    told = ask(town, "RetrieveInfo", {"reqId": "uno"}).get_json()
    assert (told["result"]["maj"], told["reqId"]) == (SUCCESS, "uno")
    (profile,) = told["pro"]
    assert profile["pid"] == PROFILE
    assert profile["psm"] == "WithStorage"
    assert [one["name"] for one in profile["op"]] == list(OPERATIONS)
    assert profile["ef"] == [{"formatId": ERS}]
    assert ask(town, "RetrieveInfo", {"stat": "inactive"}).get_json()["pro"] == []
    assert ask(town, "RetrieveInfo", {"pro": "urn:other"}).get_json()["pro"] == []


def test_object_is_deposited_as_a_package(town):
    """One is the package, several are its files; the POID is that of the deposit."""
    told = ask(town, "PreservePO", {"pro": PROFILE, "po": [po(b"<a/>", id="doc.xml")]}).get_json()
    assert (told["result"]["maj"], told["poId"]) == (SUCCESS, "urn:uuid:0193-deposit")
    assert town.taken[-1] == ("villar", "doc.xml", b"<a/>", "key:a1")
    several = [po(b"<a/>", id="a.xml"), po(b"<b/>", id="../../b")]
    ask(town, "PreservePO", {"pro": PROFILE, "po": several})
    with zipfile.ZipFile(io.BytesIO(town.taken[-1][2])) as packed:
        assert packed.namelist() == ["a.xml", "documento-2.xml"]


def test_what_is_no_package_is_not_taken_in(town):
    """Neither a strange format, nor no base64, nor nothing, nor for a municipality that is not yours."""
    before = len(town.taken)
    for objects, code in (
        ([po(b"%PDF-1.7")], UNKNOWN_PO_FORMAT),
        ([{"binaryData": {"value": "***"}}], PARAMETER),
        ([{}], PARAMETER),
        ([], PARAMETER),
        ([po(b"<a/>", id="a.xml"), po(b"<b/>", id="a.xml")], PARAMETER),
    ):
        told = ask(town, "PreservePO", {"pro": PROFILE, "po": objects}).get_json()
        assert (told["result"]["maj"], told["result"]["min"]) == (REQUESTER, code)
    wrong = {"pro": PROFILE.replace("villar", "otro"), "po": [po(b"<a/>")]}
    assert ask(town, "PreservePO", wrong).get_json()["result"]["min"] == PARAMETER
    no_right = ask(town, "PreservePO", {"pro": PROFILE, "po": [po(b"<a/>")]}, Role.AUDITOR)
    assert no_right.get_json()["result"]["min"] == PARAMETER
    assert len(town.taken) == before


def test_object_is_given_in_the_form_that_is_asked(town):
    """With its evidence inside, beside it, alone, or without."""
    poid = town.sealed.object_id
    embedded = ask(town, "RetrievePO", {"poId": poid}).get_json()
    with zipfile.ZipFile(io.BytesIO(content(embedded["po"][0]))) as kit:
        assert {"verify.py", "evidence/evidence.ers"} <= set(kit.namelist())
    detached = ask(town, "RetrievePO", {"poId": poid, "sor": "POwithDetachedEvidence"}).get_json()["po"]
    assert [one["formatId"] for one in detached] == ["urn:longeva:format:eni-zip", ERS]
    assert detached[1]["relObj"] == [detached[0]["id"]]
    alone = ask(town, "RetrievePO", {"poId": poid, "sor": "Evidence", "versionId": ["v1"]}).get_json()["po"]
    assert [content(one) for one in alone] == [content(detached[1])]
    plain = ask(town, "RetrievePO", {"poId": poid, "sor": "PO", "versionId": ["all"]}).get_json()["po"]
    assert [content(one) for one in plain] == [content(detached[0])]


def test_what_is_not_sealed_yet_is_given_with_a_warning(town):
    """The object without evidence, and the code that says so."""
    told = ask(town, "RetrievePO", {"poId": town.fresh.object_id}).get_json()
    assert (told["result"]["maj"], told["result"]["min"]) == (SUCCESS, PARTLY)
    assert len(told["po"]) == 1


def test_other_versions_and_formats_are_refused_by_their_codes(town):
    """Each with the code of its clause."""
    poid = town.sealed.object_id
    for more, code in (
        ({"versionId": ["v9"]}, UNKNOWN_VERSION),
        ({"poFormat": "urn:x"}, UNKNOWN_PO_FORMAT),
        ({"sor": "x"}, PARAMETER),
        ({"optIn": {"x": 1}}, NOT_SUPPORTED),
    ):
        told = ask(town, "RetrievePO", {"poId": poid, **more}).get_json()
        assert told["result"]["min"] == code


@pytest.mark.parametrize("operation", ["RetrievePO", "DeletePO", "RetrieveTrace"])
def test_what_may_not_be_seen_is_an_unknown_poid(town, operation):
    """Reserved, made-up, of another municipality: the same answer to the last byte."""
    auditor = (Role.AUDITOR, Role.OPERATOR)
    made_up = [
        "urn:longeva:villar:x:" + "0" * 32, "", "x", "urn:uuid:none", "urn:longeva:..:x:y",
        town.sealed.object_id.replace(":villar:", ":otro:"), town.secret.object_id,
        town.sealed.object_id + "\n", town.sealed.object_id.replace("DOC", "DOX"),
    ]  # fmt: skip
    answers = [ask(town, operation, {"poId": poid}, *auditor).data for poid in made_up]
    answers.append(ask(town, operation, {"poId": town.sealed.object_id}, Role.ARCHIVIST, tenant="otro").data)
    assert len(set(answers)) == 1
    assert json.loads(answers[0])["result"]["min"] == UNKNOWN_POID


def test_deletion_is_refused_with_its_grounds_and_recorded(town):
    """The law, and the hold with its authority; the attempt stands in the ledger."""
    hold = Hold("Recurso contencioso", "Juzgado n.º 2, PO 12/2026", object_id=town.sealed.object_id)
    add_hold(town.home, "villar", hold, agent="test")
    told = ask(town, "DeletePO", {"poId": town.sealed.object_id, "mod": "OnlySubDOs"}).get_json()["result"]
    assert (told["maj"], told["min"]) == (REQUESTER, NO_PERMISSION)
    assert "Juzgado n.º 2" in told["msg"]
    assert "Ley 16/1985" in told["msg"]
    with town.home.catalog.reading("villar") as tx:
        kinds = [event.kind for event in tx.events_about(town.sealed.object_id)]
    assert "object.deletion-refused" in kinds
    wrong = ask(town, "DeletePO", {"poId": town.sealed.object_id, "mod": "All"}).get_json()
    assert wrong["result"]["min"] == UNKNOWN_MODE


def test_update_deposits_what_belongs_to_a_file(town):
    """A closed file does not change: what comes later is a deposit that its history names."""
    told = ask(town, "UpdatePOC", {"poId": town.sealed.object_id, "deltaPoc": [po(b"<a/>")]}).get_json()
    assert told["versionId"] == "urn:uuid:0193-deposit"
    trace = ask(town, "RetrieveTrace", {"poId": town.sealed.object_id}).get_json()["trace"]["event"]
    (event,) = [one for one in trace if one["op"] == "object.supplemented"]
    assert json.loads(event["det"])["deposit"] == "0193-deposit"


def test_trace_is_what_the_ledger_tells(town):
    """From the deposit on, in order, with milliseconds."""
    told = ask(town, "RetrieveTrace", {"poId": town.sealed.object_id}, Role.AUDITOR).get_json()
    events = told["trace"]["event"]
    assert events[0]["op"] == "object.stored"
    assert [one["time"] for one in events] == sorted(one["time"] for one in events)


def test_evidence_is_judged_over_what_is_kept_and_over_what_is_sent(town):
    """Proven since the seal; over other bytes it proves nothing."""
    poid = town.sealed.object_id
    given = ask(town, "RetrievePO", {"poId": poid, "sor": "Evidence"}).get_json()["po"][0]
    evidence = {"formatId": ERS, "binaryData": given["binaryData"]}
    kept = ask(town, "ValidateEvidence", {"ev": {**evidence, "poId": poid}}).get_json()
    assert json.loads(content(kept["valRep"]))["indication"] == "TOTAL_PASSED"
    assert kept["poe"] == int(town.clock.now().timestamp() * 1000)
    path = f"received/{town.sealed.eni_id}.xml"
    data = b"".join(town.home.objects("villar").read_verified(poid, path))
    sent = ask(town, "ValidateEvidence", {"ev": evidence, "po": [po(data)]}).get_json()
    assert json.loads(content(sent["valRep"]))["indication"] == "TOTAL_PASSED"
    other = ask(town, "ValidateEvidence", {"ev": evidence, "po": [po(data + b" ")]}).get_json()
    assert json.loads(content(other["valRep"]))["indication"] == "TOTAL_FAILED"
    assert "poe" not in other
    swapped = {**evidence, "poId": town.fresh.object_id}
    told = ask(town, "ValidateEvidence", {"ev": swapped}).get_json()
    assert json.loads(content(told["valRep"]))["indication"] == "TOTAL_FAILED"


def test_strange_evidence_is_refused_or_fails(town):
    """Another format, nothing to judge it over, no evidence at all."""
    asked = {"ev": {"formatId": "urn:x", **po(b"x")}, "po": [po(b"y")]}
    assert ask(town, "ValidateEvidence", asked).get_json()["result"]["min"] == NOT_SUPPORTED
    alone = {"ev": {"formatId": ERS, **po(b"x")}}
    assert ask(town, "ValidateEvidence", alone).get_json()["result"]["min"] == PARAMETER
    garbage = ask(town, "ValidateEvidence", {**alone, "po": [po(b"y")]}).get_json()
    assert json.loads(content(garbage["valRep"]))["indication"] == "TOTAL_FAILED"


def test_search_finds_what_may_be_seen(town):
    """Objects by a question; what is reserved only for who may see it."""
    assert ask(town, "Search", {"fi": "licencia"}).get_json()["poId"] == [town.sealed.object_id]
    assert ask(town, "Search", {"fi": "denuncia"}).get_json()["poId"] == [town.secret.object_id]
    assert ask(town, "Search", {"fi": "denuncia"}, Role.AUDITOR).get_json()["poId"] == []
    assert ask(town, "Search", {"fi": "licencia"}, Role.CITIZEN).get_json()["poId"] == []


def test_search_is_told_without_its_words(town):
    """Whoever searches by this way stands in the ledger as he who searches by any other."""
    ask(town, "Search", {"fi": "palabrasecreta"}, number="curious")
    with town.home.catalog.reading("villar") as tx:
        told = [one for one in tx.tenant_events("villar", 0, 10_000) if one.kind == "search.made"]
    assert (told[-1].agent, told[-1].detail) == ("key:curious", {"hits": 0})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nobody_is_asked_to_say_who_he_is_and_garbage_is_a_problem(town, operation):
    """401 with the challenge; 422 or 400 for what is no message; never a page, never a crash."""
    client = town.asker.as_nobody()
    body = {"pro": PROFILE, "poId": "x", "fi": "x", "ev": {}, "deltaPoc": [{}]}
    answer = client.post(f"/preservacion/v1/{operation}", json=body)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    for data in (b"", b"{", b"[]", b'"x"', b"null", b"[" * 3000):
        answer = client.post(f"/preservacion/v1/{operation}", data=data, content_type="application/json")
        assert answer.status_code in {400, 401, 422}
        assert answer.mimetype == "application/problem+json"
