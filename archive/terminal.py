# SPDX-License-Identifier: EUPL-1.2
"""What every command of `longeva` shares: `--json`, `--home`, progress, errors and exit codes.

A command is a function that returns an `Outcome`; it never prints. With `--json`, stdout carries exactly one
JSON document, of success or of failure; progress and logs go to stderr. Exit 0: what was asked is true or
done. Exit 1: a finding or a negative verdict. Other codes: the error classes of `archive.errors`.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.clock import Clock, SystemClock
from archive.digests import Digests, copy_digesting
from archive.errors import LongevaError, StorageUnavailable
from archive.findings import Finding, Severity
from archive.home import Home

DEFAULT_HOME = "./longeva-home"
COLOURS = {
    Severity.INFO: "dim",
    Severity.WARNING: "yellow",
    Severity.DECISION: "magenta",
    Severity.ERROR: "red",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found out."""

    body: dict[str, Any]
    """The `--json` document."""
    lines: Sequence[str] = ()
    """The same for people, in rich markup."""
    ok: bool = True
    """False for a negative verdict: exit code 1."""


class OnProgress(Protocol):
    """Told how far the work is."""

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` pieces are finished."""
        ...


@dataclass(slots=True)
class App:
    """What a command works with."""

    home_path: Path
    json: bool
    verbosity: int = 0
    clock: Clock = field(default_factory=SystemClock)
    console: Console = field(default_factory=lambda: Console(stderr=True))

    @contextmanager
    def home(self) -> Iterator[Home]:
        """Open the archive for the length of a command."""
        with Home.open(self.home_path, self.clock) as home:
            yield home

    @contextmanager
    def progress(self, label: str) -> Iterator[OnProgress]:
        """Show a bar on stderr where somebody looks; silent in pipes and with `--json`."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        silent = self.json or not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=silent) as bar:
            task = bar.add_task(escape(label), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def longeva_command(
    *args: Any, default_home: str = DEFAULT_HOME, **attributes: Any
) -> Callable[[Callable[..., Outcome]], click.Command]:
    """Make a click command of a function `(app, **options) -> Outcome`."""

    def decorate(function: Callable[..., Outcome]) -> click.Command:
        @click.option(
            "--home",
            "home_path",
            envvar="LONGEVA_HOME",
            default=default_home,
            show_default=True,
            type=click.Path(path_type=Path),
            help="Folder of the archive.",
        )
        @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
        @click.option("-v", "--verbose", count=True, help="More words; twice also tracebacks.")
        @functools.wraps(function)
        def run(home_path: Path, as_json: bool, verbose: int, **options: Any) -> None:
            app = App(home_path, as_json, verbose)
            logging.basicConfig(level=logging.INFO if verbose else logging.CRITICAL, stream=sys.stderr)
            logging.getLogger("alembic").setLevel(logging.WARNING)
            sys.exit(_run(app, functools.partial(function, app, **options)))

        return click.command(*args, **attributes)(run)  # type: ignore[no-any-return]

    return decorate


def finding_lines(findings: Sequence[Finding], *, least: Severity = Severity.WARNING) -> list[str]:
    """Say findings to people, in Spanish where the terminal is Spanish, from a severity on."""
    order = list(Severity)
    language = "es" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("es") else "en"
    return [
        f"  [{COLOURS[found.severity]}]{found.severity:<8}[/] {escape(found.code)}  "
        f"{escape(found.message(language))}  [dim]{escape(found.place)}[/]"
        for found in findings
        if order.index(found.severity) >= order.index(least)
    ]


def _run(app: App, work: Callable[[], Outcome]) -> int:
    try:
        outcome = work()
    except LongevaError as stopped:
        return _failed(app, stopped)
    except OSError as cause:
        return _failed(app, StorageUnavailable(f"{cause.strerror or cause}", place=str(cause.filename or "")))
    if app.json:
        click.echo(json.dumps(outcome.body, ensure_ascii=False, indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for line in outcome.lines:
            console.print(line)
    return 0 if outcome.ok else 1


def _failed(app: App, stopped: LongevaError) -> int:
    if app.json:
        click.echo(json.dumps(stopped.problem(), ensure_ascii=False, indent=2))
    app.console.print(f"[red]{stopped.title}[/] ({stopped.code}): {escape(str(stopped))}", highlight=False)
    if stopped.place:
        app.console.print(f"  [dim]{escape(stopped.place)}[/]", highlight=False)
    for line in finding_lines(stopped.findings):
        app.console.print(line, highlight=False)
    if app.verbosity > 1:
        traceback.print_exception(stopped, file=sys.stderr)
    return stopped.exit_code


def write_output(path: Path, chunks: Iterable[bytes]) -> Digests:
    """Write a file of the caller's whole or not at all; `-` is stdout.

    Raises:
        StorageUnavailable: It cannot be written.
        IntegrityError: What `chunks` raises at their end; the file is then not there.
    """
    if str(path) == "-":
        return copy_digesting(chunks, sys.stdout.buffer)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as out:
            digests = copy_digesting(chunks, out)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return digests
