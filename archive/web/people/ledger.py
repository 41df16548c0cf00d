# SPDX-License-Identifier: EUPL-1.2
"""The ledger for who inspects: `/archivo/TENANT/registro`, newest first, with filters and as CSV.

Whoever looks is told in it too.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for

from archive.clock import format_instant
from archive.errors import IntegrityError, NotFound
from archive.identity import Right
from archive.identity.accounts import Accounts
from archive.journal import journal_head
from archive.ledger_growth import Tree
from archive.ledger_heads import openings
from archive.ledger_openings import Opening
from archive.ledger_tree import TreeHead
from archive.model import LedgerEvent
from archive.web.access import allowed, current_principal
from archive.web.context import current_home
from archive.web.days import asked_day, midnight
from archive.web.i18n import gettext
from archive.web.pager import Pages
from archive.web.people.words import EVENTS, event_words

PAGE: Final = 50
SHOWN: Final = 5
"""Stamped heads on the page."""
CHUNK: Final = 1000
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")

blueprint: Final = Blueprint("ledger", __name__)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; empty means whatever."""

    kind: str = ""
    agent: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def asked(cls) -> Filters:
        """Return what this request asks for; a date that is none is left out."""
        texts = {name: request.args.get(name, "").strip()[:300] for name in ("hecho", "quien", "que")}
        return cls(texts["hecho"], texts["quien"], texts["que"], asked_day("desde"), asked_day("hasta"))

    def query(self) -> dict[str, Any]:
        """Return them as the catalogue takes them."""
        start = midnight(self.since) if self.since else None
        end = midnight(self.until + timedelta(days=1)) if self.until else None
        return {"kind": self.kind, "agent": self.agent, "subject": self.subject, "since": start, "until": end}

    def address(self) -> dict[str, str]:
        """Return them as an address has them."""
        given = {
            "hecho": self.kind, "quien": self.agent, "que": self.subject,
            "desde": self.since.isoformat() if self.since else "",
            "hasta": self.until.isoformat() if self.until else "",
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}


@blueprint.get("/archivo/<tenant_id>/registro")
@allowed(Right.INSPECT)
def show(tenant_id: str) -> str:
    """Show a page of the ledger."""
    filters, before = Filters.asked(), _number("antes")
    with current_home().catalog.reading(tenant_id) as tx:
        events = tx.find_events(tenant_id, **filters.query(), before=before, limit=PAGE + 1)
    more, events = len(events) > PAGE, events[:PAGE]
    _told(tenant_id, "ledger.viewed")
    here = url_for("ledger.show", tenant_id=tenant_id)
    older = f"{here}?{urlencode({**filters.address(), 'antes': events[-1].sequence})}" if more else None
    newest = f"{here}?{urlencode(filters.address())}" if before else None
    head, stamped = _heads(tenant_id)
    return render_template(
        "people/ledger.html", tenant_id=tenant_id, head=head, stamped=stamped, events=events,
        names=_names(events), filters=filters,
        kinds=sorted(((kind, gettext(words)) for kind, words in EVENTS.items()), key=lambda pair: pair[1]),
        pages=Pages(newest, older, _where(events)), event_words=event_words, detail_words=_detail_words,
        export=f"{url_for('ledger.export', tenant_id=tenant_id)}?{urlencode(filters.address())}",
    )  # fmt: skip


@blueprint.get("/archivo/<tenant_id>/registro.csv")
@allowed(Right.INSPECT)
def export(tenant_id: str) -> Response:
    """Give the ledger, or what the filters leave of it, as CSV (RFC 4180, UTF-8), without limit."""
    filters, home = Filters.asked(), current_home()
    _told(tenant_id, "ledger.exported")

    def rows() -> Iterator[str]:
        yield "\ufeff" + _line(["numero", "instante", "hecho", "sobre", "quien", "detalle", "huella"])
        before = 0
        while True:
            with home.catalog.reading(tenant_id) as tx:
                events = tx.find_events(tenant_id, **filters.query(), before=before, limit=CHUNK)
            yield from map(_event_line, events)
            if len(events) < CHUNK:
                return
            before = events[-1].sequence

    headers = {"Content-Disposition": f'attachment; filename="registro-{tenant_id}.csv"'}
    return Response(rows(), mimetype="text/csv", headers=headers)


@blueprint.get("/archivo/<tenant_id>/registro/cabeza.json")
@allowed(Right.INSPECT)
def keep_head(tenant_id: str) -> Response:
    """Give the newest head as a file to keep elsewhere: `longeva ledger verify --head` reads it."""
    newest, _ = _heads(tenant_id)
    if newest is None:
        raise NotFound("nothing has happened in this ledger")
    body = {"tenant": tenant_id, "size": newest.size, "root": newest.root.hex(), "at": _now()}
    headers = {"Content-Disposition": f'attachment; filename="cabeza-{tenant_id}-{newest.size}.json"'}
    data = json.dumps(body, indent=2, sort_keys=True) + "\n"
    return Response(data, mimetype="application/json", headers=headers)


def _heads(tenant_id: str) -> tuple[TreeHead | None, list[Opening]]:
    """Return the head of what the journal has, None of a broken ledger; and stamped heads, newest first."""
    home = current_home()
    with home.catalog.reading(tenant_id) as tx:
        tree = Tree(tx, tenant_id)
        size = min(journal_head(home.store, tenant_id).sequence, tree.size)
        stamped = list(islice(openings(home.store, tx, tenant_id), SHOWN))
        try:
            return (tree.head(size) if size else None), stamped
        except IntegrityError:  # the audit tells what is wrong with it
            return None, stamped


def _now() -> str:
    return format_instant(current_home().clock.now())


def _event_line(event: LedgerEvent) -> str:
    detail = json.dumps(event.detail, ensure_ascii=False, sort_keys=True)
    return _line(
        [
            str(event.sequence),
            format_instant(event.at),
            event.kind,
            event.subject,
            event.agent,
            detail,
            event.digest,
        ]
    )


def _line(cells: list[str]) -> str:
    """Write a row; a spreadsheet must not take a cell for a formula."""
    out = io.StringIO()
    csv.writer(out).writerow(f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in cells)
    return out.getvalue()


def _told(tenant_id: str, kind: str) -> None:
    current_home().reads.note(tenant_id, kind, tenant_id, current_principal().agent)


def _names(events: list[LedgerEvent]) -> dict[str, str]:
    """Return what those who did it are called; citizens stay a number."""
    accounts, names = Accounts(current_home()), dict[str, str]()
    for agent in {event.agent for event in events}:
        kind, _, account_id = agent.partition(":")
        if kind not in {"account", "certificate", "federated"}:
            continue
        found = accounts.find(account_id)
        if found is not None and not found.citizen:
            names[agent] = found.name
    return names


def _detail_words(event: LedgerEvent) -> str:
    """Return what else an event tells, for people: digests left out."""
    told = {name: value for name, value in event.detail.items() if value and name not in {"sha256", "digest"}}
    return " · ".join(
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in told.items()
        if not isinstance(value, dict)
    )


def _where(events: list[LedgerEvent]) -> str:
    if not events:
        return ""
    return gettext("Del %(first)s al %(last)s", first=events[0].sequence, last=events[-1].sequence)


def _number(name: str) -> int:
    told = request.args.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0
