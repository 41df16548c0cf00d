# SPDX-License-Identifier: EUPL-1.2
"""The indexer is killed anywhere, again and again; the index is behind, but never has a hole."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.clock import FixedClock
from archive.digests import digest_bytes
from archive.home import Home
from archive.model import DocumentRecord, FileRole, ObjectKind, ObjectRecord, StoredFile
from archive.objects import NewVersion
from search.find import search
from search.indexer import behind, follow, rebuild
from search.tantivy_index import TantivyIndex

OBJECTS = 30
NOW = datetime(2026, 3, 1, tzinfo=UTC)

PROGRAM = """
import sys
from pathlib import Path
from archive.clock import SystemClock
from archive.home import Home
from search import indexer
from search.tantivy_index import TantivyIndex

indexer.OBJECTS_A_COMMIT = 2
home = Home.open(Path(sys.argv[1]), SystemClock())
said = lambda done: print(done, flush=True)
if sys.argv[2] == "follow":
    indexer.follow(home, TantivyIndex(home.path / "index"), on_progress=said)
else:
    indexer.rebuild(home, home.path / "index", on_progress=said)
print("end", flush=True)
"""


def keep(home: Home, number: int) -> str:
    """Store an expediente of two text documents, as a deposit would."""
    object_id = f"urn:longeva:villa:{number}"
    objects = home.objects("villa")
    paths = [f"received/{number}-{which}.txt" for which in (1, 2)]
    bodies = {path: f"Licencia de obras número {number}, año {2000 + number}".encode() for path in paths}
    staged = {path: objects.stage(object_id, path, (body,)) for path, body in bodies.items()}
    objects.commit([NewVersion(object_id, staged, "test", "test", NOW)])
    record = ObjectRecord(
        object_id,
        "villa",
        ObjectKind.EXPEDIENTE,
        f"ES_{number}",
        f"Expediente {number}",
        1,
        digest_bytes(str(number).encode()).sha256,
        NOW,
    )
    files = [StoredFile(path, FileRole.OTHER, digests) for path, digests in staged.items()]
    documents = [
        DocumentRecord("", path, path, "TD99", "EE01", (), "", False, "", "text/plain", staged[path])
        for path in paths
    ]
    with home.catalog.transaction() as tx:
        tx.add_object(record, files, documents, [])
        home.ledger.append(tx, "villa", "object.stored", object_id, "test", {})
        home.ledger.append(tx, "villa", "object.read", object_id, "test", {})
        if number % 7 == 0:
            home.ledger.append(tx, "villa", "object.disposed", object_id, "test", {})
    return object_id


@pytest.fixture
def home(tmp_path):
    """A home of thirty expedientes, some of them disposed of, and no index yet."""
    with Home.create(tmp_path / "home", FixedClock(NOW)) as made:
        made.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
        for number in range(OBJECTS):
            keep(made, number)
        made.ledger.flush()
        yield made


def start(home: Home, what: str) -> subprocess.Popen[str]:
    """Run the indexer in a process of its own."""
    here = str(Path(search.__code__.co_filename).resolve().parent.parent)
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home.path), what], stdout=subprocess.PIPE, text=True, cwd=here
    )


def run_and_kill(home: Home, what: str, *, after: int, delay: float) -> bool:
    """Kill the indexer after it said so many commits, and a little later; tell whether it had ended."""
    process = start(home, what)
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if len(lines) >= after:
            break
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.kill()
    rest, _ = process.communicate()
    return "end" in lines or "end" in rest


def expected_at(home: Home, position: int) -> set[str]:
    """Return the objects that an index at this position may hold: all that were stored until there.

    What is indexed is the object as it is now, so one that is disposed of later is not expected at all.
    """
    with home.catalog.reading() as tx:
        events = tx.events(0, 10_000)
    gone = {event.subject for event in events if event.kind == "object.disposed"}
    kept = {event.subject for event in events if event.kind == "object.stored" and event.position <= position}
    return kept - gone


def test_killed_anywhere_it_never_leaves_a_gap(home):
    """After each kill the index holds exactly what its position says; in the end, what a rebuild holds."""
    chance = random.Random(20260301)
    index = TantivyIndex(home.path / "index")
    ended = kills = 0
    positions = [0]
    while not ended:
        ended = run_and_kill(home, "follow", after=chance.randint(1, 3), delay=chance.random() * 0.03)
        kills += not ended
        assert index.position() >= positions[-1]
        positions.append(index.position())
        keys = index.keys()
        assert {object_id for object_id, _ in keys} == expected_at(home, positions[-1])
        assert len(keys) == 3 * len(expected_at(home, positions[-1]))
        assert kills < 60
    assert kills >= 3
    assert behind(home, index) == 0
    rebuild(home, home.path / "other")
    other = TantivyIndex(home.path / "other")
    assert index.keys() == other.keys()
    assert index.mark() == other.mark()
    found = [search(each, "licencia", "villa", facets=["tipo", "año"]) for each in (index, other)]
    assert found[0].total == found[1].total == 2 * len(expected_at(home, positions[-1]))
    assert found[0].facets == found[1].facets


def test_a_killed_rebuild_leaves_the_old_index(home):
    """The index in use is the whole old one, until the whole new one is there."""
    index = TantivyIndex(home.path / "index")
    follow(home, index)
    before = (index.keys(), index.mark())
    for after in (1, 3):
        assert not run_and_kill(home, "rebuild", after=after, delay=0)
        assert (index.keys(), index.mark()) == before
    assert rebuild(home, home.path / "index") > 0
    assert (index.keys(), index.mark()) == before
    assert len(list((home.path / "index").glob("g-*"))) == 1
