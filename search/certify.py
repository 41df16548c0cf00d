# SPDX-License-Identifier: EUPL-1.2
"""Issues a copia auténtica: a new document, sealed, with its own identifier and CSV, archived in its turn.

    issued = certify(home, object_id, None, identity=seal, authority=tsa, material=material,
                     base_url="https://sede.example/archivo", agent="cli")
    Path("copia.pdf").write_bytes(issued.pdf)

Why EE02 and never EE01: docs/adr/0008; partial copies (EE04): docs/adr/0022. The identical bytes are not
issued here, they are given as they are (`longeva get`): a copia idéntica is no new document (NTI de
Procedimientos de copiado auténtico III.1).

Order (each step may die and be repeated; a repetition is another copy with another CSV):

    read, fixity checked → compose → seal → bytes durable in an object of its own → one transaction (object,
    copy, events) → journal → only then is the CSV told to anybody
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from asn1crypto import x509

from archive.catalog import INSTALLATION
from archive.catalog.rows import BatchRecord
from archive.eni.write import BinaryContent, NewFirma, document_xml
from archive.errors import InvalidRequest, TrustError
from archive.findings import Finding, finding
from archive.home import Home
from archive.identifiers import document_id, new_csv, normalise_csv, uuid7
from archive.local_time import peninsular
from preservation.authority.profile import NO_LEGAL_VALUE
from preservation.indications import Indication
from preservation.signatures.report import SignatureReport
from preservation.signatures.sign import Identity, ValidationMaterial, sign_pdf
from preservation.signatures.validate import validate_pdf
from preservation.timestamps import TimestampAuthority
from preservation.trust.store import TrustStore
from search.copy_archive import IssuedCopy, archive_copy
from search.copy_pdf import Original, Rendering, examine, render_copy
from search.copy_sheet import AUTOMATED, Act, Issue, compose, copy_metadata
from search.copy_words import CSV_REGULATION
from search.redaction import redacted
from search.rendering import image_page, render_text, render_xml
from search.source import Kind, Source, open_source

NOT_COPIED: Final = "EE99"
"""Neither original nor authentic copy: no authentic copy can come from it (RD 203/2021 art. 47.2)."""


def certify(
    home: Home,
    object_id: str,
    path: str | None = None,
    *,
    identity: Identity,
    authority: TimestampAuthority,
    material: ValidationMaterial,
    base_url: str,
    agent: str,
    act: Act = AUTOMATED,
) -> IssuedCopy:
    """Issue a copia auténtica of one document of an object, or of a part of it.

    Args:
        home: The archive; the copy is kept in it under the same tenant.
        object_id: Object that holds the original.
        path: Logical path, file name or ENI identifier of the document; None takes the first resolution, else
            the only document, else the first PDF (see `search.source.choose`).
        identity: Electronic seal of the organ that issues (Ley 40/2015 art. 42.a).
        authority: Stamps the seal and the whole file.
        material: Certificates and revocation data that the level LT carries.
        base_url: Public address of the verification page, without `/verificar`.
        agent: Who asked, for the ledger.
        act: By whose act, and what a partial copy leaves out; by default automated and whole.

    Returns:
        The copy, durable in the archive.

    Raises:
        NotFound, InvalidRequest, LimitExceeded, IntegrityError: As `search.source.open_source`.
        InvalidRequest: The original is neither an original nor an authentic copy (EE99), or what is to
            be left out makes no sense for it.
        TrustError: A signature of the original is TOTAL_FAILED: no machine may vouch for it.
        TimestampUnavailable: No time stamp; nothing was stored.

    Source:
        Ley 39/2015 art. 27; RD 203/2021 arts. 21, 47, 54.1; NTI de Procedimientos de copiado auténtico.
    """
    source = open_source(home, object_id, path)
    _require_copiable(source)
    issue = replace(_issue(home, source, identity, base_url), act=act)
    evidence = _evidence(home, object_id)
    original, shown = _pages(issue, source)
    if act.partial:
        original = _without(original, shown, act)
    unsealed = _typeset(issue, source, original, shown, evidence)
    found = _findings(source, shown, evidence)
    pdf = sign_pdf(
        unsealed,
        identity,
        level="LTA",
        authority=authority,
        material=material,
        signing_time=issue.issued_at,
        reason="Copia auténtica (Ley 39/2015, art. 27)",
        name=issue.sealer,
        field_name="SelloDeOrgano",
    )
    seal = _verdict(pdf, issue, identity, material)
    eni = _wrapped(issue, source, pdf)
    return archive_copy(home, issue, source, pdf=pdf, eni=eni, seal=seal, findings=found, agent=agent)


def sealer_name(identity: Identity) -> str:
    """Return the common name in the certificate of a seal."""
    subject = x509.Certificate.load(identity.certificate).subject.native
    return str(subject.get("common_name") or subject.get("organization_name") or "")


def _require_copiable(source: Source) -> None:
    if source.document.estado_elaboracion == NOT_COPIED:
        raise InvalidRequest(
            f"{source.document.path} is neither an original nor an authentic copy (EE99): authentic copies "
            "are issued only from those (RD 203/2021 art. 47.2)"
        )
    failed = [one for one in source.signatures if one.indication == "TOTAL_FAILED"]
    if failed:
        raise TrustError(
            f"{source.document.path} has a signature that failed ({failed[0].sub_indication}): "
            "no copy is issued of it automatically; its bytes can be given as they are (longeva get)"
        )


def _issue(home: Home, source: Source, identity: Identity, base_url: str) -> Issue:
    with home.catalog.reading(source.record.tenant_id) as tx:
        tenant = tx.tenant(source.record.tenant_id)
    at = home.clock.now().replace(microsecond=0)
    sealer = sealer_name(identity)
    specific = uuid7(at).replace("-", "").upper()[:30]
    eni_id = document_id(tenant.dir3, peninsular(at)[0].year, specific)
    rehearsal = NO_LEGAL_VALUE in sealer
    return Issue(tenant, normalise_csv(new_csv()), eni_id, at, base_url, sealer, rehearsal)


def _evidence(home: Home, object_id: str) -> BatchRecord | None:
    """Return the batch that first sealed the object, if it was sealed."""
    with home.catalog.reading(INSTALLATION) as tx:
        leaves = tx.seals_of(object_id)
        return tx.batch(leaves[0].batch_id) if leaves else None


def _pages(issue: Issue, source: Source) -> tuple[bytes | None, Original]:
    """Return the PDF whose pages are copied, and what is in it; None for an original without pages."""
    if source.kind is Kind.PDF:
        return source.content, examine(source.content)
    if source.kind is Kind.IMAGE:
        return image_page(source.content, int(issue.issued_at.timestamp())), Original(1)
    return None, Original(0)


def _without(original: bytes | None, shown: Original, act: Act) -> bytes:
    """Return the pages of a partial copy."""
    if original is None:
        raise InvalidRequest(
            "the document has no pages: a part of it cannot be copied; refuse, or certify an extract"
        )
    act.redaction.check(shown.pages)
    return redacted(original, act.redaction)


def _typeset(
    issue: Issue, source: Source, original: bytes | None, shown: Original, evidence: BatchRecord | None
) -> bytes:
    rendering: Rendering | None = None
    if original is None:
        render = render_xml if source.kind is Kind.XML else render_text
        rendering = render(source.content, source.document.name)
    return render_copy(compose(issue, source, shown, rendering, evidence), original)


def _findings(source: Source, shown: Original, evidence: BatchRecord | None) -> tuple[Finding, ...]:
    """Say what whoever asks for the copy should know of it."""
    place, found = source.document.path, []
    if source.passed_over:
        found.append(finding("COPY-SEVERAL-RESOLUTIONS", place, count=source.passed_over))
    if shown.attachments:
        found.append(finding("COPY-ATTACHMENTS-LEFT", place, count=shown.attachments))
    if shown.active:
        found.append(finding("COPY-ACTIVE-CONTENT-LEFT", place))
    undecided = sum(one.indication == "INDETERMINATE" for one in source.signatures)
    if undecided:
        found.append(finding("COPY-SIGNATURE-UNDECIDED", place, count=undecided))
    if evidence is None:
        found.append(finding("COPY-SOURCE-UNSEALED", place))
    if not source.document.eni_id:
        found.append(finding("COPY-SOURCE-WITHOUT-ENI", place))
    return tuple(found)


def _verdict(pdf: bytes, issue: Issue, identity: Identity, material: ValidationMaterial) -> SignatureReport:
    """Validate the seal just made, as anybody will; the root above the seal is the one that is trusted.

    Raises:
        TrustError: It does not hold: nothing is stored, nobody is told a CSV.
    """
    trust = TrustStore(
        anchors=identity.chain[-1:],
        certificates=(*identity.chain, *material.certificates),
        crls=material.crls,
        ocsps=material.ocsps,
    )
    report = next(iter(validate_pdf(pdf, trust, issue.issued_at)))
    if report.indication is Indication.TOTAL_FAILED or not report.intact:
        raise TrustError(f"the seal of the copy does not validate: {'; '.join(report.reasons)}")
    return report


def _wrapped(issue: Issue, source: Source, pdf: bytes) -> bytes:
    """Return the copy as ENI document: PAdES seal and CSV over the same content (TF06 and TF01)."""
    firmas = (
        NewFirma("TF06", reference="#CONTENIDO_DOCUMENTO"),
        NewFirma("TF01", csv=issue.csv, regulation=CSV_REGULATION),
    )
    return document_xml(copy_metadata(issue, source), BinaryContent(pdf, "PDF"), firmas)
