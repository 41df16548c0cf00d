# SPDX-License-Identifier: EUPL-1.2
"""The composition root: joins the rooms of the house into one command, one web application, one worker."""

from __future__ import annotations

import os
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from archive import __version__
from archive.clock import SystemClock
from archive.terminal import DEFAULT_HOME, App, Outcome, longeva_command

if TYPE_CHECKING:
    from flask import Flask

    from archive.home import Home

COMMANDS = {
    "archive.commands.keeping": ("init", "tenant", "show"),
    "archive.commands.checking": ("fsck",),
    "ingest.commands": ("check", "deposit", "decide"),
    "preservation.commands.signature": ("signature",),
    "preservation.commands.evidence": ("evidence",),
    "preservation.commands.audit": ("audit",),
    "preservation.commands.trust": ("trust",),
    "search.commands.finding": ("search", "rebuild"),
    "search.commands.giving": ("get", "export", "certify", "verify"),
    "demo.commands": ("demo",),
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
    from archive.home import Home  # noqa: PLC0415 - each room is loaded by who needs it
    from archive.web.app import WebSettings, create_app  # noqa: PLC0415
    from search.indexer import open_index  # noqa: PLC0415
    from search.pages import INDEX, blueprint  # noqa: PLC0415

    path = home_path or Path(os.environ.get("LONGEVA_HOME", DEFAULT_HOME))
    home = Home.open(path, SystemClock())
    return create_app(lambda: home, [blueprint], WebSettings(base_url), services={INDEX: open_index(home)})


@longeva_command(short_help="Serve CSV verification and search to browsers.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="There are no accounts yet: keep it local."
)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="TCP port.")
@click.option(
    "--base-url", envvar="LONGEVA_BASE_URL", help="Public address; by default that of host and port."
)
def serve(app: App, host: str, port: int, base_url: str | None) -> Outcome:
    """Serve CSV verification and search to browsers, until interrupted."""
    from archive.web.app import serve as serve_forever  # noqa: PLC0415

    url = base_url or f"http://{host}:{port}"
    application = wsgi(app.home_path, url)
    app.console.print(f"Longeva at [bold]{url}[/] (Ctrl-C ends it)", highlight=False)
    serve_forever(application, host, port)
    return Outcome({"served": url})


@longeva_command()
@click.option("--once", is_flag=True, help="Do what is due and end, for a timer of the system.")
@click.option("--every", default=60, show_default=True, type=click.IntRange(1), help="Seconds in between.")
def worker(app: App, once: bool, every: int) -> Outcome:
    """Do what is due, again and again: seal, renew, index. What is due derives from recorded state."""
    rounds = 0
    while True:
        with app.home() as home:
            done = work(home)
        rounds += 1
        app.console.print(f"round {rounds}: {done}", highlight=False)
        if once:
            return Outcome({"rounds": rounds, **done}, [f"{name}: {count}" for name, count in done.items()])
        time.sleep(every)


def work(home: Home) -> dict[str, int]:
    """Do once what is due, and count it. Repeating it is harmless."""
    from preservation.evidence.renewal import renew_due  # noqa: PLC0415
    from preservation.evidence.sealing import seal_due  # noqa: PLC0415
    from preservation.installation import development_authority, time_stamping  # noqa: PLC0415
    from search.indexer import follow, open_index  # noqa: PLC0415

    authority, stamps = development_authority(home), time_stamping(home)
    with home.catalog.reading() as tx:
        tenants = tx.tenants()
    swept = sum(home.objects(tenant.tenant_id).sweep() for tenant in tenants)
    batch = seal_due(home, stamps, agent="worker")
    renewed = renew_due(
        home,
        stamps,
        home.clock.now(),
        anchors=authority.anchors(),
        intermediates=authority.intermediates(),
        agent="worker",
    )
    followed = follow(home, open_index(home))
    sealed = batch.count if batch else 0
    return {"swept": swept, "sealed": sealed, "renewed": len(renewed.renewed), "indexed": followed}


main.add_command(serve)
main.add_command(worker)
