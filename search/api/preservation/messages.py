# SPDX-License-Identifier: EUPL-1.2
"""Messages of the protocol with the JSON names of its tables 1 to 24 (ETSI TS 119 512 V1.2.1, 5.3 and 5.4).

Names of other norms that it borrows (operations, policies: OASIS DSS Metadata) are kept to the least.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from archive.errors import InvalidInput

ERS: Final = "urn:ietf:rfc:4998"
XMLERS: Final = "urn:ietf:rfc:6283"
ENI_ZIP: Final = "urn:longeva:format:eni-zip"
"""The expediente as it came, in a ZIP (NTI Expediente electrónico V.1)."""
KIT: Final = "urn:longeva:format:kit"
"""The evidence kit: the object, its evidence, and what verifies them."""
VERDICT: Final = "urn:longeva:format:evidence-verdict"
"""JSON: indication and steps of a validation (RFC 4998 4.3)."""

Text = Annotated[str, Field(max_length=2_000)]


class Wire(BaseModel):
    """A message, or a part of one. What it does not know it leaves alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class BinaryData(Wire):
    """Bytes (OASIS DSS-X Base64Data)."""

    value: str = Field(description="Base64")


class XmlData(Wire):
    """XML, as bytes."""

    b64Content: str = Field(description="Base64")  # noqa: N815 - the norm's name


class Preserved(Wire):
    """A preservation object (table 20)."""

    binaryData: BinaryData | None = None  # noqa: N815
    xmlData: XmlData | None = None  # noqa: N815
    formatId: Text | None = None  # noqa: N815
    mimeType: Text | None = None  # noqa: N815
    pronomId: Text | None = None  # noqa: N815
    id: Text | None = None
    relObj: list[Text] | None = None  # noqa: N815


class EvidenceIn(Preserved):
    """Evidence (table 19)."""

    poId: Text | None = None  # noqa: N815
    verId: Text | None = None  # noqa: N815


class Asking(Wire):
    """What every request has (5.3.1.1)."""

    reqId: Text | None = Field(None, description="Comes back with the response")  # noqa: N815
    optIn: dict[str, Any] | None = Field(None, description="None is supported")  # noqa: N815


class AboutObject(Asking):
    """What every request about an object has."""

    poId: Text  # noqa: N815


class RetrieveInfo(Asking):
    """Table 1."""

    pro: Text | None = None
    stat: Text | None = None


class PreservePO(Asking):
    """Table 3."""

    pro: Text
    po: Annotated[list[Preserved], Field(max_length=1_000, default_factory=list)]


class RetrievePO(AboutObject):
    """Table 5."""

    versionId: list[Text] | None = None  # noqa: N815
    sor: Text | None = None
    poFormat: Text | None = None  # noqa: N815
    evFormat: Text | None = None  # noqa: N815


class DeletePO(AboutObject):
    """Table 7."""

    mod: Text | None = None
    crn: Text | None = None
    reason: Text | None = None


class UpdatePOC(AboutObject):
    """Table 8."""

    deltaPoc: Annotated[list[Preserved], Field(min_length=1, max_length=1_000)]  # noqa: N815


class RetrieveTrace(AboutObject):
    """Table 10."""


class ValidateEvidence(Asking):
    """Table 12."""

    ev: EvidenceIn
    po: Annotated[list[Preserved], Field(max_length=1_000, default_factory=list)]


class Search(Asking):
    """Table 14."""

    fi: Text


class Result(Wire):
    """How it went (OASIS DSS-X Result)."""

    maj: str
    min: str | None = None
    msg: str | None = Field(None, description="In Spanish")


class Response(Wire):
    """What every response has (5.3.1.2)."""

    result: Result
    reqId: str | None = None  # noqa: N815


class Operation(Wire):
    """An operation of a profile."""

    name: str


class Policy(Wire):
    """A policy of a profile: what it is about, and where it is."""

    type: str
    uri: str


class Period(Wire):
    """When a profile holds; milliseconds since 1970."""

    vfrom: int
    vuntl: int | None = None


class Format(Wire):
    """A format."""

    formatId: str  # noqa: N815


class Words(Wire):
    """Words in a language."""

    value: str
    lang: str


class Profile(Wire):
    """A preservation profile (table 21)."""

    pid: str
    op: list[Operation]
    pol: list[Policy]
    pvp: Period
    psm: str
    pg: list[str]
    ef: list[Format]
    spec: list[str]
    desc: list[Words]
    sid: str


class RetrieveInfoResponse(Response):
    """Table 2."""

    pro: list[Profile] = []


class PreservePOResponse(Response):
    """Table 4."""

    poId: str | None = None  # noqa: N815


class RetrievePOResponse(Response):
    """Table 6."""

    po: list[Preserved] = []


class UpdatePOCResponse(Response):
    """Table 9."""

    versionId: str | None = None  # noqa: N815


class Event(Wire):
    """One line of a trace (table 18)."""

    time: int = Field(description="Milliseconds since 1970")
    sub: str
    op: str
    obj: str | None = None
    det: str | None = None


class Trace(Wire):
    """Table 23."""

    event: list[Event]


class RetrieveTraceResponse(Response):
    """Table 11."""

    trace: Trace | None = None


class ValidateEvidenceResponse(Response):
    """Table 13."""

    valRep: Preserved | None = None  # noqa: N815
    poe: int | None = Field(None, description="Milliseconds since 1970")


class SearchResponse(Response):
    """Table 15."""

    poId: list[str] = []  # noqa: N815


def bytes_of(one: Preserved) -> bytes:
    """Return the bytes of an object that came. Raises InvalidInput: it has none, two, or no base64."""
    held = [one.binaryData.value] if one.binaryData else []
    held += [one.xmlData.b64Content] if one.xmlData else []
    if len(held) != 1:
        raise InvalidInput("an object has either binaryData or xmlData")
    try:
        return base64.b64decode("".join(held[0].split()), validate=True)
    except (binascii.Error, ValueError) as cause:
        raise InvalidInput("an object is not in base64") from cause


def preserved(data: bytes, format_id: str, media_type: str, number: str, about: str = "") -> Preserved:
    """Return an object that goes out."""
    value = BinaryData(value=base64.b64encode(data).decode())
    related = [about] if about else None
    return Preserved(binaryData=value, formatId=format_id, mimeType=media_type, id=number, relObj=related)
