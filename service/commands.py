# SPDX-License-Identifier: EUPL-1.2
"""`longeva serve · worker`: what runs until it is told to stop."""

from __future__ import annotations

import time

import click

from archive.terminal import App, Outcome, longeva_command


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
    from archive.web.app import serve as serve_forever  # noqa: PLC0415 - the worker needs no web
    from service.serving import application  # noqa: PLC0415

    url = base_url or f"http://{host}:{port}"
    pages = application(app.home_path, url)
    app.console.print(f"Longeva at [bold]{url}[/] (Ctrl-C ends it)", highlight=False)
    serve_forever(pages, host, port)
    return Outcome({"served": url})


@longeva_command()
@click.option("--once", is_flag=True, help="Do what is due and end, for a timer of the system.")
@click.option("--every", default=60, show_default=True, type=click.IntRange(1), help="Seconds in between.")
def worker(app: App, once: bool, every: int) -> Outcome:
    """Do what is due, again and again: seal, renew, index. What is due derives from recorded state."""
    from service.due import work  # noqa: PLC0415 - serving needs none of it

    rounds = 0
    while True:
        with app.home() as home:
            done = work(home)
        rounds += 1
        app.console.print(f"round {rounds}: {done}", highlight=False)
        if once:
            return Outcome({"rounds": rounds, **done}, [f"{name}: {count}" for name, count in done.items()])
        time.sleep(every)
