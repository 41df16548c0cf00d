# SPDX-License-Identifier: EUPL-1.2
"""What was brought and what became of it: the list, one deposit, its receipt.

A depositor sees his own; who decides sees all. Somebody else's deposit answers as one that is not there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from archive.catalog.deposit_lists import DepositFilter
from archive.errors import ConflictError, NotFound
from archive.identity import Right
from archive.local_time import peninsular
from archive.web.access import allowed, current_principal
from archive.web.context import current_home
from archive.web.i18n import gettext, ngettext
from archive.web.pager import Pages
from ingest.decision import settle
from ingest.queue.dropping import drop
from ingest.standing import Standing, named, receipt, standing
from ingest.web.words import STATES, counted, depositor_name, meaning, state_tone, state_words, weighed
from preservation.installation import archive_seal

blueprint: Final = Blueprint("deposits", __name__, template_folder="templates")

ROOT: Final = "/archivo/<tenant_id>/depositos"
PAGE: Final = 25
MAX_REASON: Final = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters as the address has them; what cannot be is as if nobody had said it."""

    state: str = ""
    agent: str = ""
    since: date | None = None
    until: date | None = None

    def address(self, **more: object) -> str:
        """Return them as an address has them."""
        given = {
            "estado": self.state, "quien": self.agent,
            "desde": self.since.isoformat() if self.since else "",
            "hasta": self.until.isoformat() if self.until else "", **more,
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in given.items() if value})


@blueprint.get(ROOT)
@allowed(Right.DEPOSIT)
def listed(tenant_id: str) -> str:
    """List deposits: one's own, or all for who decides."""
    home, own = current_home(), own_agent(tenant_id)
    asked, number = _asked(), _number("pagina")
    wanted = DepositFilter(
        tenant_id, asked.state, own or asked.agent, _midnight(asked.since),
        _midnight(asked.until + timedelta(days=1) if asked.until else None),
    )  # fmt: skip
    with home.catalog.reading(tenant_id) as tx:
        states = tx.deposit_states(wanted)
        ids = tx.deposit_ids(wanted, offset=(number - 1) * PAGE, limit=PAGE)
        agents = [] if own else tx.depositors(tenant_id)
        brought = {each: tx.depositor(each) for each in ids} if not own else {}
    total = states.get(asked.state, 0) if asked.state else sum(states.values())
    who = current_principal()
    names = {agent: depositor_name(home, agent, who) for agent in agents}
    return render_template(
        "deposits/list.html", tenant_id=tenant_id, asked=asked, states=_states(states, asked), total=total,
        deposits=named(home, tenant_id, ids), names=names, brought=brought, own=bool(own),
        filtered=asked != Asked(), pages=_pages(asked, number, total), state_words=state_words,
        state_tone=state_tone,
    )  # fmt: skip


@blueprint.get(f"{ROOT}/<deposit_id>")
@allowed(Right.DEPOSIT)
def one(tenant_id: str, deposit_id: str) -> str:
    """Show one deposit: where it stands, what was found in it, what can be done."""
    return _shown(tenant_id, deposit_id)


@blueprint.post(f"{ROOT}/<deposit_id>/decision")
@allowed(Right.DECIDE)
def decide(tenant_id: str, deposit_id: str) -> AnyResponse | tuple[str, int]:
    """Settle a deposit that waits, with grounds that stand in its receipt for ever."""
    home, told = current_home(), request.form
    standing(home, tenant_id, deposit_id)
    reason = told.get("motivo", "").strip()
    problems = []
    if told.get("decision") not in {"admitir", "rechazar"}:
        problems.append(("decision", gettext("Diga si se admite o no")))
    if not 1 <= len(reason) <= MAX_REASON:
        problems.append(("motivo", gettext("Escriba el motivo, de hasta 2.000 letras")))
    if problems:
        return _shown(tenant_id, deposit_id, problems, told.get("decision", ""), reason), 422
    admit = told["decision"] == "admitir"
    seal, agent = archive_seal(home), current_principal().agent
    try:
        settle(home, deposit_id, admit=admit, reason=reason, seal=seal, agent=agent)
    except ConflictError:  # somebody else was first: the page says what he decided
        words = gettext("Este depósito ya no espera una decisión: mire cómo está ahora.")
        return _shown(tenant_id, deposit_id, [words]), 409
    return redirect(url_for("deposits.one", tenant_id=tenant_id, deposit_id=deposit_id), 303)


@blueprint.post(f"{ROOT}/<deposit_id>/abandono")
@allowed(Right.DEPOSIT)
def give_up(tenant_id: str, deposit_id: str) -> AnyResponse | tuple[str, int]:
    """Give up a deposit that the system cannot settle: nothing of it is kept but the receipt that says so."""
    home, reason = current_home(), request.form.get("motivo", "").strip()
    standing(home, tenant_id, deposit_id, agent=own_agent(tenant_id))
    if not 1 <= len(reason) <= MAX_REASON:
        return _shown(tenant_id, deposit_id, [gettext("Escriba el motivo, de hasta 2.000 letras")]), 422
    try:
        drop(home, deposit_id, reason=reason, seal=archive_seal(home), agent=current_principal().agent)
    except (ConflictError, NotFound):
        return _shown(tenant_id, deposit_id, [gettext("Este depósito ya no está en fallo.")]), 409
    return redirect(url_for("deposits.one", tenant_id=tenant_id, deposit_id=deposit_id), 303)


@blueprint.get(f"{ROOT}/<deposit_id>/justificante")
@allowed(Right.DEPOSIT)
def receipt_page(tenant_id: str, deposit_id: str) -> str:
    """Show the receipt as a page that can be printed."""
    home = current_home()
    found = standing(home, tenant_id, deposit_id, agent=own_agent(tenant_id))
    told = receipt(home, deposit_id)
    with home.catalog.reading(tenant_id) as tx:
        tenant = tx.tenant(tenant_id)
    return render_template(
        "deposits/receipt.html", tenant_id=tenant_id, tenant=tenant, deposit=found, receipt=told,
        files=sorted(told["digests"]["files"].items()), state_words=state_words,
    )  # fmt: skip


@blueprint.get(f"{ROOT}/<deposit_id>/justificante.json")
@allowed(Right.DEPOSIT)
def receipt_file(tenant_id: str, deposit_id: str) -> Response:
    """Give the sealed receipt as it is: `longeva receipt check FILE` verifies it without asking anybody."""
    standing(current_home(), tenant_id, deposit_id, agent=own_agent(tenant_id))
    text = json.dumps(receipt(current_home(), deposit_id), ensure_ascii=False, indent=2) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="justificante-{deposit_id}.json"'}
    return Response(text, mimetype="application/json", headers=headers)


def own_agent(tenant_id: str) -> str:
    """Return whose deposits may be seen: one's own, or (empty) all."""
    principal = current_principal()
    return "" if principal.may(Right.DECIDE, tenant_id) else principal.agent


def _shown(
    tenant_id: str,
    deposit_id: str,
    problems: list[str] | list[tuple[str, str]] | None = None,
    decision: str = "",
    reason: str = "",
) -> str:
    home, who = current_home(), current_principal()
    found = standing(home, tenant_id, deposit_id, agent=own_agent(tenant_id))
    with home.catalog.reading(tenant_id) as tx:
        waiting, agent = tx.queued([deposit_id]).get(deposit_id), tx.depositor(deposit_id)
        record = tx.deposits_by_id([deposit_id]).get(deposit_id)
    agent = agent or (waiting.agent if waiting else "")
    state = str(found.state)
    return render_template(
        "deposits/one.html", tenant_id=tenant_id, deposit=found, state=state, meaning=meaning(found),
        places=weighed(found.findings), counted=counted(found.findings), problems=problems or [],
        depositor=depositor_name(home, agent, who) if agent else "", size=_size(found, waiting, record),
        decision=decision, reason=reason, decided=record.receipt.get("decision") if record else None,
        reasoned=waiting.reason if waiting else "", may_decide=who.may(Right.DECIDE, tenant_id),
        may_read=who.may(Right.SEARCH, tenant_id), record=record, state_words=state_words,
        state_tone=state_tone,
    )  # fmt: skip


def _size(found: Standing, waiting: object, record: object) -> int:
    """Return how many bytes came in, where somebody still knows it."""
    size = getattr(waiting, "size", 0)
    if size or not found.settled:
        return int(size)
    files = getattr(record, "receipt", {}).get("digests", {}).get("files", {})
    return sum(int(told["size"]) for told in files.values())


def _states(states: dict[str, int], asked: Asked) -> list[tuple[str, str, str, int, bool]]:
    """Return state, words, address, number and whether it is chosen, for the tabs over the list."""
    whole = Asked("", asked.agent, asked.since, asked.until)
    tabs = [("", gettext("Todos"), whole.address(), sum(states.values()), not asked.state)]
    for state in STATES:
        if states.get(state) or state == asked.state:
            address = Asked(state, asked.agent, asked.since, asked.until).address()
            tabs.append((state, state_words(state), address, states.get(state, 0), state == asked.state))
    return tabs


def _pages(asked: Asked, number: int, total: int) -> Pages:
    first, last = (number - 1) * PAGE + 1, min(number * PAGE, total)
    words = ngettext("%(num)s depósito", "%(num)s depósitos", total)
    if total > PAGE:
        words = gettext("%(first)s a %(last)s de %(total)s", first=first, last=last, total=total)
    previous = asked.address(pagina=number - 1) if number > 1 else None
    return Pages(previous, asked.address(pagina=number + 1) if last < total else None, words)


def _asked() -> Asked:
    state = request.args.get("estado", "")
    return Asked(
        state if state in STATES else "", request.args.get("quien", "")[:120], _date("desde"), _date("hasta")
    )


def _date(name: str) -> date | None:
    """Return a day of the calendars that identifiers can tell of; None where it is none."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1971 <= day.year <= 9000 else None


def _number(name: str) -> int:
    given = request.args.get(name, "1")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 7 else 1


def _midnight(day: date | None) -> datetime | None:
    """Return when a day begins on the peninsula."""
    if day is None:
        return None
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return begins - timedelta(hours=peninsular(begins)[1])
