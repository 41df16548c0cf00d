# SPDX-License-Identifier: EUPL-1.2
"""What goes wrong, done to the real thing: files deleted, bytes changed, processes killed, keys stolen.

Where somebody would notice and act at once, that is done here too; other damage waits for the audit.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from archive.catalog import INSTALLATION
from archive.engines import CATALOG
from archive.healing import heal
from archive.rebuild import rebuild_catalog
from demo.simulation.chronicle import Chronicle, Kind, shown_algorithm
from demo.simulation.evidence_work import batches, tell_batch
from demo.simulation.killing import killed_half_way, resumed
from demo.simulation.scenario import Happening
from demo.simulation.world import World

Misfortune = Callable[[World, Chronicle, Happening], None]


def authority_down(world: World, chronicle: Chronicle, happening: Happening) -> None:
    """An authority does not answer for some days."""
    provider, days = world.providers[happening.details["authority"]], int(happening.details["days"])
    provider.away(world.now, world.now + timedelta(days=days))
    title = provider.plan.title
    chronicle.tell(
        world.now,
        Kind.MISFORTUNE,
        (f"{title} no responde", f"{title} does not answer"),
        (f"{title} no responde durante {days} días.", f"{title} does not answer for {days} days."),
    )


def authority_compromised(world: World, chronicle: Chronicle, happening: Happening) -> None:
    """The keys of an authority's CA are stolen; its root revokes them, and the archive hears of it."""
    provider = world.providers[happening.details["authority"]]
    provider.compromise(world.now)
    world.refresh()
    world.reopen()
    title = provider.plan.title
    chronicle.tell(
        world.now,
        Kind.MISFORTUNE,
        (f"{title}: claves robadas", f"{title}: keys stolen"),
        (
            f"Roban las claves de la autoridad {title}; su raíz la revoca (keyCompromise).",
            f"The keys of the authority {title} are stolen; its root revokes it (keyCompromise).",
        ),
        authority=provider.plan.name,
    )


def algorithm_retired(world: World, chronicle: Chronicle, happening: Happening) -> None:
    """It is decided from when an algorithm proves nothing, and the operator says so in the settings."""
    name, since = str(happening.details["algorithm"]), happening.details["from"]
    world.algorithm = str(happening.details["successor"])
    shown, new = shown_algorithm(name), shown_algorithm(world.algorithm)
    world.retired[name] = since
    world.reopen()
    chronicle.tell(
        world.now,
        Kind.DECISION,
        (f"se retirará {shown}", f"{shown} to be retired"),
        (
            f"Se decide: {shown} no prueba nada desde el {since}; los árboles nuevos son de {new}.",
            f"It is decided: {shown} proves nothing from {since} on; new trees are of {new}.",
        ),
        algorithm=name,
        since=str(since),
    )


def files_lost(world: World, chronicle: Chronicle, happening: Happening) -> None:
    """A store loses some of its files without a word."""
    store = str(happening.details["store"])
    files = list(_contents(world.store_path(store)))
    chosen = random.Random(world.now.year).sample(files, round(len(files) * happening.details["share"]))  # noqa: S311 - no secret
    for path in chosen:
        path.chmod(0o644)
        path.unlink()
    chronicle.tell(
        world.now,
        Kind.MISFORTUNE,
        (f"{len(chosen)} ficheros perdidos", f"{len(chosen)} files lost"),
        (
            f"El almacén {store} pierde {len(chosen)} de sus {len(files)} ficheros sin avisar.",
            f"The store {store} loses {len(chosen)} of its {len(files)} files without a word.",
        ),
        files=len(chosen),
    )


def bytes_rotted(world: World, chronicle: Chronicle, happening: Happening) -> None:
    """One byte of some files of a store turns over."""
    store, number = str(happening.details["store"]), int(happening.details["files"])
    files = [each for each in _contents(world.store_path(store)) if each.stat().st_size]
    for path in random.Random(world.now.year).sample(files, min(number, len(files))):  # noqa: S311 - no secret
        path.chmod(0o644)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    chronicle.tell(
        world.now,
        Kind.MISFORTUNE,
        (f"{number} ficheros alterados", f"{number} files altered"),
        (
            f"En el almacén {store} cambia un byte de {number} ficheros.",
            f"One byte of {number} files changes in the store {store}.",
        ),
        files=number,
    )


def store_lost(world: World, chronicle: Chronicle, happening: Happening) -> None:
    """A store is gone altogether; an empty one takes its place and is filled from the other."""
    store = str(happening.details["store"])
    world.shut()
    shutil.rmtree(world.store_path(store))
    world.store_path(store).mkdir()
    report = heal(world.reopen(), agent="simulate")
    copied = report.copied[store]
    chronicle.tell(
        world.now,
        Kind.MISFORTUNE,
        ("almacén perdido", "store lost"),
        (f"Arde el disco del almacén {store}.", f"The disk of the store {store} burns."),
    )
    chronicle.tell(
        world.now,
        Kind.MENDED,
        ("almacén repuesto", "store filled again"),
        (
            f"Un almacén vacío ocupa su lugar y recibe {copied} ficheros de la otra copia.",
            f"An empty store takes its place and is given {copied} files from the other copy.",
        ),
        files=copied,
        ok=report.ok,
    )


def catalogue_lost(world: World, chronicle: Chronicle, happening: Happening) -> None:  # noqa: ARG001 - one shape
    """The catalogue burns; it is made again from the stores alone."""
    before = _counts(world)
    world.shut()
    for path in world.home_path.glob(f"{CATALOG}*"):
        path.unlink()
    rebuild_catalog(world.reopen_without_catalogue())
    world.reopen()
    same = _counts(world) == before
    chronicle.tell(
        world.now,
        Kind.MISFORTUNE,
        ("catálogo perdido", "catalogue lost"),
        ("Se pierde el catálogo entero.", "The whole catalogue is lost."),
    )
    chronicle.tell(
        world.now,
        Kind.MENDED,
        ("catálogo rehecho", "catalogue made again"),
        (
            "Se rehace a partir de los almacenes" + (", igual que era." if same else ", y no es igual."),
            "It is made again from the stores"
            + (", the same as before." if same else ", and is not the same."),
        ),
        same=same,
        **before,
    )


def renewal_killed(world: World, chronicle: Chronicle, happening: Happening) -> None:  # noqa: ARG001 - one shape
    """`longeva evidence renew` is killed half-way, and asked for again the next day."""
    before = batches(world)
    world.shut()
    asked = killed_half_way(world)
    world.reopen()
    between = batches(world)
    same = between == before
    chronicle.tell(
        world.now,
        Kind.MISFORTUNE,
        ("renovación interrumpida", "renewal killed"),
        (
            f"La renovación muere a la mitad (SIGKILL), al pedir su sello n.º {asked}.",
            f"The renewal dies half-way (SIGKILL) as it asks for token no. {asked}.",
        ),
        asked=asked,
        unchanged=same,
    )
    world.shut()
    world.clock.instant += timedelta(days=1)
    told = resumed(world)
    world.reopen()
    known = {each.batch_id for each in between}
    new = [each for each in batches(world) if each.batch_id not in known]
    chronicle.tell(
        world.now,
        Kind.MENDED,
        ("renovación reanudada", "renewal resumed"),
        (
            f"Repetida al día siguiente, llega a su fin; lotes nuevos: {len(new)}.",
            f"Asked for again the next day it comes to its end; new batches: {len(new)}.",
        ),
        batches=len(new),
        renewed=len(told.get("renewed", ())),
    )
    for batch in new:
        tell_batch(world, chronicle, batch)


def _contents(store: Path) -> Iterator[Path]:
    """Yield the content files of a store's objects, in one order."""
    for path in sorted(store.glob("**/content/**/*")):
        if path.is_file():
            yield path


def _counts(world: World) -> dict[str, int]:
    with world.home.catalog.reading(INSTALLATION) as tx:
        counts = tx.counts()
        return {name: counts[name] for name in ("objects", "files", "batches", "leaves") if name in counts}


MISFORTUNES: Final[dict[str, Misfortune]] = {
    "authority-down": authority_down,
    "authority-compromised": authority_compromised,
    "algorithm-retired": algorithm_retired,
    "files-lost": files_lost,
    "bytes-rotted": bytes_rotted,
    "store-lost": store_lost,
    "catalogue-lost": catalogue_lost,
    "renewal-killed": renewal_killed,
}
