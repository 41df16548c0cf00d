# SPDX-License-Identifier: EUPL-1.2
"""What every command of `longeva` shares: `--json`, `--home`, progress, errors and exit codes.

A command is a function that returns an `Outcome`; it never prints. With `--json`, stdout carries exactly one
JSON document, of success or of failure; progress and logs go to stderr. Exit 0: what was asked is true or
done. Exit 1: a finding or a negative verdict. Exit 130: interrupted. Other codes: the error classes of
`archive.errors`.
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
from typing import TYPE_CHECKING, Any, Protocol

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.clock import Clock, SystemClock
from archive.digests import Digests, copy_digesting
from archive.errors import InvalidRequest, LongevaError, StorageUnavailable
from archive.findings import Finding, Severity

if TYPE_CHECKING:
    from archive.home import Home

DEFAULT_HOME = "./longeva-home"
COLOURS = {
    Severity.INFO: "dim",
    Severity.WARNING: "yellow",
    Severity.DECISION: "magenta",
    Severity.ERROR: "red",
}
INTERRUPTED = 130
"""Exit code after Ctrl-C, and the one after a reader that went away in the middle: what shells give."""
READER_GONE = 141
ALIKE = 3
"""Findings of one code that people are shown; `--json` has them all."""


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
        from archive.home import Home  # noqa: PLC0415 - fsck opens none, and needs no database

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


class OutputFile(click.ParamType[Path]):
    """A file that a command will write: told to be impossible before any work is done."""

    name = "file"

    def __init__(self, *, stdout: bool = False) -> None:
        self.stdout = stdout
        """Whether `-` may be given for it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path where its folder can take it."""
        path = Path(value)
        if str(path) == "-" and self.stdout:
            return path
        if path.is_dir():
            self.fail(f"{value} is a folder; name a file", param, ctx)
        if path.exists() and not path.is_file():  # a file of that name would take the place of the device
            self.fail(f"{value} is a device or a pipe; name a file", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        if not os.access(path.parent, os.W_OK | os.X_OK):
            self.fail(f"the folder {path.parent} cannot be written", param, ctx)
        return path


class LongevaCommand(click.Command):
    """A command whose own options come before those of every command, and whose misuse has its JSON too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and with `--json` tell misuse as a problem on stdout too."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as wrong:
            if "--json" in given:
                _say(_json(InvalidRequest(wrong.format_message()).problem()))
            raise


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

        command = click.command(*args, cls=LongevaCommand, **attributes)(run)
        command.params = [*command.params[3:], *command.params[:3]]
        return command

    return decorate


def language() -> str:
    """Return `es` where the terminal is Spanish, else `en`: what findings and titles are told in."""
    chosen = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "es" if chosen.startswith("es") else "en"


def finding_lines(findings: Sequence[Finding], *, least: Severity = Severity.WARNING) -> list[str]:
    """Say findings to people, from a severity on; of many of one code the first, and how many more."""
    order, tongue = list(Severity), language()
    heavy = [found for found in findings if order.index(found.severity) >= order.index(least)]
    lines: list[str] = []
    for code in dict.fromkeys(found.code for found in heavy):
        alike = [found for found in heavy if found.code == code]
        head = f"  [{COLOURS[alike[0].severity]}]{alike[0].severity:<8}[/] {escape(code)}  "
        lines += [
            f"{head}{escape(found.message(tongue))}  [dim]{escape(found.place)}[/]" for found in alike[:ALIKE]
        ]
        if more := len(alike) - ALIKE if len(alike) > ALIKE else 0:
            said = (
                f"y {more} más; --json los da todos" if tongue == "es" else f"and {more} more; --json has all"
            )
            lines.append(f"{head}[dim]… {said}[/]")
    return lines


def problem_lines(problems: Iterable[dict[str, Any]]) -> list[str]:
    """Say the `problems` of a report to people: code, words and place of each."""
    words = "mensaje" if language() == "es" else "message"
    lines = []
    for each in problems:
        said = each.get(words) or each.get("detail") or ""
        code = each.get("code") or each.get("kind") or ""
        place = each.get("place") or each.get("key") or each.get("subject") or ""
        colour = COLOURS[Severity(each.get("severity", Severity.ERROR))]
        lines.append(f"  [{colour}]{escape(str(code))}[/]  {escape(str(said))}  [dim]{escape(str(place))}[/]")
    return lines


def _run(app: App, work: Callable[[], Outcome]) -> int:
    try:
        outcome = work()
        _say(_json(outcome.body) if app.json else _rendered(outcome.lines))
    except LongevaError as stopped:
        return _failed(app, stopped)
    except KeyboardInterrupt:
        app.console.print("interrupted; what was acknowledged stays", highlight=False)
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return READER_GONE
    except OSError as cause:
        return _failed(app, StorageUnavailable(f"{cause.strerror or cause}", place=str(cause.filename or "")))
    except UnicodeEncodeError as cause:
        # Bytes of the command line that are no UTF-8 reach us as lone surrogates; nothing else has them.
        return _failed(app, InvalidRequest(f"not valid UTF-8: {cause.object!a}"))
    return 0 if outcome.ok else 1


def _failed(app: App, stopped: LongevaError) -> int:
    if app.json:
        _say(_json(stopped.problem()))
    title = stopped.titulo if language() == "es" else stopped.title
    shown = [f"[red]{title}[/] ({stopped.code}): {escape(str(stopped))}"]
    if stopped.place and stopped.place not in str(stopped):
        shown.append(f"  [dim]{escape(stopped.place)}[/]")
    for line in (*shown, *finding_lines(stopped.findings)):
        app.console.print(_printable(line), highlight=False, soft_wrap=True)
    if app.verbosity > 1:
        traceback.print_exception(stopped, file=sys.stderr)
    return stopped.exit_code


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def _rendered(lines: Iterable[str]) -> str:
    console = Console(highlight=False, soft_wrap=True)
    with console.capture() as capture:
        for line in lines:
            console.print(line)
    return capture.get()


def _say(text: str) -> None:
    """Write to stdout; a reader who has seen enough (`| head`) is no failure of ours."""
    try:
        click.echo(_printable(text), nl=False)
    except BrokenPipeError:
        _let_go_of_stdout()


def _printable(text: str) -> str:
    """Replace what no encoding can write: bytes of file names that were not UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _let_go_of_stdout() -> None:
    """Let the interpreter's last flush go nowhere instead of complaining."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


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
