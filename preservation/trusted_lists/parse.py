# SPDX-License-Identifier: EUPL-1.2
"""What a trusted list says, before anybody believes it (ETSI TS 119 612 versions 1.1.1 to 2.4.1).

Read leniently where lists of twenty years differ, and never beyond what is written: a date or certificate
that cannot be read makes its service say nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from archive.clock import assume_utc
from archive.xml import parse_xml
from preservation.trust.certificates import load

TSL: Final = "{http://uri.etsi.org/02231/v2#}"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
LIST_OF_LISTS: Final = "EUlistofthelists"
"""Last part of the TSLType of the list of the lists."""
MAX_POINTERS: Final = 500
MAX_SERVICES: Final = 20_000
MAX_CERTIFICATE: Final = 64 << 10
_UNDERSTOOD: Final = frozenset(
    {"Qualifications", "ExpiredCertsRevocationInfo", "AdditionalServiceInformation", "TakenOverBy"}
)


class NotATrustedList(ValueError):
    """The document is some other XML, or lacks what every list has. Stays inside this package."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Another list that this one points at (5.3.13)."""

    location: str
    type: str
    """Last part of its TSLType."""
    territory: str
    operators: tuple[bytes, ...] = field(repr=False)
    """DER of the certificates that may sign it."""
    is_xml: bool = True
    """Not the human-readable copy in PDF."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a service was, from a time on (5.5.4, 5.5.5, 5.6)."""

    type: str
    """Such as `CA/QC`: what follows `Svctype/` in the URI."""
    status: str
    """Last part of the URI: `granted`, `withdrawn`, `undersupervision`, …"""
    since: datetime
    uses: frozenset[str] = frozenset()
    """`ForeSignatures`, `ForeSeals`, `ForWebSiteAuthentication`, `RootCA-QC`; none where it does not say."""
    remembers_since: datetime | None = None
    """Since when the service tells of expired certificates (5.5.9.1 ExpiredCertsRevocationInfo)."""
    understood: bool = True
    """No critical extension of it is unknown to us (5.5.9)."""


@dataclass(frozen=True, slots=True)
class Service:
    """One trust service with its history."""

    provider: str
    name: str
    certificates: tuple[bytes, ...] = field(repr=False)
    """DER, of the digital identity (5.5.3)."""
    history: tuple[Status, ...]
    """Present status and those before it, oldest first."""


@dataclass(frozen=True, slots=True)
class TrustedList:
    """A list as it was published."""

    digest: str
    """SHA-256 of its bytes, in hexadecimal."""
    type: str
    """Last part of the TSLType URI."""
    territory: str
    operator: str
    sequence: int
    issued: datetime
    next_update: datetime | None
    """None where the list is closed for good (5.3.15)."""
    pointers: tuple[Pointer, ...] = field(repr=False)
    services: tuple[Service, ...] = field(repr=False)
    pages: tuple[str, ...] = field(default=(), repr=False)
    """Scheme information URIs; those of the list of the lists name its pivots."""

    @property
    def is_list_of_lists(self) -> bool:
        """Tell whether it points at the national lists instead of at services."""
        return self.type == LIST_OF_LISTS


def is_trusted_list(head: bytes) -> bool:
    """Tell whether a file seems to be a list, by its first kilobytes."""
    return b"TrustServiceStatusList" in head[:4096] and b"uri.etsi.org/02231/v2#" in head[:8192]


def parse_list(data: bytes) -> tuple[TrustedList, Any]:
    """Read a list.

    Args:
        data: The document, as published.

    Returns:
        What it says, and its tree so that its signature is verified over the same nodes.

    Raises:
        NotATrustedList: It is something else, or has no issue date or sequence number.
        XmlRefused: It is not XML that is safe to read.
    """
    tree = parse_xml(data)
    root = tree.getroot()
    scheme = root.find(f"{TSL}SchemeInformation")
    if root.tag != f"{TSL}TrustServiceStatusList" or scheme is None:
        raise NotATrustedList("not a TrustServiceStatusList")
    issued = _instant(_text(scheme, "ListIssueDateTime"))
    sequence = _text(scheme, "TSLSequenceNumber")
    if issued is None or not sequence.isascii() or not sequence.isdigit() or len(sequence) > 12:
        raise NotATrustedList("the list has no issue date or no sequence number")
    found = TrustedList(
        digest=hashlib.sha256(data).hexdigest(),
        type=_last(_text(scheme, "TSLType")),
        territory=_text(scheme, "SchemeTerritory").upper(),
        operator=_name(scheme.find(f"{TSL}SchemeOperatorName")),
        sequence=int(sequence),
        issued=issued,
        next_update=_instant(_text(scheme, f"NextUpdate/{TSL}dateTime")),
        pointers=tuple(_pointers(scheme)),
        services=tuple(_services(root)),
        pages=tuple(_texts(scheme, f"{TSL}SchemeInformationURI/{TSL}URI")),
    )
    return found, tree


def _pointers(scheme: Any) -> Iterator[Pointer]:
    listed = scheme.findall(f"{TSL}PointersToOtherTSL/{TSL}OtherTSLPointer")
    for each in listed[:MAX_POINTERS]:
        said = {
            _local(one): _content(one)
            for one in each.iterfind(f"{TSL}AdditionalInformation/{TSL}OtherInformation/*")
        }
        identities = each.iterfind(f"{TSL}ServiceDigitalIdentities/{TSL}ServiceDigitalIdentity")
        yield Pointer(
            location=_text(each, "TSLLocation"),
            type=_last(said.get("TSLType", "")),
            territory=said.get("SchemeTerritory", "").upper(),
            operators=tuple(der for one in identities for der in _certificates(one)),
            is_xml=said.get("MimeType", "").lower() != "application/pdf",
        )


def _services(root: Any) -> Iterator[Service]:
    path = f"{TSL}TrustServiceProviderList/{TSL}TrustServiceProvider"
    count = 0
    for provider in root.iterfind(path):
        name = _name(provider.find(f"{TSL}TSPInformation/{TSL}TSPName"))
        for service in provider.iterfind(f"{TSL}TSPServices/{TSL}TSPService"):
            count += 1
            if count > MAX_SERVICES:
                raise NotATrustedList(f"more than {MAX_SERVICES} services")
            found = _service(name, service)
            if found is not None:
                yield found


def _service(provider: str, service: Any) -> Service | None:
    present = service.find(f"{TSL}ServiceInformation")
    if present is None:
        return None
    instances = (present, *service.iterfind(f"{TSL}ServiceHistory/{TSL}ServiceHistoryInstance"))
    history = [_status(each) for each in instances]
    told = [each for each in history if each is not None]
    if len(told) < len(history):  # a gap nobody can date: the service says nothing
        return None
    return Service(
        provider,
        _name(present.find(f"{TSL}ServiceName")),
        tuple(_certificates(present.find(f"{TSL}ServiceDigitalIdentity"))),
        tuple(sorted(told, key=lambda each: each.since)),
    )


def _status(instance: Any) -> Status | None:
    since = _instant(_text(instance, "StatusStartingTime"))
    if since is None:
        return None
    uses, remembers, understood = set(), None, True
    for extension in instance.iterfind(f"{TSL}ServiceInformationExtensions/{TSL}Extension"):
        kinds = [_local(each) for each in extension if isinstance(each.tag, str)]
        if extension.get("Critical", "").strip() in {"true", "1"} and not set(kinds) <= _UNDERSTOOD:
            understood = False
        uses |= {_last(uri) for uri in _texts(extension, f"{TSL}AdditionalServiceInformation/{TSL}URI")}
        for each in extension:
            if isinstance(each.tag, str) and _local(each) == "ExpiredCertsRevocationInfo":
                remembers = _instant(_content(each))
    return Status(
        _text(instance, "ServiceTypeIdentifier").rpartition("Svctype/")[2],
        _last(_text(instance, "ServiceStatus")),
        since,
        frozenset(uses),
        remembers,
        understood,
    )


def _certificates(identity: Any) -> Iterator[bytes]:
    if identity is None:
        return
    for text in _texts(identity, f"{TSL}DigitalId/{TSL}X509Certificate"):
        try:
            der = base64.b64decode("".join(text.split()), validate=True)
        except ValueError:
            continue
        if len(der) <= MAX_CERTIFICATE and load(der) is not None:
            yield der


def _name(names: Any) -> str:
    """Return a name in English where there is one, else the first (5.1.4)."""
    if names is None:
        return ""
    listed = [(each.get(XML_LANG, ""), _content(each)) for each in names.iterfind(f"{TSL}Name")]
    english = [text for language, text in listed if language.lower() == "en" and text]
    return next(iter(english or [text for _, text in listed if text]), "")[:300]


def _text(parent: Any, name: str) -> str:
    found = parent.find(f"{TSL}{name}")
    return "" if found is None else _content(found)


def _texts(parent: Any, path: str) -> Iterator[str]:
    for each in parent.iterfind(path):
        yield _content(each)


def _content(element: Any) -> str:
    """Return the text of an element over the comments in it.

    Comments are not signed (canonical form leaves them out): one put into a value by anybody must not cut it.
    """
    return ((element.text or "") + "".join(each.tail or "" for each in element)).strip()


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _last(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]


def _instant(text: str) -> datetime | None:
    try:
        return assume_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
