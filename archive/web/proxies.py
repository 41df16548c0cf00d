# SPDX-License-Identifier: EUPL-1.2
"""What a proxy says of who asks is believed only from the proxies that the settings name.

From anybody else `X-Forwarded-*`, `Forwarded` and the headers of client certificates are taken away before
any page sees them. From a trusted one: the address is the last of `X-Forwarded-For` that is no trusted proxy,
the scheme is `X-Forwarded-Proto`; the host stays the one of the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from archive.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Networks = Sequence[IPv4Network | IPv6Network]

TRUSTED: Final = "longeva.trusted_proxy"
"""In the environment of a request: whether it came through a trusted proxy."""
_FORWARDED: Final = "HTTP_X_FORWARDED_"


def networks(told: Iterable[str]) -> Networks:
    """Read addresses and networks. Raises ConfigurationError."""
    try:
        return tuple(ip_network(each, strict=False) for each in told)
    except ValueError as cause:
        raise ConfigurationError(f"web.trusted_proxies: {cause}") from cause


class Proxied:
    """A WSGI application behind proxies."""

    def __init__(self, app: WSGIApplication, trusted: Networks, guarded: Iterable[str] = ()) -> None:
        """Stand before an application.

        Args:
            app: The application.
            trusted: Where our proxies are.
            guarded: Names of other headers that only they may send.
        """
        self._app = app
        self._trusted = trusted
        self._guarded = frozenset("HTTP_" + name.upper().replace("-", "_") for name in guarded)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        trusted = self._is_trusted(environ.get("REMOTE_ADDR", ""))
        environ[TRUSTED] = trusted
        if trusted:
            self._believe(environ)
        for name in [name for name in environ if self._says_who_asks(name)]:
            if not trusted or name not in self._guarded:
                del environ[name]
        return self._app(environ, start_response)

    def _believe(self, environ: dict[str, Any]) -> None:
        hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        for hop in reversed(hops):
            if not _is_address(hop):
                break
            environ["REMOTE_ADDR"] = hop
            if not self._is_trusted(hop):
                break
        if environ.get("HTTP_X_FORWARDED_PROTO", "") in {"http", "https"}:
            environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"]

    def _says_who_asks(self, name: str) -> bool:
        return name.startswith(_FORWARDED) or name == "HTTP_FORWARDED" or name in self._guarded

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
