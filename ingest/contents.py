# SPDX-License-Identifier: EUPL-1.2
"""The members of a package, read: each hashed once, and parsed once where it is ENI.

Nothing is judged here beyond "can it be read safely"; the checks do that. Lives as long as its package is
open: what is not held in memory is read again from the folder, or from where the ZIP was unpacked to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archive.digests import Digested, Digests, digest_bytes, digest_stream, read_chunks
from archive.eni.read import EniFile, read_eni
from archive.errors import ConflictError, XmlRefused
from archive.findings import Finding, finding
from archive.formats import identify
from archive.model import RECEIVED, FileRole, StoredFile
from ingest.packages import CorruptMember, Member, Package

HEAD = 4096
"""Bytes by which a format is identified."""
HELD = 256 << 20
"""Bytes of one package that are held at a time, whatever its size: the rest is read again where needed."""
XML = "application/xml"
ZIP = "application/zip"
NOT_ENI = "ENI-NOT-ENI"


@dataclass(frozen=True, slots=True)
class Received:
    """One member of the package."""

    name: str
    source: bytes | Path = field(repr=False)
    digests: Digests
    media_type: str
    """Identified by us from the first bytes."""
    eni: EniFile | None = None

    @property
    def path(self) -> str:
        """Its logical path in the object."""
        return RECEIVED + self.name

    def chunks(self) -> Iterable[bytes]:
        """Give its bytes, in constant memory.

        Raises:
            ConflictError: While iterating: the file cannot be read any more.
        """
        if isinstance(self.source, bytes):
            return Digested(self.source, self.digests)
        return _read_again(self.name, self.source)


def _read_again(name: str, path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            yield from read_chunks(stream)
    except OSError as cause:  # whoever writes the chunks would blame the store for a file of the depositor's
        raise ConflictError(f"{name} went away while it was being deposited", place=name) from cause


@dataclass(slots=True)
class Contents:
    """What a package holds, by what it is."""

    expedientes: list[Received] = field(default_factory=list)
    documents: list[Received] = field(default_factory=list)
    others: list[Received] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def received(self) -> list[Received]:
        """Everything, in name order."""
        return sorted([*self.expedientes, *self.documents, *self.others], key=lambda each: each.name)

    def stored_files(self, external: Sequence[str] = ()) -> list[StoredFile]:
        """Return what the catalogue keeps of each member; `external` names those that documents refer to."""
        return [_stored(each, each.name in external) for each in self.received]


def read_contents(package: Package) -> Contents:
    """Read every member; what cannot be read safely is a finding of severity *error*.

    Raises:
        StorageUnavailable: There is no room to unpack a big member.
    """
    contents = Contents(findings=list(package.findings))
    if not package.members and not contents.findings:
        contents.findings.append(finding("PKG-EMPTY", package.name))
    room = HELD
    for member in package.members:
        try:
            received = _read(member, room)
            _place(contents, received, package.name)
            room -= len(received.source) if isinstance(received.source, bytes) else 0
        except CorruptMember as corrupt:
            contents.findings.append(corrupt.finding)
        except XmlRefused as refused:
            contents.findings.extend(refused.findings)
    return contents


def _read(member: Member, room: int) -> Received:
    source = member.source(room)
    digests, head = _digested(source, member.name)
    media_type = identify(head)
    named_xml = member.name.lower().endswith(".xml")
    eni = None
    if source and (named_xml or media_type == XML):
        try:
            eni = read_eni(source, place=member.name, in_memory=0)
        except XmlRefused as refused:
            # XML that is no ENI is somebody's attachment; XML that cannot be read safely is not accepted
            # under that name.
            if named_xml and all(found.code != NOT_ENI for found in refused.findings):
                raise
    return Received(member.name, source, digests, media_type, eni)


def _digested(source: bytes | Path, name: str) -> tuple[Digests, bytes]:
    if isinstance(source, bytes):
        return digest_bytes(source), source[:HEAD]
    try:
        with source.open("rb") as stream:
            head = stream.read(HEAD)
            stream.seek(0)
            return digest_stream(stream), head
    except OSError as cause:
        raise CorruptMember(finding("PKG-MEMBER-UNREADABLE", name, why=cause.strerror)) from cause


def _place(contents: Contents, received: Received, package: str) -> None:
    place = f"{package}!{received.name}"
    if received.digests.size == 0:
        contents.findings.append(finding("PKG-FILE-EMPTY", place))
    if received.eni is None:
        contents.others.append(received)
        return
    is_index = received.eni.kind == "expediente"
    (contents.expedientes if is_index else contents.documents).append(received)


def _stored(received: Received, is_external: bool) -> StoredFile:
    role = FileRole.EXTERNAL if is_external else FileRole.OTHER
    eni_id = ""
    if received.eni is not None:
        role = FileRole.INDEX if received.eni.kind == "expediente" else FileRole.DOCUMENT
        eni_id = received.eni.eni_id
    return StoredFile(received.path, role, received.digests, eni_id, received.media_type)
