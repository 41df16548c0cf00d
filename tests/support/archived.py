# SPDX-License-Identifier: EUPL-1.2
"""Builds a small archive with deposited documents, for tests of what happens after the deposit."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import typst

from archive.clock import FixedClock
from archive.digests import digest_bytes, manifest_digest
from archive.eni.document import DocumentMetadata
from archive.eni.write import BinaryContent, NewFirma, document_xml
from archive.home import Home
from archive.identifiers import object_id, uuid7
from archive.model import (
    RECEIVED,
    RECORD_PATH,
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
)
from archive.objects import NewVersion
from archive.record import DepositDocument
from preservation.authority.development import DevelopmentAuthority
from preservation.signatures.sign import ValidationMaterial
from search.certify import certify
from search.copy_archive import IssuedCopy

NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
BASE_URL = "http://127.0.0.1:8080"
DIR3 = "L01990019"

_DECREE = """
#set page(paper: "a4", margin: 25mm, numbering: "1")
#set text(lang: "es", size: 11pt, font: "New Computer Modern")
#set par(justify: true)
#align(center)[#text(13pt)[*AYUNTAMIENTO DE VILLAR DE LA ENCINA*] \\ Alcaldía-Presidencia]
#v(9mm)
#align(center, text(14pt)[*DECRETO DE ALCALDÍA N.º 214/2025*])
#v(5mm)
*Asunto:* concesión de licencia urbanística de obra mayor. *Expediente:* 2025/URB/0037.

Vista la solicitud de licencia para la rehabilitación de vivienda unifamiliar entre medianeras en la calle del
Molino, 7, con referencia catastral 1234501XK1213S0001AB, acompañada del proyecto básico y de ejecución.

Visto el informe favorable de los Servicios Técnicos Municipales, que comprueba la adecuación de la obra al
planeamiento vigente, y el informe jurídico de la Secretaría-Intervención, ambos incorporados al expediente.

Considerando que la competencia corresponde a esta Alcaldía conforme al artículo 21.1.q) de la Ley 7/1985, de 2
de abril, Reguladora de las Bases del Régimen Local,

#align(center)[*RESUELVO*]

*PRIMERO.* Conceder la licencia urbanística de obra mayor solicitada, salvo el derecho de propiedad y sin
perjuicio de terceros, con sujeción al proyecto presentado.

*SEGUNDO.* Las obras se iniciarán en el plazo de seis meses y concluirán en el de veinticuatro, contados desde la
notificación de esta resolución. Son prorrogables a solicitud expresa formulada antes de su vencimiento.

*TERCERO.* Aprobar la liquidación provisional del Impuesto sobre Construcciones, Instalaciones y Obras por
importe de 3.412,80 euros.

*CUARTO.* Notificar la presente resolución a la persona interesada, con indicación de los recursos procedentes.

#v(8mm)
La Alcaldesa #h(1fr) Ante mí, el Secretario-Interventor
#pagebreak()
*Condiciones particulares de la licencia*

+ Se señalizará la ocupación de la vía pública y se garantizará el paso de peatones.
+ Los residuos se entregarán a gestor autorizado, cuyo certificado se aportará con la comunicación de fin de obra.
+ La fachada conservará el zócalo de piedra y los huecos de la planta baja.
"""


def decree() -> bytes:
    """A resolution of two pages, as PDF."""
    made = typst.compile(_DECREE.encode(), format="pdf", ignore_system_fonts=True, timestamp=1_741_000_000)
    assert isinstance(made, bytes)
    return made


@dataclass
class Archived:
    """An archive with its authority."""

    home: Home
    authority: DevelopmentAuthority
    clock: FixedClock
    tenant_id: str = "villar"

    def deposit(
        self,
        content: bytes,
        *,
        number: int = 1,
        name: str = "Decreto 214/2025, de concesión de licencia de obra mayor",
        tipo: str = "TD01",
        estado: str = "EE01",
        media_type: str = "application/pdf",
        csv: str = "",
        administration: bool = True,
        signatures: tuple[SignatureRecord, ...] = (),
        state: DepositState = DepositState.ACCEPTED,
    ) -> ObjectRecord:
        """Keep a loose ENI document as a deposit would, and return its object."""
        eni_id = f"ES_{DIR3}_2025_DOC{number:027d}"
        metadata = DocumentMetadata(
            eni_id, (DIR3,), "2025-03-03T10:20:30+01:00", administration, estado, tipo,
            version_nti="http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e",
        )  # fmt: skip
        firmas = [NewFirma("TF01", csv=csv, regulation="Ordenanza 3/2019")] if csv else []
        form = media_type.rsplit("/", 1)[-1].upper()
        xml = document_xml(metadata, BinaryContent(content, form), firmas)
        path = f"{RECEIVED}{eni_id}.xml"
        file = StoredFile(path, FileRole.DOCUMENT, digest_bytes(xml), eni_id, "application/xml")
        document = DocumentRecord(
            eni_id, path, name, tipo, estado, (DIR3,), metadata.fecha_captura, administration, form, media_type,
            digest_bytes(content), csv=(csv,) if csv else (),
        )  # fmt: skip
        return self._keep(file, xml, document, signatures, state)

    def _keep(
        self, file: StoredFile, data: bytes, document: DocumentRecord, signatures: tuple[SignatureRecord, ...],
        state: DepositState,
    ) -> ObjectRecord:  # fmt: skip
        digest = manifest_digest([(file.path, file.digests)])
        ident = object_id(self.tenant_id, document.eni_id, digest)
        now = self.clock.now()
        record = ObjectRecord(
            ident, self.tenant_id, ObjectKind.DOCUMENT, document.eni_id, document.name, 1, digest, now
        )  # fmt: skip
        deposit = DepositRecord(
            uuid7(now), self.tenant_id, state, now, "paquete.xml", digest, ident, ()
        )  # fmt: skip
        own = tuple(signature for signature in signatures)
        known = DepositDocument(deposit, record, (file,), (document,), own).to_bytes()
        objects = self.home.objects(self.tenant_id)
        staged = {
            file.path: objects.stage(ident, file.path, (data,)),
            RECORD_PATH: objects.stage(ident, RECORD_PATH, (known,)),
        }
        objects.commit([NewVersion(ident, staged, "Depósito", "test", now)])
        kept = StoredFile(RECORD_PATH, FileRole.RECORD, staged[RECORD_PATH], media_type="application/json")
        with self.home.catalog.transaction() as tx:
            tx.record_deposit(deposit)
            tx.add_object(record, [file, kept], [document], own)
            self.home.ledger.append(tx, self.tenant_id, "object.stored", ident, "test", {})
        self.home.ledger.flush(self.tenant_id)
        return record

    def certify(self, ident: str, path: str | None = None) -> IssuedCopy:
        """Issue a copy with the development authority's seal."""
        at = self.clock.now()
        seal = self.authority.identity("seal")
        material = ValidationMaterial(
            self.authority.intermediates(),
            self.authority.crls(at),
            (self.authority.ocsp(seal.certificate, at),),
        )
        return certify(
            self.home, ident, path, identity=seal, authority=self.authority.timestamp_authority(self.clock),
            material=material, base_url=BASE_URL, agent="test",
        )  # fmt: skip


def make_archive(folder: Path, at: datetime = NOW, *, own_authority: bool = False) -> Archived:
    """Make a home with one municipality and a development authority, whose keys the session shares."""
    clock = FixedClock(at)
    home = Home.create(folder / "home", clock)
    home.add_tenant("villar", "Ayuntamiento de Villar de la Encina", DIR3)
    if own_authority:
        return Archived(home, DevelopmentAuthority.create(folder / "authority", clock), clock)
    shutil.copytree(_shared_authority(), folder / "authority")
    return Archived(home, DevelopmentAuthority.open(folder / "authority", clock), clock)


@cache
def _shared_authority() -> Path:
    """Make the keys once: they cost seconds."""
    folder = Path(tempfile.mkdtemp(prefix="longeva-authority-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    authority = DevelopmentAuthority.create(folder / "authority", FixedClock(NOW))
    authority.identity("seal")
    return folder / "authority"
