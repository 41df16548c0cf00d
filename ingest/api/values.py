# SPDX-License-Identifier: EUPL-1.2
"""What the deposit interface takes and gives."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, List  # noqa: UP035

from apiflask.fields import UploadFile
from pydantic import ConfigDict, Field

from archive.clock import format_instant
from archive.findings import Finding
from archive.web.api import Listed, Model, PageQuery
from ingest.examination import Examination
from ingest.standing import Standing
from ingest.uploads.session import LONGEST_NAME, UploadSession


class DepositStateName(StrEnum):
    """Where a deposit stands."""

    QUEUED = "QUEUED"
    CHECKING = "CHECKING"
    ERROR = "ERROR"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WAITING = "WAITING"
    REPEATED = "REPEATED"


class FoundValue(Model):
    """Something that a check saw; docs/reference/findings.md lists the codes."""

    code: str
    severity: str = Field(description="`info`, `warning`, `decision` or `error`")
    place: str
    message: str
    mensaje: str
    clause: str = Field(description="Norm and clause")
    values: dict[str, str]


class DepositValue(Model):
    """A deposit and where it stands."""

    id: str
    tenant: str
    state: DepositStateName
    since: str = Field(description="Since when it is in this state: RFC 3339, UTC")
    why: str
    porque: str
    package: str = Field(description="Name of the file or folder that was deposited")
    settled: bool = Field(description="Whether there is a receipt")
    object: str | None = Field(None, description="Identifier of what is kept")
    first: str | None = Field(None, description="Of REPEATED: the deposit that brought the same before")
    attempts: int = 0
    again_at: str | None = Field(None, description="Of ERROR: when it is tried again")
    findings: list[FoundValue] = Field([])


class DepositList(Listed):
    """Deposits, newest first."""

    items: list[DepositValue]


class DepositQuery(PageQuery):
    """Which deposits."""

    state: DepositStateName | None = None


class Package(Model):
    """Uploads that are one package: the file itself, or a folder of several."""

    uploads: Annotated[list[str], Field(min_length=1, max_length=10_000, description="Finished uploads")]
    name: Annotated[
        str, Field(max_length=LONGEST_NAME, description="What the package is called; otherwise as its file")
    ] = ""


class PackageFiles(Model):
    """Small files that are one package: the file itself, or a folder of several."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: List[UploadFile] = Field(  # noqa: UP006 - APIFlask looks for typing.List
        min_length=1, max_length=1000, description="Repeat it for each file"
    )
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class DecisionName(StrEnum):
    """What an archivist decides."""

    ADMIT = "admit"
    REFUSE = "refuse"


class Decision(Model):
    """What becomes of a deposit that waits."""

    decision: DecisionName
    reason: Annotated[str, Field(min_length=1, max_length=2000, description="Kept in the receipt for ever")]


class DropQuery(Model):
    """Why a deposit is given up."""

    reason: Annotated[str, Field(min_length=1, max_length=2000, description="Kept in the receipt for ever")]


class CheckedSignature(Model):
    """What a check says of one signature."""

    path: str
    place: str
    type: str
    indication: str
    sub_indication: str
    signer: str


class Checked(Model):
    """What a deposit would find and decide; nothing was stored."""

    verdict: str = Field(description="`acceptable`, `needs_decision` or `rejected`")
    package: str
    package_sha256: str
    kind: str
    eni_id: str
    title: str
    documents: int
    signatures: list[CheckedSignature]
    findings: list[FoundValue]


class UploadValue(Model):
    """A file that is sent in parts."""

    id: str
    name: str
    length: int
    offset: int = Field(description="Bytes that are here and durable")
    finished: bool
    expires: str = Field(description="When it is forgotten unless another part comes")


def found_values(findings: tuple[Finding, ...]) -> list[FoundValue]:
    """Return findings as they go out."""
    return [FoundValue(**found.to_json()) for found in findings]


def deposit_value(where: Standing) -> DepositValue:
    """Return where a deposit stands as it goes out."""
    return DepositValue(
        id=where.deposit_id, tenant=where.tenant_id, state=DepositStateName(str(where.state)),
        since=format_instant(where.since), why=where.why, porque=where.porque, package=where.package,
        settled=where.settled, object=where.object_id or None, first=where.first or None,
        attempts=where.attempts, again_at=format_instant(where.again_at) if where.again_at else None,
        findings=found_values(where.findings),
    )  # fmt: skip


def checked_value(examination: Examination) -> Checked:
    """Return what a check says as it goes out."""
    told: dict[str, Any] = {
        name: str(getattr(examination, name)) for name in ("verdict", "package", "kind", "eni_id", "title")
    }
    signatures = [
        CheckedSignature(
            path=each.path, place=each.place, type=each.eni_type, indication=each.indication,
            sub_indication=each.sub_indication, signer=each.signer,
        )
        for each in examination.signatures
    ]  # fmt: skip
    return Checked(
        **told, package_sha256=examination.digest, documents=len(examination.documents),
        signatures=signatures, findings=found_values(examination.findings),
    )  # fmt: skip


def upload_value(session: UploadSession, ends_at: str) -> UploadValue:
    """Return an upload as it goes out."""
    return UploadValue(
        id=session.upload_id, name=session.name, length=session.length, offset=session.offset,
        finished=session.finished, expires=ends_at,
    )  # fmt: skip
