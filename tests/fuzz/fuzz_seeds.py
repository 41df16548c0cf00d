# SPDX-License-Identifier: EUPL-1.2
"""Good files to break: small ones of every format, made by our own signers, nobody else's."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

from certificates_to_order import Party
from cryptography import x509
from lists_to_order import GRANTED, WITHDRAWN, instance, lotl, service, unsigned
from lists_to_order import signed as signed_list
from pki import Pki
from pki_forms import CONTENT, FORMS, MADE, signed

from archive.eni.document import DocumentMetadata
from archive.eni.write import BinaryContent, document_xml
from archive.errors import LongevaError
from preservation import der
from preservation.evidence.record import encode_chain, encode_record, encode_sequence, encode_stamp
from preservation.merkle import fold
from preservation.signatures.sign import sign_xml


def seeds_of(folder: Path) -> dict[str, list[bytes]]:
    """Return the seeds of every target.

    Args:
        folder: For keys; empty or from an earlier call.
    """
    pki = Pki(folder)
    files = {form: _grown(pki, form) for form in FORMS}
    token = pki.tsa("tsa1", MADE).stamp(hashlib.sha256(CONTENT).digest(), "sha256")
    return {
        "cms": files["cades-attached"] + files["cades-detached"],
        "token": [token, pki.tsa("tsa3", MADE.replace(year=2036)).stamp(b"\x01" * 64, "sha512")],
        "pdf": files["pades"],
        "xml": files["xades-enveloped"] + files["xades-enveloping"] + files["xades-detached"],
        "asic": files["asice-cades"] + files["asice-xades"],
        "record": _records(pki),
        "statements": [*pki.lists(MADE), pki.ocsp("rsa", MADE), pki.ocsp("revoked", MADE.replace(month=9))],
        "certificate": [
            pki.certificate(each) for each in ("rsa", "ec", "ed", "brainpool", "tsa1", "ca1", "root")
        ],
        "eni": _eni(pki),
        "xmlrecord": [_xml_record(pki)],
        "list": _lists(pki),
    }


def _grown(pki: Pki, form: str) -> list[bytes]:
    found = [signed(pki, form, "ed")]
    for level in ("T", "LTA"):
        try:
            found.append(found[0].augmented(pki, MADE, level=level))
        except LongevaError:
            continue
    return [each.data for each in found]


def _records(pki: Pki) -> list[bytes]:
    """Return records without and with a tree, one renewed in both ways, one with all that may stand beside."""
    first = hashlib.sha256(CONTENT).digest()
    unit, later = pki.tsa("tsa1", MADE), pki.tsa("tsa1", MADE.replace(year=MADE.year + 1))
    alone = encode_stamp("sha256", [[first]], unit.stamp(first, "sha256"))
    lists = [[first, b"\x02" * 32], [b"\x03" * 32]]
    token = unit.stamp(fold(lists, "sha256"), "sha256")
    inside = encode_stamp("sha256", lists, token)
    renewed = [[hashlib.sha256(token).digest()], [b"\x04" * 32]]
    chain = encode_chain(
        [inside, encode_stamp("sha256", renewed, later.stamp(fold(renewed, "sha256"), "sha256"))]
    )
    before = hashlib.sha512(encode_sequence([chain])).digest()
    again = [[hashlib.sha512(hashlib.sha512(CONTENT).digest() + before).digest()], [b"\x05" * 64]]
    rehashed = encode_stamp("sha512", again, later.stamp(fold(again, "sha512"), "sha512"))
    attribute = der.sequence(der.oid("1.2.3"), der.tagged(der.SET, der.octets(b"x")))
    full = der.sequence(
        der.integer(1),
        der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), b"\x05\x00")),
        der.tagged(0xA0, attribute),
        der.tagged(0xA1, der.oid("1.2.3") + der.octets(b"key")),
        encode_sequence([encode_chain([der.sequence(der.tagged(0xA1, attribute), token)])]),
    )
    return [
        *(encode_record(["sha256"], [encode_chain([each])]) for each in (alone, inside)),
        encode_record(["sha256", "sha512"], [chain, encode_chain([rehashed])]),
        full,
    ]


def _eni(pki: Pki) -> list[bytes]:
    metadata = DocumentMetadata(
        "ES_L01990019_2025_DOC000000000000000000000000001",
        ("L01990019",),
        "2025-03-03T10:20:30+01:00",
        True,
        "EE01",
        "TD01",
    )
    plain = document_xml(metadata, BinaryContent(CONTENT, "text/plain"))
    return [plain, sign_xml(plain, pki.identity("ed"), signing_time=MADE)]


def _xml_record(pki: Pki) -> bytes:
    """Return an evidence record in XML (RFC 6283) over the content and a stranger's digest."""
    listed = [hashlib.sha256(CONTENT).digest(), b"\x02" * 32]
    token = pki.tsa("tsa1", MADE).stamp(fold([listed], "sha256"), "sha256")
    values = "".join(f"<DigestValue>{b64encode(each).decode()}</DigestValue>" for each in listed)
    return (
        '<EvidenceRecord xmlns="urn:ietf:params:xml:ns:ers" Version="1.0"><ArchiveTimeStampSequence>'
        '<ArchiveTimeStampChain Order="1"><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
        f'<ArchiveTimeStamp Order="1"><HashTree><Sequence Order="1">{values}</Sequence></HashTree><TimeStamp>'
        f'<TimeStampToken Type="RFC3161">{b64encode(token).decode()}</TimeStampToken></TimeStamp></ArchiveTimeStamp>'
        "</ArchiveTimeStampChain></ArchiveTimeStampSequence></EvidenceRecord>"
    ).encode()


def _lists(pki: Pki) -> list[bytes]:
    """Return a national trusted list and a list of lists, each signed."""
    party = Party(x509.load_der_x509_certificate(pki.certificate("ec")), pki.identity("ec").private_key)
    services = [
        service(party, instance(GRANTED, "2020-01-01T00:00:00Z"), instance(WITHDRAWN, "2018-01-01T00:00:00Z"))
    ]
    return [signed_list(unsigned(services=services), party), lotl(party, [party], ())]
