# SPDX-License-Identifier: EUPL-1.2
"""Packages whose files disagree, are empty, damaged or dangerous. Samples should have an unsigned index.

Each returns a folder of files, which may be deposited as it is.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pikepdf
import pybase64

from demo.hostile.catalogue import provokes
from demo.hostile.sample import (
    copied,
    document_names,
    edited,
    first_value,
    index_name,
    with_content,
)
from demo.papers import paper
from demo.town import on


@provokes("PKG-INDEX-MISSING")
def missing_index(folder: Path, sample: Path) -> Path:
    """Documents without their expediente."""
    target = copied(sample, folder, "missing_index")
    (target / index_name(target)).unlink()
    return target


@provokes("PKG-INDEX-SEVERAL")
def two_indexes(folder: Path, sample: Path) -> Path:
    """Two expedientes in one package."""
    target = copied(sample, folder, "two_indexes")
    other = (target / index_name(target)).read_bytes().replace(b"_2025_EXP_0", b"_2025_EXP_1")
    (target / index_name(target).replace("_EXP_0", "_EXP_1")).write_bytes(other)
    return target


@provokes("PKG-DOCUMENT-MISSING")
def absent_document(folder: Path, sample: Path) -> Path:
    """The index lists a document that is not there."""
    target = copied(sample, folder, "absent_document")
    (target / document_names(target)[-1]).unlink()
    return target


@provokes("PKG-EXTRA-DOCUMENT")
def extra_document(folder: Path, sample: Path) -> Path:
    """A document that the index does not list."""
    target = copied(sample, folder, "extra_document")
    first = document_names(target)[0]
    (target / "sobrante.xml").write_bytes(_renamed((target / first).read_bytes()))
    return target


@provokes("PKG-HUELLA-MISMATCH")
def huella_mismatch(folder: Path, sample: Path) -> Path:
    """Content changed after the index was made."""

    def change(xml: bytes) -> bytes:
        start, end = first_value(xml)
        content = bytearray(pybase64.b64decode(xml[start:end]))
        content[len(content) // 2] ^= 1
        return xml[:start] + pybase64.b64encode(bytes(content)) + xml[end:]

    return edited(sample, folder, "huella_mismatch", document_names(sample)[0], change)


@provokes("PKG-HUELLA-UNKNOWN")
def unknown_huella(folder: Path, sample: Path) -> Path:
    """A huella of a length that no known function gives."""

    def change(xml: bytes) -> bytes:
        own = re.sub(rb"(ValorHuella>)[0-9a-f]{128}", rb"\g<1>0123456789abcdef", xml, count=1)
        return own.replace(b"http://www.w3.org/2001/04/xmlenc#sha512", b"urn:casa:crc", 1)

    return edited(sample, folder, "unknown_huella", index_name(sample), change)


@provokes("PKG-DOCUMENT-CONFLICT")
def same_id_other_bytes(folder: Path, sample: Path) -> Path:
    """Two documents that claim the same identifier with other bytes."""
    target = copied(sample, folder, "same_id")
    first = (target / document_names(target)[0]).read_bytes()
    (target / "gemelo.xml").write_bytes(first.replace(b">TD99<", b">TD13<"))
    return target


@provokes("PKG-FILE-EMPTY")
def empty_file(folder: Path, sample: Path) -> Path:
    """A file of zero bytes beside the others."""
    target = copied(sample, folder, "empty_file")
    (target / "vacío.pdf").write_bytes(b"")
    return target


@provokes("ENI-CONTENT-EMPTY")
def empty_pdf(folder: Path, sample: Path) -> Path:
    """A document that claims a PDF and holds nothing."""
    return with_content(sample, folder, "empty_pdf", b"", "PDF")


@provokes("ENI-FORMAT-ENCRYPTED")
def encrypted_pdf(folder: Path, sample: Path) -> Path:
    """A PDF that asks for a password. Its bytes differ on every build (random salt)."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper("cierre", on("2026-01-19 09:40")))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="dueño", user="abierto", R=6))
    return with_content(sample, folder, "encrypted_pdf", out.getvalue(), "PDF")


@provokes("ENI-FORMAT-DAMAGED")
def truncated_pdf(folder: Path, sample: Path) -> Path:
    """A PDF whose second half is gone."""
    whole = paper("cierre", on("2026-01-19 09:40"))
    return with_content(sample, folder, "truncated_pdf", whole[: len(whole) // 2], "PDF")


@provokes("ENI-BASE64-INVALID")
def base64_garbage(folder: Path, sample: Path) -> Path:
    """Letters in the base64 that base64 does not have."""

    def change(xml: bytes) -> bytes:
        start, _ = first_value(xml)
        return xml[: start + 8] + b"#!%*" + xml[start + 12 :]

    return edited(sample, folder, "base64_garbage", document_names(sample)[0], change)


@provokes()
def malformed_cms(folder: Path, sample: Path) -> Path:
    """A TF04 whose signature is no CMS at all: a verdict, never a crash."""
    firma = (
        b"<enids:TipoFirma>TF04</enids:TipoFirma><enids:ContenidoFirma><enids:FirmaConCertificado>"
        b"<enids:FirmaBase64>%b</enids:FirmaBase64></enids:FirmaConCertificado></enids:ContenidoFirma>"
        % pybase64.b64encode(b"\x30\x82\xff\xff" + b"\x06\x09*\x86H\x86\xf7\r\x01\x07\x02" + bytes(64))
    )
    pattern = re.compile(rb"<enids:TipoFirma>TF01.*?</enids:ContenidoFirma>", re.DOTALL)
    return edited(
        sample, folder, "malformed_cms", document_names(sample)[0], lambda xml: pattern.sub(firma, xml)
    )


@provokes("ENI-DATE-NO-ZONE")
def date_without_zone(folder: Path, sample: Path) -> Path:
    """FechaCaptura without zone: recorded as it is, none assumed."""
    return _redated(sample, folder, "date_without_zone", b"2025-02-03T09:01:00")


@provokes("ENI-DATE-PLACEHOLDER")
def year_1900(folder: Path, sample: Path) -> Path:
    """FechaCaptura of 1900, which some program writes where it knows nothing."""
    return _redated(sample, folder, "year_1900", b"1900-01-01T00:00:00+00:00")


@provokes("ENI-REFERENCE-EXTERNAL-URL")
def url_reference(folder: Path, sample: Path) -> Path:
    """The content is said to be at an address of the inner network, never fetched."""
    pattern = re.compile(rb"<enifile:ValorBinario>[^<]*</enifile:ValorBinario>")
    address = b"<enifile:referenciaFichero>http://127.0.0.1:8080/csvStorage/1</enifile:referenciaFichero>"
    return edited(
        sample, folder, "url_reference", document_names(sample)[0], lambda xml: pattern.sub(address, xml)
    )


@provokes("ENI-XML-DOCTYPE")
def doctype(folder: Path, sample: Path) -> Path:
    """A DOCTYPE with an external entity that would read a file of ours."""
    declared = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return _with_doctype(sample, folder, "doctype", declared)


@provokes("ENI-XML-DOCTYPE")
def billion_laughs(folder: Path, sample: Path) -> Path:
    """Entities that grow tenfold nine times."""
    steps = [b'<!ENTITY e0 "ja">']
    steps += [b'<!ENTITY e%d "%b">' % (at, b"&e%d;" % (at - 1) * 10) for at in range(1, 10)]
    return _with_doctype(
        sample, folder, "billion_laughs", b"<!DOCTYPE a [" + b"".join(steps) + b"]>", b"&e9;"
    )


@provokes("ENI-XML-MALFORMED")
def not_well_formed(folder: Path, sample: Path) -> Path:
    """An XML that ends in the middle of its metadata."""
    return edited(
        sample,
        folder,
        "not_well_formed",
        document_names(sample)[0],
        lambda xml: xml[: xml.rindex(b"TipoDoc")],
    )


@provokes("ENI-XML-LIMIT")
def deep_xml(folder: Path, sample: Path) -> Path:
    """A file with elements a hundred thousand deep."""
    target = copied(sample, folder, "deep_xml")
    (target / "hondo.xml").write_bytes(b"<a>" * 100_000 + b"</a>" * 100_000)
    return target


@provokes("ENI-ESTADO-OPEN")
def open_expediente(folder: Path, sample: Path) -> Path:
    """An expediente that is still open (E01)."""
    return edited(
        sample, folder, "open", index_name(sample), lambda xml: xml.replace(b"Estado>E02<", b"Estado>E01<")
    )


@provokes("PKG-HUELLA-MISMATCH")
def big_text_node(folder: Path, sample: Path, *, megabytes: int = 64) -> Path:
    """A base64 text of many megabytes, written streaming, that must be read in constant memory.

    Content and huella agree no more: what is tried is memory and time.
    """
    target = copied(sample, folder, "big_text_node")
    file = target / document_names(target)[0]
    xml = file.read_bytes()
    start, end = first_value(xml)
    unit = pybase64.b64encode(bytes(range(256)) * 2929 + bytes(176))
    with file.open("wb") as out:
        out.write(xml[:start])
        for _ in range(megabytes):
            out.write(unit)
        out.write(xml[end:])
    return target


def _redated(sample: Path, folder: Path, name: str, date: bytes) -> Path:
    pattern = re.compile(rb"(<enidocmeta:FechaCaptura>)[^<]*")
    return edited(
        sample, folder, name, document_names(sample)[0], lambda xml: pattern.sub(rb"\g<1>" + date, xml)
    )


def _with_doctype(sample: Path, folder: Path, name: str, declared: bytes, use: bytes = b"&x;") -> Path:
    def change(xml: bytes) -> bytes:
        opened = xml.replace(b"?>\n", b"?>\n" + declared, 1)
        return opened.replace(b"NombreFormato>BIN<", b"NombreFormato>" + use + b"<")

    return edited(sample, folder, name, document_names(sample)[0], change)


def _renamed(xml: bytes) -> bytes:
    """The same document under an identifier of its own."""
    return re.sub(rb"(_2025_)0", rb"\g<1>1", xml)
