# SPDX-License-Identifier: EUPL-1.2
"""Every parser that meets bytes of strangers, with what it may raise: mostly nothing at all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from pki_forms import CONTENT

from archive.eni.read import read_eni
from archive.errors import LongevaError
from preservation.evidence.reading import parse_record
from preservation.evidence.record import MalformedRecord
from preservation.evidence.verification import verify_record
from preservation.evidence.xmlers import parse_xmlers
from preservation.signatures.asic.read import read_asic
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.eni.validate import validate_eni
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.reading import read_signatures, read_token
from preservation.signatures.xml.read import read_xml
from preservation.tokens import parse_token, verify_token
from preservation.trust.certificates import describe, load
from preservation.trust.chains import find_chain
from preservation.trust.revocation import statements_about
from preservation.trust.store import TrustStore
from preservation.trusted_lists.parse import NotATrustedList, is_trusted_list, parse_list
from preservation.trusted_lists.services import anchors_of
from preservation.trusted_lists.verify import verify_list

Target = Callable[[bytes], None]
AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
_DETACHED = BytesContent(CONTENT)
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


def targets(anchors: tuple[bytes, ...], helping: tuple[bytes, ...] = ()) -> dict[str, Target]:
    """Return the targets by name.

    Args:
        anchors: DER roots, so that hostile files are judged to the end.
        helping: DER certificates under them.
    """
    trust = TrustStore(anchors, helping)
    issuers = [load(each) for each in (*anchors, *helping)]

    def judged(found: list[SignatureFacts]) -> None:
        for facts in found:
            judge(facts, trust, AT).to_json()

    def statements(data: bytes) -> None:
        for issuer in issuers:
            statements_about(issuer, issuers[0], [data], [data])

    def certificate(data: bytes) -> None:
        describe(data)
        found = load(data)
        if found is not None:
            find_chain(found, (data, *helping), anchors)
        find_chain(issuers[-1], (data, *helping), anchors)

    def token(data: bytes) -> None:
        verify_token(data, b"\x01" * 32, "sha256", trust=trust, at=AT)
        judged([read_token(data, _DETACHED)])
        _declared(parse_token, data, ValueError)

    def record(data: bytes) -> None:
        verify_record(data, [_asked], at=AT, trust=trust)
        _declared(parse_record, data, MalformedRecord)

    def record_in_xml(data: bytes) -> None:
        verify_record(data, [_asked], at=AT, trust=trust)
        _declared(parse_xmlers, data, MalformedRecord)

    def eni(data: bytes) -> None:
        _declared(lambda each: validate_eni(read_eni(each), trust, AT), data, LongevaError)

    def trusted_list(data: bytes) -> None:
        is_trusted_list(data)
        verify_list(data, helping)
        _declared(lambda each: anchors_of(parse_list(each)[0]), data, NotATrustedList, LongevaError)

    return {
        "cms": lambda data: judged(read_cms(data, _DETACHED)),
        "token": token,
        "pdf": lambda data: judged(read_pdf(data)),
        "xml": lambda data: judged(read_xml(data, lambda _: _DETACHED)),
        "asic": lambda data: judged(read_asic(data)),
        "record": record,
        "statements": statements,
        "certificate": certificate,
        "eni": eni,
        "xmlrecord": record_in_xml,
        "list": trusted_list,
        "any": lambda data: judged(read_signatures(data)),
    }


def _asked(algorithm: str) -> bytes:
    found = _DETACHED.digest(algorithm)
    if found is None:
        raise KeyError(algorithm)
    return found


def _declared(parser: Callable[[bytes], object], data: bytes, *errors: type[Exception]) -> None:
    """Call a parser that says which errors it raises of hostile bytes; any other is a defect."""
    with suppress(*errors):
        parser(data)
