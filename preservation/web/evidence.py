# SPDX-License-Identifier: EUPL-1.2
"""What proves the archive of a municipality: `/archivo/TENANT/evidencias` and its register of coverage.

Of shared batches each municipality is told its own objects. Who looks is told in the ledger, since the
register names objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from archive.catalog import INSTALLATION
from archive.catalog.evidence_totals import Covered
from archive.catalog.waiting import Waiting
from archive.errors import NotFound
from archive.identity import Right
from archive.web.access import allowed, current_principal
from archive.web.context import current_home
from archive.web.days import asked_day, midnight
from archive.web.i18n import gettext
from archive.web.pager import Pages
from preservation.coverage.register import CoverageRegister, Entry
from preservation.coverage.spans import Period
from preservation.coverage.table import tenant_table
from preservation.renewal.falls import by_year
from preservation.renewal.forecast import forecast
from preservation.renewal.plot import picture
from preservation.web import words

blueprint: Final = Blueprint("evidence", __name__, template_folder="templates")

ROOT: Final = "/archivo/<tenant_id>/evidencias"
PAGE: Final = 25
"""Batches of one page of the register."""
NAMED: Final = 100
"""Objects of a batch that the page names; the CSV names all."""


@blueprint.get(ROOT)
@allowed(Right.INSPECT)
def standing(tenant_id: str) -> str:
    """Show what is sealed, what waits, whose time stamps stand, and what falls due."""
    home = current_home()
    now = home.clock.now()
    with home.catalog.reading(INSTALLATION) as tx:
        stamped = tx.stamped()
    found = forecast(home, now, tenant_id=tenant_id)
    years = by_year(found.falls, found.at, found.until)
    return render_template(
        "evidence/standing.html", tenant_id=tenant_id, found=found, stamped=stamped,
        waiting=_waiting(tenant_id), years=years, picture=picture(years), words=words, now=now,
        register=url_for("evidence.register", tenant_id=tenant_id),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """The days that somebody asks about, both included; None where open."""

    since: date | None
    until: date | None

    @property
    def period(self) -> Period:
        """Return the instants between which they lie."""
        return Period(
            midnight(self.since) if self.since else None,
            midnight(self.until + timedelta(days=1)) if self.until else None,
        )

    def address(self) -> dict[str, str]:
        """Return them as an address has them."""
        given = {"desde": self.since, "hasta": self.until}
        return {name: value.isoformat() for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Told:
    """A batch of the register with the names of its first objects."""

    entry: Entry
    objects: list[Covered]


@blueprint.get(f"{ROOT}/cobertura")
@allowed(Right.INSPECT)
def register(tenant_id: str) -> str:
    """Show the dated register: which mechanism covered which objects, from when to when."""
    asked, first = _asked(), _page() * PAGE
    book = CoverageRegister(current_home(), current_home().clock.now())
    entries = list(islice(book.of_tenant(tenant_id, asked.period), first, first + PAGE + 1))
    told = [
        Told(entry, list(islice(book.objects_in(entry.batch_id, tenant_id), NAMED)))
        for entry in entries[:PAGE]
    ]
    _note(tenant_id, "evidence.viewed")
    return render_template(
        "evidence/register.html", tenant_id=tenant_id, told=told, asked=asked, words=words, at=book.at,
        waiting=_waiting(tenant_id),
        pages=_pages(tenant_id, asked, more=len(entries) > PAGE), named="nombres" in request.args,
        whole=f"{request.path}?{urlencode({**asked.address(), 'pagina': _page() + 1, 'nombres': 1})}",
        table=f"{url_for('evidence.table', tenant_id=tenant_id)}?{urlencode(asked.address())}",
    )  # fmt: skip


@blueprint.get(f"{ROOT}/cobertura.csv")
@allowed(Right.INSPECT)
def table(tenant_id: str) -> Response:
    """Give the register as CSV (RFC 4180, UTF-8), a row for each object version and mechanism."""
    home = current_home()
    book = CoverageRegister(home, home.clock.now())
    _note(tenant_id, "evidence.exported")

    def rows() -> Iterator[bytes]:
        yield b"\xef\xbb\xbf"
        yield from tenant_table(book, tenant_id, _asked_period)

    _asked_period = _asked().period
    headers = {"Content-Disposition": f'attachment; filename="cobertura-{tenant_id}.csv"'}
    return Response(rows(), mimetype="text/csv", headers=headers)


@blueprint.get(f"{ROOT}/cobertura/objeto")
@allowed(Right.INSPECT)
def one(tenant_id: str) -> ResponseReturnValue:
    """Show what covered one object, to be printed; the whole register where none is named.

    Raises:
        NotFound: No such object here.
    """
    home, object_id = current_home(), request.args.get("id", "").strip()[:300]
    if not object_id:
        return redirect(url_for("evidence.register", tenant_id=tenant_id))
    with home.catalog.reading(tenant_id) as tx:
        record = next(iter(tx.find_objects(tenant_id, object_id)), None)
    if record is None or record.tenant_id != tenant_id:
        raise NotFound("there is nothing here")
    asked = _asked()
    found = CoverageRegister(home, home.clock.now()).of_object(record, asked.period)
    _note(tenant_id, "evidence.viewed", record.object_id)
    return render_template(
        "evidence/one.html", tenant_id=tenant_id, found=found, asked=asked, words=words,
        at=home.clock.now(), register=url_for("evidence.register", tenant_id=tenant_id),
    )  # fmt: skip


def _waiting(tenant_id: str) -> Waiting | None:
    with current_home().catalog.reading(INSTALLATION) as tx:
        return next((each for each in tx.waiting() if each.tenant_id == tenant_id), None)


def _note(tenant_id: str, kind: str, subject: str = "") -> None:
    current_home().reads.note(tenant_id, kind, subject or tenant_id, current_principal().agent)


def _asked() -> Asked:
    return Asked(asked_day("desde"), asked_day("hasta"))


def _page() -> int:
    told = request.args.get("pagina", "")
    return int(told) - 1 if told.isascii() and told.isdigit() and 0 < len(told) < 7 and int(told) else 0


def _pages(tenant_id: str, asked: Asked, *, more: bool) -> Pages:
    here, number = url_for("evidence.register", tenant_id=tenant_id), _page()

    def to(place: int) -> str:
        return f"{here}?{urlencode({**asked.address(), 'pagina': place + 1})}"

    shown = gettext("Página %(number)s", number=number + 1)
    return Pages(to(number - 1) if number else None, to(number + 1) if more else None, shown)
