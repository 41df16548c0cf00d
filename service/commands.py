# SPDX-License-Identifier: EUPL-1.2
"""`longeva serve · worker`: what runs until it is told to stop."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from archive.logs import configure_logs
from archive.settings import load_settings
from archive.terminal import App, Outcome, longeva_command

if TYPE_CHECKING:
    from service.due import Round

_log = logging.getLogger(__name__)


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


@longeva_command(short_help="Settle deposits that wait, and do what is due.")
@click.option("--once", is_flag=True, help="Do what is due and end, for a timer of the system.")
@click.option("--every", type=click.IntRange(1), help="Seconds from round to round. Settings: work.every.")
def worker(app: App, once: bool, every: int | None) -> Outcome:
    """Settle deposits that wait and do what is due: seal, renew, index, heal, audit.

    What is due derives from recorded state; any number of workers share it, on this machine and, with
    work.runner = procrastinate, on others. SIGTERM or Ctrl-C end it when it has finished what it is at. Exit
    1 if a step failed with --once.
    """
    from archive.web.serving import stop_on_signals  # noqa: PLC0415
    from service.worker import work_on, work_once  # noqa: PLC0415 - serving needs none of it

    settings = load_settings(app.home_path.absolute())
    configure_logs(settings.log)
    with stop_on_signals() as stop:
        if once:
            told = work_once(app.home_path, app.clock, stop)
            return Outcome({"rounds": 1, **_round_json(told)}, _round_lines(told), not told.failed)

        def show(told: Round) -> None:
            # a journal has the log, which tells of no error what a citizen may have written
            if app.console.is_terminal:
                app.console.print(f"round: {', '.join(_round_lines(told))}", highlight=False)
            elif any(told.done.values()):
                _log.info("round.done", extra=told.done)

        rounds = work_on(app.home_path, app.clock, stop, every or settings.work.every, show)
    return Outcome({"rounds": rounds}, [f"rounds: {rounds}"])


def _round_json(told: Round) -> dict[str, Any]:
    return {**told.done, "failed": told.failed, "busy": told.busy}


def _round_lines(told: Round) -> list[str]:
    return [
        *(f"{name}: {count}" for name, count in told.done.items() if name not in told.failed),
        *(f"[red]{name} failed[/]: {escape(why)}" for name, why in told.failed.items()),
    ]
