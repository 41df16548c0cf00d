# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib

import pytest
from lxml import etree

from archive.eni.document import AdditionalMetadata, ContentKind, Huella, SignaturePlace
from archive.eni.read import read_eni
from archive.eni.write import BinaryContent, ExternalReference, FileReference, NewFirma, XmlContent
from archive.errors import XmlRefused

V1 = b"http://administracionelectronica.gob.es/ENI/XSD/v1.0/"


def codes(eni):
    return [one.code for one in eni.findings]


def test_a_document_is_read_as_written(files):
    """Every value of a document comes back as it was written."""
    firmas = [NewFirma("TF06", reference="#CONTENIDO_DOCUMENTO"), NewFirma("TF01", csv="C-1", regulation="R")]
    eni = read_eni(files.document(firmas=firmas, estado_elaboracion="EE02", documento_origen="ES_X"))
    document = eni.document
    assert (eni.kind, eni.eni_id, document.version) == ("documento", "ES_L01990019_2025_SOL1", "v1.0")
    assert document.metadata.documento_origen == "ES_X"
    assert document.metadata.origin_is_administration is True
    assert document.content.kind is ContentKind.BINARY
    assert [firma.where for firma in document.firmas] == [SignaturePlace.REFERENCE, SignaturePlace.CSV]
    assert document.csv == ("C-1",)
    assert document.firmas[0].refs == ("CONTENIDO_DOCUMENTO",)
    assert b"".join(eni.open_content()).startswith(b"%PDF")
    assert eni.findings == ()


def test_signatures_in_base64_are_given_as_bytes(files):
    """FirmaBase64 decodes to the signature, other places give nothing."""
    eni = read_eni(files.document(firmas=[NewFirma("TF04", base64=b"s" * 3000), NewFirma("TF01", csv="C")]))
    first, second = eni.document.firmas
    assert b"".join(eni.open_signature(first)) == b"s" * 3000
    assert eni.open_signature(second) is None


def test_xml_content_is_given_canonical(files):
    """DatosXML gives the exclusive C14N of its child, with big base64 inside put back."""
    text = base64.b64encode(b"z" * 4000)
    inner = b'<a xmlns="urn:a"  x="1"><FirmaBase64>' + text + b"</FirmaBase64><!-- c --></a>"
    eni = read_eni(files.document(XmlContent(inner)))
    assert (
        b"".join(eni.open_content()) == b'<a xmlns="urn:a" x="1"><FirmaBase64>' + text + b"</FirmaBase64></a>"
    )


def test_text_in_datos_xml_is_given_as_it_is(files):
    """XML kept as CDATA comes back as its text."""
    eni = read_eni(files.document(XmlContent(b"<![CDATA[<a>1</a>]]>")))
    assert b"".join(eni.open_content()) == b"<a>1</a>"


def test_content_elsewhere_has_no_stream(files):
    """A reference into a signature and an external file are not given here."""
    inside = read_eni(files.document(FileReference("#FIRMA_0", "BIN")))
    assert inside.open_content() is None
    assert not inside.document.content.is_outside
    content = ExternalReference("urn:x", Huella("00", "SHA-512"), "MP4")
    outside = read_eni(files.document(content, version="v2.0"))
    assert outside.open_content() is None
    assert outside.document.content.is_outside
    assert outside.document.content.huella == Huella("00", "SHA-512")


def test_additional_metadata_give_the_name(files):
    """The natural name of v2.0 is found among the additional metadata."""
    told = [AdditionalMetadata("eEMGDE.Nombre.NombreNatural", "Acta del pleno", "xsd:string")]
    assert read_eni(files.document(version="v2.0", additional=told)).document.name == "Acta del pleno"
    assert read_eni(files.expediente(version="v2.0", additional=told)).expediente.name == "Acta del pleno"
    assert read_eni(files.document()).document.name == ""


def test_an_expediente_is_read_with_its_tree(files):
    """Documents, folders and nested expedientes keep their places and order."""
    expediente = read_eni(files.expediente(view=BinaryContent(b"%PDF", "PDF"))).expediente
    seen = [(one.document.identificador[-2:], one.folder, one.position) for one in expediente.documents()]
    assert seen == [
        ("D1", "", 1),
        ("D2", "", 2),
        ("D3", "CARPETA", 3),
        ("D4", "CARPETA", 4),
        ("D5", "SUB_1", 5),
    ]
    assert expediente.entries == tuple(
        one if not hasattr(one, "description") else type(one)(one.identificador, one.entries)
        for one in files.entries()
    )
    assert expediente.view.format_name == "PDF"
    ids = expediente.ids
    assert ids.index_content == "EXP_INDICE_CONTENIDOES_L01990019_2024_EXP_1"
    assert (ids.index, ids.metadata, ids.expediente) == ("INDICE", "METADATOS_EXP", "EXPEDIENTE")


def test_version_2_names_and_descriptions_are_read(files):
    """NombreNatural and Descripcion of v2.0 are read."""
    expediente = read_eni(
        files.expediente((*files.entries(), files.indexed(9, name="Acta.pdf")), version="v2.0")
    )
    assert expediente.expediente.entries[-1].name == "Acta.pdf"
    assert expediente.expediente.entries[2].description == "Notificaciones"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"http://admin", b"https://admin", "ENI-NAMESPACE-SLIP"),
        (b"/XSD/v1.0/", b"/XSD/1.0/", "ENI-NAMESPACE-SLIP"),
        (b"v1.0/documento-e/metadatos", b"v1.0/documento-e", "ENI-NAMESPACE-SLIP"),
        (b"v1.0/firma", b"v1.0/firmas", "ENI-NAMESPACE-SLIP"),
        (b"v1.0/documento-e/contenido", b"v1.0/documento-e/contenido/", "ENI-NAMESPACE-SLIP"),
        (b"v1.0/firma", b"v2.0/firma", "ENI-NAMESPACE-SLIP"),
    ],
)
def test_slips_in_namespaces_cost_a_warning(files, old, new, code):
    """Wrong namespaces are read as what they mean, and said."""
    eni = read_eni(files.document().replace(old, new))
    assert set(codes(eni)) == {code}
    assert eni.eni_id == "ES_L01990019_2025_SOL1"
    assert b"".join(eni.open_content()).startswith(b"%PDF")


def test_the_classic_slip_of_the_index_has_its_own_code(files):
    """IndiceContenido in the namespace of its contents is recognised."""
    data = files.expediente().replace(b"eniexpind:IndiceContenido", b"eniconexpind:IndiceContenido")
    assert codes(read_eni(data)) == ["ENI-INDEX-NAMESPACE"]


def test_wrapped_elements_are_read(files):
    """A document among the elements of an InSide wrapper is read, with the metadata beside it."""
    body = files.document().partition(b"?>\n")[2]
    data = (
        b'<i:DocumentoEniFile xmlns:i="https://ssweb.seap.minhap.es/Inside/XSD/v1.0/documento-e/file">' + body
        + b'<m:metadatosAdicionales xmlns:m="https://ssweb.seap.minhap.es/Inside/XSD/v1.0/metadatosAdicionales">'
        b'<m:MetadatoAdicional nombre="Nombre Natural"><m:valor>Solicitud</m:valor></m:MetadatoAdicional>'
        b"</m:metadatosAdicionales></i:DocumentoEniFile>"
    )  # fmt: skip
    eni = read_eni(data)
    assert eni.document.wrapper == "DocumentoEniFile"
    assert eni.document.name == "Solicitud"
    assert codes(eni) == ["ENI-WRAPPED"]


def test_wrapped_bytes_are_read(files):
    """An expediente that a wrapper holds as base64 is read from the bytes inside."""
    inner = files.expediente()
    text = base64.b64encode(inner)
    ns = b"https://ssweb.seap.minhap.es/Inside/XSD/v1.0/expediente-e/expedienteEniFile"
    data = b'<i:expedienteEniFile xmlns:i="%b"><i:expedienteEniBytes>%b</i:expedienteEniBytes></i:expedienteEniFile>'
    eni = read_eni(data % (ns, text))
    assert (eni.kind, eni.value.wrapper) == ("expediente", "expedienteEniFile")
    assert eni.skeleton.source.data == inner
    assert eni.outer is not None


@pytest.mark.parametrize(
    "data",
    [b"<a/>", b"<documento/>", b'<documento xmlns="urn:x"><contenido/><metadatos/></documento>',
     b"<html><body><p>expediente</p></body></html>"],
)  # fmt: skip
def test_other_xml_is_not_eni(data):
    """What is neither document nor expediente is refused with its root named."""
    with pytest.raises(XmlRefused) as caught:
        read_eni(data)
    assert caught.value.findings[0].code == "ENI-NOT-ENI"


def test_a_document_inside_the_content_is_not_taken_for_the_document(files):
    """An ENI document kept as DatosXML of another stays its content."""
    inner = files.document(identificador="ES_L01990019_2025_INNER").partition(b"?>\n")[2].strip()
    assert read_eni(files.document(XmlContent(inner))).eni_id == "ES_L01990019_2025_SOL1"


def test_received_bytes_are_never_changed(files, tmp_path):
    """Reading leaves the file as it was."""
    path = tmp_path / "d.xml"
    path.write_bytes(files.document(BinaryContent(b"x" * 9000, "PDF")))
    before = hashlib.sha256(path.read_bytes()).digest()
    b"".join(read_eni(path).open_content())
    assert hashlib.sha256(path.read_bytes()).digest() == before


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("breaks", [b"", b"\n", b"\r\n", b"&#13;\n"])
def test_canonical_form_is_that_of_the_whole(files, exclusive, breaks):
    """Placeholder canonicalisation gives the very bytes of canonicalising the whole document."""
    from archive.eni.canonical import canonical_pieces

    data = files.document(BinaryContent(b"q" * 3000, "PDF")).replace(b"cXFxcXFx", b"cXFxcXFx" + breaks)
    eni = read_eni(data)
    whole = etree.fromstring(data)
    for mine, theirs in ((eni.located.element, whole), (eni.located.element[0], whole[0])):
        wanted = etree.tostring(theirs, method="c14n", exclusive=exclusive, with_comments=False)
        assert b"".join(canonical_pieces(eni.skeleton, mine, exclusive=exclusive)) == wanted
