# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest

from archive.errors import StorageUnavailable
from archive.logs import about, configure_logs
from archive.settings import LogSettings

NIF = "12345678Z"
"""Of nobody: what must not be logged."""


@pytest.fixture
def log():
    """Return a function that configures the logs and gives what was written; the root is restored."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()

    def lines(form="json", least="debug"):
        configure_logs(LogSettings(format=form, level=least), stream)
        return stream

    yield lines
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def events(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_its_fields(log):
    """Name, instant, level, numbers, and texts whose values are ours."""
    stream = log()
    with about(request_id="0a1b"):
        logging.getLogger("archive.web.x").info("request.answered", extra={"status": 200, "route": "/buscar"})
    (event,) = events(stream)
    assert event.pop("at").endswith("Z")
    assert event == {
        "level": "info", "event": "request.answered", "request_id": "0a1b", "status": 200, "route": "/buscar",
    }  # fmt: skip


def test_text_comes_as_one_line_too(log):
    """For people who read the journal."""
    stream = log("text")
    logging.getLogger("service.worker").warning("work.failed", extra={"code": "service"})
    assert stream.getvalue().count("\n") == 1
    assert "level=warning event=work.failed code=service" in stream.getvalue()


def test_less_than_the_level_is_not_written(log):
    """The settings say the least weight."""
    stream = log(least="warning")
    logging.getLogger("service.worker").info("round.done")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_that_a_citizen_may_have_written_has_a_way_in(log, form):
    """Fields, free text, what libraries fill in, errors and their causes, warnings."""
    stream = log(form)
    ours, theirs = logging.getLogger("ingest.x"), logging.getLogger("urllib3.connectionpool")
    ours.info("deposit.accepted", extra={"file": f"DNI {NIF}.pdf", "status": 1})
    ours.info(f"deposit of {NIF}")
    ours.info("deposit of %s", NIF)
    theirs.debug('%s "%s"', "GET", f"/store/{NIF}")
    theirs.debug(f"GET /store/{NIF}")
    theirs.error({"key": NIF})
    try:
        try:
            Path(f"/nowhere/{NIF}.pdf").read_bytes()
        except OSError as cause:
            raise StorageUnavailable(f"{NIF}.pdf cannot be read", place=NIF) from cause
    except StorageUnavailable:
        ours.exception("deposit.failed")
    theirs.warning(f"somewhere: {NIF}")
    assert NIF not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 8


def test_an_error_is_told_by_class_code_errno_and_place(log):
    """Enough to find it in the code and to see that the disk was full."""
    stream = log()
    full = StorageUnavailable("secret words")
    full.__cause__ = OSError(28, "secret words")
    try:
        raise full
    except StorageUnavailable:
        logging.getLogger("ingest.x").exception("deposit.failed")
    (event,) = events(stream)
    assert event["error"] == "StorageUnavailable < OSError"
    assert (event["code"], event["errno"]) == ("storage-unavailable", "No space left on device")
    assert "test_logs.py" in event["frames"]
    assert "secret" not in json.dumps(event)


def test_of_a_library_the_template_and_the_place_are_told(log):
    """What it filled in itself is withheld, and where it did so is said."""
    stream = log()
    theirs = logging.getLogger("waitress.queue")
    theirs.warning("Task queue depth is %d", 5)
    theirs.warning("Task queue depth is 5")
    first, second = events(stream)
    assert first["event"] == "Task queue depth is %d"
    assert second["event"] == "log"
    assert second["place"].startswith("waitress.queue:")


def test_what_libraries_tell_of_their_daily_work_is_left_out(log):
    """Of others only what is amiss, unless everything is asked for."""
    stream = log(least="info")
    logging.getLogger("procrastinate.worker").info("started")
    logging.getLogger("procrastinate.worker").warning("something of theirs: %s", "x")
    assert [event["level"] for event in events(stream)] == ["warning"]
