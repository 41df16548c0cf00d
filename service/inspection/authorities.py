# SPDX-License-Identifier: EUPL-1.2
"""Whether each time-stamping authority of the settings gives a token that we would take."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from archive.errors import LongevaError
from archive.home import Home
from preservation.installation import decided_trust, strength
from preservation.stamping import configured_authorities
from preservation.timestamps import HttpTimestampAuthority
from preservation.tokens import parse_token
from service.inspection.databases import skew
from service.inspection.found import Found, State


def development() -> Found:
    """Say that nobody is named."""
    todo = "name a provider in [timestamps.authorities.NAME]"
    return Found("time stamps", State.WARNING, "development authority: WITHOUT LEGAL VALUE", todo)


def authorities(home: Home) -> Iterator[Found]:
    """Ask each for a stamp over chance; the first that fails hides no other, and all failing fails all."""
    try:
        named = configured_authorities(home, decided_trust(home, home.clock.now()), strength(home))
    except LongevaError as stopped:
        yield Found("time stamps", State.FAILED, str(stopped))
        return
    good = 0
    for each in named:
        found = list(_ask(home, each))
        good += found[0].state is not State.FAILED
        yield from found
        each.close()
    if not good:
        words = "nobody gives a token: sealing waits, deposits go on"
        yield Found("time stamps", State.FAILED, words, "see the lines above")


def _ask(home: Home, authority: HttpTimestampAuthority) -> Iterator[Found]:
    subject = f"time stamps of {authority.name}"
    try:
        said = parse_token(authority.stamp(secrets.token_bytes(32), "sha256"))
    except LongevaError as stopped:
        todo = "is its root in the trust folder? `longeva trust add`" if "CHAIN" in str(stopped) else ""
        yield Found(
            subject, State.FAILED, str(stopped), todo or "ask the provider; another one is asked meanwhile"
        )
        return
    yield Found(subject, State.OK, f"a token under the policy {said.policy}")
    yield skew(f"clock of {authority.name}", said.gen_time - home.clock.now())
