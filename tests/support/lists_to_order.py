# SPDX-License-Identifier: EUPL-1.2
"""Trusted lists to order, small and signed with the house's own signer."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from certificates_to_order import Party

from preservation.signatures.xml.sign import sign_xml

BASE = "http://uri.etsi.org/TrstSvc/TrustedList"
GRANTED, WITHDRAWN, SUPERVISED = "granted", "withdrawn", "undersupervision"
ISSUED = datetime(2024, 3, 1, 10, tzinfo=UTC)
NEXT = datetime(2024, 9, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Signer:
    """A party in the shape that the house's signers ask for."""

    certificate: bytes
    private_key: object
    chain: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, party: Party) -> Signer:
        """Take a party."""
        return cls(party.der, party.key)


def instance(status: str, since: str, *, kind: str = "CA/QC", extensions: str = "") -> str:
    """Return the middle of a service or of an instance of its history."""
    wrapped = (
        f"<ServiceInformationExtensions>{extensions}</ServiceInformationExtensions>" if extensions else ""
    )
    return (
        f"<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{kind}</ServiceTypeIdentifier>"
        '<ServiceName><Name xml:lang="es">Servicio</Name><Name xml:lang="en">Service</Name></ServiceName>'
        "%s"
        f"<ServiceStatus>{BASE}/Svcstatus/{status}</ServiceStatus>"
        f"<StatusStartingTime>{since}</StatusStartingTime>{wrapped}"
    )


def service(party: Party, present: str, *past: str) -> str:
    """Return a service of a party."""
    identity = (
        f"<ServiceDigitalIdentity><DigitalId>{_certificate(party)}</DigitalId></ServiceDigitalIdentity>"
    )
    named = "<ServiceDigitalIdentity><DigitalId><X509SubjectName>CN=x</X509SubjectName></DigitalId></ServiceDigitalIdentity>"
    history = "".join(f"<ServiceHistoryInstance>{each % named}</ServiceHistoryInstance>" for each in past)
    return (
        f"<TSPService><ServiceInformation>{present % identity}</ServiceInformation>"
        f"<ServiceHistory>{history}</ServiceHistory></TSPService>"
    )


def pointer(
    location: str,
    territory: str,
    operators: Sequence[Party],
    kind: str = "EUgeneric",
    mime: str = "vnd.etsi.tsl+xml",
) -> str:
    """Return a pointer to another list."""
    identities = "".join(
        f"<ServiceDigitalIdentity><DigitalId>{_certificate(each)}</DigitalId></ServiceDigitalIdentity>"
        for each in operators
    )
    return (
        f"<OtherTSLPointer><ServiceDigitalIdentities>{identities}</ServiceDigitalIdentities>"
        f"<TSLLocation>{location}</TSLLocation><AdditionalInformation>"
        f"<OtherInformation><TSLType>{BASE}/TSLType/{kind}</TSLType></OtherInformation>"
        f"<OtherInformation><SchemeTerritory>{territory}</SchemeTerritory></OtherInformation>"
        f'<OtherInformation><x:MimeType xmlns:x="http://uri.etsi.org/02231/v2/additionaltypes#">application/{mime}</x:MimeType></OtherInformation>'
        "</AdditionalInformation></OtherTSLPointer>"
    )


def unsigned(
    *,
    services: Sequence[str] = (),
    pointers: Sequence[str] = (),
    pages: Sequence[str] = (),
    kind: str = "EUgeneric",
    territory: str = "ES",
    sequence: int = 7,
    issued: datetime = ISSUED,
    following: datetime | None = NEXT,
) -> bytes:
    """Return a list without its signature."""
    named = "".join(f'<URI xml:lang="en">{each}</URI>' for each in pages)
    due = f"<dateTime>{following:%Y-%m-%dT%H:%M:%SZ}</dateTime>" if following else ""
    provider = (
        "<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName>"
        '<Name xml:lang="en">Provider</Name></TSPName></TSPInformation>'
        f"<TSPServices>{''.join(services)}</TSPServices></TrustServiceProvider></TrustServiceProviderList>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="LISTA" TSLTag="http://uri.etsi.org/19612/TSLTag">'
        "<SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier>"
        f"<TSLSequenceNumber>{sequence}</TSLSequenceNumber><TSLType>{BASE}/TSLType/{kind}</TSLType>"
        '<SchemeOperatorName><Name xml:lang="en">Operator</Name></SchemeOperatorName>'
        f"<SchemeInformationURI>{named}</SchemeInformationURI><SchemeTerritory>{territory}</SchemeTerritory>"
        f"<PointersToOtherTSL>{''.join(pointers)}</PointersToOtherTSL>"
        f"<ListIssueDateTime>{issued:%Y-%m-%dT%H:%M:%SZ}</ListIssueDateTime><NextUpdate>{due}</NextUpdate>"
        f"</SchemeInformation>{provider if services else ''}</TrustServiceStatusList>"
    ).encode()


def signed(data: bytes, by: Party, *, at: datetime = ISSUED) -> bytes:
    """Sign a list as its operator does: enveloped, over everything."""
    return sign_xml(data, Signer.of(by), signing_time=at)


def lotl(by: Party, operators: Sequence[Party], pointers: Sequence[str] = (), **options: object) -> bytes:
    """Return a list of the lists that names its own next signers."""
    own = pointer("https://lists.example/lotl.xml", "EU", operators, "EUlistofthelists")
    whole = unsigned(pointers=[own, *pointers], kind="EUlistofthelists", territory="EU", **options)
    return signed(whole, by, at=options.get("issued", ISSUED))


def _certificate(party: Party) -> str:
    return f"<X509Certificate>{b64encode(party.der).decode()}</X509Certificate>"
