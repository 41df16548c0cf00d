# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from archived import BASE_URL, decree
from pdf_contents import every_byte, texts

from archive.eni.read import read_eni
from archive.errors import InvalidRequest, LimitExceeded
from archive.model import RECORD_PATH, SignatureRecord
from preservation.signatures.sign import ValidationMaterial
from search.certify import certify
from search.copy_sheet import Act
from search.redaction import Redaction, Zone

ACT = Act(
    issuer="la Archivera municipal",
    issuer_id="h1",
    resolution="Decreto de Alcaldía 12/2026, de 9 de enero",
    request_id="r1",
    redaction=Redaction(frozenset({2}), {1: (Zone(10, 20, 80, 12),)}),
    ground="Ley 19/2013, art. 15.1",
)


def issue(archived, object_id, act=ACT):
    """Issue with the development authority's seal."""
    at, authority = archived.clock.now(), archived.authority
    seal = authority.identity("seal")
    material = ValidationMaterial(
        authority.intermediates(), authority.crls(at), (authority.ocsp(seal.certificate, at),)
    )
    return certify(
        archived.home, object_id, None, identity=seal, authority=authority.timestamp_authority(archived.clock),
        material=material, base_url=BASE_URL, agent="test", act=act,
    )  # fmt: skip


@pytest.fixture(scope="module")
def partial(archived, resolution):
    """A partial copy of the resolution."""
    return issue(archived, resolution.object_id)


def test_what_was_left_out_is_in_no_byte_of_the_sealed_copy(partial):
    """Text, streams, metadata and the ENI document: nothing of the hidden zone nor of the removed page."""
    found = every_byte(partial.pdf)
    for word in ("Molino", "1234501XK", "Condiciones particulares", "zócalo"):
        assert word in texts(decree())
        assert word not in texts(partial.pdf)
        assert word.encode() not in found
    assert "licencia" not in texts(partial.pdf).casefold(), "the title may tell what was left out"


def test_original_code_is_not_shown(partial):
    """It would open the whole document on the platform where that was made."""
    assert "A1B2C3D4E5F6G7H8J9K0" not in texts(partial.pdf)


def test_copy_says_that_it_is_partial_and_why(partial, resolution):
    """Condition on the band, pages, ground and who issued by which resolution on the diligencia."""
    words = " ".join(texts(partial.pdf).split())
    for said in (
        "Copia electrónica parcial auténtica (EE04)", "No se incluye la página 2.", "en la página 1:",
        "Ley 19/2013, art. 15.1", "la Archivera municipal", "Decreto de Alcaldía 12/2026", resolution.eni_id,
    ):  # fmt: skip
        assert said in words


def test_metadata_are_those_of_a_partial_copy(archived, partial, resolution):
    """EE04 with the original's identifier, and in the record who issued, for what, leaving out which pages."""
    metadata = read_eni(partial.eni).document.metadata
    assert (metadata.estado_elaboracion, metadata.documento_origen) == ("EE04", resolution.eni_id)
    kept = b"".join(archived.home.objects("villar").read_verified(partial.object_id, RECORD_PATH))
    told = json.loads(kept)["object"]["metadata"]["copy"]
    assert (told["issuer"], told["request"], told["ground"]) == ("h1", "r1", "Ley 19/2013, art. 15.1")
    assert told["redaction"] == {"removed": [2], "zones": {"1": ["10 20 80 12"]}}


def test_signers_are_not_named(archived):
    """The one whom the copy protects may be among them."""
    signature = SignatureRecord("received/x", "firmas/firma[1]", "TF06", "PAdES", "T", "TOTAL_PASSED", "",
                                "INTERESADA PROTEGIDA", "", {})  # fmt: skip
    record = archived.deposit(decree(), number=31)
    with archived.home.catalog.reading("villar") as tx:
        path = tx.documents(record.object_id)[0].path
    named = archived.deposit(
        decree(), number=32, signatures=(replace(signature, path=path.replace("31", "32")),)
    )
    assert "PROTEGIDA" in texts(issue(archived, named.object_id, Act()).pdf)
    assert "PROTEGIDA" not in texts(issue(archived, named.object_id).pdf)


def test_document_without_pages_is_not_copied_in_part(archived):
    """There is no page to take out: the archivist is told so."""
    record = archived.deposit(b"texto sin paginas", number=33, media_type="text/plain", tipo="TD99")
    with pytest.raises(InvalidRequest, match="no pages"):
        issue(archived, record.object_id)


def test_senseless_part_issues_nothing(archived, resolution):
    """A page that is not there: no copy, no code."""
    with archived.home.catalog.reading("villar") as tx:
        before = len(tx.copies_of(resolution.object_id))
    for redaction in (Redaction(frozenset({9})), Redaction(zones={1: (Zone(0, 0, 1, 1),) * 99})):
        with pytest.raises((InvalidRequest, LimitExceeded)):
            issue(archived, resolution.object_id, replace(ACT, redaction=redaction))
    with archived.home.catalog.reading("villar") as tx:
        assert len(tx.copies_of(resolution.object_id)) == before
