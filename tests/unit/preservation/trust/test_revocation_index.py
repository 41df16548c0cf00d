# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import time
from datetime import UTC, datetime

import certificates_to_order as orders
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from preservation import der
from preservation.trust import revocation_lists
from preservation.trust.revocation_entry import Entry
from preservation.trust.revocation_index import build_index, find_entry
from preservation.trust.revocation_lists import entry_on

AT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = datetime(2026, 2, 1, 10, tzinfo=UTC)
BIG = 300_000


@pytest.fixture(scope="module")
def authority():
    """Who signs the lists."""
    return orders.authority("EMISORA")


def _mixed(authority):
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(AT).next_update(AT.replace(day=8))
    for serial, reason in ((1, None), (127, "keyCompromise"), (128, None), (2**158 + 5, "superseded")):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(DAY)
        if reason:
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(reason)), False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _big(authority):
    """Three hundred thousand entries, written straight as DER."""
    moment = b"\x17\x0d260201100000Z"
    entries = b"".join(
        der.sequence(b"\x02\x0a" + (1 << 72 | number * 7).to_bytes(10, "big"), moment)
        for number in range(BIG)
    )
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    name = authority.certificate.subject.public_bytes()
    body = der.sequence(
        b"\x02\x01\x01",
        algorithm,
        name,
        b"\x17\x0d260301000000Z",
        b"\x17\x0d260308000000Z",
        der.sequence(entries),
    )
    value = authority.key.sign(body, ec.ECDSA(hashes.SHA256()))
    return der.sequence(body, algorithm, der.tagged(0x03, b"\x00" + value))


def test_index_finds_what_is_on_the_list_and_nothing_else(authority):
    """Serial numbers of every length, with date and reason, and their neighbours that are not there."""
    crl = _mixed(authority)
    index = build_index(crl)
    assert len(index) == 4 * 24
    told = {serial: find_entry(crl, index, serial) for serial in (1, 127, 128, 2**158 + 5)}
    reasons = {1: "", 127: "keyCompromise", 128: "", 2**158 + 5: "superseded"}
    assert told == {serial: Entry(DAY, reason) for serial, reason in reasons.items()}
    for serial in (0, 2, 126, 129, 2**158 + 4, 2**158 + 6, 2**200):
        assert find_entry(crl, index, serial) is None


def test_index_of_an_empty_list_is_empty(authority):
    """A list without entries has none, and is not mistaken for one whose extensions are entries."""
    empty = orders.revocation_list(authority, at=AT)
    assert build_index(empty) == b""
    assert find_entry(empty, b"", 1) is None


def test_index_of_another_list_is_noticed(authority):
    """An index that does not belong to the list raises instead of calling a certificate good or revoked."""
    one, two = _mixed(authority), orders.revocation_list(authority, [9, 10, 11, 12], at=AT)
    with pytest.raises(ValueError):
        find_entry(two, build_index(one), 127)
    with pytest.raises(ValueError):
        find_entry(one, build_index(one), -1)
    index = build_index(one)
    crossed = index[:20] + index[44:48] + index[24:44] + index[20:24] + index[48:]
    with pytest.raises(ValueError, match="another list"):
        find_entry(one, crossed, 127)


def test_index_is_not_made_of_what_is_no_list(authority):
    """Hostile bytes give no index, never an exception."""
    crl = _mixed(authority)
    for cut in range(len(crl) - 80):
        made = build_index(crl[:cut])
        assert made is None or len(made) % 24 == 0
    for place in range(0, len(crl), 3):
        broken = bytearray(crl)
        broken[place] ^= 0x91
        build_index(bytes(broken))


@pytest.mark.slow
def test_index_answers_for_three_hundred_thousand_entries_in_a_moment(authority):
    """Built once in a second or so; then a thousand questions take less than a tenth of one."""
    crl = _big(authority)
    begun = time.perf_counter()
    index = build_index(crl)
    built = time.perf_counter() - begun
    assert len(index) == BIG * 24
    begun = time.perf_counter()
    found = [find_entry(crl, index, 1 << 72 | number) for number in range(0, 7000, 7)]
    asked = time.perf_counter() - begun
    assert all(each == Entry(DAY, "") for each in found)
    assert find_entry(crl, index, 1 << 72 | 8) is None
    assert built < 10
    assert asked / 1000 < 0.002  # seconds a question


def test_entry_on_a_list_asked_often_is_answered_from_an_index(authority, monkeypatch):
    """The same answers before and after the index is made."""
    crl = _mixed(authority)
    revocation_lists._searched.cache_clear()
    monkeypatch.setattr(revocation_lists, "_WORTH_AN_INDEX", 3)
    told = [entry_on(crl, 127) for _ in range(5)]
    assert told == [Entry(DAY, "keyCompromise")] * 5
    assert revocation_lists._searched(crl)._index
    assert entry_on(crl, 126) is None
