# SPDX-License-Identifier: EUPL-1.2
"""The digests that the inventories of one OCFL object state for its content. For `archive.object_check`."""

from __future__ import annotations

from typing import BinaryIO

from archive.digests import read_chunks
from archive.inventory_claims import Known, flat, new_hash
from archive.inventory_rules import DIGEST_LENGTH, Flaw


class OwedDigests:
    """What each content file must have: collected from every inventory, compared in one reading."""

    def __init__(self) -> None:
        self._of: dict[str, dict[tuple[str, str], str]] = {}

    def of_manifest(self, known: Known) -> None:
        """Add what an inventory states under its own algorithm (E092)."""
        if known.algorithm in DIGEST_LENGTH:
            for path, digest in known.manifest.items():
                self._add(path, known.algorithm, digest, "E092")

    def of_fixity(self, known: Known) -> None:
        """Add its fixity block (E093), but for algorithms that OCFL does not know (E028: ignored)."""
        fixity = known.body.get("fixity")
        for algorithm, block in (fixity if isinstance(fixity, dict) else {}).items():
            if algorithm in DIGEST_LENGTH and isinstance(block, dict):
                for path, digest in flat(block).items():
                    self._add(path, algorithm, digest, "E093")

    def paths(self) -> list[str]:
        """Return the content paths that inventories speak of, in order."""
        return sorted(self._of)

    def compare(self, path: str, stream: BinaryIO) -> list[Flaw]:
        """Read a file once and return which of its digests are wrong. Raises what reading raises."""
        owed = self._of[path]
        hashes = {algorithm: new_hash(algorithm) for algorithm, _ in owed}
        for chunk in read_chunks(stream):
            for running in hashes.values():
                running.update(chunk)
        found = {algorithm: running.hexdigest() for algorithm, running in hashes.items()}
        return [
            Flaw(code, f"{algorithm} is {found[algorithm]}, recorded {digest}")
            for (algorithm, digest), code in owed.items()
            if found[algorithm] != digest
        ]

    def _add(self, path: str, algorithm: str, digest: str, code: str) -> None:
        self._of.setdefault(path, {}).setdefault((algorithm, digest), code)
