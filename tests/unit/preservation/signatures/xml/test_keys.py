# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from preservation.signatures.xml.keys import key_of
from preservation.trust.certificates import key_info


def test_key_of_a_certificate_is_cut_out_of_it(world):
    """The quick way gives the same key as reading the whole certificate; what is none gives none."""
    assert key_of(world.seal.certificate) == key_info(world.seal.certificate)
    for rubbish in (b"", b"0", b"\x30\x03\x02\x01\x01", world.seal.certificate[:200]):
        assert key_of(rubbish) is None
