# SPDX-License-Identifier: EUPL-1.2
"""The single door to the network: lists, revocation lists, OCSP answers, and those who wish to be told.

Closed unless the operator opens it, host by host. Files that are validated come from strangers and are full
of URLs: one that is not on the list of hosts is never asked, whoever wrote it (OWASP: server-side request
forgery). Proxies of the environment are not used.

* Only `http` and `https`; no user names in the URL; no port but that of the scheme, unless listed with it.
* The name is resolved once; if any of its addresses is not public the request is refused, and the
  connection goes to one of the addresses that were looked at (no rebinding).
* Each redirection passes the same door, three at most, never from `https` to `http`.
* Bounded in bytes and in seconds altogether, whatever the server does in between.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

MAX_REDIRECTS: Final = 3
MAX_URL: Final = 2048
_CHUNK: Final = 64 << 10
_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTIONS: Final = frozenset({301, 302, 303, 307, 308})
_DISGUISES: Final = tuple(
    ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
"""IPv6 ranges that carry an IPv4 address inside (NAT64, 6to4, Teredo)."""

Resolver = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """What may be asked of whom."""

    hosts: frozenset[str] = frozenset()
    """`host`, or `host:port` for another port than the scheme's, in lower case. None: nothing is fetched."""
    max_bytes: int = 64 << 20
    seconds: float = 30.0
    """For one request with all its redirections."""
    loopback: bool = False
    """For tests with a server of this machine; there is no way to set it in a configuration."""
    private: bool = False
    """The hosts may be in the operator's own network. Never for hosts that strangers name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, or why nothing did."""

    url: str
    """As asked."""
    data: bytes = field(default=b"", repr=False)
    problem: str = ""
    """In words; empty where `data` is the body of a 200."""
    allowed: bool = True
    """False where the policy said no, and nobody was asked."""


class _No(Exception):
    """Carries the reason out."""

    def __init__(self, reason: str, *, allowed: bool = True) -> None:
        super().__init__(reason)
        self.allowed = allowed


def fetch(
    url: str,
    policy: FetchPolicy,
    *,
    body: bytes | None = None,
    content_type: str = "",
    headers: Mapping[str, str] | None = None,
    accepted: Collection[int] = (http.client.OK,),
    resolve: Resolver | None = None,
) -> Answer:
    """Ask for a URL, if the policy allows it.

    Args:
        url: Absolute.
        policy: What is allowed.
        body: To be posted (OCSP); redirections of a POST are not followed.
        content_type: Of the body.
        headers: To be sent besides.
        accepted: Statuses that are an answer.
        resolve: Gives the addresses of a host; the system's resolver where left out.

    Returns:
        The answer; never an exception for what a server does.
    """
    sent = {**(headers or {}), **({"Content-Type": content_type} if body is not None else {})}
    ends = time.monotonic() + policy.seconds
    request = _Request(body, sent, frozenset(accepted), resolve or _resolve, ends)
    try:
        return Answer(url, _followed(url, policy, request))
    except _No as refusal:
        return Answer(url, problem=str(refusal), allowed=refusal.allowed)
    except (OSError, http.client.HTTPException, ValueError) as problem:
        return Answer(url, problem=f"no answer: {type(problem).__name__}: {problem}"[:300])


@dataclass(frozen=True, slots=True)
class _Request:
    """What stays the same over redirections."""

    body: bytes | None
    headers: Mapping[str, str]
    accepted: frozenset[int]
    resolve: Resolver
    deadline: float
    """Of the monotonic clock."""


def _followed(url: str, policy: FetchPolicy, request: _Request) -> bytes:
    here = url
    for _ in range(MAX_REDIRECTS + 1):
        target = _allowed(here, policy)
        moved, data = _ask(target, _address(target, policy, request.resolve), policy.max_bytes, request)
        if moved is None:
            return data
        following = urljoin(here, moved)
        secure = target.scheme != "https" or following.startswith("https:")
        if request.body is not None or not secure:
            raise _No(f"it redirects where we do not follow: {following[:200]}")
        here = following
    raise _No("it redirects without end")


def _allowed(url: str, policy: FetchPolicy) -> SplitResult:
    try:
        target = urlsplit(url)
        port = target.port
    except ValueError:
        raise _No("not a URL", allowed=False) from None
    host = (target.hostname or "").rstrip(".")
    if target.scheme not in _PORTS or not host or len(url) > MAX_URL or not url.isascii():
        raise _No("only http and https URLs are asked", allowed=False)
    if any(each <= " " or each == "\x7f" for each in url):
        raise _No("a URL with blanks in it", allowed=False)
    if target.username is not None or target.password is not None:
        raise _No("a URL with a user name in it", allowed=False)
    name = host if port in {None, _PORTS[target.scheme]} else f"{host}:{port}"
    if name not in policy.hosts:
        raise _No(f"{name} is not among the hosts that may be asked", allowed=False)
    return target


def _address(target: SplitResult, policy: FetchPolicy, resolve: Resolver) -> str:
    found = resolve(target.hostname or "", _port(target))
    if not found:
        raise _No("the host has no address")
    for each in found:
        own = policy.private or (policy.loopback and ipaddress.ip_address(each).is_loopback)
        if not _public(each) and not own:
            raise _No(f"{target.hostname} leads to an address that is not public", allowed=False)
    return found[0]


def _public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        elif any(parsed in each for each in _DISGUISES):
            return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _resolve(host: str, port: int) -> list[str]:
    listed = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in listed))


def _port(target: SplitResult) -> int:
    return target.port or _PORTS[target.scheme]


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was looked at, whatever the name says by now."""

    def __init__(self, target: SplitResult, address: str, timeout: float) -> None:
        super().__init__(target.hostname or "", _port(target), timeout=timeout)
        self.address = address
        self.secure = target.scheme == "https"
        self.line: socket.socket | None = None
        """The socket; http.client forgets its own as soon as an answer without length begins."""

    def connect(self) -> None:
        """Connect, with TLS for the name where the scheme says so."""
        self.sock = self.line = socket.create_connection((self.address, self.port), self.timeout)
        if self.secure:
            context = ssl.create_default_context()
            self.sock = self.line = context.wrap_socket(self.line, server_hostname=self.host)


def _ask(target: SplitResult, address: str, limit: int, request: _Request) -> tuple[str | None, bytes]:
    """Ask once; return where it redirects, or the body."""
    left = request.deadline - time.monotonic()
    if left <= 0:
        raise _No("it took too long")
    connection = _Pinned(target, address, left)
    # A server that drips one octet now and then never trips a socket's timeout: the clock shuts the door.
    clock = threading.Timer(left, _shut, [connection])
    clock.daemon = True
    with closing(connection):
        clock.start()
        try:
            told = _exchange(connection, target, limit, request)
        except (OSError, http.client.HTTPException, ValueError):
            if time.monotonic() >= request.deadline:
                raise _No("it took too long") from None
            raise
        finally:
            clock.cancel()
    if time.monotonic() >= request.deadline:  # without Content-Length a shut door looks like an end
        raise _No("it took too long")
    return told


def _exchange(
    connection: _Pinned, target: SplitResult, limit: int, request: _Request
) -> tuple[str | None, bytes]:
    path = target.path or "/"
    wanted = f"{path}?{target.query}" if target.query else path
    sent = {**request.headers, "Host": target.netloc, "Accept-Encoding": "identity", "User-Agent": "longeva"}
    connection.request("GET" if request.body is None else "POST", wanted, request.body, sent)
    reply = connection.getresponse()
    if reply.status in _REDIRECTIONS and reply.getheader("Location"):
        return reply.getheader("Location"), b""
    if reply.status not in request.accepted:
        raise _No(f"it answered {reply.status}")
    if reply.getheader("Content-Encoding", "identity") != "identity":
        raise _No("it answered in an encoding that was not asked for")
    return None, _read(reply, limit)


def _read(reply: http.client.HTTPResponse, limit: int) -> bytes:
    pieces, size = [], 0
    while piece := reply.read(min(_CHUNK, limit - size + 1)):
        size += len(piece)
        if size > limit:
            raise _No(f"more than {limit} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _shut(connection: _Pinned) -> None:
    with suppress(OSError):
        if connection.line is not None:
            connection.line.shutdown(socket.SHUT_RDWR)
