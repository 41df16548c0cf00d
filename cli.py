# SPDX-License-Identifier: EUPL-1.2
"""The composition root: joins the rooms of the house into one command, one web application, one worker."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from archive import __version__

if TYPE_CHECKING:
    from flask import Flask

COMMANDS = {
    "archive.commands.keeping": ("init", "tenant", "show"),
    "archive.commands.catalog": ("catalog",),
    "archive.commands.backup": ("backup",),
    "archive.commands.checking": ("fsck",),
    "archive.commands.entering": ("key", "consent"),
    "archive.commands.people": ("account",),
    "archive.commands.stores": ("store",),
    "ingest.commands": ("check", "deposit", "deposits", "decide", "receipt"),
    "ingest.queue.commands": ("queue",),
    "preservation.commands.signature": ("signature",),
    "preservation.commands.evidence": ("evidence",),
    "preservation.commands.audit": ("audit",),
    "preservation.commands.ledger": ("ledger",),
    "preservation.commands.trust": ("trust",),
    "search.commands.finding": ("search", "rebuild"),
    "search.commands.classification": ("classification",),
    "search.commands.codes": ("csv", "copy"),
    "search.commands.requests": ("request",),
    "search.commands.holding": ("hold", "regime"),
    "search.commands.giving": ("get", "export", "certify", "verify"),
    "service.commands": ("serve", "worker"),
    "service.configuration": ("config",),
    "demo.commands": ("demo",),
    "demo.simulation.commands": ("simulate",),
}
"""Which room gives which command; a room is imported only when one of its commands is asked for."""


class Rooms(click.Group):
    """A group whose commands live in the rooms."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return every command's name."""
        return sorted([*(name for names in COMMANDS.values() for name in names), *self.commands])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the room of a command and return the command."""
        for module, names in COMMANDS.items():
            if cmd_name in names:
                found: click.Command = getattr(import_module(module), cmd_name)
                return found
        return super().get_command(ctx, cmd_name)


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="longeva")
def main() -> None:
    """Longeva: the archive that keeps closed files provable for decades.

    Every command takes --json (one JSON document on stdout) and --home DIR. Exit 0: what was asked is true
    or done; 1: a finding or a negative verdict; others: docs/reference/errors.md.
    """


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    For this session: eval "$(longeva completion bash)"
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "longeva", "_LONGEVA_COMPLETE").source())


def wsgi(home_path: Path | None = None, base_url: str = "http://127.0.0.1:8080") -> Flask:
    """Return the web application over the archive at `home_path` (or LONGEVA_HOME)."""
    from service.serving import application  # noqa: PLC0415 - the web is loaded by who serves

    return application(home_path, base_url)
