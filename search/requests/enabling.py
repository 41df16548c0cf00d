# SPDX-License-Identifier: EUPL-1.2
"""Who may issue copies: the register of habilitados, and the resolutions that let a machine do it.

A municipality says which of its organs issue certified copies, by a resolution. Nobody issues without one of
the two in force on the day: neither an archivist with every right in the program, nor the program by itself.

Source: Ley 39/2015 arts. 12.3 and 27.1; Ley 40/2015 art. 41; RD 203/2021 arts. 13, 31 and 48.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from archive.catalog import RegisterEntry
from archive.errors import ConflictError, InvalidRequest
from archive.home import Home
from archive.identifiers import uuid7
from archive.identity import Kind, Principal
from archive.model import ObjectRecord
from archive.regime import Access
from archive.registers import Register
from search.regimes import Rule
from search.regimes.register import today

IN_FORCE: Final = "in-force"
OVER: Final = "over"
HABILITADOS: Final = "habilitados"
RESOLUTIONS: Final = "resolutions"
MAX_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class Habilitado:
    """An official who may issue certified copies."""

    principal_id: str
    """Of his account."""
    name: str
    position: str
    """As the copies say it: `la Archivera municipal`."""
    resolution: str
    """Organ, date and reference of the act that enables him."""
    since: date
    until: date | None = None
    """Last day; None while nobody says otherwise."""

    def on(self, day: date) -> bool:
        """Tell whether it counts on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Resolution:
    """The act that lets copies of open documents be issued by the machine (Ley 40/2015 art. 41.2)."""

    organ: str
    reference: str
    dated: date
    scope: str = ""
    """Prefix of the classification; empty for every series."""
    responsible: str = ""
    """Organ responsible for supervision and for appeals."""

    @property
    def words(self) -> str:
        """As the copies say it."""
        return f"{self.reference}, de {self.dated:%d/%m/%Y}, de {self.organ}"


def add_habilitado(home: Home, tenant_id: str, one: Habilitado, *, agent: str) -> RegisterEntry:
    """Enter an official.

    Raises:
        InvalidRequest: Something is missing, or it ends before it begins.
        ConflictError: The account is in the register and in force already.
    """
    _require(principal=one.principal_id, name=one.name, position=one.position, resolution=one.resolution)
    if one.until is not None and one.until < one.since:
        raise InvalidRequest("it would end before it begins")
    body = {
        **asdict(one),
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else "",
    }
    return Register(home, HABILITADOS).put(
        tenant_id, uuid7(home.clock.now()), body, kind="habilitado.added", agent=agent, state=IN_FORCE,
        keys=(one.principal_id,),
    )  # fmt: skip


def end_habilitado(home: Home, tenant_id: str, entry_id: str, *, agent: str) -> RegisterEntry:
    """Say that an official may issue no more from now on; he stays in the register. Raises NotFound."""
    return _ended(home, HABILITADOS, tenant_id, entry_id, "habilitado.ended", agent)


def add_resolution(home: Home, tenant_id: str, one: Resolution, *, agent: str) -> RegisterEntry:
    """Enter a resolution that enables automated copies. Raises InvalidRequest."""
    _require(organ=one.organ, reference=one.reference)
    body = {**asdict(one), "dated": one.dated.isoformat()}
    return Register(home, RESOLUTIONS).put(
        tenant_id, uuid7(home.clock.now()), body, kind="resolution.added", agent=agent, state=IN_FORCE
    )


def end_resolution(home: Home, tenant_id: str, entry_id: str, *, agent: str) -> RegisterEntry:
    """Say that a resolution enables nothing more. Raises NotFound."""
    return _ended(home, RESOLUTIONS, tenant_id, entry_id, "resolution.ended", agent)


def habilitado_of(home: Home, tenant_id: str, principal: Principal) -> tuple[str, Habilitado]:
    """Return the entry by which somebody may issue today.

    Raises:
        ConflictError: He is not in the register, or not today. At the command line nobody is known, so that
            the only habilitado in force, if there is just one, is he who acts.
    """
    day = today(home)
    found = [(entry.entry_id, one) for entry, one in habilitados(home, tenant_id) if entry.state == IN_FORCE]
    valid = [(entry_id, one) for entry_id, one in found if one.on(day)]
    mine = [pair for pair in valid if pair[1].principal_id == principal.principal_id]
    if principal.kind is Kind.LOCAL and len(valid) == 1:
        mine = valid
    if not mine:
        raise ConflictError(
            "no entry in force in the register of habilitados lets this person issue copies",
            place="not-habilitado",
        )
    return mine[0]


def resolution_for(home: Home, record: ObjectRecord) -> Resolution | None:
    """Return the resolution that lets the machine issue copies of an object today, if there is one."""
    series = record.metadata.get("clasificacion")
    code, day = series if isinstance(series, str) else "", today(home)
    for entry, one in resolutions(home, record.tenant_id):
        covers = Rule(Access.OPEN, "", prefix=one.scope).covers(code)
        if entry.state == IN_FORCE and one.dated <= day and covers:
            return one
    return None


def habilitados(home: Home, tenant_id: str) -> list[tuple[RegisterEntry, Habilitado]]:
    """Return the register, also who is in it no more."""
    return [(one, _habilitado(one.body)) for one in Register(home, HABILITADOS).entries(tenant_id)]


def resolutions(home: Home, tenant_id: str) -> list[tuple[RegisterEntry, Resolution]]:
    """Return every resolution, also what is in force no more."""
    return [
        (one, Resolution(**{**one.body, "dated": date.fromisoformat(one.body["dated"])}))
        for one in Register(home, RESOLUTIONS).entries(tenant_id)
    ]


def _habilitado(body: dict[str, Any]) -> Habilitado:
    until = date.fromisoformat(body["until"]) if body["until"] else None
    return Habilitado(**{**body, "since": date.fromisoformat(body["since"]), "until": until})


def _ended(home: Home, name: str, tenant_id: str, entry_id: str, kind: str, agent: str) -> RegisterEntry:
    register = Register(home, name)
    entry = register.get(tenant_id, entry_id)
    if entry.state == OVER:
        raise ConflictError("it has ended already", place="settled")
    body = dict(entry.body)
    if name == HABILITADOS:
        body["until"] = today(home).isoformat()
    # Without its key: the same account may be entered again under another act.
    return register.put(
        tenant_id, entry_id, body, kind=kind, agent=agent, version=entry.version + 1, state=OVER
    )


def _require(**words: str) -> None:
    for name, text in words.items():
        if not text.strip():
            raise InvalidRequest(f"{name} is missing", place=name)
        if len(text) > MAX_WORDS:
            raise InvalidRequest(f"{name} has at most {MAX_WORDS} characters", place=name)
