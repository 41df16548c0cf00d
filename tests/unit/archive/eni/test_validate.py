# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.eni.read import read_eni
from archive.eni.schemas import MOST_ERRORS, schema_errors
from archive.eni.validate import check_eni
from archive.eni.write import FileReference, NewFirma


def codes(data, files):
    return [one.code for one in check_eni(read_eni(data, place="x.xml"), now=files.now)]


def test_what_we_write_has_nothing_odd(files):
    """Documents and expedientes of both versions give no finding."""
    for version in ("v1.0", "v2.0"):
        assert codes(files.document(version=version), files) == []
        assert codes(files.expediente(version=version), files) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"identificador": "ES_XX_25_1"}, ["ENI-ID-PATTERN"]),
        ({"organos": ("NOEXISTE",)}, ["ENI-ORGANO-SHAPE", "ENI-ID-ORGANO-MISMATCH"]),
        ({"organos": ("EA9999999",)}, ["ENI-ID-ORGANO-MISMATCH"]),
        ({"organos": ("EA9999999", "L01990019")}, []),
        ({"fecha_captura": "2025-03-10T09:30:00"}, ["ENI-DATE-NO-ZONE"]),
        ({"fecha_captura": "1900-01-01T00:00:00Z"}, ["ENI-DATE-PLACEHOLDER", "ENI-ID-YEAR"]),
        ({"fecha_captura": "2031-01-01T00:00:00Z"}, ["ENI-DATE-FUTURE", "ENI-ID-YEAR"]),
        ({"tipo_documental": "TD52"}, ["ENI-TD-DIALECT"]),
        ({"tipo_documental": "TD52", "version": "v2.0"}, []),
        ({"tipo_documental": "TD77"}, ["ENI-SCHEMA-INVALID", "ENI-TD-UNKNOWN"]),
        ({"estado_elaboracion": "EE02"}, ["ENI-COPY-NO-ORIGIN"]),
        ({"estado_elaboracion": "EE02", "documento_origen": "ES_L01990019_2025_A"}, []),
        ({"estado_elaboracion": "EE03"}, []),
        ({"estado_elaboracion": "EE05"}, ["ENI-SCHEMA-INVALID", "ENI-EE-UNKNOWN"]),
        ({"version_nti": "1.0"}, ["ENI-VERSION-NTI"]),
        ({"firmas": []}, ["ENI-DOCUMENT-UNSIGNED"]),
        ({"fecha_captura": "ayer"}, ["ENI-SCHEMA-INVALID", "ENI-DATE-INVALID"]),
    ],
)
def test_slips_of_a_document_have_a_finding_each(files, changed, expected):
    """Each slip gives its code and nothing else."""
    assert codes(files.document(**changed), files) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("#FIRMA_0", []),
        ("#NADA", ["ENI-REFERENCE-DANGLING"]),
        ("http://host:8080/csvStorage/UUID", ["ENI-REFERENCE-EXTERNAL-URL"]),
        ("file:///etc/passwd", ["ENI-REFERENCE-EXTERNAL-URL"]),
        ("fichero.pdf", ["ENI-CONTENT-EXTERNAL"]),
    ],
)
def test_references_are_judged_but_never_followed(files, reference, expected):
    """A reference inside is looked up, a network address waits for a decision."""
    data = files.document(FileReference(reference, "BIN"), [NewFirma("TF05", base64=b"x")])
    assert codes(data, files) == expected


@pytest.mark.parametrize(
    ("firma", "expected"),
    [
        (NewFirma("TF06", reference="#CONTENIDO_DOCUMENTO"), []),
        (NewFirma("TF06", reference="#NADA"), ["ENI-REFERENCE-DANGLING"]),
        (NewFirma("TF04", base64=b"x"), []),
        (NewFirma("TF01", base64=b"x"), ["ENI-TF-CONTENT"]),
        (NewFirma("TF06", csv="x"), ["ENI-TF-CONTENT"]),
        (NewFirma("TF07", base64=b"x"), ["ENI-SCHEMA-INVALID", "ENI-TF-UNKNOWN"]),
    ],
)
def test_signature_types_fit_their_places(files, firma, expected):
    """A signature type in the wrong place is said."""
    assert codes(files.document(firmas=[firma]), files) == expected


def test_an_empty_signature_is_said(files):
    """A FirmaConCertificado without anything is empty, and invalid."""
    data = files.document(firmas=[NewFirma("TF02", reference="x")])
    data = data.replace(b"<enids:ReferenciaFirma>x</enids:ReferenciaFirma>", b"")
    assert codes(data, files) == ["ENI-SCHEMA-INVALID", "ENI-FIRMA-EMPTY"]


def test_content_may_be_missing(files):
    """A document without content says so."""
    data = files.document(FileReference("#x", "BIN"))
    data = data.replace(b"<enifile:referenciaFichero>#x</enifile:referenciaFichero>", b"")
    assert codes(data, files) == ["ENI-SCHEMA-INVALID", "ENI-CONTENT-ABSENT"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"estado": "E01"}, ["ENI-ESTADO-OPEN"]),
        ({"estado": "E03"}, ["ENI-ESTADO-REMISSION"]),
        ({"estado": "E09"}, ["ENI-SCHEMA-INVALID", "ENI-ESTADO-UNKNOWN"]),
        ({"clasificacion": ""}, ["ENI-CLASIFICACION-EMPTY"]),
        ({"clasificacion": "2049812"}, []),
        ({"clasificacion": "obras"}, ["ENI-CLASIFICACION-FORM"]),
        ({"identificador": "ES_L01990019_2024_1"}, ["ENI-ID-KIND"]),
        ({"firmas": []}, ["ENI-INDEX-UNSIGNED"]),
    ],
)
def test_slips_of_an_expediente_have_a_finding_each(files, changed, expected):
    """Each slip gives its code and nothing else."""
    assert codes(files.expediente(**changed), files) == expected


def test_entries_of_the_index_are_checked(files):
    """Dates after the index, foreign identifiers, repeated documents and odd orders are said."""
    late = files.indexed(1, at="2025-06-01T00:00:00+02:00")
    assert codes(files.expediente((late,)), files) == ["ENI-INDEX-DATE-EARLIER"]
    twice = (files.indexed(1), files.indexed(1, order="2"))
    assert codes(files.expediente(twice), files) == ["ENI-INDEX-DUPLICATE"]
    orders = tuple(files.indexed(n, order=o) for n, o in enumerate(["1", "1", "4", "1.2", "04"]))
    assert codes(files.expediente(orders), files) == ["ENI-ORDER-DUPLICATE", "ENI-ORDER-GAP"]
    foreign = files.expediente((files.indexed(1),)).replace(b"ES_L01990019_2025_D1", b"0b1c-uuid")
    assert codes(foreign, files) == ["ENI-INDEX-FOREIGN-ID"]


def test_dates_without_zone_are_compared_with_care(files):
    """Half a day of difference without zones proves nothing."""
    near = files.indexed(1, at="2025-03-31T20:00:00")
    assert codes(files.expediente((near,)), files) == ["ENI-DATE-NO-ZONE"]


def test_a_thousand_slips_are_reported_as_some(files):
    """A file with the same slip a thousand times gives a bounded report."""
    many = tuple(files.indexed(n, at="1900-01-01T00:00:00Z") for n in range(1000))
    assert 0 < len(codes(files.expediente(many), files)) < 50


def test_slips_do_not_hide_real_breakage(files):
    """A wrong namespace is mended for judging, and what else is wrong still shows."""
    data = files.document().replace(b"v1.0/firma", b"v1.0/firmas")
    assert codes(data, files) == ["ENI-NAMESPACE-SLIP"]
    worse = data.replace(b"<enifile:NombreFormato>PDF</enifile:NombreFormato>", b"")
    assert codes(worse, files) == ["ENI-NAMESPACE-SLIP", "ENI-SCHEMA-INVALID"]


def test_a_dialect_is_invalid_for_the_norm(files):
    """The strict verdict stays to be had: a document type of InSide is not the norm's."""
    eni = read_eni(files.document(tipo_documental="TD52"))
    assert schema_errors(eni.located) != []


def test_schema_findings_are_few_and_name_the_line(files):
    """Many breakages give a few findings, with the line of the received file."""
    data = files.expediente().replace(b"<eniconexpind:ValorHuella>", b"\n<eniconexpind:Valor>")
    data = data.replace(b"</eniconexpind:ValorHuella>", b"</eniconexpind:Valor>")
    told = [one for one in check_eni(read_eni(data), now=files.now) if one.code == "ENI-SCHEMA-INVALID"]
    assert 0 < len(told) <= MOST_ERRORS
    assert dict(told[0].values)["line"] == "3"


def test_a_wrapped_document_is_judged_by_itself(files):
    """The wrapper does not make the document invalid."""
    body = files.document().partition(b"?>\n")[2]
    data = b'<w xmlns="https://ssweb.seap.minhap.es/Inside/XSD/v1.0/documento-e">' + body + b"</w>"
    assert codes(data, files) == ["ENI-WRAPPED"]
