# SPDX-License-Identifier: EUPL-1.2
"""The hands of the story: everybody's certificate, and each signature made on its own day.

Certificates come from the development authority and say so in every name. Stamps and revocation answers are
those that the authority would have given on that day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, cast

from archive.clock import FixedClock
from demo.documents import Signing
from demo.town import ARCHITECT, BUILDER, CITIZEN, MAYOR, SECRETARY, TECHNICIAN
from preservation.authority import DevelopmentAuthority, SigningIdentity
from preservation.signatures.augmentation import Level, ValidationMaterial
from preservation.signatures.cms.sign import sign_cms
from preservation.signatures.pdf.sign import sign_pdf
from preservation.signatures.xml.sign import sign_xml
from preservation.timestamps import TimestampAuthority

PEOPLE: Final = {
    "mayor": MAYOR,
    "secretary": SECRETARY,
    "technician": TECHNICIAN,
    "citizen": CITIZEN,
    "architect": ARCHITECT,
    "builder": BUILDER,
}
_STAMP_DELAY: Final = timedelta(seconds=2)


class Hands:
    """Signs for the people of the story with certificates of one authority.

    The same authority gives the same bytes on every run: keys are kept in its folder, signatures are RSA
    PKCS#1 v1.5, and stamps are asked for in its deterministic way.
    """

    def __init__(self, authority: DevelopmentAuthority) -> None:
        self._authority = authority

    def identity(self, signer: str) -> SigningIdentity:
        """Return the certificate and key of one of `PEOPLE`, or of the town's `seal`."""
        if signer not in PEOPLE:
            return self._authority.identity(signer)
        person = PEOPLE[signer]
        # A certificate with an organisation is a public employee's: the builder signs with a citizen's.
        employer = "" if person is BUILDER else person.organisation.upper()
        return self._authority.identity_for(person.name.upper(), person.nif, employer)

    def pdf(self, data: bytes, signing: Signing) -> bytes:
        """Return `data` with one more PAdES signature."""
        person = PEOPLE.get(signing.signer)
        identity = self.identity(signing.signer)
        return sign_pdf(
            data,
            identity,
            level=cast("Level", signing.level),
            authority=self._stamps(signing),
            material=self._material(identity, signing.at) if signing.level == "LT" else None,
            signing_time=signing.at,
            name=person.name if person else "Sello electrónico del Ayuntamiento",
            reason=person.post if person else "Actuación administrativa automatizada",
            location="Villanueva del Encinar",
        )

    def cms(self, data: bytes, signing: Signing, *, detached: bool) -> bytes:
        """Return the CAdES signature of `data`, which it carries unless `detached`."""
        return sign_cms(
            data,
            self.identity(signing.signer),
            detached=detached,
            signing_time=signing.at,
            authority=self._stamps(signing),
        )

    def xml_enveloped(self, data: bytes, signing: Signing) -> bytes:
        """Return the XML document with an enveloped XAdES signature over the whole of it."""
        return sign_xml(
            data, self.identity(signing.signer), signing_time=signing.at, authority=self._stamps(signing)
        )

    def xml_signature(self, data: bytes, signed_id: str, signing: Signing) -> bytes:
        """Return only the ds:Signature over one element of `data`, to be placed elsewhere in it.

        Exclusive canonicalisation makes it hold wherever in the document it will stand.
        """
        start = data.rindex(b"</")
        signed = sign_xml(
            data,
            self.identity(signing.signer),
            signing_time=signing.at,
            ids=(signed_id,),
            insert_at=start,
            authority=self._stamps(signing),
            signature_id="FirmaXAdES",
        )
        return signed[start : start + len(signed) - len(data)]

    def _stamps(self, signing: Signing) -> TimestampAuthority | None:
        if signing.level == "B":
            return None
        clock = FixedClock(signing.at + _STAMP_DELAY)
        return self._authority.timestamp_authority(clock, deterministic=True)

    def _material(self, identity: SigningIdentity, at: datetime) -> ValidationMaterial:
        return ValidationMaterial(
            certificates=self._authority.intermediates(),
            crls=self._authority.crls(at),
            ocsps=(self._authority.ocsp(identity.certificate, at),),
        )
