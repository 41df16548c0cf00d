# SPDX-License-Identifier: EUPL-1.2
"""kill -9 at steps on the disk and on the wire, with the catalogue in PostgreSQL and the store in S3."""

from __future__ import annotations

import random
import signal
import threading
import time

import pytest
from dying import KILL, compiler, mortal
from engine_lives import EngineStage, Ground
from lives import all_packages
from survival import Survived
from trials import EVERY, SCALE, SEED, scratch_folder

pytestmark = pytest.mark.engines

GROUNDS = ("PostgreSQL", "S3", "S3 + PostgreSQL")
WORKS = {"deposit": "empty", "decide": "deposited", "seal": "deposited", "renew": "sealed"}
MOST = 25
AWAY = round(8 * SCALE) if EVERY else 2


@pytest.fixture(scope="module", params=GROUNDS)
def engines(request, tmp_path_factory):
    """Archives on each ground in turn; a server that is absent skips loudly."""
    if compiler() is None:
        pytest.skip("NO C COMPILER: nobody was killed on engines (install gcc or clang)")
    ground = Ground(
        request.param,
        request.getfixturevalue("postgres") if "PostgreSQL" in request.param else None,
        request.getfixturevalue("rgw") if "S3" in request.param else None,
    )
    folder = tmp_path_factory.mktemp("engines")
    with scratch_folder(folder) as scratch, mortal(scratch, MORTAL_IMPORTS="psycopg boto3") as living:
        stage = EngineStage(living, scratch, ground, {})
        stage.begin()
        yield stage


@pytest.mark.parametrize("work", WORKS)
def test_a_work_killed_on_engines_is_whole_when_repeated(engines, work):
    """Nothing acknowledged is lost, nothing is twice; repeated, it ends as if undisturbed."""
    arguments = all_packages(engines) if work == "deposit" else {}
    trial = engines.trial(work, WORKS[work], arguments=arguments)
    told = Survived("kill -9 on engines", engines.ground.name)
    for step in trial.steps(KILL, most=MOST):
        trial.harm(KILL.at_step(step), told)
    told.record()


def test_a_deposit_while_an_engine_is_killed_and_comes_back(engines):
    """The error is in words of ours; when the engine is back, what was acknowledged is there, and the rest follows."""
    trial = engines.trial("deposit", "empty", arguments=all_packages(engines))
    told = Survived("engine killed during a deposit", engines.ground.name)
    undisturbed, chance = trial.undisturbed, random.Random(SEED)
    for _ in range(AWAY):
        home = trial.fresh()
        began = time.monotonic()
        with _killed_after(engines.ground, chance.uniform(0, 1.0)):
            outcome = trial.run(home)
        words = f"engine killed, {time.monotonic() - began:.1f} s: {outcome.error} {outcome.words}"
        assert outcome.ours, outcome.trace
        told.found += bool(outcome.error)
        trial.judge(words, outcome.said, undisturbed, told)
    told.record()


class _killed_after:  # noqa: N801 - reads as what it does
    """Kill an engine after a while; on leaving, start it again."""

    def __init__(self, ground: Ground, seconds: float) -> None:
        self._ground = ground
        self._timer = threading.Timer(seconds, self._kill)

    def _kill(self) -> None:
        if self._ground.postgres:
            self._ground.postgres.kill()
        else:
            assert self._ground.rgw is not None
            self._ground.rgw.stop_gateway(signal.SIGKILL)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.join()
        if self._ground.postgres:
            _start_again(self._ground)
        else:
            assert self._ground.rgw is not None
            self._ground.rgw.start_gateway()


def _start_again(ground: Ground) -> None:
    """Start a server whose postmaster was killed: its children may still be about to notice."""
    assert ground.postgres is not None
    for attempt in range(20):
        try:
            ground.postgres.start()
        except RuntimeError:
            if attempt == 19:
                raise
            time.sleep(0.5)
        else:
            return
