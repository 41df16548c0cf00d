# SPDX-License-Identifier: EUPL-1.2
"""`longeva fsck`: every claim of the store, derived again from its bytes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Any

import click

from archive.errors import IntegrityError, NotFound
from archive.fsck import check_root
from archive.heads_check import check_heads, stamped_heads
from archive.home_format import EVIDENCE_ROOT, kept_store
from archive.journal_check import check_journal
from archive.material import check_material, missing_material
from archive.model import SYSTEM_TENANT
from archive.object_reading import ObjectReader
from archive.store import ObjectStore
from archive.tenants import stored_tenants
from archive.terminal import App, Outcome, longeva_command, problem_lines


@longeva_command(short_help="Re-derive every claim of the store without the catalogue.")
@click.option("--tenant", "tenant_id", help="Only this municipality's storage root.")
@click.option("--sweep", is_flag=True, help="First remove what interrupted deposits left behind.")
@click.option("--store", "name", help="Only this one of several stores: is it whole by itself?")
def fsck(app: App, tenant_id: str | None, sweep: bool, name: str | None) -> Outcome:
    """Re-derive every claim of the store from its bytes, without the catalogue.

    Reads every file of every OCFL root (tenants and evidence) and every piece of validation material, and
    verifies every ledger journal. Opens no database and, without --sweep, writes nothing.
    """
    problems: list[dict[str, Any]] = []
    checked: list[str] = []
    objects = swept = 0
    store = _one_of(kept_store(app.home_path), name)
    with app.progress("Reading the store") as on_progress:
        known = sorted({SYSTEM_TENANT, *stored_tenants(store)})
        if tenant_id and tenant_id not in known:
            raise NotFound(f"no tenant {tenant_id}")
        tenants = [tenant_id] if tenant_id else known
        sound: set[str] = set()
        for digest, problem in check_material(store):
            if problem is None:
                sound.add(digest)
            else:
                problems.append(problem.to_json())
        stamped = stamped_heads(store)
        for done, each in enumerate(tenants):
            on_progress(done, len(tenants))
            root = EVIDENCE_ROOT if each == SYSTEM_TENANT else f"tenants/{each}/ocfl/"
            checked += [root, f"ledger of {each}"]
            swept += _swept(app, root) if sweep else 0
            counted, lacking = _objects_and_lacks(ObjectReader(store, root), sound)
            objects += counted
            problems += lacking
            problems += [problem.to_json() for problem in check_root(store, root)]
            problems += [asdict(problem) for problem in check_journal(store, each)]
            problems += [asdict(problem) for problem in check_heads(store, each, stamped)]
    lines = [f"{len(checked)} roots and journals with {objects} objects read, {len(problems)} problems"]
    body = {"checked": checked, "objects": objects, "swept": swept, "problems": problems}
    return Outcome(body, [*lines, *problem_lines(problems)], ok=not problems)


def _one_of(store: ObjectStore, name: str | None) -> ObjectStore:
    """Return one of several stores by its name, all of them together where none is named."""
    if name is None:
        return store
    try:
        return dict(store.copies().stores)[name]
    except KeyError:
        raise NotFound(f"no store is called {name!r}") from None


def _swept(app: App, root: str) -> int:
    """Remove leftovers of a root: the one thing of this command that writes, and imports what does."""
    from archive.home import Home  # noqa: PLC0415

    with Home.open_store(app.home_path, app.clock) as home:
        return home.objects_under(root).sweep()


def _objects_and_lacks(objects: ObjectReader, sound: set[str]) -> tuple[int, list[dict[str, Any]]]:
    """Count the objects of a root, and tell which validation material that they name is not there."""
    counted, lacking = 0, list[dict[str, Any]]()
    for inventory in objects.inventories(skip_damaged=True):
        counted += 1
        with suppress(IntegrityError):  # a list that has changed is told with the bytes of its object
            named = objects.material(inventory)
            lacking += [each.to_json() for each in missing_material(named, sound, inventory.object_id)]
    return counted, lacking
