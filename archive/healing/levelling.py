# SPDX-License-Identifier: EUPL-1.2
"""One batch of places: compare, copy, repair.

    compare    what each store lacks, or holds otherwise
    copy       content that is lacking: it is put as any deposit puts it, nobody is kept waiting
    sync
    tell       the ledger of the bytes that are about to be replaced
    lock       writers out of these objects; look again, leave what has changed meanwhile to the next healing
    frame      inventories, sidecars, what is rewritten; bytes that are wrong; leftovers
    sync       unlock

Bytes before the inventory that speaks of them, in every copy by itself: dying anywhere leaves content that
no inventory of that copy speaks of yet, and the next healing goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archive.errors import IntegrityError, LongevaError
from archive.healing.carrying import copy, digest_in, replace
from archive.healing.loose import agreed, loose_rights
from archive.healing.objects import ForkedError, expected, judge
from archive.healing.places import Place, look, look_at
from archive.healing.round import Repair, Right, Round
from archive.layout import CONTENT, parse_version_name
from archive.material import MATERIAL_PATH, material_key, read_material
from archive.store import ObjectStore


@dataclass(slots=True)
class _Work:
    """What is to be done at one place."""

    place: Place
    rights: dict[str, Right]
    head: int = 0
    """Of the object."""
    apart: frozenset[str] = frozenset()
    """Stores that tell another history of it."""
    lacking: list[tuple[str, str]] = field(default_factory=list)
    """Store and key."""
    wrong: list[Repair] = field(default_factory=list)
    """Other bytes: told in the ledger before they are replaced."""
    past: list[Repair] = field(default_factory=list)
    """An older state of what is rewritten."""
    stray: list[tuple[str, str]] = field(default_factory=list)


class Levelling:
    """Brings places to the same state in all stores, batch by batch."""

    def __init__(self, round_: Round) -> None:
        self._round = round_
        self._known_material: set[str] = set()

    def level(self, places: Sequence[Place]) -> None:
        """Heal some places. Durable when it returns, in every store that did not fail."""
        works = [work for place in places if (work := self._compare(place)) is not None]
        works = [work for work in works if work.lacking or work.wrong or work.past or work.stray]
        for work in works:
            self._copy(work, late=False)
        self._round.sync()
        self._round.record([repair for work in works for repair in work.wrong])
        late = [work for work in works if self._is_late(work)]
        objects, loose = [work for work in late if work.place.prefix], [w for w in late if not w.place.prefix]
        if objects:
            with self._round.store.exclusive([work.place.prefix for work in objects]):
                self._settle(objects)
        if loose:
            with self._round.home.writing():
                self._settle(loose)

    def _settle(self, works: Sequence[_Work]) -> None:
        """Do what stands for other bytes, except where a writer was since we looked; writers are kept out."""
        works = [work for work in works if self._is_as_it_was(work)]
        report = self._round.report
        for work in works:
            report.repaired += self._replace([each for each in work.wrong if not each.right.always])
        self._round.sync()
        for work in works:
            self._frame(work)
        self._round.sync()

    def _is_late(self, work: _Work) -> bool:
        return bool(
            work.wrong or work.past or work.stray or any(work.rights[key].late for _, key in work.lacking)
        )

    def _compare(self, place: Place) -> _Work | None:
        if not place.prefix:
            return self._differences(_Work(place, loose_rights(self._round, place)))
        try:
            verdict = judge(self._round, place)
        except ForkedError as cause:  # whatever is carried over would be taken for the truth elsewhere
            self._round.cannot(cause.place, str(cause))
            return None
        except IntegrityError as cause:
            self._round.cannot(cause.place, str(cause))
            return self._differences(_Work(place, self._as_it_is(place)))
        if verdict is None:
            return None
        work = _Work(place, expected(self._round, place, verdict), verdict.inventory.head, verdict.apart)
        self._material(verdict.inventory.version().state.get(MATERIAL_PATH), work)
        return self._differences(work)

    def _as_it_is(self, place: Place) -> dict[str, Right]:
        """Return what all stores say alike of an object without map: it is kept in as many as any other."""
        keys = sorted(frozenset[str]().union(*place.listed.values()))
        rights = {key: agreed(self._round, place, key) for key in keys}
        return {key: right for key, right in rights.items() if right is not None}

    def _differences(self, work: _Work) -> _Work:
        for name, store in self._round.targets():
            there = work.place.listed.get(name, frozenset())
            self._round.report.compared += len(there)
            lacking = [(name, key) for key in work.rights if key not in there]
            work.lacking += lacking
            # A store that lacks something was away: what it does have may be from before.
            away = name in work.apart or (bool(lacking) and bool(work.place.prefix))
            closely = self._round.thorough or away
            for key, right in work.rights.items():
                if key in there and (closely or right.always):
                    self._look_closely(work, name, store, key, right)
            if work.place.prefix:
                strays = sorted(there - work.rights.keys()) if work.head else []
                work.stray += [(name, key) for key in strays if name in work.apart or _is_leftover(work, key)]
        return work

    def _look_closely(self, work: _Work, name: str, store: ObjectStore, key: str, right: Right) -> None:
        found = self._round.ask(name, lambda: digest_in(store, key), right.sha256)
        if found != right.sha256:
            # An older state of what is rewritten, in a store that was away, is no damage to tell of.
            past = right.always and (not work.place.prefix or any(each == name for each, _ in work.lacking))
            (work.past if past else work.wrong).append(Repair(name, key, found, right))

    def _material(self, digest: str | None, work: _Work) -> None:
        """Let the pieces of validation material that an object names be looked for too, each once a round."""
        if digest is None or digest in self._known_material or self._round.thorough:
            return
        self._known_material.add(digest)
        key = next(key for key, right in work.rights.items() if right.sha256 == digest)
        try:
            with self._round.store.open_sound(key, digest) as stream:
                keys = {material_key(piece.sha256) for piece in read_material(stream.read())}
        except LongevaError:
            return  # told with the object's own bytes
        beside = look_at(self._round, keys - self._known_material)
        self._known_material |= keys
        pieces = self._differences(_Work(beside, loose_rights(self._round, beside)))
        self._copy(pieces, late=False)

    def _copy(self, work: _Work, *, late: bool) -> None:
        targets = dict(self._round.targets())
        for name, key in work.lacking:
            if name in targets and work.rights[key].late == late:
                copy(self._round, (name, targets[name]), key, work.rights[key])

    def _frame(self, work: _Work) -> None:
        report = self._round.report
        self._copy(work, late=True)
        report.repaired += self._replace([each for each in work.wrong if each.right.always])
        for past in work.past:
            report.copied[past.store] += self._replace([past])
        for name, key in work.stray:
            store = dict(self._round.targets()).get(name)
            if store:
                self._round.ask(name, lambda store=store, key=key: store.delete(key), None)  # type: ignore[misc]
                self._round.touched.add(name)
                self._round.report.removed += 1

    def _replace(self, repairs: Sequence[Repair]) -> int:
        targets, done = dict(self._round.targets()), 0
        for repair in repairs:
            store = targets.get(repair.store)
            if store:
                done += replace(self._round, (repair.store, store), repair.key, repair.right)
        return done

    def _is_as_it_was(self, work: _Work) -> bool:
        if work.place.prefix and work.head:
            try:
                now = judge(self._round, look(self._round, work.place.prefix))
            except IntegrityError:
                return False
            return now is not None and now.inventory.head == work.head
        if work.place.prefix:
            return True
        rewritten = {key for key, right in work.rights.items() if right.always}
        again = loose_rights(self._round, look_at(self._round, rewritten))
        return all(again.get(key) == work.rights[key] for key in rewritten)


def _is_leftover(work: _Work, key: str) -> bool:
    """Tell whether a stray key is content of a version that is settled; others may be a writer's at work."""
    version, _, path = key[len(work.place.prefix) :].partition("/")
    try:
        return path.startswith(f"{CONTENT}/") and parse_version_name(version) <= work.head
    except ValueError:
        return False
