# SPDX-License-Identifier: EUPL-1.2
"""A certificación as a value: what is certified, who issued it, who approved it.

    DRAFTED → ISSUED (the Secretary) → APPROVED (the Mayor, visto bueno) → DELIVERED (document made and kept)
            ↖ sent back by the Mayor     DRAFTED | ISSUED → DISCARDED

Once issued the text does not change: what the Mayor approves is what the Secretary issued, by its digest.
Source: ROF (RD 2568/1986) arts. 204-206; RD 128/2018 art. 3.2.f; Ley 7/1985 art. 92 bis.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from archive.canonical_json import canonical
from archive.clock import format_instant, parse_instant


class State(StrEnum):
    """Where a certificación stands."""

    DRAFTED = "DRAFTED"
    ISSUED = "ISSUED"
    APPROVED = "APPROVED"
    DELIVERED = "DELIVERED"
    DISCARDED = "DISCARDED"


NEXT: Final = {
    State.DRAFTED: frozenset({State.DRAFTED, State.ISSUED, State.DISCARDED}),
    State.ISSUED: frozenset({State.APPROVED, State.DRAFTED, State.DISCARDED}),
    State.APPROVED: frozenset({State.DELIVERED}),
}


@dataclass(frozen=True, slots=True)
class Act:
    """What one person did: the act is hers, made when she had said who she is."""

    principal_id: str
    name: str
    position: str
    """As the document says it: `Secretaria-Interventora`."""
    at: datetime
    assurance: str
    """How well she proved who she is: `totp`, `certificate`…"""
    text_sha256: str
    """Of what she saw."""


@dataclass(frozen=True, slots=True)
class Certification:
    """A certificación."""

    certification_id: str
    tenant_id: str
    number: str
    """`CERT-2026-0003`."""
    text: str
    """What is certified, in the Secretary's words."""
    asked_by: str
    """At whose request; may be empty (of office)."""
    purpose: str
    object_id: str
    """What it rests on."""
    path: str
    """Document of the object; empty for the whole."""
    before_minutes: bool
    """Issued before the minutes are approved: the document says so (ROF art. 206)."""
    state: State
    since: datetime
    why: str = ""
    """Why it was sent back or discarded."""
    issued: Act | None = None
    approved: Act | None = None
    copy_object_id: str = ""
    csv: str = ""
    version: int = 0

    @property
    def digest(self) -> str:
        """Identify what is certified, for both acts to be over the same."""
        said = [self.text, self.asked_by, self.purpose, self.object_id, self.path, self.before_minutes]
        return hashlib.sha256(canonical(said)).hexdigest()


def certification_body(one: Certification) -> dict[str, Any]:
    """Return what the register keeps."""
    body = asdict(one)
    for name in ("certification_id", "tenant_id", "version", "state"):
        del body[name]
    body["since"] = format_instant(one.since)
    for name in ("issued", "approved"):
        if body[name]:
            body[name]["at"] = format_instant(body[name]["at"])
    return body


def read_certification(
    tenant_id: str, certification_id: str, version: int, state: str, body: dict[str, Any]
) -> Certification:
    """Read what `certification_body` wrote."""
    acts = {
        name: Act(**{**body[name], "at": parse_instant(body[name]["at"])}) if body[name] else None
        for name in ("issued", "approved")
    }
    known = {**body, **acts, "since": parse_instant(body["since"])}
    return Certification(
        certification_id=certification_id, tenant_id=tenant_id, version=version, state=State(state), **known
    )
