# SPDX-License-Identifier: EUPL-1.2
"""Law of the copies: nothing acknowledged is ever lost while as many stores survive as it takes.

Random sequences of deposits, new versions, stores that leave and come back, that rot, that are swapped for
empty ones, and healings. With three stores and a quorum of two, one store at a time may lose everything.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from copies_to_order import (
    NOW,
    bring_back,
    contents,
    empty,
    flaws,
    keep,
    leaving_stores,
    make_home,
    take_away,
)
from copies_to_order import (
    settings as write_settings,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from archive.clock import FixedClock
from archive.errors import ServiceError
from archive.healing import heal
from archive.home import Home

STORES = "abc"
PATH = "received/one.xml"
EXAMPLES = int(os.environ.get("LONGEVA_LAW_EXAMPLES", "6"))


class Copies(RuleBasedStateMachine):
    """An archive over three stores, beside a dictionary of what it has acknowledged."""

    template: Path
    """An empty archive, made once."""

    @initialize()
    def begin(self) -> None:
        """Copy the empty archive."""
        self._folder = TemporaryDirectory(prefix="longeva-law-")
        self.world = Path(self._folder.name) / "world"
        shutil.copytree(self.template, self.world)
        write_settings(self.world / "home", STORES)
        self.home = Home.open(self.world / "home", FixedClock(NOW))
        self.acknowledged: dict[str, bytes] = {}
        self.away: set[str] = set()
        self.equal = True
        """Every store has everything, so one of them may lose it."""
        self.count = 0

    @rule(data=st.binary(min_size=1, max_size=200))
    def deposit(self, data: bytes) -> None:
        """Acknowledged by two of three, refused by fewer."""
        self.count += 1
        self.equal = False
        try:
            name = f"object-{self.count}"
            self.acknowledged[keep(self.home, name, {PATH: data, "received/name": name.encode()})] = data
        except ServiceError:
            assert len(self.away) > 1

    @precondition(lambda self: self.acknowledged and len(self.away) < 2)
    @rule(data=st.binary(min_size=1, max_size=200), which=st.integers(0, 1000))
    def update(self, data: bytes, which: int) -> None:
        """A new version of something that was kept."""
        self.count += 1
        self.equal = False
        object_id = list(self.acknowledged)[which % len(self.acknowledged)]
        files = {PATH: data, "received/name": str(self.count).encode()}
        version = self.home.objects("villa").inventory(object_id).head + 1
        keep(self.home, object_id.rpartition(":")[2], files, version=version)
        self.acknowledged[object_id] = data

    @precondition(lambda self: len(self.away) < 2)
    @rule(store=st.sampled_from(STORES))
    def leave(self, store: str) -> None:
        """A store does not answer any more."""
        if store not in self.away:
            take_away(self.world / store)
            self.away.add(store)

    @precondition(lambda self: self.away)
    @rule()
    def come_back(self) -> None:
        """All of them answer again, with what they had."""
        for store in sorted(self.away):
            bring_back(self.world / store)
        self.away.clear()
        self.reopen()

    @rule()
    def reopen(self) -> None:
        """Another process, without memory of who failed. It opens where a quorum answers."""
        if len(self.away) < 2:
            self.home.close()
            self.home = Home.open(self.world / "home", FixedClock(NOW))

    @precondition(lambda self: len(self.away) < 2)
    @rule(thorough=st.booleans())
    def heal(self, thorough: bool) -> None:
        """Those that answer are brought up."""
        report = heal(self.home, thorough=thorough)
        assert not report.unrepairable
        heal(self.home)
        if not self.away:
            assert report.ok
            self.equal = True

    @precondition(lambda self: self.equal and not self.away)
    @rule(store=st.sampled_from(STORES), how=st.sampled_from(["swap", "rot"]), which=st.integers(0, 1000))
    def lose(self, store: str, how: str, which: int) -> None:
        """One store loses everything, or a file of it rots."""
        self.equal = False
        if how == "swap":
            empty(self.world / store)
        elif self.acknowledged:
            object_id = list(self.acknowledged)[which % len(self.acknowledged)]
            (self.world / store / self.home.objects("villa").locate(object_id, PATH)).write_bytes(b"")

    @invariant()
    def everything_acknowledged_can_be_read(self) -> None:
        """Each object, with the bytes that were acknowledged last, while a quorum answers."""
        if len(self.away) < 2:
            objects = self.home.objects("villa")
            for object_id, data in self.acknowledged.items():
                assert b"".join(objects.read_verified(object_id, PATH)) == data

    def teardown(self) -> None:
        """At the end every copy by itself is a whole archive, and all are the same."""
        if not hasattr(self, "away"):
            return
        if self.away:
            self.come_back()
        assert heal(self.home, thorough=True).ok
        heal(self.home)
        copies = [self.world / store for store in STORES]
        assert [flaws(copy) for copy in copies] == [[], [], []]
        assert all(contents(copy) == contents(copies[0]) for copy in copies)
        self.everything_acknowledged_can_be_read()
        self.home.close()
        self._folder.cleanup()


def test_nothing_acknowledged_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens to one store after the other, with healings in between."""
    leaving_stores(monkeypatch)
    make_home(tmp_path / "template").close()
    Copies.template = tmp_path / "template"
    wanted = settings(
        max_examples=EXAMPLES,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(Copies, settings=wanted)
