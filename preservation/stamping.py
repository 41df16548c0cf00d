# SPDX-License-Identifier: EUPL-1.2
"""Who stamps the evidence of an installation, as its settings say, and which roots stand behind a stamp.

Without settings it is the development authority, WITHOUT LEGAL VALUE. With them it is the first RFC 3161
service of the list that gives a good token. The trust folder says who is believed for that (docs/trust.md);
nothing of the development authority counts there.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archive.catalog import Transaction
from archive.errors import ConfigurationError
from archive.home import Home
from archive.settings import AuthoritySettings
from preservation.timestamps import FailoverAuthority, HttpTimestampAuthority, TimestampAuthority
from preservation.tokens import parse_token, signer_certificate
from preservation.trust.chains import find_chain
from preservation.trust.dated import Purpose
from preservation.trust.store import TrustStore


def configured_authorities(home: Home, trust: TrustStore) -> list[HttpTimestampAuthority]:
    """Return the time-stamping services that the settings name, in the order to ask; none is fine.

    Args:
        home: The archive.
        trust: Whose stamps are taken.

    Raises:
        ConfigurationError: The file of a TLS authority is not there.
    """
    named = home.engines.settings.timestamps.authorities
    return [_client(home, name, each, trust) for name, each in named.items()]


def first_of(authorities: Iterable[TimestampAuthority]) -> TimestampAuthority:
    """Return one authority that asks each in turn until one gives a good token."""
    return FailoverAuthority(list(authorities))


def tokens_of(tx: Transaction, object_id: str) -> list[bytes]:
    """Return every token that proves an object, the renewing ones after those that they renew."""
    batches = [leaf.batch_id for leaf in tx.leaves_of(object_id)]
    for batch_id in batches:  # grows: each batch may have been renewed by a later one
        batches += [leaf.batch_id for leaf in tx.leaves_renewing(batch_id)]
    return [tx.batch(batch_id).token for batch_id in dict.fromkeys(batches)]


def roots_behind(tokens: Iterable[bytes], trust: TrustStore) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the anchors that tokens lead to, and the certificates in between, all DER.

    Each anchor was trusted for time stamping at some time. A token that leads to none adds none.
    """
    anchors: dict[bytes, None] = {}
    between: dict[bytes, None] = {}
    ever = trust.anchors_ever(Purpose.TIME_STAMPING)
    for token in tokens:
        parsed = parse_token(token)
        loose = (*parsed.certificates, *trust.certificates)
        signer = signer_certificate(parsed, trust.certificates)
        chain = find_chain(signer, loose, ever).certificates if signer else ()
        anchors |= dict.fromkeys(each.dump() for each in chain[-1:])
        between |= dict.fromkeys(each.dump() for each in chain[1:-1])
    return tuple(anchors), tuple(between)


def _client(home: Home, name: str, said: AuthoritySettings, trust: TrustStore) -> HttpTimestampAuthority:
    if said.ca_file and not Path(said.ca_file).is_file():
        raise ConfigurationError(f"timestamps.authorities.{name}.ca_file: there is no file {said.ca_file}")
    return HttpTimestampAuthority(
        said.url,
        name,
        trust.stamping_anchors(home.clock.now()),
        said.policy,
        clock=home.clock,
        intermediates=trust.certificates,
        timeout=said.timeout,
        login=(said.user, said.password.get_secret_value()) if said.user else None,
        ca_file=said.ca_file,
    )
