# SPDX-License-Identifier: EUPL-1.2
"""ASiCArchiveManifest written: the list of everything that an archive time stamp of ASiC-E covers.

Source: ETSI EN 319 162-1 section 4.4.4, annexes A.4 (syntax) and A.7 (use).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from preservation.algorithms import new_digest
from preservation.signatures.asic.container import META, MIMETYPE
from preservation.signatures.xml.names import DIGESTS

ARCHIVE_MANIFEST: Final = "META-INF/ASiCArchiveManifest.xml"
"""The youngest one; older ones are numbered."""
_NAMESPACE: Final = "http://uri.etsi.org/02918/v1.2.1#"
_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_TYPES: Final = {
    ".p7s": "application/pkcs7-signature",
    ".p7m": "application/pkcs7-mime",
    ".tst": "application/vnd.etsi.timestamp-token",
    ".xml": "text/xml",
}


def archive_manifest(files: Mapping[str, bytes], stamp: str, digest: str) -> bytes:
    """Return the manifest over all files of a container, signatures and older manifests and stamps included.

    Args:
        files: Contents by name, as they will be in the container.
        stamp: Name of the time stamp that will be over the manifest.
        digest: Algorithm of the listed digests.
    """
    method = next(uri for uri, name in DIGESTS.items() if name == digest)
    listed = "".join(_reference(name, files[name], method, digest) for name in files if name != MIMETYPE)
    target = f'<asic:SigReference URI={_uri(stamp)} MimeType="{_TYPES[".tst"]}"/>'
    head = f'<asic:ASiCManifest xmlns:asic="{_NAMESPACE}" xmlns:ds="{_DSIG}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{target}{listed}</asic:ASiCManifest>'.encode()


def _reference(name: str, content: bytes, method: str, digest: str) -> str:
    made = new_digest(digest)
    made.update(content)
    value = base64.b64encode(made.digest()).decode()
    kind = next((each for suffix, each in _TYPES.items() if name.lower().endswith(suffix)), "")
    mime = f' MimeType="{kind}"' if kind else ""
    return (
        f"<asic:DataObjectReference URI={_uri(name)}{mime}>"
        f'<ds:DigestMethod Algorithm="{method}"/><ds:DigestValue>{value}</ds:DigestValue>'
        "</asic:DataObjectReference>"
    )


def _uri(name: str) -> str:
    return quoteattr(quote(name))


def next_free(stem: str, suffix: str, taken: Iterable[str]) -> str:
    """Return the first numbered name in META-INF that no entry has."""
    used = {each.lower() for each in taken}
    number = 1
    while f"{META}{stem}{number:03}{suffix}".lower() in used:
        number += 1
    return f"{META}{stem}{number:03}{suffix}"
