# SPDX-License-Identifier: EUPL-1.2
"""The acts of a certificación: drafted, issued by the Secretary, approved by the Mayor, delivered.

Each is one version of the register and one event of the ledger. The document is made after both acts; who
dies before it is kept leaves an approved certificación that anybody of the three may finish.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, NotFound
from archive.home import Home
from archive.identifiers import uuid7
from archive.identity import Principal, Right
from archive.local_time import peninsular
from archive.registers import Register
from search.certifications.model import (
    NEXT,
    Act,
    Certification,
    State,
    certification_body,
    read_certification,
)
from search.revocation import revoke
from search.source import choose

Maker = Callable[[Certification, str], tuple[str, str]]
"""Makes and keeps the document; certification and agent in, object id and CSV out."""

MAX_TEXT: Final = 8000
MAX_WORDS: Final = 500
_NAME: Final = "certifications"


def draft(
    home: Home,
    tenant_id: str,
    *,
    text: str,
    object_id: str,
    agent: str,
    path: str = "",
    asked_by: str = "",
    purpose: str = "",
    before_minutes: bool = False,
) -> Certification:
    """Write a first draft.

    Raises:
        InvalidRequest: No text, or far too much.
        NotFound: No such object or document in this municipality's archive.
    """
    _check_words(text, asked_by, purpose)
    with home.catalog.reading(INSTALLATION) as tx:
        if tx.object(object_id).tenant_id != tenant_id:
            raise NotFound(f"no object {object_id}")
        if path:
            choose(tx.documents(object_id), path)
    now = home.clock.now()
    year = peninsular(now)[0].year
    count = Register(home, _NAME).next_number(
        tenant_id, str(year), kind="certification.numbered", agent=agent
    )
    one = Certification(
        uuid7(now), tenant_id, f"CERT-{year}-{count:04d}", text.strip(), asked_by.strip(), purpose.strip(),
        object_id, path, before_minutes, State.DRAFTED, now,
    )  # fmt: skip
    return _put(home, one, "certification.drafted", agent)


def rewrite(home: Home, one: Certification, text: str, *, agent: str) -> Certification:
    """Change the words of a draft. Raises InvalidRequest, ConflictError."""
    _check_words(text)
    moved = _moved(home, one, State.DRAFTED, text=text.strip()) if one.state is State.DRAFTED else None
    if moved is None:
        raise ConflictError("what the Secretary issued does not change", place="settled")
    return _put(home, moved, "certification.drafted", agent)


def issue(home: Home, one: Certification, principal: Principal, position: str) -> Certification:
    """Issue it: the Secretary's own act (ROF art. 204).

    Raises:
        NotFound: Who asks may not certify here.
        InvalidRequest: She did not say in which position.
        ConflictError: It is no draft any more, or somebody changed it meanwhile.
    """
    act = _act(home, one, principal, position, Right.CERTIFY)
    moved = _moved(home, one, State.ISSUED, issued=act, why="")
    return _put(home, moved, "certification.issued", principal.agent)


def approve(
    home: Home, one: Certification, principal: Principal, position: str, make: Maker
) -> Certification:
    """Give the visto bueno (ROF art. 205), and make the document.

    Raises:
        NotFound: Who asks may not approve here.
        InvalidRequest: He did not say in which position.
        ConflictError: It was not issued, he issued it himself, or somebody changed it meanwhile.
        LongevaError: The document could not be made: the approval stands, `finish` makes it later.
    """
    act = _act(home, one, principal, position, Right.APPROVE)
    if one.issued is not None and one.issued.principal_id == principal.principal_id:
        raise ConflictError("who issues does not approve", place="same-person")
    if one.issued is not None and one.issued.text_sha256 != one.digest:
        raise ConflictError("what is to be approved is not what was issued", place="changed")
    moved = _moved(home, one, State.APPROVED, approved=act)
    return finish(home, _put(home, moved, "certification.approved", principal.agent), principal.agent, make)


def finish(home: Home, one: Certification, agent: str, make: Maker) -> Certification:
    """Make the document of an approved certificación, or find the one that was made before a crash.

    Raises:
        ConflictError: It is not approved, or somebody finished it meanwhile.
    """
    delivered = _moved(home, one, State.DELIVERED)
    object_id, csv = _made_before(home, one) or make(one, agent)
    done = replace(delivered, copy_object_id=object_id, csv=csv)
    try:
        return _put(home, done, "certification.delivered", agent, {"copy": object_id})
    except ConflictError:
        _withdraw_double(home, one, object_id, agent)
        raise


def send_back(home: Home, one: Certification, principal: Principal, why: str) -> Certification:
    """Give an issued certificación back to the Secretary with the reason. Raises as `approve`."""
    if not principal.may(Right.APPROVE, one.tenant_id):
        raise NotFound("there is nothing here")
    if not why.strip() or len(why) > MAX_WORDS:
        raise InvalidRequest("say why", place="words")
    if one.state is not State.ISSUED:
        raise ConflictError("it waits for no approval", place="settled")
    moved = _moved(home, one, State.DRAFTED, issued=None, why=why.strip())
    return _put(home, moved, "certification.returned", principal.agent)


def discard(home: Home, one: Certification, why: str, *, agent: str) -> Certification:
    """Give a certificación up before it is approved. Raises InvalidRequest, ConflictError."""
    if not why.strip() or len(why) > MAX_WORDS:
        raise InvalidRequest("say why", place="words")
    return _put(home, _moved(home, one, State.DISCARDED, why=why.strip()), "certification.discarded", agent)


def read(home: Home, tenant_id: str, certification_id: str, version: int = 0) -> Certification:
    """Return a certificación, as it was seen if a version is given.

    Raises:
        NotFound: There is none.
        ConflictError: It was changed since.
    """
    entry = Register(home, _NAME).get(tenant_id, certification_id)
    if version and entry.version != version:
        raise ConflictError("somebody changed it since this page was shown", place="changed")
    return read_certification(tenant_id, entry.entry_id, entry.version, entry.state, entry.body)


def listed(home: Home, tenant_id: str) -> list[Certification]:
    """Return the certificaciones of a municipality, newest first."""
    found = [
        read_certification(tenant_id, entry.entry_id, entry.version, entry.state, entry.body)
        for entry in Register(home, _NAME).entries(tenant_id)
    ]
    return sorted(found, key=lambda one: one.number, reverse=True)


def _act(home: Home, one: Certification, principal: Principal, position: str, right: Right) -> Act:
    if not principal.may(right, one.tenant_id):
        raise NotFound("there is nothing here")
    if not position.strip() or len(position) > MAX_WORDS or not principal.principal_id:
        raise InvalidRequest("say in which position you act", place="position")
    return Act(
        principal.principal_id,
        principal.name,
        position.strip(),
        home.clock.now(),
        principal.assurance,
        one.digest,
    )


def _moved(home: Home, one: Certification, state: State, **changes: Any) -> Certification:
    if state not in NEXT.get(one.state, frozenset()):
        raise ConflictError(f"it is {one.state} and cannot become {state}", place="settled")
    return replace(one, state=state, since=home.clock.now(), **changes)


def _put(
    home: Home, one: Certification, kind: str, agent: str, detail: dict[str, Any] | None = None
) -> Certification:
    told = {"state": str(one.state), "object": one.object_id, "text_sha256": one.digest, **(detail or {})}
    entry = Register(home, _NAME).put(
        one.tenant_id, one.certification_id, certification_body(one), kind=kind, agent=agent,
        version=one.version + 1, state=str(one.state), keys=(one.number,), detail=told,
    )  # fmt: skip
    return replace(one, version=entry.version)


def _withdraw_double(home: Home, one: Certification, object_id: str, agent: str) -> None:
    """Withdraw a document where somebody delivered another one while it was being made."""
    if read(home, one.tenant_id, one.certification_id).copy_object_id not in {"", object_id}:
        revoke(home, one.tenant_id, object_id, "not-delivered", agent=agent)


def _made_before(home: Home, one: Certification) -> tuple[str, str] | None:
    with home.catalog.reading(one.tenant_id) as tx:
        for copy in tx.copies_of(one.object_id):
            told = tx.object(copy.copy_object_id).metadata["copy"]
            if told.get("certification") == one.certification_id and copy.revoked_at is None:
                return copy.copy_object_id, copy.csv
    return None


def _check_words(text: str, *others: str) -> None:
    if not text.strip() or len(text) > MAX_TEXT:
        raise InvalidRequest(f"what is certified has 1 to {MAX_TEXT} characters", place="text")
    if any(len(words) > MAX_WORDS for words in others):
        raise InvalidRequest(f"at most {MAX_WORDS} characters", place="words")
