# SPDX-License-Identifier: EUPL-1.2
"""Making signatures: the one door for the certified copy, the demo and the tests.

    sign_pdf(pdf, identity, level="LTA", authority=tsa, material=material, signing_time=now)
    sign_cms(data, identity, detached=True, signing_time=now)
    sign_xml(data, identity, ids=["CONTENIDO"], insert_at=offset, signing_time=now)

Time always comes in as a parameter. An RSA key gives the same bytes for the same arguments.
"""

from __future__ import annotations

from preservation.signatures.augmentation import LEVELS, Level, ValidationMaterial
from preservation.signatures.cms.sign import AGE_POLICY, SignaturePolicy, sign_cms
from preservation.signatures.identity import Identity, SigningKey
from preservation.signatures.pdf.sign import add_material, sign_pdf, stamp_pdf
from preservation.signatures.xml.sign import sign_detached, sign_enveloping, sign_xml, xml_signature

__all__ = [
    "AGE_POLICY",
    "LEVELS",
    "Identity",
    "Level",
    "SignaturePolicy",
    "SigningKey",
    "ValidationMaterial",
    "add_material",
    "sign_cms",
    "sign_detached",
    "sign_enveloping",
    "sign_pdf",
    "sign_xml",
    "stamp_pdf",
    "xml_signature",
]
