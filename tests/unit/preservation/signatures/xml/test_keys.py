# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from preservation import der
from preservation.signatures.xml.keys import key_of
from preservation.trust.certificates import key_info


def test_key_of_a_certificate_is_cut_out_of_it(world):
    """The quick way gives the same key as reading the whole certificate; what is none gives none."""
    assert key_of(world.seal.certificate) == key_info(world.seal.certificate)
    for rubbish in (b"", b"0", b"\x30\x03\x02\x01\x01", world.seal.certificate[:200]):
        assert key_of(rubbish) is None


def test_key_of_a_certificate_of_version_1_is_found_too(world):
    """Without a version the key is one field earlier (RFC 5280 section 4.1)."""
    body, *rest = [each.encoded for each in der.parse(world.seal.certificate).children()]
    fields = [each.encoded for each in der.parse(body).children()][1:7]
    assert key_of(der.sequence(der.sequence(*fields), *rest)) == key_info(world.seal.certificate)
