# SPDX-License-Identifier: EUPL-1.2
"""People that an OpenID Connect provider vouches for; a broker before Cl@ve is one.

Authorization code flow with PKCE, state and nonce. The ID token is checked here: signature by a key of the
provider's, issuer, audience, time, nonce. Nothing else that comes through a browser is believed.

Source: OpenID Connect Core 1.0, 3.1; Discovery 1.0; RFC 7636; RFC 9700.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from archive.clock import Clock
from archive.errors import ConfigurationError, Refused, ServiceError
from archive.identity.roles import Role
from archive.settings import ProviderSettings

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "RS384", "PS384", "RS512", "PS512", "EdDSA")
"""Signatures that are believed: never `none`, never a shared secret's."""
LEEWAY: Final = 60
"""Seconds that its clock and ours may differ."""
_TIMEOUT: Final = 10.0
_KEPT: Final = 3600.0
"""Seconds for which what it says of itself is kept."""
_AGAIN: Final = 30.0
"""Seconds before keys are fetched once more for a token whose key is not known."""
_MOST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Attempt:
    """What must be remembered while somebody is at the provider."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> Attempt:
        """Return one that nobody can guess."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    name: str = ""
    nif: str = ""
    roles: tuple[tuple[str, Role], ...] = ()
    """Tenant and role."""
    assurance: str = ""
    """The provider's `acr`."""


class Provider:
    """One provider, asked over the network. Threads share it."""

    def __init__(self, settings: ProviderSettings, redirect_uri: str, clock: Clock) -> None:
        """Ask nothing yet.

        Args:
            settings: Section `identity.provider`.
            redirect_uri: Our address that it sends people back to; it must know it.
            clock: For the times of tokens.
        """
        self.label = settings.label
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._fetched = self._keys_fetched = float("-inf")

    def begin(self) -> tuple[str, Attempt]:
        """Return where to send somebody, and what to remember meanwhile.

        Raises:
            ServiceError: The provider cannot be reached.
            ConfigurationError: It is not the one that the settings name.
        """
        attempt = Attempt.fresh()
        asked = {"acr_values": self._settings.acr_values} if self._settings.acr_values else {}
        with self._client() as client:
            address, _state = client.create_authorization_url(
                self._told("authorization_endpoint"), state=attempt.state, nonce=attempt.nonce,
                code_verifier=attempt.verifier, **asked,
            )  # fmt: skip
        return str(address), attempt

    def finish(self, attempt: Attempt, address: str) -> Vouched:
        """Return whom it vouches for.

        Args:
            attempt: What `begin` gave.
            address: Our whole address that the browser came back to, with its query.

        Raises:
            Refused: It refused, or what came back is not the answer to this attempt, or does not hold.
            ServiceError: The provider cannot be reached.
        """
        back = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if not hmac.compare_digest(back.get("state", "").encode(), attempt.state.encode()):
            raise Refused("this is not the answer to what was asked: begin anew")
        if back.get("iss", self._settings.issuer) != self._settings.issuer:
            raise Refused("another provider answered")  # RFC 9207
        if "error" in back or "code" not in back:
            raise Refused("the provider vouches for nobody")
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._told("token_endpoint"), grant_type="authorization_code", code=back["code"],
                    code_verifier=attempt.verifier, redirect_uri=self._redirect_uri,
                )  # fmt: skip
        except AuthlibBaseError as cause:
            raise Refused("the provider does not take its own code back") from cause
        except (requests.RequestException, ValueError) as cause:
            raise ServiceError(f"the provider did not answer: {type(cause).__name__}") from cause
        return self._vouched(self._claims(token, attempt.nonce))

    def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        text = token.get("id_token")
        if not isinstance(text, str):
            raise Refused("the provider gave no ID token")
        try:
            try:
                decoded = jwt.decode(text, self._key_set(), algorithms=ALGORITHMS)
            except (InvalidKeyIdError, ValueError):
                decoded = jwt.decode(text, self._key_set(anew=True), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims, decoded.header,
                {"iss": {"essential": True, "value": self._settings.issuer},
                 "aud": {"essential": True, "value": self._settings.client_id}},
                {"nonce": nonce, "client_id": self._settings.client_id,
                 "access_token": token.get("access_token")},
            )  # fmt: skip
            claims.validate(now=int(self._clock.now().timestamp()), leeway=LEEWAY)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as cause:
            raise Refused(f"the ID token does not hold: {type(cause).__name__}") from cause
        return cast("Mapping[str, Any]", claims)

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        said = self._settings
        assurance = str(claims.get("acr") or "")
        # What was asked for went through the browser, where it can be taken away: only the token counts.
        if said.acr_values and assurance not in said.acr_values.split():
            raise Refused("the provider vouches for him with another assurance than was asked for")
        name = claims.get(said.name_claim) or ""
        nif = claims.get(said.nif_claim) if said.nif_claim else ""
        return Vouched(
            said.issuer, str(claims["sub"]), str(name)[:120], plain_nif(nif),
            roles_told(claims, said.roles_claim), assurance,
        )  # fmt: skip

    def _client(self) -> OAuth2Session:
        secret = self._settings.client_secret.get_secret_value()
        client = OAuth2Session(
            self._settings.client_id, secret or None, scope=" ".join(self._settings.scopes),
            redirect_uri=self._redirect_uri, code_challenge_method="S256", default_timeout=_TIMEOUT,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
        )  # fmt: skip
        client.verify = self._settings.ca_file or True
        client.max_redirects = 0
        return client

    def _told(self, name: str) -> str:
        """Return an endpoint that the provider says it has."""
        with self._lock:
            if time.monotonic() - self._fetched > _KEPT:
                address = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
                metadata = self._fetch(address)
                if metadata.get("issuer") != self._settings.issuer:
                    raise ConfigurationError(
                        "identity.provider.issuer is not what that provider calls itself"
                    )
                self._metadata, self._fetched = metadata, time.monotonic()
            told = self._metadata.get(name)
        if not isinstance(told, str) or not told.startswith(("https://", self._scheme())):
            raise ServiceError(f"the provider tells no {name} that can be used")
        return told

    def _scheme(self) -> str:
        """Plain http only of a provider that is plain http itself, on one's own machine."""
        return "http://" if self._settings.issuer.startswith("http://") else "https://"

    def _key_set(self, *, anew: bool = False) -> KeySet:
        address = self._told("jwks_uri")
        with self._lock:
            age = time.monotonic() - self._keys_fetched
            if age > _KEPT or (anew and age > _AGAIN):
                self._keys, self._keys_fetched = self._fetch(address), time.monotonic()
            return KeySet.import_key_set(cast("Any", self._keys))

    def _fetch(self, address: str) -> dict[str, Any]:
        try:
            answer = requests.get(
                address, timeout=_TIMEOUT, verify=self._settings.ca_file or True, allow_redirects=False,
                headers={"Accept": "application/json"},
            )  # fmt: skip
            answer.raise_for_status()
            body = answer.json() if len(answer.content) <= _MOST else None
        except (requests.RequestException, ValueError) as cause:
            raise ServiceError(f"the provider did not answer: {type(cause).__name__}") from cause
        if not isinstance(body, dict) or answer.status_code != requests.codes.ok:
            raise ServiceError("the provider did not answer as one does")
        return body


def plain_nif(told: object) -> str:
    """Return a NIF as it is written, without the prefixes of eIDAS and ETSI (`ES/ES/…`, `IDCES-…`)."""
    text = str(told or "").strip().upper().rpartition("/")[2]
    text = text.removeprefix("IDCES-").removeprefix("TINES-").replace("-", "").replace(" ", "")
    return text if text.isascii() and text.isalnum() and len(text) <= 20 else ""


def roles_told(claims: Mapping[str, Any], name: str) -> tuple[tuple[str, Role], ...]:
    """Return the roles of a claim: `TENANT:ROLE` in a list or with spaces between; others are nothing."""
    told = claims.get(name) if name else None
    texts = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
    found = []
    for text in texts:
        tenant_id, _, role = str(text).partition(":")
        if tenant_id and role in set(Role) - {Role.CITIZEN}:
            found.append((tenant_id, Role(role)))
    return tuple(dict.fromkeys(found))
