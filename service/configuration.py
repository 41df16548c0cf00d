# SPDX-License-Identifier: EUPL-1.2
"""`longeva config show · check · example`: what is set, whether it holds, and what could be set."""

from __future__ import annotations

import json
from typing import Any, Final

import click
from rich.markup import escape

from archive.settings.example import example
from archive.settings.layers import layers
from archive.settings.load import checked
from archive.settings.shown import shown_settings
from archive.terminal import App, Outcome, longeva_command
from service.inspection import State, inspect_installation

_COLOURS: Final = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "red"}


@click.group()
def config() -> None:
    """Settings: show, check, example."""


@longeva_command(short_help="Show every setting as it stands, secrets masked.")
@click.option("--origin", is_flag=True, help="Also where each comes from.")
def show(app: App, origin: bool) -> Outcome:
    """Show every setting as it stands, secrets masked.

    Weakest first: the default, HOME/longeva.toml (or the file that LONGEVA_CONFIG names), a file of the
    credentials folder, a variable of the environment.
    """
    said = layers(app.home_path.absolute())
    rows = list(shown_settings(checked(said), said))
    body: dict[str, Any] = {
        "settings": [{"name": each.name, "value": each.value, "origin": each.origin} for each in rows]
    }
    wide = max(len(each.name) + len(_toml(each.value)) for each in rows) + 3
    lines = []
    for each in rows:
        written = f"{each.name} = {_toml(each.value)}"
        lines.append(
            f"{escape(written):<{wide}}  [dim]{escape(each.origin)}[/]" if origin else escape(written)
        )
    return Outcome(body, lines)


@longeva_command(short_help="Reach every engine that the settings name, and say what is wrong.")
@click.option("--offline", is_flag=True, help="Ask no time-stamping authority.")
def check(app: App, offline: bool) -> Outcome:
    """Reach every engine that the settings name, and say in words what is well and what is not.

    Each time-stamping authority is asked for one real stamp, which some of them count. Exit 1 when something
    failed; a warning is none.
    """
    found = list(inspect_installation(app.home_path, app.clock, offline=offline))
    ok = all(each.state is not State.FAILED for each in found)
    lines = []
    for each in found:
        lines.append(
            f"[{_COLOURS[each.state]}]{each.state:<8}[/] {escape(each.subject):<20} {escape(each.words)}"
        )
        if each.todo and each.state is not State.OK:
            lines.append(f"{'':<29} [dim]→ {escape(each.todo)}[/]")
    return Outcome({"ok": ok, "found": [each.to_json() for each in found]}, lines, ok)


@longeva_command("example", short_help="Print a longeva.toml with every setting in it.")
def show_example(app: App) -> Outcome:  # noqa: ARG001 - every command takes it
    """Print a longeva.toml that says every setting, with its default and what it is for."""
    text = example()
    return Outcome({"toml": text}, [escape(line) for line in text.splitlines()])


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


for _command in (show, check, show_example):
    config.add_command(_command)
