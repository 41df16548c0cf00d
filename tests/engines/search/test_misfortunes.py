# SPDX-License-Identifier: EUPL-1.2
"""What befalls a cluster befalls the real one: gone, full, frozen, deleted under us. Searching never lies."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from functools import partial

import pytest

from archive.errors import IndexBusy, IndexUnavailable
from archive.lock import WriterLock
from search.elastic import client as door
from search.elastic import writer as elastic_writer
from search.elastic.client import connect
from search.elastic.index import ElasticIndex
from search.find import search as find
from search.index import IndexedDocument, Mark
from search.sight import WHOLE
from search.text import Analysis

search = partial(find, sight=WHOLE)
"""Asked by who may see all."""

pytestmark = pytest.mark.engines

DOCUMENT = IndexedDocument("villa", "o1", "d1", "documento", "ES_1", "Resolución", "licencia de obras")


@pytest.fixture
def index(opensearch, settings_of, tmp_path):
    """An index with one document at position 3."""
    made = ElasticIndex(settings_of(opensearch), WriterLock(tmp_path / "lock"), wait_seconds=0.2)
    put(made, 3, DOCUMENT)
    yield made
    made.close()


@pytest.fixture
def raw(index):
    """A client of the same cluster."""
    made = connect(index.settings)
    yield made
    made.close()


def put(index, position: int, *documents: IndexedDocument) -> None:
    """Commit documents."""
    with index.writing() as writer:
        for document in documents:
            writer.add(document)
        writer.commit(position, f"digest {position}")


def other(index, tmp_path, analysis: Analysis | None = None) -> ElasticIndex:
    """Return the same index as another process has it."""
    return ElasticIndex(index.settings, WriterLock(tmp_path / "lock"), analysis, wait_seconds=0.2)


def generations(raw, index) -> dict[str, list[str]]:
    """Return the indices that there are, with their aliases."""
    found = raw.options(ignore_status=404).indices.get_alias(index=f"{index.settings.name}-0*").body
    return {
        name: list(body["aliases"])
        for name, body in found.items()
        if isinstance(body, dict) and "aliases" in body
    }


def test_a_cluster_that_goes_and_comes_back_loses_nothing(opensearch, index):
    """Killed in the middle of a batch: errors with words, then the old answer, then the repeated batch."""
    with pytest.raises(IndexUnavailable, match="cannot be reached"), index.writing() as writer:
        writer.add(replace(DOCUMENT, object_id="o2"))
        opensearch.kill()
        writer.commit(4)
    for ask in (index.mark, index.keys, lambda: search(index, "licencia", "villa")):
        with pytest.raises(IndexUnavailable, match="Nothing kept is lost"):
            ask()
    opensearch.start()
    assert (index.mark(), index.keys()) == (Mark(3, "digest 3"), [("o1", "d1")])
    put(index, 4, replace(DOCUMENT, object_id="o2"))
    assert search(index, "licencia", "villa").total == 2


def test_what_was_acknowledged_survives_the_death_of_the_node(opensearch, index):
    """A commit that returned is there after kill -9, mark and documents."""
    put(index, 4, *(replace(DOCUMENT, path=f"d{n}") for n in range(300)))
    opensearch.kill()
    opensearch.start()
    assert index.mark() == Mark(4, "digest 4")
    assert search(index, "licencia", "villa").total == 300


def test_a_service_starts_without_its_cluster(opensearch, settings_of, tmp_path):
    """The index is opened without asking; whoever asks is told, and later answered."""
    opensearch.kill()
    index = ElasticIndex(settings_of(opensearch), WriterLock(tmp_path / "lock"))
    with pytest.raises(IndexUnavailable, match="cannot be reached"):
        index.position()
    opensearch.start()
    assert index.position() == 0
    index.close()


def test_a_frozen_cluster_is_not_waited_for_without_end(opensearch, index, tmp_path, monkeypatch):
    """A node that takes requests and does not answer is an error after a while."""
    monkeypatch.setattr(door, "ANSWER_SECONDS", 1.0)
    slow = other(index, tmp_path)
    assert slow.position() == 3
    opensearch.signal(signal.SIGSTOP)
    try:
        with pytest.raises(IndexUnavailable, match="did not answer in time"):
            search(slow, "licencia", "villa")
    finally:
        opensearch.signal(signal.SIGCONT)
    assert search(index, "licencia", "villa").total == 1
    slow.close()


def test_a_full_disk_stops_writing_and_not_searching(index, raw):
    """The block that a cluster sets at its disk's high-water mark is said, searches go on, then all goes on."""
    block = {"index.blocks.read_only_allow_delete": True}
    raw.indices.put_settings(index=index.settings.name, settings=block)
    with pytest.raises(IndexBusy, match="takes no writes"):
        put(index, 4, replace(DOCUMENT, object_id="o2"))
    result = search(index, "licencia", "villa")
    assert (result.total, result.position) == (1, 3)
    raw.indices.put_settings(
        index=index.settings.name, settings={"index.blocks.read_only_allow_delete": None}
    )
    put(index, 4, replace(DOCUMENT, object_id="o2"))
    assert search(index, "licencia", "villa").total == 2


def test_an_index_deleted_under_us_is_not_an_empty_one(index, raw, tmp_path):
    """Neither searched as if it held nothing, nor made by a bulk with a mapping of its own; a rebuild mends it."""
    (name,) = generations(raw, index)
    with pytest.raises(IndexUnavailable, match="longeva rebuild"), index.writing() as writer:
        writer.add(replace(DOCUMENT, object_id="o2"))
        raw.indices.delete(index=name)
        writer.commit(4)
    for ask in (index.mark, lambda: search(index, "licencia", "villa")):
        with pytest.raises(IndexUnavailable, match="longeva rebuild"):
            ask()
    assert generations(raw, index) == {}
    assert not raw.indices.exists(index=index.settings.name)
    with index.rebuilding() as fresh:
        fresh.add(DOCUMENT)
        fresh.commit(5)
    assert (index.position(), search(index, "licencia", "villa").total) == (5, 1)


def test_an_alias_that_was_taken_away_is_said(index, raw, tmp_path):
    """A process that starts then does not make another index beside; a rebuild mends it."""
    (name,) = generations(raw, index)
    raw.indices.delete_alias(index=name, name=index.settings.name)
    for each in (index, other(index, tmp_path)):
        with pytest.raises(IndexUnavailable, match="longeva rebuild"):
            each.position()
    assert list(generations(raw, index)) == [name]
    with index.rebuilding() as fresh:
        fresh.commit(5)
    assert list(generations(raw, index)) == [f"{index.settings.name}-000002"]
    assert index.position() == 5


def test_an_index_of_a_stranger_is_left_alone(opensearch, settings_of, tmp_path):
    """An index that bears the name of our alias is neither searched nor deleted."""
    settings = settings_of(opensearch)
    raw = connect(settings)
    raw.indices.create(index=settings.name)
    index = ElasticIndex(settings, WriterLock(tmp_path / "lock"))
    with pytest.raises(IndexUnavailable, match="not ours"):
        search(index, "licencia", "villa")
    assert raw.indices.exists(index=settings.name)
    raw.indices.delete(index=settings.name)
    raw.close()


def test_an_index_of_other_rules_says_rebuild(index, tmp_path):
    """Words made in another way would silently not be found, so a process with other rules is refused."""
    catalan = other(index, tmp_path, Analysis("catalan"))
    with pytest.raises(IndexUnavailable, match="longeva rebuild"):
        search(catalan, "licencia", "villa")
    with pytest.raises(IndexUnavailable, match="longeva rebuild"):
        put(catalan, 4)
    with catalan.rebuilding() as fresh:
        fresh.commit(5)
    assert catalan.position() == 5
    with pytest.raises(IndexUnavailable, match="made by rules"):
        search(index, "licencia", "villa")


def test_a_lost_mark_says_rebuild(index, raw):
    """An index without its position could be missing anything."""
    raw.delete(index=index.settings.name, id="mark", routing="mark", refresh=True)
    for ask in (index.mark, lambda: search(index, "licencia", "villa"), lambda: put(index, 4)):
        with pytest.raises(IndexUnavailable, match="lost its mark"):
            ask()


def test_the_second_writer_waits_and_says_why(index, tmp_path):
    """One writer at a time; the other is told after a while."""
    second = other(index, tmp_path)
    with index.writing(), pytest.raises(IndexBusy, match="Another process is writing"), second.writing():
        pass
    put(second, 4)
    assert index.position() == 4


def test_a_writer_that_lost_the_guard_cannot_undo_another(index, tmp_path):
    """It wakes up late with what was true before: its documents are refused, and so is its mark."""
    elsewhere = ElasticIndex(index.settings, WriterLock(tmp_path / "of another machine"))
    with pytest.raises(IndexBusy, match="further"), index.writing() as late:
        late.delete_object("o1")
        late.add(replace(DOCUMENT, title="Antes"))
        put(elsewhere, 5, replace(DOCUMENT, title="Después"))
        late.commit(4)
    with pytest.raises(IndexBusy, match="meanwhile"), index.writing() as late:
        put(elsewhere, 6)
        late.commit(7)
    (hit,) = search(index, "licencia", "villa").hits
    assert (hit.title, index.position()) == ("Después", 6)


def test_an_overloaded_cluster_is_asked_again_and_then_told(index, monkeypatch):
    """Items refused with 429 are sent again; if it lasts, the caller is told and the mark stands."""
    monkeypatch.setattr(elastic_writer, "WAITS", (0.01, 0.01))
    real, refused = index._client.bulk, []

    def refusing(**options):
        said = real(**options).body if len(refused) >= lasts else {"errors": True, "items": []}
        if not said["items"]:
            refused.append(options)
            error = {"type": "es_rejected_execution_exception", "reason": "queue is full"}
            said["items"] = [{"index": {"status": 429, "error": error}}] * (len(options["operations"]) // 2)
        return said

    monkeypatch.setattr(index._client, "bulk", refusing)
    lasts = 1
    put(index, 4, replace(DOCUMENT, object_id="o2"))
    assert (len(refused), index.position(), len(index.keys())) == (1, 4, 2)
    lasts = 99
    with pytest.raises(IndexBusy, match="overloaded"):
        put(index, 5, replace(DOCUMENT, object_id="o3"))
    assert index.position() == 4


def test_one_bad_item_of_a_bulk_is_never_passed_over(index, raw):
    """Nothing is marked as followed when a single document was refused."""
    raw.indices.put_settings(index=index.settings.name, settings={"index.mapping.total_fields.limit": 1000})
    with pytest.raises(IndexUnavailable), index.writing() as writer:
        writer.add(replace(DOCUMENT, object_id="o2"))
        writer.add(replace(DOCUMENT, object_id="o3", tenant_id="v" * 40_000))  # longer than a term may be
        writer.commit(4)
    assert index.position() == 3


def test_a_rebuild_is_not_noticed_by_who_searches(index, raw):
    """Thousands of searches during rebuilds: no error, always the whole old or the whole new index."""
    stop, seen, wrong = threading.Event(), set(), []

    def ask() -> None:
        while not stop.is_set():
            try:
                result = search(index, "licencia", "villa")
                seen.add((result.position, result.total))
            except IndexUnavailable as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for generation in range(2, 7):
        with index.rebuilding() as fresh:
            for n in range(generation * 10):
                fresh.add(replace(DOCUMENT, path=f"d{n}"))
            fresh.commit(generation * 10)
        assert len(generations(raw, index)) == 1
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    # a position is never above what is found; at the moment of change it may be below
    assert all(position <= total or (position, total) == (3, 1) for position, total in seen)
    assert {total for _, total in seen} <= {1, 20, 30, 40, 50, 60}


def test_a_rebuild_that_dies_leaves_the_old_index(index, raw):
    """It goes on answering and being written, and what the dead one left goes with the next writing."""
    with pytest.raises(RuntimeError), index.rebuilding() as fresh:
        fresh.add(replace(DOCUMENT, object_id="o2"))
        fresh.commit(9)
        raise RuntimeError
    assert (index.position(), index.keys()) == (3, [("o1", "d1")])
    assert len(generations(raw, index)) == 2
    put(index, 4)
    assert (index.position(), len(generations(raw, index))) == (4, 1)
