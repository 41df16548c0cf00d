# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

from reported import CHANGED, EXPIRED, PASSED, SIGNER, UNREADABLE

from preservation.signatures.reports.page_sections import MAX_ROWS, identifier_words
from preservation.signatures.reports.page_text import text_of


def block(report, title):
    """Return the section with a title, or None."""
    return next((each for each in text_of(report).blocks if each.title == title), None)


def test_a_change_after_signing_is_warned_of_even_under_another_verdict():
    """A missing chain must not hide that the file is not what was signed."""
    reasons = ("no certificate chain leads to a trust anchor", *CHANGED.reasons)
    report = replace(CHANGED, sub_indication="NO_CERTIFICATE_CHAIN_FOUND", reasons=reasons)
    text = text_of(report)
    assert "porque el fichero cambió después de firmarse y, además, no se ha llegado" in text.verdict
    assert (
        text.summary[1] == "Motivo: el fichero cambió después de firmarse: se cambió /Contents de una página."
    )
    table = block(report, "Cambios posteriores a la firma").table
    assert table[0] == ("objeto 7", "se cambió /Contents de una página", "No")
    assert table[1][2] == "Sí"


def test_claimed_and_proven_time_are_told_apart():
    """What the signer says of the date proves nothing (NTI Política de firma III.7.4)."""
    assert dict(block(PASSED, "Cuándo").rows)["La prueba"] == "un sello de tiempo de la firma"
    told = block(EXPIRED, "Cuándo")
    assert dict(told.rows)["Fecha probada"].startswith("Ninguna")
    assert "solo indicativa" in told.note


def test_only_what_has_the_form_of_a_nif_is_called_so():
    """A number that fails its control is shown with a warning; a foreign one is an identifier."""
    assert identifier_words("12345678Z") == ("NIF", "12345678Z")
    assert identifier_words("B12345678")[1].endswith("(su carácter de control no es correcto)")
    assert identifier_words("NTRSK-36061701") == ("Identificador", "NTRSK-36061701")


def test_who_signs_is_told_whole():
    """Name, number, quality, organisation with its number, post."""
    rows = dict(block(PASSED, "Quién firma").rows)
    assert rows["NIF"] == "12345678Z"
    assert rows["En calidad de"] == "Empleado público"
    assert rows["Organización"] == "AYUNTAMIENTO DE PRUEBAS, NIF S2833002E"
    assert rows["Cargo y unidad"] == "SECRETARIA"
    represented = replace(PASSED, signer=replace(SIGNER, kind="representative", represents="PRUEBAS SL"))
    assert "Representa a" in dict(block(represented, "Quién firma").rows)


def test_stamps_chain_revocation_weakness_policy_and_claims_each_have_their_place():
    """Sections that a report fills."""
    assert block(PASSED, "Sellos de tiempo").table[0][4] == "Válido"
    assert block(PASSED, "Revocación").table[0][1] == "Lista (CRL)"
    assert block(PASSED, "Algoritmos débiles").table[0] == (
        "SHA-1",
        "los certificados del firmante",
        "desde el 1 de enero de 2017",
        "Sí",
    )
    assert dict(block(PASSED, "Política de firma").rows)["Huella"] == "La huella no es la publicada"
    assert ("Cargo o función", "Secretaria") in block(PASSED, "Lo que declara el firmante").rows
    assert block(UNREADABLE, "Sellos de tiempo") is None


def test_long_lists_are_cut_and_said_so():
    """Ten thousand references make no endless page."""
    report = replace(PASSED, covers=tuple(f"#ID-{number}" for number in range(10_000)))
    items = block(report, "Qué cubre la firma").items
    assert len(items) == MAX_ROWS + 1
    assert items[-1].startswith("… y ")
