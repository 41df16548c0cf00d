# SPDX-License-Identifier: EUPL-1.2
"""`longeva store check`: what the services under the stores do and do not enforce, found out by trying."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
from rich.markup import escape

from archive.engines import Engines
from archive.errors import LongevaError, NotAvailable, NotFound
from archive.settings import S3Settings, Settings, StoreSettings, load_settings
from archive.store import ObjectStore
from archive.terminal import App, Outcome, longeva_command

_KEY = "probe"


@longeva_command("check", short_help="Try what the service of a store enforces, and say it in words.")
@click.argument("name", required=False)
def store_check(app: App, name: str | None) -> Outcome:
    """Try what a store does and does not enforce: locks, versions, conditional writes, checksums, TLS.

    NAME is a store of the settings; all by default. In a bucket it works under `.pending/probe/` of the
    store's prefix, which the archive hides, and says what it leaves there. Exit 1: a store is not fit for
    what the settings ask of it. docs/engines/s3.md explains each line.
    """
    settings = load_settings(app.home_path)
    if name is not None and name not in settings.stores:
        raise NotFound(f"no store is called {name}: the settings have {', '.join(settings.stores)}")
    found = {
        each: list(_observe(app, settings, each, store))
        for each, store in settings.stores.items()
        if name in {None, each}
    }
    ok = all(seen["holds"] or not seen["needed"] for told in found.values() for seen in told)
    lines = []
    for each, told in found.items():
        lines.append(f"[bold]{each}[/]")
        lines += [f"  {_mark(seen)} {escape(seen['words'])}" for seen in told]
    kinds = {each: settings.stores[each].kind for each in found}
    stores = [{"name": each, "kind": kinds[each], "checks": told} for each, told in found.items()]
    return Outcome({"stores": stores, "fit": ok}, lines, ok=ok)


def _mark(seen: dict[str, Any]) -> str:
    if seen["holds"]:
        return "[green]yes[/]"
    if seen["needed"]:
        return "[red]NO [/]"
    return "[dim] · [/]" if seen["holds"] is None else "[yellow]no [/]"


def _observe(app: App, settings: Settings, name: str, store: StoreSettings) -> Iterator[dict[str, Any]]:
    if not isinstance(store, S3Settings):
        yield _seen_folder(Engines(app.home_path, settings).open_one(store, name))
        return
    try:
        from archive.store.s3.probe import observe  # noqa: PLC0415 - boto3 only for those who use it
    except ImportError as cause:
        raise NotAvailable('stores in S3 need their library: pip install "longeva[engines]"') from cause
    for seen in observe(store):
        yield asdict(seen)


def _seen_folder(store: ObjectStore) -> dict[str, Any]:
    said = "a folder takes bytes and gives them back"
    told = {"name": "written", "holds": True, "needed": True, "words": said}
    try:
        with store.exclusive():
            store.put(_KEY, (b"probe",))
            store.sync()
            told["holds"] = store.read(_KEY) == b"probe"
            store.delete(_KEY)
            store.sync()
    except LongevaError as cause:
        told |= {"holds": False, "words": str(cause)}
    return told
