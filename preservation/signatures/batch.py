# SPDX-License-Identifier: EUPL-1.2
"""Many files in, one JSON object a line out: `longeva signature validate --batch`.

A line in is `file⇥detached;detached⇥record;record`. A detached content is a path, `text:BASE64` or
`digest:SHA256=BASE64,SHA512=BASE64`, each with `@name` behind it where a reference asks for it by name.
"""

from __future__ import annotations

import base64
import binascii
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from archive.errors import LongevaError, ServiceError
from archive.processes import die_with_parent, start_method
from preservation.indications import Outcome
from preservation.signatures.content import BytesContent, KnownDigests
from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import NO_PROOFS
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.files import read_file
from preservation.signatures.reading import read_signatures
from preservation.signatures.records import proofs_by_records, record_words
from preservation.signatures.supplied import Supplied, from_path
from preservation.trust.store import TrustStore

WORTH_IT: Final = 64
"""Rows from which starting processes costs less than it saves."""
CHUNK: Final = 8
"""Rows that a process takes at a time."""


def validate_batch(
    rows: Iterable[str], root: Path, trust: TrustStore, at: datetime
) -> Iterator[dict[str, Any]]:
    """Validate every row; a row that cannot be read gives a verdict too, never a crash.

    Args:
        rows: Lines as above, paths relative to `root`.
        root: Folder of the files.
        trust: Anchors and material at hand.
        at: Instant of judgement.

    Yields:
        `file`, `detached`, `detached_er`, `intact` (yes, no, mixed, n/a, modified or reject),
        `n_signatures`, `n_timestamps`, `er` and `signatures` (full reports), in the order of the rows.

    Raises:
        ServiceError: A worker process died, for want of memory perhaps.
    """
    wanted = [row for row in rows if row.strip()]
    judge_row = partial(validate_row, root=root, trust=trust, at=at)
    if len(wanted) < WORTH_IT or (os.cpu_count() or 1) == 1:
        yield from map(judge_row, wanted)
        return
    context = multiprocessing.get_context(start_method())
    context.set_forkserver_preload(["__main__", __name__])
    with ProcessPoolExecutor(os.cpu_count(), context, _start, (judge_row,)) as pool:
        try:
            yield from pool.map(_judge, wanted, chunksize=CHUNK)
        except BrokenProcessPool as cause:
            raise ServiceError("a worker process died; validate the rest again") from cause
        finally:
            pool.shutdown(cancel_futures=True)


_judge_row: Callable[[str], dict[str, Any]] | None = None


def _start(judge_row: Callable[[str], dict[str, Any]]) -> None:
    global _judge_row  # noqa: PLW0603 - a worker process gets its trust once, not with every row
    die_with_parent()
    _judge_row = judge_row


def _judge(row: str) -> dict[str, Any]:
    assert _judge_row is not None
    return _judge_row(row)


def validate_row(row: str, root: Path, trust: TrustStore, at: datetime) -> dict[str, Any]:
    """Validate one row; see `validate_batch`."""
    name, detached, records = (*row.rstrip("\r\n").split("\t"), "", "")[:3]
    words: list[str] = []
    proofs = NO_PROOFS
    try:
        path = root / name
        supplied = [supplied_by(each, root) for each in detached.split(";") if each]
        data = read_file(path)
        beside = [read_file(root / each) for each in records.split(";") if each]
        words = record_words(data, supplied, beside, at)
        facts = read_signatures(data, supplied)
        if words:
            proofs = proofs_by_records(data, supplied, beside, trust, at)
    except (LongevaError, OSError, ValueError) as problem:
        facts = [SignatureFacts(format="unknown", unreadable=f"cannot be read: {problem}"[:300])]
    signatures = [each for each in facts if not each.unreadable and each.format != "RFC3161"]
    return {
        "file": name,
        "detached": detached,
        "detached_er": records,
        "intact": overall(facts),
        "n_signatures": len(signatures),
        "n_timestamps": _stamps(facts),
        "er": ";".join(words),
        "signatures": [judge(each, trust, at, proofs=proofs).to_json() for each in facts],
    }


def overall(facts: Sequence[SignatureFacts]) -> str:
    """Say in one word how the cryptography of a whole file stands; of trust it says nothing.

    `no` is said whenever not every reference and value holds over what was supplied: content that was not
    supplied is told apart by SIGNED_DATA_NOT_FOUND in its report.
    """
    signatures = [each for each in facts if each.format != "RFC3161"]
    if all(each.unreadable for each in signatures):
        return "reject" if any(each.format != "unknown" for each in signatures) else "n/a"
    words = {_word(each) for each in signatures}
    if len(words) == 1:
        return words.pop()
    if words == {"yes", "modified"}:
        return "modified"
    return "no" if any(_lacks_content(each) for each in signatures) else "mixed"


def _word(facts: SignatureFacts) -> str:
    if not facts.intact:
        return "no"
    return "modified" if facts.modified else "yes"


def _lacks_content(facts: SignatureFacts) -> bool:
    return any(check.outcome is Outcome.MISSING for check in facts.references)


def _stamps(facts: Sequence[SignatureFacts]) -> int:
    """Count time stamps: one over the content, the document or the container is one, whoever shows it."""
    read = [stamp for each in facts for stamp in each.stamps if not stamp.signature.unreadable]
    documents = {(stamp.token, stamp.covers) for stamp in read if stamp.type == "document"}
    shared = {stamp.token or stamp for stamp in read if stamp.type in {"content", "archive"}}
    own = sum(1 for stamp in read if stamp.type not in {"document", "content", "archive"})
    alone = sum(1 for each in facts if each.format == "RFC3161")
    return own + alone + len(documents) + len(shared)


def supplied_by(text: str, root: Path) -> Supplied:
    """Return the detached content that a column of a row describes.

    Raises:
        ValueError: Its base64 cannot be read.
    """
    if not text.startswith(("text:", "digest:")):
        return from_path(root / text)
    kind, _, rest = text.partition(":")
    body, _, name = rest.partition("@")
    try:
        if kind == "text":
            return Supplied(name, BytesContent(base64.b64decode(body, validate=True)))
        known = {}
        for each in body.split(","):
            algorithm, _, value = each.partition("=")
            known[algorithm.lower().replace("-", "")] = base64.b64decode(value, validate=True)
        return Supplied(name, KnownDigests(known))
    except binascii.Error as cause:
        raise ValueError(f"not base64: {text[:80]}") from cause
