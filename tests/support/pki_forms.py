# SPDX-License-Identifier: EUPL-1.2
"""Every form of signed file that the journeys travel with, made at level B and brought on by the product."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
from pki import TSA_OF, Identity, Pki

from preservation.signatures.augment import augment_file
from preservation.signatures.content import BytesContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.reading import read_signatures
from preservation.signatures.report import SignatureReport
from preservation.signatures.sign import sign_cms, sign_detached, sign_enveloping, sign_pdf, sign_xml
from preservation.signatures.supplied import Supplied
from preservation.signatures.validate import validate_file
from preservation.strength import Strength
from preservation.trust.store import TrustStore

CONTENT = b"Resoluci\xc3\xb3n de la alcald\xc3\xada, 2026\n"
DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<expediente xmlns="urn:prueba" xmlns:x="urn:otro">'
    "<asunto>ñandú &amp; cigüeña</asunto><!-- nota --><x:dato>1</x:dato></expediente>\n"
).encode()
MADE = datetime(2026, 6, 1, 12, tzinfo=UTC)
_ASIC = "application/vnd.etsi.asic-e+zip"
_ASIC_NS = "http://uri.etsi.org/02918/v1.2.1#"
_DS_NS = "http://www.w3.org/2000/09/xmldsig#"


@dataclass(frozen=True)
class Form:
    """A form of signed file."""

    name: str
    suffix: str
    make: Callable[[Identity, datetime], bytes]
    """Returns the file at level B."""
    content: bytes | None = None
    """What is signed and not carried."""


def plain_pdf() -> bytes:
    """Return one blank page, the same bytes every time."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def container(entries: dict[str, bytes]) -> bytes:
    """Return an ASiC-E container (EN 319 162-1 annex A.1: mimetype first, stored)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(zipfile.ZipInfo("mimetype", (2026, 6, 1, 12, 0, 0)), _ASIC)
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, (2026, 6, 1, 12, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, data)
    return out.getvalue()


def _asic_cades(identity: Identity, at: datetime) -> bytes:
    digest = b64encode(hashlib.sha256(CONTENT).digest()).decode()
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<asic:ASiCManifest xmlns:asic="{_ASIC_NS}" xmlns:ds="{_DS_NS}">'
        '<asic:SigReference URI="META-INF/signature001.p7s" MimeType="application/pkcs7-signature"/>'
        '<asic:DataObjectReference URI="resolucion.txt" MimeType="text/plain">'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference></asic:ASiCManifest>"
    ).encode()
    signature = sign_cms(manifest, identity, detached=True, signing_time=at)
    entries = {"META-INF/ASiCManifest001.xml": manifest, "META-INF/signature001.p7s": signature}
    return container({"resolucion.txt": CONTENT, **entries})


def _asic_xades(identity: Identity, at: datetime) -> bytes:
    signature = sign_detached([("resolucion.txt", CONTENT)], identity, signing_time=at)
    wrapped = b'<asic:XAdESSignatures xmlns:asic="' + _ASIC_NS.encode() + b'">' + signature
    return container(
        {"resolucion.txt": CONTENT, "META-INF/signatures001.xml": wrapped + b"</asic:XAdESSignatures>"}
    )


FORMS = {
    form.name: form
    for form in (
        Form("pades", ".pdf", lambda who, at: sign_pdf(plain_pdf(), who, signing_time=at)),
        Form(
            "cades-attached", ".p7m", lambda who, at: sign_cms(CONTENT, who, detached=False, signing_time=at)
        ),
        Form(
            "cades-detached",
            ".p7s",
            lambda who, at: sign_cms(CONTENT, who, detached=True, signing_time=at),
            CONTENT,
        ),
        Form("xades-enveloped", ".xml", lambda who, at: sign_xml(DOCUMENT, who, signing_time=at)),
        Form("xades-enveloping", ".xml", lambda who, at: sign_enveloping(CONTENT, who, signing_time=at)),
        Form(
            "xades-detached",
            ".xml",
            lambda who, at: sign_detached([("contenido.txt", CONTENT)], who, signing_time=at),
            CONTENT,
        ),
        Form("asice-cades", ".asice", _asic_cades),
        Form("asice-xades", ".asice", _asic_xades),
    )
}


@dataclass(frozen=True)
class Traveller:
    """A signed file on its way through time."""

    form: Form
    data: bytes

    def augmented(
        self,
        pki: Pki,
        at: datetime,
        *,
        level: str = "LTA",
        tsa: str = "",
        trust: TrustStore | None = None,
        **more,
    ) -> Traveller:
        """Return it augmented at an instant, through the product's own door.

        Args:
            pki: The world.
            at: Instant of augmentation.
            level: To reach.
            tsa: Who stamps; the generation of the year by default.
            trust: What is known then; everything that can be had by default.
            **more: For the door.
        """
        with tempfile.TemporaryDirectory() as folder:
            path, content = self.laid_out(Path(folder))
            out = Path(folder) / f"out{self.form.suffix}"
            unit = pki.tsa(tsa or TSA_OF[at.year], at)
            known = pki.trust(at, about=("rsa",)) if trust is None else trust
            augment_file(path, out, level, known, unit, at, content=content, **more)
            return Traveller(self.form, out.read_bytes())

    def judged(self, trust: TrustStore, at: datetime, strength: Strength | None = None) -> SignatureReport:
        """Return the verdict on its one signature, under another table of algorithms where one is given."""
        if strength is not None:
            content = (
                []
                if self.form.content is None
                else [Supplied("contenido.txt", BytesContent(self.form.content))]
            )
            (facts,) = read_signatures(self.data, content)
            return judge(facts, trust, at, strength=strength)
        with tempfile.TemporaryDirectory() as folder:
            path, content = self.laid_out(Path(folder))
            (report,) = validate_file(path, content=content, trust=trust, at=at)
        return report

    def laid_out(self, folder: Path) -> tuple[Path, Path | None]:
        """Write it, and what it signs, to a folder; return where."""
        path = folder / f"firma{self.form.suffix}"
        path.write_bytes(self.data)
        if self.form.content is None:
            return path, None
        content = folder / "contenido.txt"
        content.write_bytes(self.form.content)
        return path, content


def signed(pki: Pki, form: str, who: str = "rsa", at: datetime = MADE) -> Traveller:
    """Return a file signed at level B."""
    return Traveller(FORMS[form], FORMS[form].make(pki.identity(who), at))


def tampered(traveller: Traveller) -> Traveller:
    """Return the same file with one letter of its content changed, and nothing else."""
    form, data = traveller.form, traveller.data
    if form.name == "pades":
        place = data.index(b"/MediaBox")
        return Traveller(form, data[:place] + data[place:].replace(b"612", b"611", 1))
    if form.name.startswith("asice"):
        with zipfile.ZipFile(io.BytesIO(data)) as whole:
            entries = {name: whole.read(name) for name in whole.namelist() if name != "mimetype"}
        entries["resolucion.txt"] = CONTENT.replace(b"2026", b"2027")
        return Traveller(form, container(entries))
    if form.content is not None:
        changed = type(form)(form.name, form.suffix, form.make, CONTENT.replace(b"2026", b"2027"))
        return Traveller(changed, data)
    if form.name == "xades-enveloped":
        assert DOCUMENT.count(b"asunto") == 2
        return Traveller(form, data.replace("ñandú".encode(), "nandú".encode(), 1))
    if form.name == "xades-enveloping":
        place = data.index(b'Encoding="')
        place = data.index(b">", place) + 3
        swapped = b"A" if data[place : place + 1] != b"A" else b"B"
        return Traveller(form, data[:place] + swapped + data[place + 1 :])
    return Traveller(form, data.replace(b"2026\n", b"2027\n", 1))
