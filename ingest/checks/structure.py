# SPDX-License-Identifier: EUPL-1.2
"""Is there one expediente and its documents, or one loose document? Are identifiers used once?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from archive.eni.validate import check_eni
from archive.findings import Finding, finding
from ingest.contents import Contents, Received


def check_structure(contents: Contents, package: str) -> Iterator[Finding]:
    """Judge what came as a whole.

    Source: NTI Expediente electrónico V.1 (index first, then each document); RD 203/2021 art. 54.1 (a loose
    document may be archived on its own).
    """
    indexes, documents = len(contents.expedientes), len(contents.documents)
    if not indexes and not documents:
        if not any(found.severity == "error" for found in contents.findings):
            yield finding("PKG-NOTHING-ENI", package)
    elif indexes > 1:
        yield finding("PKG-INDEX-SEVERAL", package, count=indexes)
    elif not indexes and documents > 1:
        yield finding("PKG-INDEX-MISSING", package, documents=documents)


def check_identifiers(contents: Contents) -> Iterator[Finding]:
    """Tell documents that share an identifier: the same bytes twice, or other bytes."""
    by_id = sorted(contents.documents, key=_eni_id)
    for eni_id, same in groupby(by_id, key=_eni_id):
        copies = list(same)
        if len(copies) > 1:
            conflict = len({copy.digests.sha256 for copy in copies}) > 1
            code = "PKG-DOCUMENT-CONFLICT" if conflict else "PKG-DOCUMENT-REPEATED"
            yield finding(code, copies[-1].name, id=eni_id)


def check_norm(contents: Contents, now: datetime) -> Iterator[Finding]:
    """Judge every ENI file by its schema and its meaning, as of the instant of the deposit."""
    for received in [*contents.expedientes, *contents.documents]:
        assert received.eni is not None
        yield from check_eni(received.eni, now=now)


def _eni_id(received: Received) -> str:
    assert received.eni is not None
    return received.eni.eni_id
