# SPDX-License-Identifier: EUPL-1.2
"""What a municipality of the simulation deposits: small expedientes, signed and stamped on their day.

Two documents and an index, signed by the town's seal with a time stamp (CAdES-T in TF04, XAdES-T in TF02).
Seals are of an authority of their own, which gives a new one every few years. NO LEGAL VALUE.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from archive.eni.document import DocumentMetadata, Huella
from archive.eni.expediente import ExpedienteMetadata, IndexedDocument
from archive.eni.write import (
    BinaryContent,
    NewFirma,
    document_xml,
    expediente_xml,
    index_content_id,
    insert_firma,
)
from demo.eni_papers import SHA512_URI
from demo.simulation.scenario import Municipality
from demo.town import written
from preservation.authority import SigningIdentity, certificates, revocation
from preservation.authority.folder import KeyPair
from preservation.authority.profile import NO_LEGAL_VALUE, SEAL_POLICY, Subject, Window, years
from preservation.signatures.cms.sign import sign_cms
from preservation.signatures.xml.sign import xml_signature
from preservation.timestamps import TimestampAuthority

SEAL_YEARS: Final = 4
"""For how long a town's seal is good."""
_DOCUMENTS: Final = (
    ("Solicitud de licencia de obra", "TD14"),
    ("Resolución de la Alcaldía", "TD01"),
)
_NIF: Final = "P0000000J"


class Seals:
    """Gives each town its seal of the day."""

    def __init__(self, first: int, last: int) -> None:
        """Make the authority of seals, good in these years and some more."""
        self._window = years(first - 2, last + 10)
        self._root = _authority("AC RAIZ SELLOS", self._window, None)
        self._issuing = _authority("AC SELLOS DE ORGANO", self._window, self._root)
        self._seals: dict[tuple[str, int], SigningIdentity] = {}

    @property
    def root(self) -> bytes:
        """The certificate to trust, DER."""
        return _der(self._root)

    @property
    def authorities(self) -> tuple[bytes, ...]:
        """DER of the certificates between the root and the seals."""
        return (_der(self._issuing),)

    def lists(self, at: datetime) -> tuple[bytes, ...]:
        """Return the revocation lists published at an instant, DER."""
        return tuple(revocation.revocation_list(each, {}, at) for each in (self._root, self._issuing))

    def of(self, town: Municipality, at: datetime) -> SigningIdentity:
        """Return the seal of a town on a day."""
        period = at.year // SEAL_YEARS
        if (town.tenant, period) not in self._seals:
            self._seals[town.tenant, period] = self._issue(town, period * SEAL_YEARS)
        return self._seals[town.tenant, period]

    def _issue(self, town: Municipality, first: int) -> SigningIdentity:
        name = f"SELLO {town.name.upper()[:20]} - {NO_LEGAL_VALUE}"
        subject = Subject(name, _NIF, SEAL_POLICY, unit="SELLO ELECTRONICO")
        key = certificates.new_key()
        made = certificates.certificate(
            certificates.signer_name(subject), key, years(first, first + SEAL_YEARS + 1),
            certificates.signer_extensions(SEAL_POLICY),
            issuer=self._issuing.certificate, issuer_key=self._issuing.key,
        )  # fmt: skip
        return SigningIdentity(made.public_bytes(Encoding.DER), key, (*self.authorities, self.root))


def expediente(
    folder: Path,
    town: Municipality,
    at: datetime,
    number: int,
    seal: SigningIdentity,
    authority: TimestampAuthority,
) -> Path:
    """Write an expediente that was closed and signed at `at`.

    Args:
        folder: Where its own folder goes.
        town: Whose.
        at: The instant that its signatures claim; the authority's clock must agree.
        number: Tells the expedientes of a year apart.
        seal: Signs.
        authority: Stamps the signatures.

    Returns:
        The folder of the package.
    """
    code = f"{town.tenant.upper()[:10]}{at.year}N{number:04d}"
    eni_id = f"ES_{town.dir3}_{at.year}_EXP_{code:0>30}"
    package = folder / code
    package.mkdir(parents=True)
    indexed = []
    for order, (name, kind) in enumerate(_DOCUMENTS, 1):
        own = f"ES_{town.dir3}_{at.year}_{f'{code}D{order}':0>30}"
        content = f"{name}\n{town.name}, {at:%Y-%m-%d}, n.º {number}\n".encode()
        signature = sign_cms(content, seal, detached=True, signing_time=at, authority=authority)
        captured = written(at - timedelta(hours=3 - order))
        metadata = DocumentMetadata(own, (town.dir3,), captured, True, "EE01", kind)
        xml = document_xml(metadata, BinaryContent(content, "TXT"), [NewFirma("TF04", base64=signature)])
        (package / f"{own}.xml").write_bytes(xml)
        huella = Huella(hashlib.sha512(content).hexdigest(), SHA512_URI)
        indexed.append(IndexedDocument(own, huella, captured, str(order), name))
    closed = ExpedienteMetadata(
        eni_id,
        (town.dir3,),
        written(at - timedelta(days=30)),
        f"{town.dir3}_PRO_{'LICENCIAS':0>30}",
        "E02",
        (),
    )
    unsigned = expediente_xml(closed, written(at), indexed)
    signed = xml_signature(
        unsigned, seal, signing_time=at, ids=(index_content_id(eni_id),), authority=authority,
        signature_id="FirmaXAdES",
    )  # fmt: skip
    (package / f"{eni_id}.xml").write_bytes(insert_firma(unsigned, NewFirma("TF02", inline=signed)))
    return package


def _authority(name: str, window: Window, above: KeyPair | None) -> KeyPair:
    key = certificates.new_key()
    made = certificates.certificate(
        certificates.service_name(name), key, window, certificates.authority_extensions(0 if above else None),
        issuer=above.certificate if above else None, issuer_key=above.key if above else None,
        digest=hashes.SHA512(),
    )  # fmt: skip
    return KeyPair(made, key)


def _der(pair: KeyPair) -> bytes:
    return pair.certificate.public_bytes(Encoding.DER)
