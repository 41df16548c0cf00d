# SPDX-License-Identifier: EUPL-1.2
"""What every guard must do: the lock on a file, and the advisory locks of a PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres_server import Database, PostgresServer

from archive.catalog.guard import CatalogGuard
from archive.errors import CatalogUnavailable, ConflictError
from archive.lock import Guard, WriterLock

MakeGuard = Callable[[], Guard]

HOLDER = """
import sys, time
from pathlib import Path
from archive.catalog.guard import CatalogGuard
from archive.lock import WriterLock
kind, where, *names = sys.argv[1:]
guard = CatalogGuard(where, "home") if kind == "postgresql" else WriterLock(Path(where))
with guard.held(names):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["file", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """A kind of guard, and where it locks."""
    if request.param == "file":
        return "file", str(tmp_path / "lock")
    return "postgresql", request.getfixturevalue("database").url


@pytest.fixture
def make(place: tuple[str, str]) -> Iterator[MakeGuard]:
    """Makes guards over the same things, each as another process would have it."""
    made: list[CatalogGuard] = []

    def guard() -> Guard:
        if place[0] == "file":
            return WriterLock(Path(place[1]))
        made.append(CatalogGuard(place[1], "home"))
        return made[-1]

    yield guard
    for each in made:
        each.close()


@pytest.fixture
def server_guards(database: Database) -> Iterator[Callable[..., CatalogGuard]]:
    """Makes guards on one database."""
    made: list[CatalogGuard] = []

    def guard(scope: str = "store") -> CatalogGuard:
        made.append(CatalogGuard(database.url, scope))
        return made[-1]

    yield guard
    for each in made:
        each.close()


def test_everything_is_held_by_one(make: MakeGuard) -> None:
    """A second holder of everything is refused while the first holds, and let in afterwards."""
    one, other = make(), make()
    with one.held():
        with pytest.raises(ConflictError), other.held(wait=0.05):
            pass
    with other.held(wait=0.05):
        pass


def test_waiting_holder_gets_in_when_the_first_lets_go(make: MakeGuard) -> None:
    """Who waits gets in, and not before."""
    one, other, order = make(), make(), []

    def wait() -> None:
        with other.held(["a"], wait=20):
            order.append("second")

    with one.held(["a"]):
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.3)
        order.append("first")
    waiting.join(20)
    assert order == ["first", "second"]


def test_same_thread_may_take_it_again(make: MakeGuard) -> None:
    """Blocks inside cost nothing, and the outer one ends it."""
    one, other = make(), make()
    with one.held():
        with one.held(["a"]), one.held():
            pass
        with pytest.raises(ConflictError), other.held(["a"], wait=0.05):
            pass
    with other.held(wait=0.05):
        pass


def test_threads_of_one_guard_take_turns(make: MakeGuard) -> None:
    """Two threads never stand inside together."""
    guard, inside, most = make(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(10):
            with guard.held(["a"]):
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (inside, most) == (0, 1)


def test_error_inside_lets_go(make: MakeGuard) -> None:
    """What fails inside reaches the caller, and the next holder gets in."""
    one, other = make(), make()
    with pytest.raises(ZeroDivisionError), one.held(["a"]):
        raise ZeroDivisionError
    with other.held(wait=5):
        pass


def test_killed_holder_stands_in_nobodys_way(make: MakeGuard, place: tuple[str, str]) -> None:
    """The lock dies with its process."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, *place, "a"], stdout=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    guard = make()
    with pytest.raises(ConflictError), guard.held(wait=0.05):
        pass
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with guard.held(wait=20):
        pass


def test_different_names_go_side_by_side(server_guards: Callable[..., CatalogGuard]) -> None:
    """Holders of different names do not wait for each other; everything waits for all of them."""
    one, other, all_ = server_guards(), server_guards(), server_guards()
    with one.held(["a"]), other.held(["b", "c"], wait=0.05):
        with pytest.raises(ConflictError), all_.held(wait=0.05):
            pass
        with pytest.raises(ConflictError), all_.held(["d", "b"], wait=0.05):
            pass
        with all_.held(["d"], wait=0.05):  # what it got before it had to wait was given back
            pass


def test_scopes_do_not_know_each_other(server_guards: Callable[..., CatalogGuard]) -> None:
    """The store's lock may be taken inside the home's, by any number of holders."""
    home, store = server_guards("home"), server_guards("store")
    with home.held(), store.held(wait=0.05), server_guards("other").held(["a"], wait=0.05):
        pass


def test_crossed_names_do_not_deadlock(server_guards: Callable[..., CatalogGuard]) -> None:
    """Whoever asks for the same names in another order takes its turn all the same."""
    done = []

    def work(names: list[str]) -> None:
        guard = server_guards()
        for _ in range(30):
            with guard.held(names, wait=30):
                pass
        done.append(names)

    orders = (["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"], [])
    threads = [threading.Thread(target=work, args=[list(names)]) for names in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == len(orders)


def test_asking_for_more_inside_is_a_mistake_of_the_program(
    server_guards: Callable[..., CatalogGuard],
) -> None:
    """A block inside that wants another name could deadlock: it is refused at once."""
    guard = server_guards()
    with guard.held(["a"]):
        with pytest.raises(RuntimeError), guard.held(["b"]):
            pass
        with pytest.raises(RuntimeError), guard.held():
            pass


def test_connection_lost_inside_is_said_at_the_end(
    server_guards: Callable[..., CatalogGuard], database: Database, postgres: PostgresServer
) -> None:
    """A holder whose session the server ended must not believe that it was alone; the next block works."""
    guard = server_guards()
    with pytest.raises(CatalogUnavailable, match="lost"), guard.held(["a"]):
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'longeva store lock'"
            f" AND datname = '{database.name}'"
        )
    with guard.held(["a"]):
        pass


def test_many_names_cost_one_round_trip(
    server_guards: Callable[..., CatalogGuard], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred names are taken by one statement and given back by another."""
    guard = server_guards()
    with guard.held():
        pass
    asked = []
    monkeypatch.setattr(
        guard._engine.dialect,
        "do_execute",
        lambda cursor, *more: (asked.append(1), cursor.execute(*more[:2])),
    )
    with guard.held([f"object {number}" for number in range(200)]):
        pass
    assert len(asked) == 2


def test_server_that_is_not_there_is_said_so() -> None:
    """A guard without its server says so in words, and is one of our errors."""
    guard = CatalogGuard("postgresql+psycopg://nobody@127.0.0.1:1/none", "home")
    with pytest.raises(CatalogUnavailable, match="lock cannot be used"), guard.held():
        pass
