# SPDX-License-Identifier: EUPL-1.2
"""Parts of kept files: checked, recorded once, read once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from archived import make_archive

from archive.errors import IntegrityError, NotFound
from search.giving import BLOCK, ONE_READING, REMEMBERED, Giver, find_file
from search.retrieval import READ

SIZE = 3 * BLOCK + 12_345


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        """Return what it was set to."""
        return self.at


@pytest.fixture
def archived(tmp_path):
    """An archive with one large file."""
    archived = make_archive(tmp_path)
    yield archived
    archived.home.close()


@pytest.fixture
def held(archived):
    """That file."""
    record = archived.deposit(bytes(range(256)) * (SIZE // 256), media_type="application/octet-stream")
    with archived.home.catalog.reading("villar") as tx:
        path = tx.documents(record.object_id)[0].path
    return find_file(archived.home, record, path)


def whole(archived, held):
    """The bytes as the store has them."""
    return archived.home.store.read(held.key)


def reads(archived, held):
    """How often the ledger says that it was read."""
    with archived.home.catalog.reading("villar") as tx:
        return sum(event.kind == READ for event in tx.events_about(held.record.object_id))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (0, 0),
        (0, BLOCK - 1),
        (BLOCK - 1, BLOCK),
        (5, 2 * BLOCK + 5),
        (BLOCK, 2 * BLOCK - 1),
        (3 * BLOCK, None),
    ],
)
def test_a_part_is_the_slice_of_the_whole(archived, held, first, last):
    """Within a block, over its border, whole blocks, and the end."""
    data = whole(archived, held)
    last = len(data) - 1 if last is None else last
    assert b"".join(Giver().give(archived.home, held, "t", first, last)) == data[first : last + 1]


def test_parts_of_one_reading_are_one_access(archived, held):
    """A player's two hundred parts leave one event; another reader, or much later, leaves another."""
    watch = Watch()
    giver = Giver(watch)
    for at in range(50):
        b"".join(giver.give(archived.home, held, "account:1", at, at))
    assert reads(archived, held) == 1
    giver.give(archived.home, held, "account:2", 0, 0)
    assert reads(archived, held) == 2
    watch.at = ONE_READING + 1
    giver.give(archived.home, held, "account:1", 0, 0)
    assert reads(archived, held) == 3


def test_the_whole_is_read_once_and_again_after_a_while(archived, held, monkeypatch):
    """Only the first part reads everything, until what was checked is too long ago."""
    opened = []
    real = archived.home.store.open_sound
    monkeypatch.setattr(archived.home.store, "open_sound", lambda *a: opened.append(a) or real(*a))
    watch = Watch()
    giver = Giver(watch)
    for at in range(20):
        b"".join(giver.give(archived.home, held, "t", at, at + 10))
    assert len(opened) == 1
    watch.at = REMEMBERED + 1
    giver.give(archived.home, held, "t", 0, 1)
    assert len(opened) == 2


def test_who_comes_meanwhile_waits_for_the_reading(archived, held, monkeypatch):
    """A player's connections that come at once read the file whole once."""
    opened, real = [], archived.home.store.open_sound

    def slow(*asked):
        opened.append(asked)
        time.sleep(0.2)
        return real(*asked)

    monkeypatch.setattr(archived.home.store, "open_sound", slow)
    giver = Giver()
    with ThreadPoolExecutor(6) as pool:
        parts = list(pool.map(lambda at: b"".join(giver.give(archived.home, held, "t", at, at)), range(6)))
    assert b"".join(parts) == whole(archived, held)[:6]
    assert len(opened) == 1


def test_nothing_is_given_of_a_damaged_file(archived, held):
    """One wrong byte at the end keeps the first from leaving, and no access is recorded."""
    _spoil(archived, held, SIZE - 1)
    with pytest.raises(IntegrityError, match="is not what was stored"):
        Giver().give(archived.home, held, "t", 0, 0)
    assert reads(archived, held) == 0


def test_damage_after_the_check_does_not_leave_either(archived, held):
    """A block that changed since it was checked is not given; the others are."""
    giver = Giver()
    b"".join(giver.give(archived.home, held, "t", 0, 9))
    _spoil(archived, held, BLOCK + 7)
    assert len(b"".join(giver.give(archived.home, held, "t", 0, BLOCK - 1))) == BLOCK
    with pytest.raises(IntegrityError):
        b"".join(giver.give(archived.home, held, "t", BLOCK + 100, BLOCK + 101))


def test_a_file_that_is_not_there_is_not_found(archived, held):
    """Also one with a path that tricks."""
    for path in ("received/none", "../../x", ""):
        with pytest.raises(NotFound):
            find_file(archived.home, held.record, path)


def _spoil(archived, held, at):
    """Change one byte of the stored file, as rot would."""
    file = archived.home.path / "store" / held.key
    file.chmod(0o644)
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
