# SPDX-License-Identifier: EUPL-1.2
"""Subscriptions for machines: who is told of what, with which secret, and what came of it."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from flask import Response, url_for
from pydantic import Field

from archive.clock import format_instant
from archive.identity import Right
from archive.web.access import allowed, current_principal
from archive.web.api import Listed, Model, api_blueprint
from archive.web.context import current_home
from archive.web.idempotency import idempotent
from ingest.webhooks.delivery import progress, resume
from ingest.webhooks.subscriptions import KINDS, Webhook, Webhooks

blueprint: Final = api_blueprint("api_webhooks", "Webhooks", "Being told instead of asking")
_ROOT: Final = "/tenants/<tenant_id>/webhooks"
_ONE: Final = f"{_ROOT}/<uuid:webhook_id>"
_OVER: Final[dict[int | str, Any]] = {204: {"description": "It is over"}}


class Subscription(Model):
    """Whom to tell of what."""

    url: Annotated[str, Field(max_length=2000, description="https; no redirection is followed")]
    kinds: Annotated[list[str], Field(min_length=1, description=f"Of: {', '.join(KINDS)}")]


class WebhookValue(Model):
    """A subscription."""

    id: str
    url: str
    kinds: list[str]
    since: str
    state: str = Field(description="`well`, `failing` (tried again by itself) or `resting` (resume it)")
    again_at: str | None = None
    secret: str | None = Field(None, description="Only in the answer that makes it: keep it")


class WebhookList(Listed):
    """The subscriptions of a municipality; there are few, in one part."""

    items: list[WebhookValue]


class Attempt(Model):
    """One message, or the attempt of one."""

    at: str
    events: int
    first: int = Field(description="Sequence of its first event in the municipality's ledger")
    last: int
    ok: bool
    answer: str


class AttemptList(Listed):
    """The last fifty attempts, newest first."""

    items: list[Attempt]


@blueprint.post(_ROOT)
@allowed(Right.ADMINISTER)
@idempotent(blueprint)
@blueprint.input(Subscription)
@blueprint.output(WebhookValue, status_code=201)
def subscribe(tenant_id: str, json_data: Subscription) -> Any:
    """Subscribe to what happens; the answer has the secret that messages are signed with."""
    webhooks = Webhooks(current_home())
    made = webhooks.make(tenant_id, json_data.url, json_data.kinds, current_principal().agent)
    address = url_for("api_webhooks.webhook", tenant_id=tenant_id, webhook_id=made.webhook_id)
    return _value(made, webhooks.secret(made)), 201, {"Location": address}


@blueprint.get(_ROOT)
@allowed(Right.ADMINISTER)
@blueprint.output(WebhookList)
def webhooks(tenant_id: str) -> WebhookList:
    """List the subscriptions."""
    return WebhookList(items=[_value(each) for each in Webhooks(current_home()).of(tenant_id)], next=None)


@blueprint.get(_ONE)
@allowed(Right.ADMINISTER)
@blueprint.output(WebhookValue)
def webhook(tenant_id: str, webhook_id: UUID) -> WebhookValue:
    """Tell of one subscription."""
    return _value(Webhooks(current_home()).get(tenant_id, str(webhook_id)))


@blueprint.get(f"{_ONE}/deliveries")
@allowed(Right.ADMINISTER)
@blueprint.output(AttemptList)
def deliveries(tenant_id: str, webhook_id: UUID) -> AttemptList:
    """Tell what came of the last messages."""
    home = current_home()
    log = progress(home, Webhooks(home).get(tenant_id, str(webhook_id))).log
    return AttemptList(items=[Attempt(**line) for line in log], next=None)


@blueprint.post(f"{_ONE}/resume")
@allowed(Right.ADMINISTER)
@blueprint.output(WebhookValue)
def try_again(tenant_id: str, webhook_id: UUID) -> WebhookValue:
    """Try again at the worker's next round, also one that rests."""
    home = current_home()
    found = Webhooks(home).get(tenant_id, str(webhook_id))
    resume(home, found, current_principal().agent)
    return _value(found)


@blueprint.delete(_ONE)
@allowed(Right.ADMINISTER)
@blueprint.doc(responses=_OVER)
def unsubscribe(tenant_id: str, webhook_id: UUID) -> Response:
    """End a subscription."""
    Webhooks(current_home()).end(tenant_id, str(webhook_id), current_principal().agent)
    return Response(status=204)


def _value(found: Webhook, secret: str | None = None) -> WebhookValue:
    now = progress(current_home(), found)
    return WebhookValue(
        id=found.webhook_id, url=found.url, kinds=list(found.kinds), since=format_instant(found.made_at),
        state=now.state, again_at=format_instant(now.again_at) if now.again_at else None, secret=secret,
    )  # fmt: skip
