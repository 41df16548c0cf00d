# SPDX-License-Identifier: EUPL-1.2
"""Joins what knows people and machines into the services of the web, as the settings say."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from archive.home import Home
from archive.identity.provider import Provider
from archive.identity.secret import FILE, LEAST, installation_secret
from archive.settings import Settings
from archive.web.access import AUTHENTICATORS, Authenticator
from archive.web.authenticators import Certificates, key_principal
from archive.web.people.entering import CERTIFICATES, PROVIDER
from archive.web.people.providing import CITIZENS
from archive.web.proxies import Proxied, networks
from archive.web.session import RULES, SessionRules, session_principal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def identity_services(home: Home, settings: Settings, base_url: str) -> dict[str, Any]:
    """Return the services by which `archive.web` knows who asks.

    Args:
        home: The archive.
        settings: Sections `web` and `identity`.
        base_url: Public address; plain http is for one's own machine, and its cookies go without TLS.

    Raises:
        ConfigurationError, StorageUnavailable: As `installation_secret`.
    """
    web, identity = settings.web, settings.identity
    rules = SessionRules(
        _secret(home, web.secret.get_secret_value()),
        secure=not base_url.startswith("http://"),
        idle=timedelta(minutes=web.session_idle),
        longest=timedelta(hours=web.session_length),
        second_factor=identity.second_factor,
    )
    known: list[Authenticator] = [key_principal, session_principal]
    services: dict[str, Any] = {RULES: rules, AUTHENTICATORS: known}
    if identity.certificates.header:
        told = identity.certificates
        certificates = Certificates(told.header, told.proof_header, told.secret.get_secret_value())
        known.append(certificates.principal)
        services[CERTIFICATES] = certificates
    if identity.provider.issuer:
        back = base_url.rstrip("/") + "/entrar/vuelta"
        services[PROVIDER] = Provider(identity.provider, back, home.clock)
        services[CITIZENS] = identity.provider.citizens
    return services


def behind_proxies(app: WSGIApplication, settings: Settings) -> Proxied:
    """Return an application that believes the proxies of the settings alone. Raises ConfigurationError."""
    told = settings.identity.certificates
    guarded = (told.header, told.proof_header) if told.header else ()
    return Proxied(app, networks(settings.web.trusted_proxies), guarded)


def _secret(home: Home, given: str) -> bytes:
    """Return the installation's secret; on a medium that cannot be written, one that dies with us."""
    if home.read_only and not given and not (home.path / FILE).exists():
        return secrets.token_bytes(LEAST)
    return installation_secret(home.path, given)
