# SPDX-License-Identifier: EUPL-1.2
"""Result codes of the protocol, and which of them an error of ours is (ETSI TS 119 512 V1.2.1, 5.3)."""

from __future__ import annotations

from typing import Final

from archive.errors import (
    ConflictError,
    InvalidInput,
    InvalidRequest,
    LimitExceeded,
    LongevaError,
    NotAvailable,
    NotFound,
    NotIdentified,
    Refused,
    StorageUnavailable,
    TimestampUnavailable,
    XmlRefused,
)
from search.api.preservation.messages import Result

_MAJOR: Final = "urn:oasis:names:tc:dss:1.0:resultmajor:"
SUCCESS: Final = f"{_MAJOR}Success"
REQUESTER: Final = f"{_MAJOR}RequesterError"
RESPONDER: Final = f"{_MAJOR}ResponderError"

_ERROR: Final = "http://uri.etsi.org/19512/error/"
NO_PERMISSION: Final = f"{_ERROR}noPermission"
INTERNAL: Final = f"{_ERROR}internalError"
PARAMETER: Final = f"{_ERROR}parameterError"
NOT_SUPPORTED: Final = f"{_ERROR}notSupported"
UNKNOWN_PO_FORMAT: Final = f"{_ERROR}unknownPOFormat"
PO_FORMAT: Final = f"{_ERROR}POFormatError"
SERVICE: Final = f"{_ERROR}externalServiceUnavailable"
UNKNOWN_EVIDENCE_FORMAT: Final = f"{_ERROR}unknownEvidenceFormat"
UNKNOWN_POID: Final = f"{_ERROR}unknownPOID"
UNKNOWN_VERSION: Final = f"{_ERROR}unknownVersionID"
UNKNOWN_MODE: Final = f"{_ERROR}unknownMode"
PARTLY: Final = "http://uri.etsi.org/19512/warning/requestOnlyPartlySuccessful"

_MINOR: Final[tuple[tuple[type[LongevaError], str], ...]] = (
    (NotFound, UNKNOWN_POID),
    (NotIdentified, NO_PERMISSION),
    (Refused, NO_PERMISSION),
    (ConflictError, PARAMETER),
    (XmlRefused, PO_FORMAT),
    (NotAvailable, NOT_SUPPORTED),
    (LimitExceeded, NOT_SUPPORTED),
    (InvalidInput, PARAMETER),
    (InvalidRequest, PARAMETER),
    (TimestampUnavailable, SERVICE),
    (StorageUnavailable, INTERNAL),
)
"""The first that fits."""


class Refusal(Exception):
    """An answer with a code of the protocol's own."""

    def __init__(self, minor: str, words: str) -> None:
        super().__init__(words)
        self.result = Result(maj=REQUESTER, min=minor, msg=words)


def success(warning: str | None = None, words: str | None = None) -> Result:
    """Return the result of what was done."""
    return Result(maj=SUCCESS, min=warning, msg=words)


def result_of(error: LongevaError) -> Result:
    """Return the result that an error of ours is; its words are for whoever can mend it."""
    minor = next((code for kind, code in _MINOR if isinstance(error, kind)), INTERNAL)
    ours = error.http_status >= 500
    words = error.titulo if ours or isinstance(error, NotFound) else f"{error.titulo}: {error}"
    return Result(maj=RESPONDER if ours else REQUESTER, min=minor, msg=words)
