# SPDX-License-Identifier: EUPL-1.2
"""A real home with two stores in a fresh folder, the providers that it asks, and the clock that is moved.

    HOME               settings, catalogue, trust folder
    HOME/primera       a store
    HOME/segunda       another one
    HOME/simulation/   what is told in the end; the papers that were deposited

What an operator would do by hand is done here: settings are written, roots trusted, revocation lists fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Final

from archive.clock import FixedClock
from archive.home import Home
from archive.settings.load import FILE as SETTINGS
from demo.simulation.papers import Seals
from demo.simulation.providers import Provider, served
from demo.simulation.scenario import Custom, Municipality, Scenario
from preservation.evidence.policy import change_policy
from preservation.installation import TRUST_FOLDER, trust_store
from preservation.timestamps import HttpTimestampAuthority, TimestampAuthority
from preservation.trust.store import TrustStore

FOLDER: Final = "simulation"
"""In the home: what is told in the end."""
NOTE: Final = "SIN-VALOR-LEGAL.txt"
"""File in that folder by which a home is known as one that may be thrown away; its words are `WORDS`."""
WORDS: Final = (
    "Simulación hecha por `longeva simulate`, que la borra entera cuando se repite. Sin valor legal.\n"
)
STORES: Final = ("primera", "segunda")
_SPARE_YEARS: Final = 40


class World:
    """The archive of a simulation. Open it with `living`."""

    def __init__(self, home_path: Path, scenario: Scenario, clock: FixedClock) -> None:
        self.home_path = home_path.absolute()
        self.folder = self.home_path / FOLDER
        self.scenario = scenario
        self.clock = clock
        self.seals = Seals(scenario.starts, scenario.starts + _SPARE_YEARS)
        self.providers = {each.name: Provider(each, clock) for each in scenario.authorities}
        self.algorithm = "sha256"
        self.retired: dict[str, date] = {}
        self._home: Home | None = None

    @property
    def home(self) -> Home:
        """The open home."""
        assert self._home is not None
        return self._home

    @property
    def now(self) -> datetime:
        """The instant of the simulation."""
        return self.clock.now()

    def store_path(self, name: str) -> Path:
        """Where a store is."""
        return self.home_path / name

    @contextmanager
    def living(self) -> Iterator[World]:
        """Make the home and its municipalities; let the providers answer while the block lasts."""
        with served(tuple(self.providers.values())):
            self.home_path.mkdir(parents=True, exist_ok=True)
            self._trust()
            self.refresh()
            self._write_settings()
            self._home = Home.create(self.home_path, self.clock)
            try:
                self.folder.mkdir()
                (self.folder / NOTE).write_text(WORDS, "utf-8")
                for town in self.scenario.municipalities:
                    self.home.add_tenant(town.tenant, town.name, town.dir3)
                yield self
            finally:
                self.shut()

    def shut(self) -> None:
        """Close the home, for whoever works on its files from outside."""
        if self._home is not None:
            self._home.close()
            self._home = None

    def reopen(self) -> Home:
        """Open the home again, with settings as they are now."""
        self.shut()
        self._write_settings()
        self._home = Home.open(self.home_path, self.clock)
        return self._home

    def reopen_without_catalogue(self) -> Home:
        """Open the home whose catalogue is gone."""
        self.shut()
        self._home = Home.open_store(self.home_path, self.clock)
        return self._home

    def custom_of(self, town: Municipality) -> Custom:
        """Return how a municipality has its objects sealed now."""
        return [each for each in town.customs if each.since <= self.now][-1]

    def adopt(self, town: Municipality, custom: Custom) -> None:
        """Tell the archive how a municipality has its objects sealed from now on."""
        home = self.reopen()
        decided = {"authorities": list(custom.authorities), "tokens": custom.tokens}
        change_policy(home, town.tenant, decided, agent="simulate")

    def stamping(self, town: Municipality) -> TimestampAuthority:
        """Return who stamps the signatures of a municipality's own papers: not the archive's business."""
        names = (*self.custom_of(town).authorities, *self.providers)
        name = next(each for each in names if self.providers[each].answers)
        return HttpTimestampAuthority(self.providers[name].url, name, self.trust(), clock=self.clock)

    def refresh(self) -> None:
        """Fetch today's revocation lists into the trust folder, as an operator's timer does."""
        folder = self.home_path / TRUST_FOLDER
        for name, provider in self.providers.items():
            for number, data in enumerate(provider.lists()):
                (folder / f"{name}-{number}.crl").write_bytes(data)
        for number, data in enumerate(self.seals.lists(self.now)):
            (folder / f"sellos-{number}.crl").write_bytes(data)

    def trust(self) -> TrustStore:
        """Return whom the archive trusts now, with the lists at hand."""
        return trust_store(self.home, self.now)

    def _trust(self) -> None:
        """Trust every provider's root, and that of the towns' seals."""
        folder = self.home_path / TRUST_FOLDER
        folder.mkdir()
        for name, provider in self.providers.items():
            for number, data in enumerate((provider.root, *provider.authorities)):
                (folder / f"{name}-{number}.cer").write_bytes(data)
        for number, data in enumerate((self.seals.root, *self.seals.authorities)):
            (folder / f"sellos-{number}.cer").write_bytes(data)

    def _write_settings(self) -> None:
        (self.home_path / SETTINGS).write_text(self._settings(), "utf-8")

    def _settings(self) -> str:
        lines = []
        for name in STORES:
            lines += [f"[stores.{name}]", 'kind = "folder"', f'path = "{name}"', ""]
        for name, provider in self.providers.items():
            if provider.stamps:
                lines += [f"[timestamps.authorities.{name}]", f'url = "{provider.url}"']
                lines += [f'price = "{provider.plan.price}"', ""]
        lines += ["[evidence]", f'algorithm = "{self.algorithm}"', "tokens = 2"]
        if self.retired:
            lines += ["[evidence.retired]"]
            lines += [f"{name} = {day}" for name, day in self.retired.items()]
        return "\n".join(lines) + "\n"
