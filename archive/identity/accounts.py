# SPDX-License-Identifier: EUPL-1.2
"""Accounts of people: one for a person, in the installation's register, with roles by municipality.

An account is of a municipality (`home`) or, with an empty `home`, of the province. The province's people keep
machines running (operator); anything else they may do in a municipality only while a consent of its lasts
(archive.identity.consents). The ledger tells of every change by the account's random id, never by a name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from archive.catalog import RegisterEntry
from archive.errors import ConflictError, InvalidRequest, NotFound
from archive.home import Home
from archive.identifiers import uuid7
from archive.identity.passwords import hash_password, require_password
from archive.identity.roles import Role
from archive.model import SYSTEM_TENANT
from archive.registers import Register

NAME: Final = "accounts"
OPEN: Final = "open"
CLOSED: Final = "closed"
PROVINCIAL: Final = frozenset({Role.OPERATOR})
"""What somebody of the province may be in a municipality without its consent."""

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,79}")


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the archive knows him."""

    account_id: str
    name: str
    """As shown: a position such as “Archivera municipal”, or a name."""
    login: str = ""
    """What he types; empty where only a provider or a certificate vouches for him."""
    home: str = ""
    """Municipality he works for; empty for the province, and for citizens."""
    roles: Mapping[str, frozenset[Role]] = field(hash=False, default_factory=dict)
    """By tenant, without what consents add."""
    password: str = ""
    """Argon2 hash; empty: none is good."""
    must_change: bool = False
    """The password was given by somebody else."""
    totp: str = ""
    """Sealed secret of his telephone; empty where he has enrolled none."""
    epoch: int = 1
    """Sessions that began in an earlier one are over."""
    nif: str = ""
    citizen: bool = False
    """May ask any municipality for copies, and nothing else."""
    known_by: tuple[str, ...] = ()
    """Other proofs that lead here: see `federated_key` and `archive.identity.certificates`."""
    closed: bool = False
    version: int = 0
    """Of the register's entry; 0 before it is kept."""

    @property
    def provincial(self) -> bool:
        """Whether he works for no single municipality."""
        return not self.home and not self.citizen


class Accounts:
    """The register of accounts."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._register = Register(home, NAME)

    def add(self, account: Account, agent: str, *, password: str = "") -> Account:
        """Keep a new account; its id is made here.

        Args:
            account: Without id.
            agent: Who adds it.
            password: First one; empty for none, or for the hash that the account brings.

        Raises:
            InvalidRequest: Login, name or password cannot be; or roles that the province may not give.
            ConflictError: The login, or another proof, is somebody else's.
        """
        hashed = hash_password(require_password(password, login=account.login)) if password else ""
        made = replace(
            account, account_id=uuid7(self._home.clock.now()), password=hashed or account.password, version=0
        )
        kept = self._put(_checked(made), agent, "account.made")
        for tenant_id, roles in kept.roles.items():
            self._tell(tenant_id, kept, roles, agent)
        return kept

    def get(self, account_id: str) -> Account:
        """Return an account. Raises NotFound."""
        return _read(self._register.get(SYSTEM_TENANT, account_id))

    def find(self, account_id: str) -> Account | None:
        """Return an account, None where there is none."""
        try:
            return self.get(account_id)
        except NotFound:
            return None

    def by_login(self, login: str) -> Account | None:
        """Return the account that is entered with a name."""
        return self.known_by(f"login:{login.strip().lower()}")

    def known_by(self, proof: str) -> Account | None:
        """Return the account that a proof leads to."""
        entry = self._register.by_key(SYSTEM_TENANT, proof)
        return _read(entry) if entry is not None and entry.state in {OPEN, CLOSED} else None

    def every(self) -> Iterator[Account]:
        """Yield every account that was not erased."""
        return map(_read, self._register.entries(SYSTEM_TENANT))

    def of_tenant(self, tenant_id: str) -> list[Account]:
        """Return who works for a municipality or is something in it, citizens left out, by name."""
        mine = (each for each in self.every() if each.home == tenant_id or each.roles.get(tenant_id))
        return sorted(mine, key=lambda each: (each.closed, each.name.lower(), each.account_id))

    def change(self, account: Account, agent: str, kind: str, **changes: Any) -> Account:
        """Keep a changed account.

        Raises:
            ConflictError: Somebody changed it meanwhile, or the new proof is another's.
            InvalidRequest: As `add`.
        """
        return self._put(_checked(replace(account, **changes)), agent, kind)

    def set_roles(self, account: Account, tenant_id: str, roles: Iterable[Role], agent: str) -> Account:
        """Say what somebody is in a municipality from now on; the municipality's own ledger tells it too."""
        given = frozenset(roles)
        changed = {**account.roles, tenant_id: given}
        if not given:
            del changed[tenant_id]
        kept = self.change(account, agent, "account.roles", roles=changed)
        self._tell(tenant_id, kept, given, agent)
        return kept

    def set_password(
        self, account: Account, password: str, agent: str, *, must_change: bool = False
    ) -> Account:
        """Set a password and end every session. Raises InvalidRequest where it is too weak."""
        hashed = hash_password(require_password(password, login=account.login))
        return self.change(
            account, agent, "account.password", password=hashed, must_change=must_change,
            epoch=account.epoch + 1,
        )  # fmt: skip

    def end_sessions(self, account: Account, agent: str) -> Account:
        """End every session of an account."""
        return self.change(account, agent, "account.sessions-ended", epoch=account.epoch + 1)

    def close(self, account: Account, agent: str) -> Account:
        """Let nobody enter with an account again; who did what stays told."""
        kept = self.change(account, agent, "account.closed", closed=True, epoch=account.epoch + 1)
        for tenant_id in kept.roles:
            self._tell(tenant_id, kept, frozenset(), agent)
        return kept

    def erase(self, account: Account, agent: str) -> list[str]:
        """Forget who a closed account was (RGPD art. 17); its id in the ledger leads to nobody from then on.

        Returns:
            Keys of files that still say it: see `Register.erase`.

        Raises:
            ConflictError: It is open still.
        """
        if not account.closed:
            raise ConflictError("close the account first")
        return self._register.erase(SYSTEM_TENANT, account.account_id, kind="account.erased", agent=agent)

    def _put(self, account: Account, agent: str, kind: str) -> Account:
        keys = [f"login:{account.login}"] if account.login else []
        entry = self._register.put(
            SYSTEM_TENANT, account.account_id, _body(account), kind=kind, agent=agent,
            version=account.version + 1, state=CLOSED if account.closed else OPEN,
            keys=[*keys, *account.known_by],
        )  # fmt: skip
        return _read(entry)

    def _tell(self, tenant_id: str, account: Account, roles: Iterable[Role], agent: str) -> None:
        detail = {"roles": sorted(roles), "of": account.home or "province"}
        self._home.reads.note(tenant_id, "account.roles", account.account_id, agent, detail)


def federated_key(issuer: str, subject: str) -> str:
    """Return the key of whom an OpenID Connect provider vouches for."""
    return "federated:" + hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


def find_account(accounts: Accounts, reference: str) -> Account:
    """Return the account that a person means by a login or an id. Raises NotFound."""
    found = accounts.by_login(reference) or accounts.find(reference)
    if found is None:
        raise NotFound(f"no account is called {reference!r}", place=reference)
    return found


def _checked(account: Account) -> Account:
    login = account.login.strip().lower()
    if login and not _LOGIN.fullmatch(login):
        raise InvalidRequest("the name to enter with has 2 to 80 of a-z, 0-9 and . _ @ + -")
    name = " ".join(account.name.split())
    if not 1 <= len(name) <= 120 or any(not char.isprintable() for char in name):
        raise InvalidRequest("the name shown has 1 to 120 characters")
    strangers = [
        role
        for tenant_id, roles in account.roles.items()
        for role in roles
        if tenant_id != account.home and role not in PROVINCIAL
    ]
    if strangers:
        raise InvalidRequest(
            f"{', '.join(sorted(set(strangers)))}: where somebody does not work he needs a consent "
            "of the municipality (`longeva consent grant`)"
        )
    return replace(account, login=login, name=name)


def _body(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "login": account.login,
        "home": account.home,
        "roles": {tenant_id: sorted(roles) for tenant_id, roles in account.roles.items()},
        "password": account.password,
        "must_change": account.must_change,
        "totp": account.totp,
        "epoch": account.epoch,
        "nif": account.nif,
        "citizen": account.citizen,
        "known_by": sorted(account.known_by),
    }


def _read(entry: RegisterEntry) -> Account:
    body = entry.body
    roles = {tenant: frozenset(map(Role, names)) for tenant, names in body.get("roles", {}).items()}
    return Account(
        entry.entry_id, body["name"], body.get("login", ""), body.get("home", ""), roles,
        body.get("password", ""), body.get("must_change", False), body.get("totp", ""),
        body.get("epoch", 1), body.get("nif", ""), body.get("citizen", False),
        tuple(body.get("known_by", ())), entry.state == CLOSED, entry.version,
    )  # fmt: skip
