# SPDX-License-Identifier: EUPL-1.2
"""Time-stamping units that live evidence stands on: whose revocation somebody should ask about."""

from __future__ import annotations

from dataclasses import replace

from archive.catalog import INSTALLATION
from archive.home import Home
from preservation.tokens import parse_token, signer_certificate
from preservation.trust.store import TrustStore


def units_in_use(home: Home, trust: TrustStore) -> tuple[list[bytes], TrustStore]:
    """Return the units whose tokens stand, and of each authority the one that stamped last.

    Args:
        home: The archive.
        trust: Whose certificates may help to find a unit that its token does not carry.

    Returns:
        DER certificates, each once; and the trust store with the certificates that the tokens carry, from
        which their chains can be found. Nobody decided on those: they only help.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        batches = [*(each.sample for each in tx.standing()), *tx.last_stamps().values()]
    units: dict[bytes, None] = {}
    carried: dict[bytes, None] = {}
    for token in dict.fromkeys(stamp.token for batch in batches for stamp in batch.stamps):
        try:
            parsed = parse_token(token)
        except ValueError:  # damaged: the audit tells
            continue
        signer = signer_certificate(parsed, trust.certificates)
        if signer is not None:
            units[signer.dump()] = None
            carried |= dict.fromkeys(parsed.certificates)
    helping = tuple(dict.fromkeys((*trust.certificates, *carried)))
    return list(units), replace(trust, certificates=helping)
