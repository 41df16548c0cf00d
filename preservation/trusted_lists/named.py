# SPDX-License-Identifier: EUPL-1.2
"""A trusted list that somebody names on the command line, for one judgement: nothing is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from archive.errors import ConfigurationError
from preservation.trust.pem import read_trust_file
from preservation.trust.store import TrustStore
from preservation.trusted_lists.services import anchors_of
from preservation.trusted_lists.verify import verify_list

_HEAD: Final = 8192


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def trust_of_named_list(path: Path) -> TrustStore:
    """Return the anchors of a list whose signature holds; who signed it is answered for by who names it.

    Raises:
        ConfigurationError: It is no list, its signature does not hold, or it names no service.
    """
    data = read_trust_file(path)
    signer = verify_list(data, ()).signer
    verdict = verify_list(data, (signer,))
    if not verdict.believed or verdict.found is None:
        raise ConfigurationError(f"the trusted list is not believed: {path}: {verdict.problem}")
    store = TrustStore().dating(anchors_of(verdict.found))
    if not store.dated:
        raise ConfigurationError(f"the trusted list names no service for signing or time stamping: {path}")
    return store
