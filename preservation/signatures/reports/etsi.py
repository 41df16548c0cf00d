# SPDX-License-Identifier: EUPL-1.2
"""The report of signatures as XML after ETSI TS 119 102-2 V1.4.1, valid against its schema.

    xml = etsi_report(reports, at=instant)

One `SignatureValidationReport` a signature, and once every certificate, revocation list, OCSP answer and
time-stamp token that the verdicts used, with the octets themselves. Only what was found out is told: a
constraint that was not reached has no entry. The report is not signed (its `ds:Signature` is optional).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import quote

from lxml import etree

from archive.clock import format_instant
from preservation.indications import Indication, Outcome
from preservation.signatures.policies import known_policy, normal
from preservation.signatures.report import SignatureReport, TimestampReport
from preservation.signatures.reports.etsi_objects import ValidationObjects

NAMESPACE: Final = "http://uri.etsi.org/19102/v1.4.1#"
_URN: Final = "urn:etsi:019102"
_XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STAMPS: Final = {
    "signature": "SignatureTimeStamp",
    "content": "AllDataObjectsTimeStamp",
    "unsigned": "AllDataObjectsTimeStamp",
    "archive": "ArchiveTimeStamp",
    "document": "DocTimeStamp",
    "refs": "RefsOnlyTimeStamp",
}
_BLOCKS: Final = {
    "FORMAT_FAILURE": "format-checking",
    "NO_SIGNING_CERTIFICATE_FOUND": "signing-certificate-identification",
    "POLICY_PROCESSING_ERROR": "validation-context-initialisation",
    "SIGNATURE_POLICY_NOT_AVAILABLE": "validation-context-initialisation",
    "HASH_FAILURE": "cryptographic-verification",
    "SIG_CRYPTO_FAILURE": "cryptographic-verification",
    "SIGNED_DATA_NOT_FOUND": "cryptographic-verification",
    "SIG_CONSTRAINTS_FAILURE": "signature-acceptance-validation",
    "CRYPTO_CONSTRAINTS_FAILURE": "signature-acceptance-validation",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": "signature-acceptance-validation",
    "TIMESTAMP_ORDER_FAILURE": "time-stamp-validation",
}
"""Building block of EN 319 102-1 5.2 that a sub-indication comes from; the rest from 5.2.6."""


def etsi_report(reports: Sequence[SignatureReport], *, at: datetime, place: str = "") -> bytes:
    """Write the validation report of the signatures of one file.

    Args:
        reports: At least one; the schema knows no report of nothing.
        at: Instant of validation.
        place: The file, as the reader knows it.

    Returns:
        UTF-8 XML with its declaration.

    Raises:
        ValueError: There is no signature to report on.
    """
    if not reports:
        raise ValueError("a validation report speaks of at least one signature")
    objects = ValidationObjects()
    prefixes: dict[str | None, str] = {None: NAMESPACE, "xades": _XADES}
    root = etree.Element(_name("ValidationReport"), nsmap=cast("dict[str, str]", prefixes))
    for number, report in enumerate(reports, start=1):
        objects.add_all(report.evidence)
        for stamp in report.timestamps:
            objects.add_token(stamp)
        _signature(root, report, objects, at, f"{place}#{number}")
    objects.write(root, _child, lambda parent, stamp: _stamp_report(parent, stamp, at))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _signature(
    root: Any, report: SignatureReport, objects: ValidationObjects, at: datetime, identifier: str
) -> None:
    own = _child(root, "SignatureValidationReport")
    named = _child(own, "SignatureIdentifier")
    _child(named, "HashOnly", "false")
    _child(named, "DocHashOnly", "false")
    _child(named, "DAIdentifier", f"{identifier} {report.place}".strip())
    _constraints(own, report)
    _times(own, report, objects, at)
    _attributes(own, report, objects)
    certificate = None if report.signer is None else objects.of_signer(report.signer)
    if report.signer is not None and certificate is not None:
        signer = _child(own, "SignerInformation")
        signer.set("Pseudonym", "true" if report.signer.pseudonym else "false")
        _refer(signer, "SignerCertificate", certificate)
        _child(signer, "Signer", " ".join(filter(None, (report.signer.name, report.signer.identifier))))
    process = _child(own, "SignatureValidationProcess")
    _child(process, "SignatureValidationProcessID", f"{_URN}:validationprocess:LTA")
    _status(own, "SignatureValidationStatus", report, objects)


def _constraints(parent: Any, report: SignatureReport) -> None:
    """Tell the policy that was applied (the archive's own) and the constraints whose outcome is known."""
    holder = _child(parent, "ValidationConstraintsEvaluationReport")
    policy = _child(holder, "SignatureValidationPolicy")
    etree.SubElement(
        etree.SubElement(policy, _name("SignaturePolicyIdentifier")), f"{{{_XADES}}}SignaturePolicyImplied"
    )
    _child(policy, "PolicyName", "Longeva, ETSI EN 319 102-1")
    for check in (*report.references, *(() if report.value is None else (report.value,))):
        passed = check.outcome is Outcome.OK
        failed = check.outcome is Outcome.FAILED
        main = "passed" if passed else "failed" if failed else "indeterminate"
        sub = "" if passed else "HASH_FAILURE" if failed else "SIGNED_DATA_NOT_FOUND"
        if failed and check is report.value:
            sub = "SIG_CRYPTO_FAILURE"
        _constraint(holder, "cryptographic-verification", main, sub, check.name)
    if report.sub_indication:
        block = _BLOCKS.get(report.sub_indication, "x509-certificate-validation")
        main = "failed" if report.indication is Indication.TOTAL_FAILED else "indeterminate"
        _constraint(holder, block, main, report.sub_indication, "")


def _constraint(holder: Any, block: str, main: str, sub: str, parameter: str) -> None:
    own = _child(holder, "ValidationConstraint")
    _child(own, "ValidationConstraintIdentifier", f"urn:longeva:constraint:{block}")
    if parameter:
        typed = _child(own, "ValidationConstraintParameter")
        _child(typed, "Type", "urn:longeva:type:reference")
        _child(typed, "Value", parameter)
    _child(_child(own, "ConstraintStatus"), "Status", f"{_URN}:constraintStatus:applied")
    status = _child(own, "ValidationStatus")
    _child(status, "MainIndication", f"{_URN}:mainindication:{main}")
    if sub:
        _child(status, "SubIndication", f"{_URN}:subindication:{sub}")


def _times(parent: Any, report: SignatureReport, objects: ValidationObjects, at: datetime) -> None:
    """Tell when it was validated and the best signature time, with what proves it (TS 119 102-2 4.2.4)."""
    times = _child(parent, "ValidationTimeInfo")
    _child(times, "ValidationTime", _instant(at))
    best = _child(times, "BestSignatureTime")
    _child(best, "POETime", _instant(report.best_signature_time or at))
    stamp = next(
        (each for each in report.timestamps if each.time == report.best_signature_time and each.token), None
    )
    given = report.proven_by and "time stamp" not in report.proven_by
    _child(best, "TypeOfProof", f"{_URN}:poetype:{'provided' if given else 'validation'}")
    if stamp is not None and not given:
        _refer(best, "POEObject", objects.of_token(stamp))


def _attributes(parent: Any, report: SignatureReport, objects: ValidationObjects) -> None:
    """Tell the attributes of annex A that are known here, signed ones first."""
    own = etree.Element(_name("SignatureAttributes"))
    if report.signing_time is not None:
        _child(_signed(own, "SigningTime"), "Time", _instant(report.signing_time))
    if report.policy:
        _child(_signed(own, "SigPolicyIdentifier"), "SigPolicyId", _uri(report.policy))
    for kind, text in report.claims:
        if kind in _CLAIMS:
            _CLAIMS[kind](own, text)
    for stamp in report.timestamps:
        if stamp.time is None:
            continue
        told = _child(own, _STAMPS.get(stamp.type, "SignatureTimeStamp"))
        told.set("Signed", "true" if stamp.type == "content" else "false")
        if stamp.token:
            _refer(told, "AttributeObject", objects.of_token(stamp))
        _child(told, "TimeStampValue", _instant(stamp.time))
    if len(own):
        parent.append(own)


def _role(kind: str) -> Callable[[Any, str], None]:
    def write(own: Any, text: str) -> None:
        details = _child(_signed(own, "SignerRole"), "RoleDetails")
        _child(details, "Role", text)
        _child(details, "EndorsementType", kind)

    return write


def _single(attribute: str, element: str, *, uri: bool = False) -> Callable[[Any, str], None]:
    def write(own: Any, text: str) -> None:
        _child(_signed(own, attribute), element, _uri(text) if uri else text)

    return write


_CLAIMS: Final[dict[str, Callable[[Any, str], None]]] = {
    "role": _role("claimed"),
    "certified role": _role("certified"),
    "place": _single("SignatureProductionPlace", "AddressString"),
    "location": _single("SignatureProductionPlace", "AddressString"),
    "commitment": _single("CommitmentTypeIndication", "CommitmentTypeIdentifier", uri=True),
    "data format": _single("DataObjectFormat", "MimeType"),
    "reason": _single("Reason", "ReasonElement"),
    "name": _single("Name", "NameElement"),
    "contact": _single("ContactInfo", "ContactInfoElement"),
}


def _status(parent: Any, name: str, report: SignatureReport, objects: ValidationObjects) -> None:
    """Write the indication and what it stands on (TS 119 102-2 4.2.10 to 4.2.12)."""
    status = _child(parent, name)
    _child(status, "MainIndication", f"{_URN}:mainindication:{_main(report.indication)}")
    if report.sub_indication:
        _child(status, "SubIndication", f"{_URN}:subindication:{report.sub_indication}")
    data = etree.Element(_name("AssociatedValidationReportData"))
    chain = [each for each in map(objects.of_signer, report.certificates) if each]
    if chain:
        own = _child(data, "CertificateChain")
        _refer(own, "SigningCertificate", chain[0])
        for identifier in chain[1:-1]:
            _refer(own, "IntermediateCertificate", identifier)
        if len(chain) > 1:
            trusted = report.sub_indication != "NO_CERTIFICATE_CHAIN_FOUND"
            _refer(own, "TrustAnchor" if trusted else "IntermediateCertificate", chain[-1])
    used = [each for each in (objects.of_digest(one.sha256) for one in report.revocations) if each]
    for identifier in dict.fromkeys(used):
        _refer(data, "RelatedValidationObject", identifier)
    revoked = next((each for each in report.revocations if each.revoked_at is not None), None)
    about = None if revoked is None else objects.of_name(revoked.about)
    if revoked is not None and revoked.revoked_at is not None and about:
        own = _child(data, "RevocationStatusInformation")
        _refer(own, "ValidationObjectId", about)
        _child(own, "RevocationTime", _instant(revoked.revoked_at))
    if report.reasons:
        more = _child(data, "AdditionalValidationReportData")
        for reason in report.reasons:
            typed = _child(more, "ReportData")
            _child(typed, "Type", "urn:longeva:type:reason")
            _child(typed, "Value", reason)
    if len(data):
        status.append(data)


def _stamp_report(parent: Any, stamp: TimestampReport, at: datetime) -> None:
    """Write the verdict on a time stamp inside its own validation object."""
    own = _child(parent, "ValidationReport")
    times = _child(own, "ValidationTimeInfo")
    _child(times, "ValidationTime", _instant(at))
    best = _child(times, "BestSignatureTime")
    _child(best, "POETime", _instant(stamp.time or at))
    _child(best, "TypeOfProof", f"{_URN}:poetype:validation")
    status = _child(own, "SignatureValidationStatus")
    _child(
        status, "MainIndication", f"{_URN}:mainindication:{_main(stamp.indication).removeprefix('total-')}"
    )
    if stamp.sub_indication:
        _child(status, "SubIndication", f"{_URN}:subindication:{stamp.sub_indication}")


def _main(indication: Indication) -> str:
    return str(indication).lower().replace("_", "-")


def _signed(parent: Any, name: str) -> Any:
    own = _child(parent, name)
    own.set("Signed", "true")
    return own


def _child(parent: Any, name: str, text: str | None = None) -> Any:
    own = etree.SubElement(parent, _name(name))
    if text is not None:
        own.text = _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
    return own


def _refer(parent: Any, name: str, identifier: str) -> None:
    _child(parent, name).set("VOReference", identifier)


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _instant(instant: datetime) -> str:
    return format_instant(instant)


def _uri(text: str) -> str:
    """Write an OID or an address as a URI; what is published is written as it was published."""
    bare = normal(text)
    if re.fullmatch(r"[0-2](\.[0-9]+)+", bare):
        return f"urn:oid:{bare}"
    known = known_policy(text)
    return quote(text.strip() if known is None else known.identifiers[0], safe=":/?#[]@!$&'()*+,;=%-._~")
