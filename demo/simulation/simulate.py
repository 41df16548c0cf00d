# SPDX-License-Identifier: EUPL-1.2
"""A whole simulation: a world is made, years are lived, everything is judged, the results are written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from archive.clock import FixedClock
from archive.errors import ConflictError, StorageUnavailable
from archive.home import MARKER
from demo.simulation.account import Account, account_of
from demo.simulation.kits import chosen, verified_kits
from demo.simulation.report import page
from demo.simulation.scenario import Scenario
from demo.simulation.timeline import timeline_svg
from demo.simulation.world import FOLDER, NOTE, WORDS, World
from demo.simulation.years import Years

ACCOUNT: Final = "account.json"
PAGES: Final = {"es": ("informe.md", "linea-de-tiempo.svg"), "en": ("report.md", "timeline.svg")}
"""Page and picture in each language."""


def run_simulation(
    scenario: Scenario, years: int, home: Path, *, on_year: Callable[[int], None] = lambda _: None
) -> Account:
    """Live through a scenario in a fresh home, and write account, pages and pictures to its `simulation/`.

    Args:
        scenario: What is to happen.
        years: How many to live, from its beginning.
        home: Made if absent; a simulation of before is thrown away, anything else refused.
        on_year: Called after each year.

    Returns:
        The account.

    Raises:
        ConflictError: The folder holds something else.
        StorageUnavailable: It cannot be written.
        IntegrityError: A renewal that was to be killed half-way was not due, or ended otherwise.
    """
    _make_free(home)
    clock = FixedClock(datetime(scenario.starts, 1, 1, 11, tzinfo=UTC))
    world = World(home, scenario, clock)
    with world.living():
        lived = Years(world, years)
        for year in lived.live():
            on_year(year)
        verdicts = lived.judge(each_one=True)
        account = account_of(lived, verdicts, verified_kits(world, chosen(verdicts)))
    _write(account, scenario, years, world.folder)
    return account


def _write(account: Account, scenario: Scenario, years: int, folder: Path) -> None:
    body = json.dumps(account.to_json(), ensure_ascii=False, indent=1)
    (folder / ACCOUNT).write_text(body + "\n", "utf-8")
    for language, (text, picture) in PAGES.items():
        (folder / picture).write_text(timeline_svg(scenario, account.chronicle, years, language), "utf-8")
        (folder / text).write_text(page(account, picture, language), "utf-8")


def _make_free(home: Path) -> None:
    """Throw away a simulation of before."""
    note = home / FOLDER / NOTE
    try:
        former = (home / MARKER).is_file() and note.is_file() and note.read_bytes() == WORDS.encode()
        if home.exists() and not former and (not home.is_dir() or any(home.iterdir())):
            raise ConflictError("the folder holds what is no simulation: name another", place=str(home))
        if former:
            shutil.rmtree(home)
    except OSError as cause:
        raise StorageUnavailable(f"{home} cannot be written: {cause.strerror}") from cause
