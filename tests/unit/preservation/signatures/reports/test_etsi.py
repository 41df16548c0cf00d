# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree
from reported import AT, BROKEN, CHANGED, EVERY, EXPIRED, PASSED

from preservation.signatures.engine.judge import judge
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.reports.etsi import NAMESPACE, etsi_report
from preservation.signatures.sign import sign_pdf

VR = {"v": NAMESPACE}


def tree(*reports):
    """Return the report, parsed."""
    return etree.fromstring(etsi_report(reports, at=AT, place="decreto.pdf"))


def texts(root, path):
    """Return the texts of elements."""
    return [each.text for each in root.findall(path, VR)]


@pytest.mark.parametrize(
    ("report", "main", "sub"),
    [
        (PASSED, "total-passed", []),
        (EXPIRED, "indeterminate", ["OUT_OF_BOUNDS_NO_POE"]),
        (BROKEN, "total-failed", ["HASH_FAILURE"]),
        (CHANGED, "indeterminate", ["SIG_CONSTRAINTS_FAILURE"]),
    ],
)
def test_indications_are_the_uris_of_the_standard(report, main, sub):
    """TS 119 102-2 4.3.4: main indication and sub-indication."""
    status = tree(report).find("v:SignatureValidationReport/v:SignatureValidationStatus", VR)
    assert texts(status, "v:MainIndication") == [f"urn:etsi:019102:mainindication:{main}"]
    assert texts(status, "v:SubIndication") == [f"urn:etsi:019102:subindication:{each}" for each in sub]


def test_times_are_told_with_their_kind_of_proof():
    """Proven by a stamp of the signature: validation; by a date that somebody gave: provided."""
    best = "v:SignatureValidationReport/v:ValidationTimeInfo/v:BestSignatureTime"
    assert texts(tree(PASSED), f"{best}/v:TypeOfProof") == ["urn:etsi:019102:poetype:validation"]
    given = replace(PASSED, proven_by="registry date")
    assert texts(tree(given), f"{best}/v:TypeOfProof") == ["urn:etsi:019102:poetype:provided"]
    assert texts(tree(PASSED), f"{best}/v:POETime") == ["2020-03-04T15:30:00Z"]


def test_attributes_are_told_by_their_names():
    """Annex A: time, policy, role, place, format and time stamps."""
    own = tree(PASSED).find("v:SignatureValidationReport/v:SignatureAttributes", VR)
    assert [etree.QName(each).localname for each in own] == [
        "SigningTime", "SigPolicyIdentifier", "SignerRole", "SignatureProductionPlace", "DataObjectFormat",
        "SignatureTimeStamp",
    ]  # fmt: skip
    assert texts(own, "v:SigPolicyIdentifier/v:SigPolicyId") == ["urn:oid:2.16.724.1.3.1.1.2.1.9"]


def test_each_broken_reference_is_a_constraint_that_failed():
    """The reader sees which part is not what was signed."""
    found = tree(BROKEN).findall(".//v:ValidationConstraint", VR)
    broken = [
        each
        for each in found
        if "urn:etsi:019102:mainindication:failed" in texts(each, ".//v:MainIndication")
    ]
    assert texts(broken[0], "v:ValidationConstraintParameter/v:Value") == ["#CONTENIDO"]


def test_objects_are_told_once_and_every_reference_finds_one(world, plain_pdf):
    """Certificates, lists and tokens with their octets; no reference hangs in the air."""
    data = sign_pdf(
        plain_pdf,
        world.seal,
        signing_time=world.signed_at,
        authority=world.stamper(),
        material=world.material(),
        level="LT",
    )
    reports = [judge(each, world.trust(), world.at) for each in read_pdf(data)]
    root = etree.fromstring(etsi_report([*reports, *reports], at=world.at))
    objects = [each.get("id") for each in root.findall("v:SignatureValidationObjects/v:ValidationObject", VR)]
    assert len(objects) == len(set(objects))
    assert {each.split("-")[0] for each in objects} >= {"certificate", "CRL", "timestamp"}
    asked = [one for each in root.iter() for one in (each.get("VOReference") or "").split()]
    assert asked
    assert set(asked) <= set(objects)
    assert root.findtext(".//v:SignerInformation/v:Signer", namespaces=VR).endswith("P0000000J")


@pytest.mark.parametrize("report", EVERY)
def test_characters_that_xml_forbids_do_not_break_the_report(report):
    """A place or a reason may carry anything."""
    tree(replace(report, place="a\x00\x1f\ud800b", reasons=("\x0c\ufffe",), claims=(("role", "\x01"),)))


def test_no_signature_is_no_report():
    """The schema asks for one at least."""
    with pytest.raises(ValueError, match="at least one"):
        etsi_report([], at=AT)
