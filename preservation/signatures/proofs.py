# SPDX-License-Identifier: EUPL-1.2
"""Proofs of existence that somebody brings for a signed file: `--poe FILE`, and the archive's own evidence.

A proof is one of
    * a JSON list of `{"sha256": …, "time": …, "source": …}`, which the caller answers for: a registry date,
      the date of an earlier archive, the day on which a revocation list was kept;
    * an RFC 3161 token (or response) over the signed file;
    * an evidence record (RFC 4998, RFC 6283) over the signed file.

Tokens and records must pass against trust before they count. Source: ETSI EN 319 102-1 5.6.3.4 (proofs given
to the validation), NTI Política de firma III.7.4 (a claimed time proves nothing).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from archive.clock import parse_instant
from archive.errors import InvalidRequest, NotFound, StorageUnavailable, TrustError
from preservation.indications import Indication
from preservation.signatures.cms.stamps import token_in
from preservation.signatures.content import BytesContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import NO_PROOFS, Proofs
from preservation.signatures.reading import as_der, read_token
from preservation.signatures.records import EVIDENCE, as_record, trusted_verdict
from preservation.trust.store import TrustStore

MAX_PROOF: Final = 16 << 20
MAX_LISTED: Final = 100_000
"""Objects in one list."""
TOKEN: Final = "time-stamp token"  # noqa: S105 - words
_DIGEST: Final = re.compile(r"[0-9A-Fa-f]{64}")
_FORMS: Final = "a JSON list, an RFC 3161 token or an evidence record"


def proofs_from(data: bytes, given: Iterable[Path], trust: TrustStore, at: datetime) -> Proofs:
    """Read the proofs that were brought for a signed file.

    Args:
        data: The signed file, as it was received.
        given: Files with proofs; each may lean on those before it.
        trust: Anchors and material by which tokens and records are judged.
        at: Instant of judgement.

    Raises:
        NotFound: No such file.
        StorageUnavailable: It cannot be read.
        InvalidRequest: It is no proof of existence, or one of something else.
        TrustError: A token or record that does not hold.
    """
    proofs = NO_PROOFS
    for path in given:
        proofs = proofs.joined(_proof(data, path, trust, at, proofs))
    return proofs


def _proof(data: bytes, path: Path, trust: TrustStore, at: datetime, known: Proofs) -> Proofs:
    found = _read(path)
    if found.lstrip()[:1] in {b"[", b"{"}:
        return _listed(data, found, path)
    record = as_record(found)
    if record is not None:
        return _recorded(data, record, path, trust, at)
    plain = as_der(found)
    token = None if plain is None else token_in(plain)
    if plain is None or token is None:
        raise InvalidRequest(f"not a proof of existence: {path.name} is not {_FORMS}")
    return _stamped(data, token, path, trust, at, known)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound(f"no such file: {path}")
    try:
        if path.stat().st_size > MAX_PROOF:
            raise InvalidRequest(f"not a proof of existence: {path.name} has more than {MAX_PROOF} bytes")
        return path.read_bytes()
    except OSError as cause:
        raise StorageUnavailable(f"{path.name} cannot be read: {cause.strerror}") from cause


def _listed(data: bytes, found: bytes, path: Path) -> Proofs:
    try:
        items = json.loads(found)
    except (ValueError, RecursionError) as problem:
        raise InvalidRequest(f"the list of proofs cannot be read: {problem}", place=path.name) from problem
    if not isinstance(items, list) or not items or len(items) > MAX_LISTED:
        raise InvalidRequest("a list of proofs has one object for each thing proven", place=path.name)
    proofs, own = NO_PROOFS, hashlib.sha256(data).digest()
    for number, item in enumerate(items, start=1):
        digest, time, source = _item(item, f"{path.name}#{number}")
        proofs = (
            proofs.with_everything(time, source)
            if digest == own
            else proofs.with_object(digest, time, source)
        )
    return proofs


def _item(item: Any, place: str) -> tuple[bytes, datetime, str]:
    if not isinstance(item, dict) or not all(isinstance(each, str) for each in item.values()):
        raise InvalidRequest('a proof is {"sha256": …, "time": …, "source": …}', place=place)
    try:
        digest = bytes.fromhex(item["sha256"]) if _DIGEST.fullmatch(item["sha256"]) else b""
        time = _time(item["time"])
        source = item["source"].strip()
    except KeyError as missing:
        raise InvalidRequest(f"the proof has no {missing}", place=place) from missing
    except (ValueError, OverflowError) as problem:
        raise InvalidRequest(f"the proof cannot be read: {problem}", place=place) from problem
    if not digest or not source:
        raise InvalidRequest("a proof has a SHA-256 in hexadecimal and says its source", place=place)
    return digest, time, source[:200]


def _time(text: str) -> datetime:
    """Read an instant; a bare date proves no more than the end of that day."""
    instant = parse_instant(text)
    return instant + timedelta(days=1) if len(text) == len("2031-06-01") else instant


def _recorded(data: bytes, record: bytes, path: Path, trust: TrustStore, at: datetime) -> Proofs:
    verdict = trusted_verdict(record, [data], trust, at)
    if verdict.proven_since is None:
        why = "; ".join(verdict.reasons)
        raise TrustError(f"the evidence record {path.name} does not prove the file: {why}")
    return Proofs().with_everything(verdict.proven_since, EVIDENCE)


def _stamped(data: bytes, token: bytes, path: Path, trust: TrustStore, at: datetime, known: Proofs) -> Proofs:
    facts = read_token(token, BytesContent(data))
    # What is known of the signed file says nothing of a token beside it; what is known of the token does
    own = known.of(token, inside=False)
    beside = Proofs(known.objects, own)
    report = judge(facts, trust, at, proofs=beside)
    if report.indication is not Indication.TOTAL_PASSED or facts.claimed_time is None:
        why = report.reasons[0] if report.reasons else report.sub_indication
        raise TrustError(f"the time stamp {path.name} does not prove the file: {why}")
    return Proofs().with_everything(facts.claimed_time, TOKEN)
