# SPDX-License-Identifier: EUPL-1.2
"""Writes docs/reference from the code; a test fails when a page and the code disagree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from archive.errors import LongevaError
from archive.findings import Severity, finding_kinds
from cli import main

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from the code. Do not edit. -->\n"


def pages() -> dict[str, str]:
    """Return every generated page by file name."""
    return {"commands.md": commands(), "errors.md": errors(), "findings.md": findings()}


def commands() -> str:
    """Every command with its help, as the terminal shows it."""
    parts = [
        NOTE,
        "# Commands\n",
        "Every command takes `--json` (one JSON document on stdout; progress and logs on stderr) and `--home DIR`",
        "(or `LONGEVA_HOME`). Exit 0: what was asked is true or done. Exit 1: a finding or a negative verdict. Other",
        "codes: [errors.md](errors.md). `longeva completion bash|zsh|fish` prints shell completion.\n",
    ]
    for path, command in _walk("longeva", main):
        context = click.Context(command, info_name=path, terminal_width=100, max_content_width=100)
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
        "Exit 0: true or done. Exit 1: a finding or a negative verdict. With `--json` an error is an RFC 9457 problem",
        "object on stdout.\n",
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


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _walk(f"{path} {name}", command.commands[name])


def _classes(kind: type[LongevaError]) -> Iterator[type[LongevaError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _classes(child)


if __name__ == "__main__":
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, "utf-8")
