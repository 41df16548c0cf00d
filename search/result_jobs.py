# SPDX-License-Identifier: EUPL-1.2
"""A whole search result as an export to be fetched later: with the sight that who asked had when he asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from archive.errors import StorageUnavailable
from archive.home import Home
from search.asking import ask_of
from search.export_jobs import ExportJob, Maker
from search.find import everything
from search.index import Index
from search.result_exports import FORMS, Context
from search.sight import Sight

NAME: Final = "resultado"


def result_makers(index: Index, base: str) -> dict[str, Maker]:
    """Return how the forms of a result are made.

    Args:
        index: Where it is searched, when it is made.
        base: Scheme and host, for the links in it.
    """
    return {form: partial(_make, index, base) for form in FORMS}


def question_of(q: str, filters: list[tuple[str, str]], sight: Sight) -> dict[str, Any]:
    """Return what a job keeps of a question; it goes with the job."""
    seen = {"reserved": sight.reserved, "people": sight.people, "content": sight.content}
    return {"q": q, "filters": [list(pair) for pair in filters], "sight": seen}


def sight_needed(question: Mapping[str, Any]) -> Sight:
    """Return what somebody must be able to see to be given the result of a question."""
    return Sight(**question["sight"])


def covers(sight: Sight, needed: Sight) -> bool:
    """Tell whether who sees so much may have what was made for who saw that."""
    pairs = (
        (sight.reserved, needed.reserved),
        (sight.people, needed.people),
        (sight.content, needed.content),
    )
    return all(has or not needs for has, needs in pairs)


def _make(index: Index, base: str, home: Home, job: ExportJob, out: Path) -> None:
    question = job.question or {}
    pairs = [(str(name), str(value)) for name, value in question["filters"]]
    asked = ask_of(home, index, question["q"], {job.tenant_id: sight_needed(question)}, filters=pairs)
    with home.catalog.reading(job.tenant_id) as tx:
        name = tx.tenant(job.tenant_id).name
    context = Context(archive=name, asked=question["q"], made_at=home.clock.now(), base=base)
    draft = out.with_name(f".{out.name}.part")
    write: Callable[..., Any] = FORMS[job.form].write
    try:
        with draft.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(write(everything(index, asked), context))
        os.replace(draft, out)
    except OSError as cause:
        raise StorageUnavailable(f"{out} cannot be written: {cause.strerror}") from cause
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
