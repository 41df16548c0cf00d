# SPDX-License-Identifier: EUPL-1.2
"""One SignerInfo over what it signs, as facts: of a signature, a counter-signature or a time-stamp token.

Source: RFC 5652 5.3, 5.4; RFC 5035; ETSI EN 319 122-1.
"""

from __future__ import annotations

from datetime import datetime

from archive.clock import assume_utc
from preservation.algorithms import Mechanism, key_algorithm, mechanism_in
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.claims import claims_of, policy_of
from preservation.signatures.cms.constraints import doubts_of, format_problems
from preservation.signatures.cms.envelope import Envelope, Signer
from preservation.signatures.cms.level import is_cades, level_of
from preservation.signatures.cms.mathematics import check_signer
from preservation.signatures.cms.signers import key_of, signing_certificate
from preservation.signatures.content import Content
from preservation.signatures.facts import SignatureFacts
from preservation.strength import Algorithm


def unreadable(why: object, format_name: str = "CMS") -> SignatureFacts:
    """Return the facts of something that is no signature to speak of."""
    return SignatureFacts(format=format_name, unreadable=f"not readable: {why}"[:300])


def read_signer(
    envelope: Envelope,
    signer: Signer,
    content: Content | None,
    *,
    counter: bool = False,
    problems: list[str] | None = None,
    loose: tuple[bytes, ...] = (),
) -> SignatureFacts:
    """Read one SignerInfo over its content, without its time stamps.

    Args:
        envelope: The SignedData around it.
        signer: The SignerInfo.
        content: What it signs.
        counter: It is a counter-signature: it has no content type.
        problems: Breaches that all signers share.
        loose: Certificates from elsewhere, among which its own may be.

    Raises:
        ValueError: Something in it cannot be read.
    """
    signed, repeated = attrs.by_name(signer.signed_attributes)
    unsigned, _ = attrs.by_name(signer.unsigned_attributes)
    extra = attrs.long_term_values(unsigned)
    own = (*envelope.certificates, *attrs.carried_certificates(unsigned), *extra[0])
    certificate, doubts = signing_certificate(signer.identifier, signed, (*own, *loose))
    digest_name = attrs.digest_name(signer.digest_algorithm)
    mechanism = mechanism_in(signer.signature_algorithm, digest_name)
    key = None if certificate is None else key_of(certificate)
    reference, value = check_signer(
        signer, signed, content, key, mechanism=mechanism, digest_name=digest_name
    )
    crls, ocsps = attrs.carried_revocation(signed, unsigned)
    policy = policy_of(signed)
    return SignatureFacts(
        format="CAdES" if is_cades(signed) else "CMS",
        level=level_of(
            signed,
            unsigned,
            has_certificates=bool(envelope.certificates),
            has_revocation=bool(envelope.revocation_choices),
        ),
        signer=certificate,
        binds_signer=is_cades(signed),
        certificates=own,
        crls=(*envelope.crls, *crls, *extra[1]),
        ocsps=(*envelope.ocsps, *ocsps, *extra[2]),
        references=(reference,),
        value=value,
        claimed_time=_signing_time(signed),
        policy="" if policy is None else policy.identifier,
        policy_facts=policy,
        claims=claims_of(signed),
        signature_value=signer.value,
        algorithms=_algorithms(digest_name, mechanism, key),
        problems=(*(problems or ()), *format_problems(envelope, signer, signed, counter=counter)),
        doubts=(*doubts, *doubts_of(signer, signed, unsigned, repeated, content, counter=counter)),
        notes=_notes(envelope),
    )


def _signing_time(signed: attrs.Attributes) -> datetime | None:
    time = attrs.instant_of(signed)
    return None if time is None else assume_utc(time.native)


def _algorithms(digest_name: str, mechanism: Mechanism, key: bytes | None) -> tuple[Algorithm, ...]:
    found = [Algorithm(digest_name), Algorithm(mechanism.digest)]
    if key is not None:
        found.append(key_algorithm(key))
    return tuple(dict.fromkeys(each for each in found if each.name))


def _notes(envelope: Envelope) -> tuple[str, ...]:
    if not envelope.trailing:
        return ()
    return (f"{envelope.trailing} octets stand behind the signature; nothing is said of them",)
