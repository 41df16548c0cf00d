# SPDX-License-Identifier: EUPL-1.2
"""ASiC containers, read: signatures in META-INF over the files of the ZIP.

ASiC-S signs the one file; ASiC-E with XAdES names its files by URI; ASiC-E with CAdES signs a manifest that
names them by digest. Making and renewing containers is not done here.

Source: ETSI EN 319 162-1 sections 4.3, 4.4 and annex A.
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation.signatures.cms.read import read_cms
from preservation.signatures.cms.stamps import read_stamp
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import Check, Malformed, Outcome, SignatureFacts
from preservation.signatures.xml.core import decoded, tag
from preservation.signatures.xml.names import DIGESTS
from preservation.signatures.xml.read import read_xml

MAX_ENTRIES: Final = 2_000
MAX_BYTES: Final = 512 << 20
"""Of all entries together, decompressed; a bomb says more in its directory or lies and is cut."""
UNREADABLE_ZIP: Final = (
    zipfile.BadZipFile,
    ValueError,
    OSError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    IndexError,
    zlib.error,
    lzma.LZMAError,
)
"""What `zipfile` raises on hostile bytes."""
_META: Final = "META-INF/"


def read_asic(data: bytes) -> list[SignatureFacts]:
    """Read every signature of a container.

    Returns:
        Nothing for a ZIP without signatures; one unreadable for a ZIP that cannot be read safely.
    """
    try:
        entries, repeated = open_container(data)
    except UNREADABLE_ZIP as problem:
        return [SignatureFacts(format="ASiC", unreadable=f"not readable: {problem}"[:300])]
    found: list[SignatureFacts] = []
    for name in sorted(entries):
        if name.startswith(_META):
            found += [replace(each, place=f"{name}!{each.place}") for each in _signatures(name, entries)]
    if not repeated:
        return found
    doubled = f"the container has several entries called {repeated[0][:80]}"
    return [replace(each, problems=(*each.problems, doubled)) for each in found]


def open_container(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a container by name, and the names that stand more than once.

    Raises:
        UNREADABLE_ZIP: It cannot be read safely.
    """
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        listed = [each for each in container.infolist() if not each.is_dir()]
        if len(listed) > MAX_ENTRIES:
            raise ValueError(f"{len(listed)} entries")
        for each in listed:
            with container.open(each) as stream:
                content = stream.read(left + 1)
            left -= len(content)
            if left < 0:
                raise ValueError("more than half a gibibyte when decompressed")
            found[each.filename] = content
    counted = Counter(each.filename for each in listed)
    return found, [name for name, count in counted.items() if count > 1]


def _signatures(name: str, entries: Mapping[str, bytes]) -> list[SignatureFacts]:
    low = name.lower()
    if low.endswith(".xml") and "signature" in low:
        return read_xml(entries[name], lambda uri: entry_named(uri, entries))
    if low.endswith((".p7s", ".p7m")) and "signature" in low:
        content, manifest = signed_by(name, entries)
        checks = () if manifest is None else _manifest_checks(manifest, entries)
        facts = read_cms(entries[name], content)
        return [replace(each, references=(*each.references, *checks)) for each in facts]
    if low.endswith(".tst"):
        content, _ = signed_by(name, entries)
        return [_token(entries[name], content)]
    return []


def entry_named(uri: str, entries: Mapping[str, bytes]) -> Content | None:
    """Return the file that a URI names, or None."""
    for name in (uri, unquote(uri), unquote(uri).lstrip("/"), unquote(uri).removeprefix("./")):
        if name in entries:
            return BytesContent(entries[name])
    return None


def signed_by(name: str, entries: Mapping[str, bytes]) -> tuple[Content | None, bytes | None]:
    """Return what a CMS of META-INF is over: the manifest that names it, else the only file."""
    for other in sorted(entries):
        if other.startswith(f"{_META}ASiC") and other.endswith(".xml"):
            named = manifest_target(entries[other])
            if named == name:
                return BytesContent(entries[other]), entries[other]
    files = [each for each in entries if not each.startswith(_META) and each != "mimetype"]
    return (BytesContent(entries[files[0]]), None) if len(files) == 1 else (None, None)


def manifest_target(manifest: bytes) -> str:
    """Return the name of the signature, time stamp or record that a manifest belongs to; empty for none."""
    try:
        element = next(parse_xml(manifest).getroot().iter("{*}SigReference"), None)
    except LongevaError:
        return ""
    return "" if element is None else unquote(element.get("URI") or "")


def _manifest_checks(manifest: bytes, entries: Mapping[str, bytes]) -> list[Check]:
    return [
        _manifest_check(reference, entries)
        for reference in parse_xml(manifest).getroot().iter("{*}DataObjectReference")
    ]


def _manifest_check(reference: Any, entries: Mapping[str, bytes]) -> Check:
    name = unquote(reference.get("URI") or "")[:120]
    content = entry_named(name, entries)
    if content is None:
        return Check(name, Outcome.MISSING, "not in the container")
    method = reference.find(tag("DigestMethod"))
    algorithm = DIGESTS.get("" if method is None else method.get("Algorithm", ""))
    computed = None if algorithm is None else content.digest(algorithm)
    if computed is None:
        return Check(name, Outcome.UNSUPPORTED, "its digest algorithm")
    try:
        same = computed == decoded(reference.find(tag("DigestValue")))
    except Malformed as problem:
        return Check(name, Outcome.FAILED, str(problem))
    return Check(name, Outcome.OK if same else Outcome.FAILED)


def _token(token: bytes, content: Content | None) -> SignatureFacts:
    stamp = read_stamp(token, "content", (lambda _: None) if content is None else content.digest)
    if stamp.signature.unreadable:
        return stamp.signature
    references = (*stamp.signature.references, stamp.imprint)
    return replace(stamp.signature, references=references, claimed_time=stamp.time, place="token")
