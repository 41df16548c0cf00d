# SPDX-License-Identifier: EUPL-1.2
"""Does the index speak of the documents that came, and do their huellas hold?

The norm fixes neither over which bytes a huella is computed nor how it is written, so every convention met in
the country is tried (archive.eni.huella) and the one that matched is recorded. A digest that no convention
explains contradicts its document; a value that is no digest at all says nothing either way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import unquote

from archive.digests import Digests, digest_bytes
from archive.eni.content import check_format, read_content
from archive.eni.document import ContentKind, Huella
from archive.eni.expediente import LocatedDocument
from archive.eni.huella import SIZES, Candidate, HuellaMatch, candidates_of, match_huella
from archive.eni.read import EniFile
from archive.errors import XmlRefused
from archive.findings import Finding, finding
from archive.formats import inspect_bytes
from ingest.contents import ZIP, Contents, Received
from preservation.signatures.eni.enclosed import enclosed_content

URL = re.compile(r"^(?!urn:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a document: inside it, or in a file that came with it."""

    digests: Digests
    media_type: str


class KnownDigests(Mapping[str, str]):
    """Digests of a file under every algorithm; those not computed on arrival are when asked for, once.

    Every document may be held against every file: without this, a package of thousands of each, with
    huellas in SHA-1, would have each file read thousands of times.
    """

    def __init__(self, file: Received) -> None:
        self._file = file
        self._found = {"sha256": file.digests.sha256, "sha512": file.digests.sha512}

    def __getitem__(self, name: str) -> str:
        """Return a digest in lower-case hex. Raises KeyError for an algorithm that no huella has."""
        if name not in self._found and name in self:
            made = {each: hashlib.new(each) for each in self if each not in self._found}
            for piece in self._file.chunks():
                for each in made.values():
                    each.update(piece)
            self._found |= {each: value.hexdigest() for each, value in made.items()}
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        """Give the algorithms."""
        return iter(SIZES.values())

    def __len__(self) -> int:
        """Count the algorithms."""
        return len(SIZES)

    def __contains__(self, name: object) -> bool:
        """Tell whether a huella may have this algorithm."""
        return name in SIZES.values()


@dataclass(slots=True)
class Correspondence:
    """What belongs to what."""

    located: dict[str, LocatedDocument] = field(default_factory=dict)
    """Place in the index, by the name of the document's file."""
    contents: dict[str, Content] = field(default_factory=dict)
    """By the name of the document's file: in a place of its own, in another file, or inside its signature."""
    content_files: dict[str, str] = field(default_factory=dict)
    """Name of the file that holds the content, for documents whose content is outside."""
    findings: list[Finding] = field(default_factory=list)
    known: dict[str, KnownDigests] = field(default_factory=dict)
    """Digests of the files that came beside the documents, by name."""
    tried: dict[str, Sequence[Candidate]] = field(default_factory=dict)
    """What a document's huella may be of, with what was computed: an index may name it ten thousand times."""
    within: dict[str, Sequence[Candidate]] = field(default_factory=dict)
    """The same of the content inside its signature."""

    def candidate(self, file: Received) -> Candidate:
        """Return a file as what a huella may be of."""
        return Candidate("content", file.chunks, self.known.setdefault(file.name, KnownDigests(file)))

    @property
    def external(self) -> list[str]:
        """Names of the files that documents refer to."""
        return list(self.content_files.values())


def check_correspondence(contents: Contents) -> Correspondence:
    """Match index entries, documents and outside contents.

    Source: NTI Expediente electrónico V.1, V.3, V.4; Ley 39/2015 art. 70.3.
    """
    matched = Correspondence()
    for document in contents.documents:
        _read(document, contents, matched)
    named = matched.external
    for other in contents.others:
        if other.name not in named:
            code = "PKG-NESTED-ZIP" if other.media_type == ZIP else "PKG-NOT-ENI"
            matched.findings.append(finding(code, other.name))
    if len(contents.expedientes) == 1:
        matched.findings.extend(_check_index(contents.expedientes[0], contents, matched))
    return matched


def _read(document: Received, contents: Contents, matched: Correspondence) -> None:
    assert document.eni is not None
    content = document.eni.document.content
    if content.is_outside:
        matched.findings.extend(_check_external(document, contents, matched))
        return
    report = read_content(document.eni, place=document.name)
    matched.findings.extend(report.findings)
    if report.digests and report.inspected:
        matched.contents[document.name] = Content(report.digests, report.inspected.media_type)
    elif content.kind is ContentKind.REFERENCE:
        _read_enclosed(document, document.eni, matched)


def _read_enclosed(document: Received, eni: EniFile, matched: Correspondence) -> None:
    """Read the content that stands inside a signature (TF05): it is the document's all the same."""
    inside = enclosed_content(eni)
    if inside is None:
        return
    inspected = inspect_bytes(inside)
    matched.contents[document.name] = Content(digest_bytes(inside), inspected.media_type)
    matched.findings.extend(check_format(inspected, eni.document.content.format_name, document.name))


def _check_external(document: Received, contents: Contents, matched: Correspondence) -> Iterator[Finding]:
    assert document.eni is not None
    content = document.eni.document.content
    if URL.match(content.reference):
        yield finding("PKG-EXTERNAL-URL", document.name, reference=content.reference)
        return
    file = _file_named(content.reference, document, contents) or _file_with(content.huella, contents, matched)
    if file is None:
        yield finding("PKG-EXTERNAL-MISSING", document.name, reference=content.reference)
        return
    matched.content_files[document.name] = file.name
    matched.contents[document.name] = Content(file.digests, file.media_type)
    if content.huella is not None:
        found = match_huella(content.huella.value, content.huella.function, [matched.candidate(file)])
        if found.status == "mismatch":
            yield finding("PKG-EXTERNAL-MISMATCH", file.name, reference=content.reference)


def _file_named(reference: str, document: Received, contents: Contents) -> Received | None:
    """Find the file that a reference names: beside the document first, then by its bare name if unique."""
    wanted = unquote(reference).removeprefix("./").removeprefix("#")
    beside = (PurePosixPath(document.name).parent / wanted).as_posix()
    by_name = {other.name: other for other in contents.others}
    if exact := by_name.get(beside) or by_name.get(wanted):
        return exact
    alike = [
        other for other in contents.others if PurePosixPath(other.name).name == PurePosixPath(wanted).name
    ]
    return alike[0] if len(alike) == 1 else None


def _file_with(huella: Huella | None, contents: Contents, matched: Correspondence) -> Received | None:
    """Find the file that a huella proves: a reference such as `urn:uuid:…` names none."""
    if huella is None:
        return None
    for other in contents.others:
        if match_huella(huella.value, huella.function, [matched.candidate(other)]).status == "match":
            return other
    return None


def _check_index(index: Received, contents: Contents, matched: Correspondence) -> Iterator[Finding]:
    assert index.eni is not None
    by_id = {document.eni.eni_id: document for document in contents.documents if document.eni}
    seen: set[str] = set()
    for located in index.eni.expediente.documents():
        eni_id = located.document.identificador
        place = f"{index.name}#DocumentoIndizado[{located.position}]"
        document = by_id.get(eni_id) or _by_file_name(eni_id, contents)
        if document is None:
            yield finding("PKG-DOCUMENT-MISSING", place, id=eni_id)
            continue
        if document.name in seen:
            yield finding("PKG-INDEXED-TWICE", place, id=eni_id)
        seen.add(document.name)
        matched.located.setdefault(document.name, located)
        if _is_here(document, matched):
            yield _check_huella(located, document, matched, contents, place)
    for document in contents.documents:
        if document.name not in seen:
            assert document.eni is not None
            yield finding("PKG-EXTRA-DOCUMENT", document.name, id=document.eni.eni_id)


def _by_file_name(identifier: str, contents: Contents) -> Received | None:
    """Find a document by its file's name: some index by the identifier of their document manager."""
    return next((each for each in contents.documents if PurePosixPath(each.name).stem == identifier), None)


def _is_here(document: Received, matched: Correspondence) -> bool:
    """Tell whether there is anything to judge: content that is elsewhere has no huella here."""
    assert document.eni is not None
    return not document.eni.document.content.is_outside or document.name in matched.contents


def _check_huella(
    located: LocatedDocument, document: Received, matched: Correspondence, contents: Contents, place: str
) -> Finding:
    try:
        found = _match(located, document, matched, contents)
    except XmlRefused as refused:  # base64 that cannot be decoded
        return refused.findings[0]
    eni_id = located.document.identificador
    if found.status == "match":
        told = {"what": found.what, "algorithm": found.algorithm, "encoding": found.encoding}
        return finding("PKG-HUELLA-WEAK" if found.weak else "PKG-HUELLA-MATCH", place, id=eni_id, **told)
    if found.status == "mismatch":
        return finding("PKG-HUELLA-MISMATCH", place, id=eni_id)
    return finding("PKG-HUELLA-UNKNOWN", place, id=eni_id, function=located.document.huella.function)


def _match(
    located: LocatedDocument, document: Received, matched: Correspondence, contents: Contents
) -> HuellaMatch:
    assert document.eni is not None
    eni, huella, content = document.eni, located.document.huella, matched.contents.get(document.name)
    outside = matched.content_files.get(document.name)
    file = next((each for each in contents.others if each.name == outside), None) if outside else None
    inside = content is not None and not outside and eni.document.content.kind is ContentKind.REFERENCE
    candidates = matched.tried.get(document.name) or candidates_of(
        eni,
        file=document.digests,
        content=content.digests if content else None,
        external=partial(Received.chunks, file) if file else partial(_enclosed, eni) if inside else None,
    )
    matched.tried[document.name] = candidates
    found = match_huella(huella.value, huella.function, candidates)
    if found.status == "match" or inside:
        return found
    # Last, since it parses: some file the signature as content, and hash what it holds.
    if document.name not in matched.within:
        matched.within[document.name] = _within(eni)
    within = matched.within[document.name]
    signed = match_huella(huella.value, huella.function, within)
    return signed if within and signed.status == "match" else found


def _within(eni: EniFile) -> list[Candidate]:
    """Return the content inside the signature as what a huella may be of: its digests, not its bytes."""
    data = enclosed_content(eni)
    if data is None:
        return []
    known = {name: hashlib.new(name, data).hexdigest() for name in SIZES.values()}
    return [Candidate("content", partial(_enclosed, eni), known)]


def _enclosed(eni: EniFile) -> Iterator[bytes]:
    yield enclosed_content(eni) or b""
