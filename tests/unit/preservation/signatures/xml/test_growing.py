# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from preservation.signatures.augmentation import ValidationMaterial
from preservation.signatures.xml.growing import lacking, values_elements, whole_response
from preservation.signatures.xml.values import Values


def test_basic_answers_are_put_in_a_whole_response():
    """EncapsulatedOCSPValue holds an OCSPResponse (RFC 6960); one that is whole stays as it is."""
    basic = b"\x30\x03\x30\x01\x00"
    whole = whole_response(basic)
    assert basic in whole
    assert whole_response(whole) == whole


def test_lacking_gives_each_piece_once_and_nothing_that_is_there():
    """Material that a signature carries already is not carried twice."""
    basic = b"\x30\x03\x30\x01\x00"
    material = ValidationMaterial((b"a", b"b", b"a"), (b"c",), (basic,))
    held = Values(certificates=[b"b"], ocsps=[whole_response(basic)])
    assert lacking(material, held) == ValidationMaterial((b"a",), (b"c",), ())


def test_values_elements_of_nothing_are_nothing():
    """No empty properties are written."""
    nothing = ValidationMaterial()
    assert (
        values_elements("urn:x", nothing, newer=False) == values_elements("urn:x", nothing, newer=True) == b""
    )
