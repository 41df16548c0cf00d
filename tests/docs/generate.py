# SPDX-License-Identifier: EUPL-1.2
"""Writes docs/reference from the code; a test fails when a page and the code disagree."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from archive.errors import LongevaError
from archive.findings import Severity, finding_kinds
from archive.settings.known import known_settings
from cli import main

sys.path.append(str(Path(__file__).parent))  # read by path from a test, and as a program
from interface_page import interface

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
BEGIN, END = "<!-- settings, written by `make docs` from the code -->", "<!-- end of settings -->"
NOTE = "<!-- Written by `make docs` from the code. Do not edit. -->\n"


def pages() -> dict[str, str]:
    """Return every generated page by its path from `REFERENCE`."""
    return {
        "commands.md": commands(),
        "api.md": NOTE + interface(),
        "errors.md": errors(),
        "findings.md": findings(),
        "../configuration.md": configuration(),
    }


def commands() -> str:
    """Every command with its help, as the terminal shows it."""
    walked = list(_walk("longeva", main))
    parts = [
        NOTE,
        "# Commands\n",
        "Every command takes `--json` (one JSON document on stdout; progress and logs on stderr) and `--home DIR`",
        "(or `LONGEVA_HOME`). Exit 0: what was asked is true or done. Exit 1: a finding or a negative verdict. Other",
        "codes: [errors.md](errors.md). Findings: [findings.md](findings.md). `longeva completion bash|zsh|fish` prints",
        "shell completion.\n",
        "| command | does |",
        "|---|---|",
    ]
    parts += [
        f"| [`{path}`](#{path.replace(' ', '-')}) | {_cell(command.get_short_help_str(200))} |"
        for path, command in walked
        if not isinstance(command, click.Group)
    ]
    parts.append("")
    for path, command in walked:
        context = click.Context(command, info_name=path, terminal_width=100, **main.context_settings)
        parts += [f"## {path}\n", "```text", command.get_help(context), "```\n"]
    return "\n".join(parts)


def errors() -> str:
    """Every error class with its code, exit code and HTTP status."""
    rows = sorted(
        {(kind.exit_code, kind.code, kind) for kind in _classes(LongevaError)}, key=lambda row: row[:2]
    )
    lines = [
        NOTE,
        "# Errors and exit codes\n",
        "Exit 0: true or done. Exit 1: a finding or a negative verdict. Exit 2: misused; what to write is on stderr.",
        "Exit 130: interrupted; what was acknowledged stays. Exit 141: whoever read the output went away.\n",
        "With `--json` an error is an RFC 9457 problem object on stdout (`type`, `title`, `titulo`, `status`, `code`,",
        "`detail`, and where they help `instance` and `findings`); misuse too. 60 and its like are worth a retry.\n",
        "| exit | code | HTTP | what | qué |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {exit_} | `{code}` | {kind.http_status} | {kind.title} | {kind.titulo} |"
        for exit_, code, kind in rows
    ]
    return "\n".join(lines) + "\n"


def findings() -> str:
    """Every finding code with its weight, clause and words."""
    weights = {
        Severity.INFO: "recorded",
        Severity.WARNING: "accepted, recorded",
        Severity.DECISION: "stored; waits for an archivist",
        Severity.ERROR: "rejected; only the report is kept",
    }
    lines = [NOTE, "# Findings\n", "| severity | what it leads to in a deposit |", "|---|---|"]
    lines += [f"| {severity} | {text} |" for severity, text in weights.items()]
    lines += ["", "| code | severity | clause | es | en |", "|---|---|---|---|---|"]
    for code, kind in sorted(finding_kinds().items()):
        lines.append(f"| `{code}` | {kind.severity} | {kind.clause} | {_cell(kind.es)} | {_cell(kind.en)} |")
    return "\n".join(lines) + "\n"


def configuration() -> str:
    """The page about settings, with its table written anew; the prose around it is kept."""
    before, _, rest = (REFERENCE.parent / "configuration.md").read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    lines = ["| setting | what | may be | default |", "|---|---|---|---|"]
    for each in known_settings():
        name = ".".join(each.place)
        kind = f" ({each.kind})" if each.kind and each.place[-1] != "kind" else ""
        default = f"`{each.default}`" if each.default else "must be given"
        lines.append(f"| `{name}`{kind} | {_cell(each.words)} | {each.values} | {default} |")
    return "\n".join([before + BEGIN, *lines, END + after])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):  # rooms are loaded when asked for by name
            found = command.get_command(context, name)
            assert found is not None, name
            yield from _walk(f"{path} {name}", found)


def _classes(kind: type[LongevaError]) -> Iterator[type[LongevaError]]:
    """Yield the tree of archive/errors.py: a room's own kind of one of them has its code, and is no other."""
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == LongevaError.__module__:
            yield from _classes(child)


if __name__ == "__main__":
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, "utf-8")
