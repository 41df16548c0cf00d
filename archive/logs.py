# SPDX-License-Identifier: EUPL-1.2
"""Logs of what runs for long: one event a line, without personal data, as JSON or as text on stderr.

Whoever logs uses `logging` of the standard library: the message is the event's name, such as
`request.answered`, and `extra` its fields. What reaches the log is decided here and not by who logs:

* numbers, truths, and the text fields of `TEXTS`, whose values are ours: routes, codes, identifiers;
* of an error its class, its code, its errno and the places in the code; never its message, which may hold a
  file name or what somebody typed;
* of words in sentences, ours or a library's, the template, never what fills it; where it was filled already,
  only the place.

So a name, a NIF, a CSV or a file name of a citizen has no way in. RGPD art. 5.1.c, 25.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, TextIO

import structlog

from archive.errors import LongevaError
from archive.settings import LogSettings

ROOMS: Final = frozenset({"archive", "preservation", "ingest", "search", "service"})
TEXTS: Final = frozenset({
    "agent", "authority", "code", "deposit", "engine", "method", "object", "reference", "request_id", "route",
    "state", "store", "tenant", "url", "version", "worker",
})  # fmt: skip
"""Fields that may be text. Whoever adds one answers for it that no citizen can put anything into it."""
FRAMES: Final = 6
"""Places in the code that are told of an error, the innermost ones."""
NAMELESS: Final = "log"
"""Event of what was logged as free text: its place is told, its text is not."""
_EVENT: Final = re.compile(r"[a-z]+(\.[a-z_]+)+")
_STANDARD: Final = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime"}

_Fields = MutableMapping[str, Any]


def configure_logs(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process to one stream, stderr by default."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.format == "json"
        else structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"])
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        use_get_message=False,
        pass_foreign_args=True,
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _only_what_may_be_told,
            renderer,
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    if settings.level != "debug":
        handler.addFilter(_worth_telling)
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
    logging.captureWarnings(capture=True)


def _worth_telling(record: logging.LogRecord) -> bool:
    """Leave out what libraries tell of their daily work: the operator reads of ours."""
    return _ours(record) or record.levelno >= logging.WARNING


@contextmanager
def about(**fields: str) -> Iterator[None]:
    """Give everything that this thread logs inside these fields, such as `request_id`."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


def begin(**fields: str) -> None:
    """Give everything that this thread logs from now on these fields, and none of those before."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**fields)


def _only_what_may_be_told(_: Any, __: str, event: _Fields) -> _Fields:
    record: logging.LogRecord = event["_record"]
    fields: _Fields = {"at": event["at"], "level": record.levelname.lower(), "event": _name(record, event)}
    bound = {name: value for name, value in event.items() if not name.startswith("_") and name not in fields}
    for name, value in {**bound, **_extra(record)}.items():
        if isinstance(value, bool | int | float) or (name in TEXTS and isinstance(value, str)):
            fields[name] = value
    if not _ours(record) or not _EVENT.fullmatch(str(fields["event"])):
        fields["place"] = f"{record.name}:{record.lineno}"
    error = (event.get("exc_info") or (None, None))[1]
    return {**fields, **(_error(error) if error else {})}


def _name(record: logging.LogRecord, event: _Fields) -> str:
    template = str(record.msg)
    named = _ours(record) and _EVENT.fullmatch(template)
    filled = event.get("positional_args") and isinstance(record.msg, str)
    return template if named or filled else NAMELESS


def _ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in ROOMS


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _error(error: BaseException) -> dict[str, Any]:
    """Tell an error by what cannot hold anybody's data: classes, codes, numbers, places in the code."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    told: dict[str, Any] = {"error": " < ".join(type(each).__name__ for each in chain)}
    if isinstance(error, LongevaError):
        told["code"] = error.code
    numbers = [each.errno for each in chain if isinstance(each, OSError) and each.errno]
    if numbers:
        told["errno"] = os.strerror(numbers[0])
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told["frames"] = " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return told


def _short(path: str) -> str:
    return "/".join(path.split(os.sep)[-3:])
