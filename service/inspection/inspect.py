# SPDX-License-Identifier: EUPL-1.2
"""The whole inspection of an installation, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from archive.clock import Clock
from archive.engines import Engines
from archive.errors import LongevaError
from archive.home import Home
from archive.settings import Settings
from archive.settings.layers import file_layer, layers, settings_file
from archive.settings.load import checked
from archive.settings.shown import secrets_in_file
from service.inspection import authorities, databases, machine, stores
from service.inspection import sealing as waiting
from service.inspection.found import Found, State, told


def inspect_installation(path: Path, clock: Clock, *, offline: bool = False) -> Iterator[Found]:
    """Yield a line for each part of an installation, whether it stands or not.

    Args:
        path: The home; it need not exist yet.
        clock: Ours, to be held against those of the services.
        offline: Ask no time-stamping authority and no clock: stores, catalogue and index are still opened.
    """
    path = path.absolute()
    try:
        said = layers(path)
        settings = checked(said)
    except LongevaError as stopped:
        yield Found("settings", State.FAILED, str(stopped), "mend what is named; docs/configuration.md")
        return
    file = settings_file(path)
    origin = str(file) if file.is_file() else "no file: the defaults of one machine"
    yield Found("settings", State.OK, origin)
    yield from machine.secrecy(file, secrets_in_file(settings, said, file_layer(path)))
    engines = Engines(path, settings)
    yield from machine.disks(path, settings)
    yield from stores.stores(engines, path)
    yield from told(
        "catalogue",
        partial(databases.catalogue, engines, clock),
        "is the database up, and is `catalog.url` right? docs/engines/postgresql.md",
    )
    yield from _opened(path, clock, settings, offline=offline)


def _opened(path: Path, clock: Clock, settings: Settings, *, offline: bool) -> Iterator[Found]:
    try:
        home = Home.open(path, clock)
    except LongevaError as stopped:
        yield Found("home", State.FAILED, str(stopped))
        return
    with home:
        reading = "for reading only: it cannot be written" if home.read_only else "opens"
        yield Found("home", State.WARNING if home.read_only else State.OK, f"{path} {reading}")
        yield from told(
            "index",
            partial(databases.index, home),
            "a cluster: is it up, is `index` right? an index that is lost: `longeva rebuild`",
        )
        yield from told("sealing", partial(waiting.sealing, home))
        if not settings.timestamps.authorities:
            yield authorities.development()
        elif not offline:
            yield from authorities.authorities(home)
