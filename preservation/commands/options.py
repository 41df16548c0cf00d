# SPDX-License-Identifier: EUPL-1.2
"""What the commands of this room share: instants, whom to trust, colours of verdicts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from archive.clock import parse_instant
from archive.errors import NotFound
from archive.terminal import App
from preservation.installation import trust_store
from preservation.trust.store import TrustStore
from preservation.trusted_lists.named import head_of, trust_of_named_list
from preservation.trusted_lists.parse import is_trusted_list

COLOURS = {"TOTAL_PASSED": "green", "INDETERMINATE": "yellow", "TOTAL_FAILED": "red"}


class Instant(click.ParamType[datetime]):
    """An instant on the command line: ISO 8601 with zone, or a bare date (its midnight UTC)."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or say how to write it."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_instant(str(value))
        except ValueError:
            self.fail(f"{value!r} is no instant; write 2031-06-01 or 2031-06-01T10:00:00Z", param, ctx)


AT = click.option("--at", type=Instant(), help="Judge as of this instant instead of now.")
TRUST = click.option(
    "--trust",
    "trusted",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="PEM file or folder with certificates to trust, or a trusted list; may be repeated. Default: the "
    "archive's own.",
)


def trust_of(app: App, trusted: tuple[Path, ...], at: datetime) -> TrustStore:
    """Trust what the caller names; otherwise what the archive trusts; nobody where there is no archive.

    A trusted list that is named here was meant: its signature must hold, whoever its signer is.

    Raises:
        ConfigurationError: A path without anything usable, or a list whose signature does not hold.
    """
    if trusted:
        lists = [each for each in trusted if each.is_file() and is_trusted_list(head_of(each))]
        store = TrustStore.from_paths(each for each in trusted if each not in lists)
        for path in lists:
            store = store.joined(trust_of_named_list(path))
        return store
    try:
        with app.home() as home:
            return trust_store(home, at)
    except NotFound:
        return TrustStore()
