# SPDX-License-Identifier: EUPL-1.2
"""The archive's trust folder as its operator works with it: put things in, bring them up to date.

HOME/trust/
  *.cer *.pem …    certificates; the self-issued are anchors
  anchors.toml     dates, purposes and sources of some of them (preservation.trust.dated)
  trust.toml       whom to ask, which lists to follow (preservation.trust.settings)
  operators/       certificates that may sign lists; anchors of nothing else
  snapshots/       lists, by digest, never deleted
  revocation/      revocation lists and answers, by digest, never deleted
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from archive.clock import format_instant, parse_instant
from archive.errors import ConfigurationError, InvalidRequest, XmlRefused
from preservation.trust.certificates import load
from preservation.trust.chains import find_chain
from preservation.trust.dated import ANCHORS_FILE, PURPOSES
from preservation.trust.kept import Kept
from preservation.trust.pem import certificates_of, is_answer, is_list, items_in, read_trust_file
from preservation.trust.refresh import Ask, Refreshed, refresh
from preservation.trust.revocation_cache import REVOCATION, RevocationCache
from preservation.trust.store import TrustStore
from preservation.trusted_lists.parse import NotATrustedList, is_trusted_list, parse_list
from preservation.trusted_lists.shelf import OPERATORS
from preservation.trusted_lists.update import Step, admit


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one thing that was put in."""

    name: str
    """File it came from."""
    kind: str
    """`anchor`, `certificate`, `operator`, `list`, `revocation list`, `answer`; empty where it is nothing."""
    sha256: str = ""
    problem: str = ""
    """Why it was not taken; empty where it was."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"name": self.name, "kind": self.kind, "sha256": self.sha256, "problem": self.problem}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the operator says about the certificates that he puts in."""

    since: datetime | None = None
    until: datetime | None = None
    purposes: Sequence[str] = ()
    source: str = ""
    operators: bool = False
    """They may sign lists; they are no anchors."""
    signers: Sequence[str] = ()
    """SHA-256 of the certificates of lists' signers that he vouches for."""

    @property
    def dated(self) -> bool:
        """Tell whether he says anything that must be written down beside the certificate."""
        return bool(self.since or self.until or self.purposes or self.source)


class TrustFolder:
    """A trust folder to be changed; the caller holds the archive's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cache = RevocationCache(path / REVOCATION)

    def add(self, paths: Sequence[Path], decision: Decision, at: datetime) -> list[Added]:
        """Put in files and folders of certificates, trusted lists, revocation lists and answers.

        Raises:
            ConfigurationError: A file cannot be read, or `anchors.toml` cannot.
            StorageUnavailable: The folder cannot be written.
        """
        files = [(each, path.is_file()) for path in paths for each in _files(path)]
        lists: list[tuple[Path, bytes]] = []
        told: list[Added] = []
        for path, named in files:
            data = read_trust_file(path)
            if is_trusted_list(data[:8192]):
                lists.append((path, data))
            else:
                told += self._add_items(path.name, items_in(data), decision, at, named=named)
        for path, data in sorted(lists, key=_list_order):
            told.append(_told(admit(self.path, data, url=path.name, at=at, named=decision.signers)))
        return told

    def refresh(self, certificate: bytes, trust: TrustStore, ask: Ask, at: datetime) -> list[Refreshed]:
        """Ask for fresh revocation data about a certificate and the authorities above it.

        Raises:
            InvalidRequest: It cannot be read, or no chain leads from it to an anchor: whose answer to
                believe is not known.
        """
        leaf = load(certificate)
        if leaf is None:
            raise InvalidRequest("the certificate cannot be read")
        known = tuple(dict.fromkeys(each for purpose in PURPOSES for each in trust.anchors_ever(purpose)))
        chain = find_chain(leaf, trust.certificates, known)
        if not chain.certificates:
            raise InvalidRequest(f"{chain.problem}: whose answer to believe is not known")
        pairs = pairwise(chain.certificates)
        return [told for one, above in pairs for told in refresh(self.cache, one, above, ask, at)]

    def renew_lists(self, trust: TrustStore, ask: Ask, at: datetime) -> list[Refreshed]:
        """Ask again for kept revocation lists that are past their next update."""
        youngest: dict[str, str] = {}
        for entry in self.cache.entries().values():
            if entry["kind"] == "crl" and entry["url"].startswith(("http:", "https:")):
                following = entry["next_update"] or entry["this_update"]
                youngest[entry["url"]] = max(following, youngest.get(entry["url"], ""))
        told = []
        for url, following in sorted(youngest.items()):
            if parse_instant(following) <= at:
                answer = ask(url)
                problem = answer.problem or self.cache.keep_list(answer.data, _all(trust), url=url, at=at)
                told.append(Refreshed(url, problem, answer.allowed))
        return told

    def _add_items(
        self, name: str, items: Sequence[bytes], decision: Decision, at: datetime, *, named: bool
    ) -> Iterator[Added]:
        certificates = certificates_of(items)
        alone = named and len(certificates) == 1
        for der in items:
            digest = hashlib.sha256(der).hexdigest()
            if der in certificates:
                yield self._add_certificate(name, der, decision, at, alone=alone)
            elif is_list(der):
                issuers = _all(TrustStore.from_folder(self.path)) if self.path.is_dir() else ()
                problem = self.cache.keep_list(der, issuers, url=name, at=at)
                yield Added(name, "revocation list", digest, problem)
            elif is_answer(der):
                Kept(self.path, ".ocsp").put(f"{digest}.ocsp", der)
                yield Added(name, "answer", digest)
            elif named:
                yield Added(name, "", "", "nothing in it that trust is made of")

    def _add_certificate(
        self, name: str, der: bytes, decision: Decision, at: datetime, *, alone: bool
    ) -> Added:
        digest = hashlib.sha256(der).hexdigest()
        if decision.operators:
            Kept(self.path / OPERATORS, ".cer").put(f"{digest}.cer", der)
            return Added(name, "operator", digest)
        certificate = load(der)
        own = certificate is not None and bool(certificate.subject == certificate.issuer)
        if decision.dated or (alone and not own):
            # First: interrupted here, the folder is refused; the other way round the anchor would be undated.
            self._write_decision(digest, der, decision, at)
        Kept(self.path, ".cer").put(f"{digest}.cer", der)
        return Added(name, "anchor" if own or alone or decision.dated else "certificate", digest)

    def _write_decision(self, digest: str, der: bytes, decision: Decision, at: datetime) -> None:
        known = TrustStore.from_folder(self.path).dated if self.path.is_dir() else ()
        if any(each.certificate == der for each in known):
            raise ConfigurationError(f"{self.path / ANCHORS_FILE} says something of {digest} already")
        path = self.path / ANCHORS_FILE
        before = path.read_text("utf-8") if path.is_file() else ""
        lines = ["[[anchor]]", f'sha256 = "{digest}"']
        for label, instant in (("since", decision.since), ("until", decision.until)):
            if instant is not None:
                lines.append(f"{label} = {format_instant(instant)}")
        if decision.purposes:
            lines.append(f"purposes = {json.dumps(list(decision.purposes))}")
        source = decision.source or f"put in by the operator on {at:%Y-%m-%d}"
        lines.append(f"source = {json.dumps(source, ensure_ascii=False)}")
        kept = Kept(self.path, ".toml")
        kept.put(ANCHORS_FILE, f"{before.rstrip()}\n\n{chr(10).join(lines)}\n".lstrip().encode())


def checked(decision: Decision) -> Decision:
    """Return a decision that makes sense.

    Raises:
        InvalidRequest: It does not.
    """
    if decision.since and decision.until and decision.until <= decision.since:
        raise InvalidRequest("an anchor that ends before it begins")
    if not set(decision.purposes) <= set(PURPOSES):
        raise InvalidRequest(f"purposes are {' and '.join(PURPOSES)}")
    if decision.operators and decision.dated:
        raise InvalidRequest("those who sign lists have no dates or purposes here")
    return decision


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
    return [path]


def _list_order(entry: tuple[Path, bytes]) -> tuple[bool, int]:
    """Lists of the lists first, oldest first: each names the signers of the next."""
    try:
        found, _ = parse_list(entry[1])
    except (NotATrustedList, XmlRefused):
        return (True, 0)
    return (not found.is_list_of_lists, found.sequence)


def _told(step: Step) -> Added:
    digest = "" if step.snapshot is None else step.snapshot.digest
    advice = (
        f"; if you answer for its signer, say --signer {step.signer}" if step.signer and step.problem else ""
    )
    return Added(step.url, "list", digest, f"{step.problem}{advice}" if step.problem else "")


def _all(trust: TrustStore) -> tuple[bytes, ...]:
    dated = (each.certificate for each in trust.dated)
    return tuple(dict.fromkeys((*trust.anchors, *trust.certificates, *dated)))
