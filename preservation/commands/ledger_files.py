# SPDX-License-Identifier: EUPL-1.2
"""The files that `longeva ledger` is given: each must be what its option asks for.

A file of another kind is a wrong argument, told as that, and never a verdict on the ledger. What is of the
right kind and does not add up inside is evidence, and is judged: `IntegrityError` says what is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from archive.errors import ConfigurationError, IntegrityError, InvalidRequest, StorageUnavailable
from archive.ledger_proofs import FORMAT, MAX_BYTES, Kept, LedgerProof, read_kept, read_proof
from archive.terminal import App
from preservation.commands.options import trust_of
from preservation.trust.store import TrustStore

_PROOF: Final = f"a proof ({FORMAT}), as `longeva ledger prove -o` writes it"
_RECEIPT: Final = "a receipt with its place in the ledger, as `longeva deposit` gives it"
_HEAD: Final = "a head (tenant, size, root), as `longeva ledger head -o` writes it"


def proof_file(path: Path) -> LedgerProof:
    """Read what `--proof` names.

    Raises:
        InvalidRequest: It is no proof.
        IntegrityError: It is one, and cannot be read to its end.
        StorageUnavailable: The file cannot be read.
    """
    return read_proof(_of_kind("--proof", path, _PROOF, _is_proof))


def kept_files(option: str, heads: Iterable[Path], receipts: Iterable[Path]) -> list[Kept]:
    """Read heads and receipts that somebody kept.

    Args:
        option: What names the heads, `--head` or `--from`; a receipt or a proof tells a head as well.
        heads: Its files.
        receipts: The files of `--receipt`.

    Raises:
        InvalidRequest: A file is of another kind.
        IntegrityError: It is of the right kind, and what it tells cannot be.
        StorageUnavailable: A file cannot be read.
    """
    read = [(path, _of_kind(option, path, _HEAD, _tells_head)) for path in heads]
    read += [(path, _of_kind("--receipt", path, _RECEIPT, _is_receipt)) for path in receipts]
    kept = []
    for path, data in read:
        try:
            kept += read_kept(data)
        except IntegrityError as cause:
            raise IntegrityError(f"{path}: {cause}") from cause
    return kept


def trusted_files(app: App, trusted: tuple[Path, ...], at: datetime) -> TrustStore:
    """Read what `--trust` names; see `trust_of`.

    Raises:
        InvalidRequest: There is nothing to trust in it.
        ConfigurationError: Nothing was named, and the archive's own trust must be mended.
    """
    try:
        return trust_of(app, trusted, at)
    except ConfigurationError as cause:
        if not trusted:
            raise
        raise InvalidRequest(
            f"--trust: {cause}; it takes certificates (PEM, DER) or a trusted list"
        ) from cause


def _of_kind(option: str, path: Path, kind: str, fits: Callable[[dict[str, Any]], bool]) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as cause:
        raise StorageUnavailable(f"{path} cannot be read: {cause.strerror}") from cause
    try:
        body = json.loads(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not fits(body):
        raise InvalidRequest(f"{option}: {path} is {_seems(body)}; it takes {kind}")
    return data


def _seems(body: object) -> str:
    if not isinstance(body, dict):
        return "no JSON object"
    if _is_proof(body):
        return "a proof"
    if _is_receipt(body):
        return "a receipt"
    return "a head" if _tells_head(body) else "something else"


def _is_proof(body: dict[str, Any]) -> bool:
    return body.get("format") == FORMAT


def _is_receipt(body: dict[str, Any]) -> bool:
    receipts = body.get("receipts")  # as `longeva deposit --json` prints it
    if isinstance(receipts, list) and len(receipts) == 1 and isinstance(receipts[0], dict):
        body = receipts[0]
    return "ledger" in body and not _is_proof(body)


def _tells_head(body: dict[str, Any]) -> bool:
    return {"size", "root"} <= body.keys() or "head" in body or _is_receipt(body)
