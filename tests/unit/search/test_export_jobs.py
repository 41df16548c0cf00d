# SPDX-License-Identifier: EUPL-1.2
"""Exports that are asked for now and fetched later."""

from __future__ import annotations

import zipfile
from datetime import timedelta

import pytest
from archived import make_archive

from archive.clock import FixedClock
from archive.errors import InvalidRequest, NotFound, StorageUnavailable
from archive.home import Home
from preservation.evidence.sealing import seal_due
from search.export_jobs import AGAIN, DONE, FAILED, KEPT, OBJECT_FORMS, TRIES, WAITING, Exports


@pytest.fixture
def archived(tmp_path):
    """An archive with one sealed object."""
    archived = make_archive(tmp_path)
    archived.record = archived.deposit(b"contenido", media_type="text/plain")
    yield archived
    archived.home.close()


def ask(exports, archived, form="eni", **told):
    """Ask for an export of the object."""
    return exports.ask("villar", form, agent="key:1", object_id=archived.record.object_id, **told)


def test_what_is_asked_is_made_and_fetched(archived):
    """It waits, it is made, its file is the ENI package and its digest is known."""
    exports = Exports(archived.home)
    job = ask(exports, archived)
    assert job.state == WAITING
    assert exports.file(job) is None
    assert exports.work() == 1
    done = exports.get("villar", job.job_id, "key:1")
    path = exports.file(done)
    assert (done.state, done.size) == (DONE, path.stat().st_size)
    with zipfile.ZipFile(path) as packed:
        assert packed.namelist() == [f"{archived.record.eni_id}.xml"]


def test_kit_is_made_of_a_sealed_object(archived):
    """With the roots of its time stamps."""
    authority = archived.authority.timestamp_authority(archived.clock)
    seal_due(archived.home, authority)
    exports = Exports(archived.home)
    job = ask(exports, archived, "kit")
    exports.work()
    with zipfile.ZipFile(exports.file(exports.get("villar", job.job_id, "key:1"))) as packed:
        assert "verify.py" in packed.namelist()


def test_failure_that_stays_is_told(archived):
    """A kit of what is not sealed fails with the reason, and is not tried for ever."""
    exports = Exports(archived.home)
    job = ask(exports, archived, "kit")
    assert exports.work() == 0
    failed = exports.get("villar", job.job_id, "key:1")
    assert (failed.state, failed.problem["code"]) == (FAILED, "not-found")
    assert exports.work() == 0


def test_service_that_fails_is_tried_again_later(archived):
    """Not at once, and not without end."""
    tries = []

    def failing(*_):
        tries.append(archived.clock.now())
        raise StorageUnavailable("no room")

    exports = Exports(archived.home, {**OBJECT_FORMS, "eni": failing})
    job = ask(exports, archived)
    exports.work()
    exports.work()
    assert len(tries) == 1
    for _ in range(TRIES):
        archived.clock.instant = archived.clock.now() + AGAIN * TRIES
        exports.work()
    assert len(tries) == TRIES
    assert exports.get("villar", job.job_id, "key:1").state == FAILED


def test_export_belongs_to_who_asked(archived):
    """For another, in another municipality and under a made-up name it is not there."""
    archived.home.add_tenant("otro", "Otro", "L01990020")
    exports = Exports(archived.home)
    job = ask(exports, archived)
    for told in (("villar", job.job_id, "key:2"), ("otro", job.job_id, "key:1"), ("villar", "../x", "key:1")):
        with pytest.raises(NotFound):
            exports.get(*told)
    with pytest.raises(InvalidRequest):
        ask(exports, archived, "bagit")


def test_what_waited_survives_the_process(archived, tmp_path):
    """Another process of the same home makes what was asked before."""
    job = ask(Exports(archived.home), archived)
    with Home.open(archived.home.path, FixedClock(archived.clock.now())) as later:
        assert Exports(later).work() == 1
    assert Exports(archived.home).get("villar", job.job_id, "key:1").state == DONE


def test_file_that_is_gone_is_made_again(archived):
    """The file is derived: where it is missing the export waits once more."""
    exports = Exports(archived.home)
    job = ask(exports, archived)
    exports.work()
    exports.file(exports.get("villar", job.job_id, "key:1")).unlink()
    assert exports.file(exports.get("villar", job.job_id, "key:1")) is None
    assert exports.work() == 1
    assert exports.file(exports.get("villar", job.job_id, "key:1")).is_file()


def test_everything_goes_after_its_time(archived):
    """File and entry; the ledger alone remembers that there was one."""
    exports = Exports(archived.home)
    job = ask(exports, archived)
    exports.work()
    path = exports.file(exports.get("villar", job.job_id, "key:1"))
    archived.clock.instant = archived.clock.now() + KEPT + timedelta(seconds=1)
    exports.work()
    assert not path.exists()
    with pytest.raises(NotFound):
        exports.get("villar", job.job_id, "key:1")


def test_thread_of_the_process_makes_it(archived):
    """Whoever woke it need not wait for a worker; waking again is harmless."""
    exports = Exports(archived.home)
    job = ask(exports, archived)
    for _ in range(3):
        exports.wake()
    exports.join(20)
    assert exports.get("villar", job.job_id, "key:1").state == DONE
