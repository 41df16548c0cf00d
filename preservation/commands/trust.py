# SPDX-License-Identifier: EUPL-1.2
"""`longeva trust list · show · add · update`."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from archive.clock import format_instant
from archive.errors import InvalidRequest, NotFound
from archive.terminal import App, Outcome, longeva_command
from preservation.commands.options import Instant
from preservation.evidence.units import units_in_use
from preservation.installation import TRUST_FOLDER, trust_store
from preservation.trust.certificates import describe
from preservation.trust.dated import PURPOSES, Anchor
from preservation.trust.fetch import fetch
from preservation.trust.pem import certificates_of, items_in, read_trust_file
from preservation.trust.refresh import Refreshed
from preservation.trust.settings import read_settings
from preservation.trusted_lists.folder import Decision, TrustFolder, checked
from preservation.trusted_lists.shelf import Shelf, Snapshot
from preservation.trusted_lists.update import update as update_lists

SHORT = 16
"""Hexadecimal digits of a digest that people are shown."""


@click.group()
def trust() -> None:
    """Whom to believe: list, show, add, update."""


@longeva_command("list")
def list_trust(app: App) -> Outcome:
    """List anchors, trusted lists and kept revocation data."""
    with app.home() as home:
        now, folder = home.clock.now(), home.path / TRUST_FOLDER
        everything = trust_store(home, now)
    shelf = Shelf(folder)
    kept = list(TrustFolder(folder).cache.entries().values())
    lists, answers = (sum(each["kind"] == kind for each in kept) for kind in ("crl", "ocsp"))
    decided = [each for each in everything.dated if not each.service]
    body: dict[str, Any] = {
        "anchors": [_certificate(der) for der in everything.anchors],
        "dated": [_dated(each) for each in decided],
        "services": len(everything.dated) - len(decided),
        "lists": [_aged(each, now) for each in shelf.snapshots()],
        "revocation": {"lists": lists, "answers": answers},
        "warnings": shelf.warnings(now),
    }
    lines = [
        *(f"always   {each['sha256'][:SHORT]}  {escape(each['name'])}" for each in body["anchors"]),
        *(f"dated    {each['sha256'][:SHORT]}  {escape(_span(each))}" for each in body["dated"]),
        *(f"list     {each['sha256'][:SHORT]}  {escape(_edition(each))}" for each in body["lists"]),
        f"{body['services']} services of lists in use, {lists} revocation lists and {answers} answers kept",
        *(f"[yellow]{escape(each)}[/]" for each in body["warnings"]),
    ]
    return Outcome(body, lines)


@longeva_command()
@click.argument("item", metavar="SHA256|NAME")
def show(app: App, item: str) -> Outcome:
    """Show what is decided about an anchor or a trusted list.

    Named by the beginning of its SHA-256, or by part of its name; ES names the lists of Spain alone.
    """
    with app.home() as home:
        now, folder = home.clock.now(), home.path / TRUST_FOLDER
        everything = trust_store(home, now)
    found = [
        *(_certificate(der) for der in everything.anchors),
        *(_dated(each) for each in everything.dated),
        *(_aged(each, now) for each in Shelf(folder).snapshots()),
    ]
    wanted = item.lower().replace(":", "")
    chosen = [
        each
        for each in found
        if (len(wanted) >= 6 and each["sha256"].startswith(wanted))
        or item.casefold() in str(each.get("name", "")).casefold()
    ]
    chosen = [each for each in found if each.get("territory") == item.upper()] or chosen
    if not chosen:
        raise NotFound(f"no anchor and no list is called {item}")
    lines = [line for each in chosen for line in _described(each)]
    return Outcome({"found": chosen}, lines)


@longeva_command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--since", type=Instant(), help="Trust the certificates from here on only.")
@click.option("--until", type=Instant(), help="Trust the certificates until here only.")
@click.option("--purpose", "purposes", multiple=True, type=click.Choice(PURPOSES), help="May be repeated.")
@click.option("--source", default="", help="Who says so: a gazette, a letter, a decision.")
@click.option("--operator", "operators", is_flag=True, help="The certificates may sign trusted lists.")
@click.option(
    "--signer", "signers", multiple=True, metavar="SHA256", help="Answer for the signer of a trusted list."
)
def add(
    app: App,
    paths: tuple[Path, ...],
    since: datetime | None,
    until: datetime | None,
    purposes: tuple[str, ...],
    source: str,
    operators: bool,
    signers: tuple[str, ...],
) -> Outcome:
    """Put in certificates, trusted lists and revocation lists.

    A trusted list is taken if its signer is known: from --operator certificates, from a list of the lists
    taken before, or by --signer. Exit 1 if anything was not taken; its reason is told.
    """
    decision = checked(Decision(since, until, purposes, source, operators, signers))
    with app.home() as home, home.writing():
        told = TrustFolder(home.path / TRUST_FOLDER).add(paths, decision, home.clock.now())
    lines = [
        f"[red]not taken[/]  {escape(each.name)}: {escape(each.problem)}"
        if each.problem
        else f"{each.kind:<16} {each.sha256[:SHORT]}  {escape(each.name)}"
        for each in told
    ]
    taken = bool(told) and not any(each.problem for each in told)
    return Outcome({"added": [each.to_json() for each in told]}, lines or ["nothing found there"], taken)


@longeva_command()
@click.argument("certificates", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def update(app: App, certificates: tuple[Path, ...]) -> Outcome:
    """Ask the hosts that trust.toml allows for younger lists.

    Also about the time-stamping units that live evidence stands on. With CERTIFICATES, ask also about those
    and the authorities above them. Exit 1 if anything could not be had; what may not be asked is told.
    """
    with app.home() as home, home.writing():
        now, path = home.clock.now(), home.path / TRUST_FOLDER
        settings = read_settings(path)
        ask = partial(fetch, policy=settings.fetch)
        steps = update_lists(path, settings.lists, ask, now)
        folder, everything = TrustFolder(path), trust_store(home, now)
        asked = folder.renew_lists(everything, ask, now)
        if settings.fetch.hosts:  # otherwise nobody may be asked, and nothing is missing
            units, helping = units_in_use(home, everything)
            for der in units:
                with suppress(InvalidRequest):  # one that nobody trusts any more
                    asked += folder.refresh(der, helping, ask, now)
        for file in certificates:
            for der in certificates_of(items_in(read_trust_file(file))):
                asked += folder.refresh(der, everything, ask, now)
    lines = [
        *(_line(each.url, each.problem, "new" if each.new else "unchanged") for each in steps),
        *(_line(each.url, each.problem, "kept") for each in asked),
    ]
    body = {"lists": [each.to_json() for each in steps], "revocation": [_refreshed(each) for each in asked]}
    complete = not any([each.problem for each in steps] + [each.problem for each in asked])
    return Outcome(body, lines or ["trust.toml names no list, and nothing kept is past its time"], complete)


trust.add_command(list_trust)
trust.add_command(show)
trust.add_command(add)
trust.add_command(update)


def _certificate(der: bytes) -> dict[str, Any]:
    signer = describe(der)
    return {
        "sha256": hashlib.sha256(der).hexdigest(),
        "name": "?" if signer is None else signer.name,
        "not_after": format_instant(signer.not_after) if signer and signer.not_after else None,
    }


def _dated(anchor: Anchor) -> dict[str, Any]:
    return {
        **_certificate(anchor.certificate),
        "service": anchor.service,
        "service_name": anchor.name,
        "purposes": sorted(anchor.purposes),
        "source": anchor.source,
        "periods": [
            {
                "since": None if each.since is None else format_instant(each.since),
                "until": None if each.until is None else format_instant(each.until),
                "status": each.status,
                "trusted": each.trusted,
            }
            for each in anchor.periods
        ],
    }


def _aged(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    name = f"list of {snapshot.territory or snapshot.operator}"
    return {**snapshot.to_json(), "name": name, "days_old": (now - snapshot.issued).days}


def _span(told: dict[str, Any]) -> str:
    period = told["periods"][0]
    since, until = ((period[name] or "…")[:10] for name in ("since", "until"))
    return f"{told['name']}  {since} / {until}  {', '.join(told['purposes'])}  ({told['source']})"


def _edition(told: dict[str, Any]) -> str:
    edition = f"number {told['sequence']}, issued {told['issued'][:10]}"
    return f"{told['name']}, {edition}, {told['days_old']} days old"


def _described(told: dict[str, Any]) -> list[str]:
    lines = [f"[bold]{escape(told['name'])}[/]"]
    for key, value in told.items():
        if key == "periods":
            lines += [
                f"  {(each['since'] or '…')[:10]} / {(each['until'] or '…')[:10]}  {escape(each['status'])}"
                f"{'' if each['trusted'] else '  [yellow]not trusted[/]'}"
                for each in value
            ]
        elif key != "name" and value not in ("", None):
            lines.append(f"  {key:<13} {escape(', '.join(value) if isinstance(value, list) else str(value))}")
    return lines


def _refreshed(told: Refreshed) -> dict[str, Any]:
    return {"url": told.url, "problem": told.problem, "allowed": told.allowed}


def _line(url: str, problem: str, otherwise: str) -> str:
    if problem:
        return f"[red]not had[/]    {escape(url)}: {escape(problem)}"
    return f"{otherwise:<10} {escape(url)}"
