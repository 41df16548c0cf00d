# SPDX-License-Identifier: EUPL-1.2
"""`longeva catalog upgrade · grant · move`: the database behind the catalogue, for its owner."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape

from archive.catalog.move import move_catalog
from archive.catalog.upgrading import grant_login, upgrade_catalog
from archive.engines import Engines
from archive.errors import CatalogUnavailable, InvalidRequest
from archive.settings import load_settings
from archive.terminal import App, Outcome, longeva_command


@click.group()
def catalog() -> None:
    """The catalogue: its schema, its rights, its place."""


@longeva_command("upgrade", short_help="Bring the catalogue to the schema of this version.")
def upgrade_command(app: App) -> Outcome:
    """Bring the catalogue to the schema of this version, and give the application its rights.

    All or nothing; repeating it changes nothing. On PostgreSQL with the login of `catalog.owner_url`, or of
    `catalog.url` where that one owns the schema. Stop the programs of the older version first.
    """
    engines = Engines(app.home_path.absolute(), load_settings(app.home_path))
    settings = engines.settings.catalog
    if engines.embedded_catalog and not Path(engines.catalog_target).exists():
        raise CatalogUnavailable(f"{engines.catalog_target} is missing: run `longeva rebuild`")
    target = settings.owner_url.get_secret_value() or engines.catalog_target
    done = upgrade_catalog(target, application=settings.url.get_secret_value())
    words = "was at" if done.before == done.after else f"came from {done.before or 'nothing'} to"
    return Outcome(asdict(done), [f"the catalogue {words} schema [bold]{done.after}[/]"])


@longeva_command("grant", short_help="Let another login of PostgreSQL work with the catalogue.")
@click.argument("role")
@click.option("--one-tenant", is_flag=True, help="Never for several municipalities in one transaction.")
def grant_command(app: App, role: str, one_tenant: bool) -> Outcome:
    """Let another login of the PostgreSQL server work with the catalogue.

    With --one-tenant it is held to one municipality at a time whatever the program asks: for who serves
    pages, not for workers nor for these commands.
    """
    settings = load_settings(app.home_path).catalog
    target = settings.owner_url.get_secret_value() or settings.url.get_secret_value()
    if not target:
        raise InvalidRequest("a catalogue in a file has no logins: who may read the file may read all of it")
    grant_login(target, role, installation=not one_tenant)
    body = {"role": role, "installation": not one_tenant}
    return Outcome(body, [f"{escape(role)} may work with the catalogue"])


@longeva_command("move", short_help="Copy the catalogue into another database and prove that it is the same.")
@click.argument("target", metavar="DATABASE")
@click.option(
    "--application", metavar="ROLE", default="", help="Login that is to work with it; by default the owner's."
)
def move_command(app: App, target: str, application: str) -> Outcome:
    """Copy the catalogue into DATABASE, number for number, and prove that both are the same.

    DATABASE is the URL of who is to own it, postgresql+psycopg://OWNER:PASSWORD@HOST/NAME, in a database
    without a catalogue; or the path of a file that is not there. The catalogue that is in use stays as it is;
    nothing is written to it meanwhile. Exit 1 if a ledger's chain was broken before already.
    """
    place: str | Path = target if "://" in target else Path(target)
    with app.home() as home, home.writing(), app.progress("Moving") as on_progress:
        rows: dict[str, int] = {}

        def tell(table: str, count: int) -> None:
            rows[table] = count
            on_progress(sum(rows.values()), sum(rows.values()))

        moved = move_catalog(home.engines.catalog_target, place, application, tell)
    lines = [f"{table.name:<14} {table.rows:>10}  {table.digest[:16]}" for table in moved.tables]
    lines += [f"[red]{escape(each.tenant_id)}: {escape(each.detail)}[/]" for each in moved.broken]
    body = {
        "tables": [asdict(table) for table in moved.tables],
        "broken": [asdict(problem) for problem in moved.broken],
    }
    lines.append("both are the same. To use the new one, stop every program and set in longeva.toml:")
    return Outcome(body, [*lines, *_next(target, application)], ok=not moved.broken)


def _next(target: str, application: str) -> list[str]:
    if "://" not in target:
        return [r"\[catalog]", 'url = ""', "and name the file catalog.sqlite3 in the home"]
    if not application:
        return [r"\[catalog]", 'url = "DATABASE"']
    return [r"\[catalog]", f'url = "DATABASE with the login {escape(application)}"', 'owner_url = "DATABASE"']


catalog.add_command(upgrade_command)
catalog.add_command(grant_command)
catalog.add_command(move_command)
