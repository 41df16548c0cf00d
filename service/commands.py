# SPDX-License-Identifier: EUPL-1.2
"""`longeva serve · worker`: what runs until it is told to stop."""

from __future__ import annotations

import time

import click

from archive.logs import configure_logs
from archive.settings import load_settings
from archive.terminal import App, Outcome, longeva_command


@longeva_command(short_help="Serve CSV verification and search to browsers.")
@click.option("--host", help="There are no accounts yet: keep it local. Settings: web.host.")
@click.option("--port", type=click.IntRange(1, 65535), help="TCP port. Settings: web.port.")
@click.option(
    "--base-url", envvar="LONGEVA_BASE_URL", help="Public address; by default that of host and port."
)
def serve(app: App, host: str | None, port: int | None, base_url: str | None) -> Outcome:
    """Serve CSV verification and search to browsers, until SIGTERM or Ctrl-C.

    Then nothing new is taken, and what was asked is answered. Metrics, and the reasons of /readyz, are on an
    address of their own: web.operator_port.
    """
    from archive.web.serving import stop_on_signals  # noqa: PLC0415 - the worker needs no web
    from service.serving import Address, serve_archive  # noqa: PLC0415

    settings = load_settings(app.home_path.absolute())
    configure_logs(settings.log)
    web = settings.web
    pages = Address(host or web.host, port or web.port)
    url = base_url or web.base_url or f"http://{pages.host}:{pages.port}"
    if app.console.is_terminal:
        app.console.print(f"Longeva at [bold]{url}[/] (Ctrl-C ends it)", highlight=False)
    operator = Address(web.operator_host, web.operator_port)
    with stop_on_signals() as stop:
        finished = serve_archive(app.home_path, url, pages, operator, threads=web.threads, stop=stop)
    return Outcome({"served": url, "finished": finished}, ok=finished)


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
