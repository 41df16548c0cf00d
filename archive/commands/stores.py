# SPDX-License-Identifier: EUPL-1.2
"""`longeva store`: the stores that keep the copies, seen and cared for from the terminal."""

from __future__ import annotations

import click

from archive.commands.copies import store_heal, store_list
from archive.commands.probing import store_check


@click.group()
def store() -> None:
    """Stores: where the copies of everything are kept."""


store.add_command(store_list)
store.add_command(store_heal)
store.add_command(store_check)
