# SPDX-License-Identifier: EUPL-1.2
"""Who asks in this request, and whether he may. One door for pages and interfaces.

What somebody may not see and what is not there answer alike: the same 404, with the same words (RD 1708/2011
art. 29.3). Only who has not said who he is, is sent to say so, and that before anything was looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Final, ParamSpec, TypeVar, cast

from flask import Request, g, request

from archive.catalog import INSTALLATION
from archive.errors import NotFound, NotIdentified
from archive.identity import ANONYMOUS, Kind, Principal, Right
from archive.model import Tenant
from archive.web.context import current_home, service

P = ParamSpec("P")
R = TypeVar("R")

AUTHENTICATORS: Final = "authenticators"
"""Service name: callables that know, from a request, who asks; the first that does is believed."""

Authenticator = Callable[[Request], Principal | None]


def current_principal() -> Principal:
    """Return who asks in this request; worked out once."""
    if "principal" not in g:
        g.principal = ANONYMOUS  # of the page that says that who asks could not be worked out
        known = cast("Sequence[Authenticator]", service(AUTHENTICATORS) or ())
        found = (authenticate(request) for authenticate in known)
        g.principal = next((principal for principal in found if principal is not None), ANONYMOUS)
    return cast("Principal", g.principal)


def require(right: Right, tenant_id: str) -> Principal:
    """Return who asks, if he has the right in that municipality's archive.

    Raises:
        NotIdentified: He has not said who he is.
        NotFound: He may not, or there is no such municipality: the words are the same.
    """
    principal = current_principal()
    if not principal.known:
        raise NotIdentified("this needs somebody who said who he is")
    if not principal.may(right, tenant_id):
        raise NotFound("there is nothing here")
    return principal


def allowed(right: Right) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view with a `tenant_id` in its address be called only by those who have the right there."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            require(right, str(kwargs["tenant_id"]))
            return view(*args, **kwargs)

        return guarded

    return decorate


def no_machines() -> None:
    """Let no key ask: for a blueprint's `before_request`, where it would let a machine make itself more.

    Raises:
        NotFound: A key asks, whatever its rights.
    """
    if current_principal().kind is Kind.KEY:
        raise NotFound("there is nothing here")


def tenants_of(principal: Principal, right: Right | None = None) -> list[Tenant]:
    """Return the municipalities where somebody is anything, or has a right, in the order of their names."""
    mine = set(principal.tenants(right))
    with current_home().catalog.reading(INSTALLATION) as tx:
        known = [tenant for tenant in tx.tenants() if tenant.tenant_id in mine]
    return sorted(known, key=lambda tenant: tenant.name)
