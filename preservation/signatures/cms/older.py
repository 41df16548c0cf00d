# SPDX-License-Identifier: EUPL-1.2
"""What the time stamps of CAdES before the baseline stamp: archive-time-stamp-v2 and stamps over references.

They are read and never made.

Source: TS 101 733 V2.2.1 sections 6.3.5 (CAdES-C-time-stamp), 6.3.6 (time-stamped-certs-crls-references),
6.4.1 and annex K (archive-time-stamp-v2); ETSI EN 319 122-1 annex A.1.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from preservation import der
from preservation.algorithms import DIGESTS, new_digest
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import Element, element
from preservation.signatures.cms.envelope import Attribute, Envelope, Signer
from preservation.signatures.content import Content, feed

WEAK: Final = frozenset({"md5", "sha1"})
"""A reference by such a digest may be found for another object one day: it proves the existence of none."""


def references_imprints(signer: Signer, name: str, *, over_signature: bool) -> list[bytes]:
    """Return the imprints that a stamp over complete references may have.

    TS 101 733 section 6.3.5 speaks of values without type and length; its note 2 means type and values of an
    attribute without the SEQUENCE around them, and the Spanish platforms read it as the values alone.

    Args:
        signer: Whose references.
        name: Digest algorithm.
        over_signature: The signature value and its time stamps are covered before them (type 1).
    """
    names = [attrs.CERTIFICATE_REFERENCES, attrs.REVOCATION_REFERENCES]
    if over_signature:
        names.insert(0, attrs.SIGNATURE_TIME_STAMP)
    wanted = [one for each in names for one in signer.unsigned_attributes if one.name == each]
    if not wanted:
        return []
    found = []
    for form in (
        b"".join(element(each.encoded).contents for each in wanted),
        b"".join(value for each in wanted for value in each.values),
    ):
        made = new_digest(name)
        made.update(signer.value if over_signature else b"")
        made.update(form)
        found.append(bytes(made.digest()))
    return found


def archive_imprints(
    envelope: Envelope, signer: Signer, content: Content | None, before: tuple[Attribute, ...], name: str
) -> list[bytes]:
    """Return the imprints that an archive-time-stamp-v2 may have.

    Annex K left the tag and length of the unsigned attributes out, against section 6.4.1; its later note asks
    to accept both.

    Args:
        envelope: The signature as it is now.
        signer: Whose signature it is.
        content: The detached content, where there is one.
        before: The unsigned attributes that were there when the stamp was made.
        name: Digest algorithm.

    Returns:
        Nothing where the content is not here.
    """
    made = _common(envelope, signer, content, name)
    if made is None:
        return []
    inside = b"".join(each.encoded for each in before)
    found = []
    for form in (der.tagged(0xA1, inside), inside):
        one = made.copy()
        one.update(form)
        found.append(bytes(one.digest()))
    return found


def _common(envelope: Envelope, signer: Signer, content: Content | None, name: str) -> Any:
    """Return a hash object over what all such stamps begin with; None where the content is missing."""
    key = ("archive time stamp", name)
    if key not in signer.memory:
        made = new_digest(name)
        _feed_element(envelope.encapsulated, made)
        if envelope.content is None and (content is None or not feed(content, made)):
            return None
        for stored in (envelope.certificates_field, envelope.crls_field):
            if stored is not None:
                _feed_element(stored, made)
        made.update(signer.core)
        signer.memory[key] = made
    return signer.memory[key].copy()


def before_stamp(
    signer: Signer, stamp: Attribute, token: bytes, time: datetime, times: dict[bytes, datetime | None]
) -> tuple[Attribute, ...]:
    """Return the unsigned attributes that were there when an archive time stamp was made.

    All but itself and the archive time stamps that are not older (TS 101 733 section 6.4.1).

    Args:
        signer: Whose attributes.
        stamp: The attribute of the stamp.
        token: Its value.
        time: When it was made.
        times: Of each token of the signer, by its octets.
    """
    found = []
    for each in signer.unsigned_attributes:
        if each.name in attrs.ARCHIVES:
            when = times.get(each.values[0]) if each.values else None
            if (each.name, each.values[:1]) == (stamp.name, (token,)) or when is None or when >= time:
                continue
        found.append(each)
    return tuple(found)


def _feed_element(found: Element, made: Any) -> None:
    for at in range(found.start, found.end, 1 << 20):
        made.update(found.source[at : min(at + (1 << 20), found.end)])


def referenced(attributes: Iterable[Attribute], candidates: Iterable[bytes]) -> list[bytes]:
    """Return the candidates whose digests stand in complete references, by digests that still bind."""
    wanted: dict[str, set[bytes]] = {}
    for attribute in attributes:
        for value in attribute.values:
            for name, digest in _digests(element(value)):
                wanted.setdefault(name, set()).add(digest)
    found = []
    for name, digests in wanted.items():
        if name in WEAK or name not in DIGESTS:
            continue
        for each in candidates:
            made = new_digest(name)
            made.update(each)
            if made.digest() in digests:
                found.append(each)
    return found


def _digests(found: Element, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield every OtherHashAlgAndValue: an algorithm and an octet string."""
    if found.tag & 0x20 == 0 or depth > 8:
        return
    inside = list(found)
    if len(inside) == 2 and inside[0].tag == 0x30 and inside[1].tag == 0x04:
        first = next(iter(inside[0]), None)
        if first is not None and first.tag == 0x06:
            yield attrs.digest_name(inside[0].encoded), ber.octets(inside[1])
            return
    for each in inside:
        yield from _digests(each, depth + 1)
