# SPDX-License-Identifier: EUPL-1.2
"""Was this chain good when the signature existed? EN 319 102-1 5.6.2.1, 5.6.2.2 and 5.6.2.4.

From the anchor down to the signer, the control time slides back to the last instant at which everything so
far was still good. What a certificate issued or somebody signed must be proven to exist by then.

Where the standard leaves room, or is read in two ways, this is what we do:

* The status of a certificate must be proven to exist before that certificate ended (its issuer may forget it
  afterwards, and a later list of the same authority would slide the control time past the end), unless the
  data says that it remembers the expired: then before the control time of its issuer.
* Data that is not fresh at the control time slides it to the last instant at which the data was fresh
  (5.2.5), so that what was fresh at the proven time suffices as it does in 5.5.4 step 6 and 5.6.2.4 step 5.
* A revocation counts without proof; a good status does not.
* Certificates of authorities must be proven too, but for those that the archive itself holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from asn1crypto import x509

from preservation.signatures.engine.concerns import Concern, indeterminate
from preservation.signatures.engine.known import known
from preservation.signatures.engine.material import Material
from preservation.signatures.engine.status import (
    Status,
    entitled,
    fresh_until,
    freshest,
    remembers,
    status_of,
    strong,
)
from preservation.signatures.engine.verdicts import PathVerdict, Subject, Usage
from preservation.strength import ALWAYS, said
from preservation.trust.dated import Purpose
from preservation.trust.revocation import Statement


def past_verdict(chain: tuple[x509.Certificate, ...], subject: Subject, material: Material) -> PathVerdict:
    """Judge one chain for a signature that existed at a proven time, however long ago."""
    slide = _Slide(chain, subject, material, material.at)
    concern = slide.run()
    return PathVerdict(() if concern is None else (concern,), chain, tuple(slide.used), slide.control)


@dataclass(slots=True)
class _Slide:
    """One sliding of the control time (5.6.2.2)."""

    chain: tuple[x509.Certificate, ...]
    subject: Subject
    material: Material
    control: datetime
    used: list[Usage] = field(default_factory=list)
    bound: Concern | None = None
    """Why the control time is where it is."""

    def run(self) -> Concern | None:
        """Slide from the anchor to the leaf; return what is lacking, or None."""
        leaf = self.chain[0]
        if not known(leaf).not_before <= self.subject.existed <= known(leaf).not_after:
            reason = f"no proof says that it was made before {known(leaf).not_after:%Y-%m-%d}"
            return indeterminate("OUT_OF_BOUNDS_NO_POE", reason)
        below = [known(each) for each in self.chain[:-1]]
        if below and max(each.not_before for each in below) > min(each.not_after for each in below):
            reason = "the certificates of the chain were never valid together"
            return indeterminate("CERTIFICATE_CHAIN_GENERAL_FAILURE", reason)
        self._sunset()
        self._weaken_key(self.chain[-1])
        for certificate, issuer in reversed(list(pairwise(self.chain))):
            concern = self._step(certificate, issuer, is_leaf=certificate is leaf)
            if concern is not None:
                return concern
        if self.subject.existed > self.control:
            return self.bound or indeterminate("NO_POE", "no proof is as old as the control time")
        return None

    def _step(
        self, certificate: x509.Certificate, issuer: x509.Certificate, *, is_leaf: bool
    ) -> Concern | None:
        existed = self.subject.certificate_existed if is_leaf else self.material.certified_since(certificate)
        name = known(certificate).name
        if existed > min(self.control, known(certificate).not_after):
            return self._refuse_late(f"the certificate of {name}")
        signed_with = known(certificate).digest
        since = self.material.strength.weak_since(signed_with)
        if since is not None and existed >= since:
            return indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", f"chain: {said(signed_with, since)}")
        if (
            not known(certificate).excused
            or status_of(certificate, issuer, self.material).revoked is not None
        ):
            concern = self._revocation(certificate, issuer, is_leaf=is_leaf)
            if concern is not None:
                return concern
        if not is_leaf:
            words = f"the authority {name} ended on {known(certificate).not_after:%Y-%m-%d}"
            self._slide_to(known(certificate).not_after, indeterminate("OUT_OF_BOUNDS_NO_POE", words))
        self._weaken_key(certificate)
        return None

    def _revocation(
        self, certificate: x509.Certificate, issuer: x509.Certificate, *, is_leaf: bool
    ) -> Concern | None:
        status = status_of(certificate, issuer, self.material)
        # a suspension that was lifted says nothing of the time after it
        standing = [
            each for each in status.statements if each.revoked_at is None or each in status.revocations
        ]
        usable = [each for each in standing if self._usable(each, certificate, issuer)]
        if not usable:
            return self._lacking(replace(status, statements=tuple(standing)), certificate, issuer)
        if status.revoked is not None:
            stamping = is_leaf and self.subject.purpose is Purpose.TIME_STAMPING
            against = status.against_tokens_of(self.subject.said) if stamping else status.revoked
            if against is not None and against.revoked_at is not None:
                self._revoke(against.revoked_at, against, is_leaf=is_leaf)
            self.used.append(Usage(certificate, issuer, status.revoked))
            if status.revoked in usable:
                return None
        best = freshest([each for each in usable if each.revoked_at is None] or usable)
        self.used.append(Usage(certificate, issuer, best))
        words = f"what is known of {known(certificate).name} ends on {fresh_until(best):%Y-%m-%d}"
        self._slide_to(fresh_until(best), indeterminate("NO_POE", words))
        return None

    def _usable(self, statement: Statement, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        """5.6.2.2 step 2 a."""
        return self._in_time(statement, certificate, issuer) and strong(statement, self.material)

    def _in_time(self, statement: Statement, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        limit = self.control
        if not remembers(statement, certificate):
            limit = min(limit, known(certificate).not_after)
        return (
            statement.this_update <= limit
            and self.material.known_since(statement.source) <= limit
            and entitled(statement, issuer, self.material)
        )

    def _lacking(self, status: Status, certificate: x509.Certificate, issuer: x509.Certificate) -> Concern:
        name, end = known(certificate).name, f"{known(certificate).not_after:%Y-%m-%d}"
        if not status.statements:
            return indeterminate("NO_POE", f"no revocation data for {name}, which ended on {end}")
        if any(self._in_time(each, certificate, issuer) for each in status.statements):
            words = f"the revocation data for {name} is signed with what proves nothing any more"
            return indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", words)
        before = min(self.control, known(certificate).not_after)
        words = f"no revocation data for {name} is proven to be from before {before:%Y-%m-%d}"
        return indeterminate("NO_POE", words)

    def _revoke(self, since: datetime, statement: Statement, *, is_leaf: bool) -> None:
        sub, whose = (
            ("REVOKED_NO_POE", "the certificate") if is_leaf else ("REVOKED_CA_NO_POE", "an authority")
        )
        why = f" ({statement.reason})" if statement.reason else ""
        words = f"{whose} was revoked on {since:%Y-%m-%d}{why} and no proof is older"
        # "at or before" would let the same second pass; the revocation is taken to come first
        self._slide_to(since, indeterminate(sub, words), strictly=True)

    def _weaken_key(self, certificate: x509.Certificate) -> None:
        key = known(certificate).key
        since = self.material.strength.weak_since(key)
        if since is not None:
            words = f"chain: {said(key, since)}"
            self._slide_to(since, indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", words), strictly=True)

    def _sunset(self) -> None:
        """Begin where the anchor stopped being trusted (EN 319 102-1 V1.4.1 5.6.2.2 step 1 a)."""
        anchor = known(self.chain[-1]).der
        purpose = self.subject.purpose
        if anchor in self.material.trust.anchors_at(self.material.at, purpose):
            return
        ends = [
            period.until
            for decision in self.material.trust.decisions_on(anchor)
            if purpose in decision.purposes
            for period in decision.periods
            if period.trusted and period.holds(self.subject.existed) and period.until is not None
        ]
        end = max(ends, default=self.subject.existed)
        words = f"the anchor is trusted until {end:%Y-%m-%d} only"
        self._slide_to(end, indeterminate("NO_CERTIFICATE_CHAIN_FOUND_NO_POE", words))

    def _slide_to(self, when: datetime, concern: Concern, *, strictly: bool = False) -> None:
        target = _just_before(when) if strictly else when
        if target < self.control:
            self.control, self.bound = target, concern

    def _refuse_late(self, what: str) -> Concern:
        words = f"no proof shows that {what} existed by {self.control:%Y-%m-%d}"
        if self.bound is None:
            return indeterminate("NO_POE", words)
        return indeterminate(self.bound.sub_indication, f"{words}: {self.bound.reason}")


def _just_before(when: datetime) -> datetime:
    return when if when == ALWAYS else when - timedelta(microseconds=1)
