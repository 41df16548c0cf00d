# SPDX-License-Identifier: EUPL-1.2
"""A province at night: three hosts, three stores, a database, a cluster, and everything that can fail does.

Spoken to by its command line alone, as an operator would. A seed tells one night from another.
"""

from __future__ import annotations

import os
import random
import threading
import time

import pytest
from province import Province
from survival import Survived

from demo.loads import plain_packages

pytestmark = pytest.mark.engines

SCALE = int(os.environ.get("LONGEVA_SCALE", "1"))
PACKAGES = 48 * SCALE
NIGHT_SECONDS = 60.0 * SCALE
DAWN_SECONDS = 300.0


@pytest.fixture
def province(tmp_path, rgw, postgres, postgres_catalog, opensearch):
    made = Province(tmp_path, rgw, postgres, postgres_catalog, opensearch)
    yield made
    made.end()


def disasters(province: Province):
    """Return what may happen, each ending as it began."""

    def a_worker_is_killed():
        province.kill_a_worker()

    def the_database_is_killed():
        province.postgres.kill()
        time.sleep(2)
        province.postgres.start()

    def the_bucket_is_gone():
        province.rgw.stop_gateway()
        time.sleep(6)
        province.rgw.start_gateway()

    def a_folder_is_gone():
        away = province.second.with_name("unmounted")
        province.second.rename(away)
        province.second.touch()  # a file where the folder was: nothing can be written there
        time.sleep(6)
        province.second.unlink()
        away.rename(province.second)

    def the_cluster_is_killed():
        province.cluster.kill()
        time.sleep(2)
        province.cluster.start()

    return [
        a_worker_is_killed,
        a_worker_is_killed,
        the_database_is_killed,
        the_bucket_is_gone,
        a_folder_is_gone,
        the_cluster_is_killed,
    ]


def test_a_night_of_failures_loses_nothing(province, tmp_path):
    """What was accepted before dawn is there once, in every store, found, sealed and provable."""
    chance = random.Random(20261121)
    packages = [each.folder for each in plain_packages(tmp_path / "packages", PACKAGES, 5, 20_000, 1)]
    waiting: list[str] = []
    befallen: list[str] = []
    coming = disasters(province)
    stop = threading.Event()

    def arrive():
        for start in range(0, PACKAGES, 6):
            waiting.extend(province.submit(packages[start : start + 6]))
            if stop.wait(NIGHT_SECONDS / (PACKAGES / 6)):
                return

    province.start_workers()
    arrivals = threading.Thread(target=arrive)
    arrivals.start()
    dusk = time.monotonic()
    noticed = 0
    while time.monotonic() - dusk < NIGHT_SECONDS or len(befallen) < len(disasters(province)):
        if len(befallen) % len(coming) == 0:
            chance.shuffle(coming)
        disaster, before = coming[len(befallen) % len(coming)], province.complaints()
        disaster()
        time.sleep(chance.uniform(0.5, 3))
        befallen.append(disaster.__name__)
        noticed += province.complaints() > before
    stop.set()
    arrivals.join(120)
    province.wait_until_all_is_done(DAWN_SECONDS)
    province.stop_workers()

    told = province.dawn(waiting)
    row = Survived(
        "a night of failures", "3 hosts, S3 + 2 folders, PostgreSQL, OpenSearch", tries=len(befallen)
    )
    row.lost = len([each for each in waiting if each not in told.accepted])
    row.duplicated = len(told.objects) - len(set(told.objects)) + len(told.events) - len(set(told.events))
    row.found = noticed
    row.healed = len(befallen) if told.sound else 0
    row.record()
    assert told.sound, told.wrong
    assert len(waiting) == len(set(waiting))
    assert len(set(told.objects)) == len(told.accepted)
    for name in province.store_names:
        assert province.stands_alone(name) == [], name
