# SPDX-License-Identifier: EUPL-1.2
"""Entering by somebody's word: an OpenID Connect provider's, or a certificate that a proxy checked."""

from __future__ import annotations

from typing import Final, cast

from flask import Blueprint, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from archive.errors import NotFound, Refused
from archive.identity import Kind
from archive.identity.federated import account_of
from archive.identity.provider import Attempt, Provider
from archive.web.authenticators import Certificates
from archive.web.context import current_home, service
from archive.web.i18n import gettext
from archive.web.limits import spend
from archive.web.people.entering import CERTIFICATES, PROVIDER, TRIES, let_in
from archive.web.returning import RETURN, own_address

CITIZENS: Final = "citizens"
"""Name of the service that tells whether the provider's citizens may enter."""
_ATTEMPT: Final = "attempt"

blueprint: Final = Blueprint("providing", __name__)


@blueprint.get("/entrar/proveedor")
def begin() -> AnyResponse:
    """Send somebody to the provider."""
    address, attempt = _provider().begin()
    session[_ATTEMPT] = [attempt.state, attempt.nonce, attempt.verifier]
    session[RETURN] = own_address(request.args.get(RETURN, ""))
    return redirect(address)


@blueprint.get("/entrar/vuelta")
def come_back() -> AnyResponse:
    """Let in whom the provider vouches for; what it was asked is answered once."""
    provider = _provider()
    spend("enter", TRIES)
    attempt, back = session.pop(_ATTEMPT, None), session.pop(RETURN, "/")
    if attempt is None:
        raise Refused(gettext("Esta respuesta ya se usó, o no se pidió desde aquí. Vuelva a entrar."))
    vouched = provider.finish(Attempt(*attempt), request.url)
    account = account_of(current_home(), vouched, citizens=bool(service(CITIZENS)))
    return let_in(account, Kind.FEDERATED, vouched.assurance or "provider", back)


@blueprint.get("/entrar/certificado")
def with_certificate() -> AnyResponse:
    """Let in whose certificate the proxy checked."""
    certificates = cast("Certificates | None", service(CERTIFICATES))
    if certificates is None:
        raise NotFound("there is nothing here")
    spend("enter", TRIES)
    account = certificates.account(request)
    if account is None:
        raise Refused("no certificate came that leads to an account here")
    return let_in(account, Kind.CERTIFICATE, "certificate", request.args.get(RETURN, ""))


def _provider() -> Provider:
    provider = cast("Provider | None", service(PROVIDER))
    if provider is None:
        raise NotFound("there is nothing here")
    return provider
