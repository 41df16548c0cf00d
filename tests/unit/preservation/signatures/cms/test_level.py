# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from preservation import der
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.level import level_of

BES = {attrs.SIGNING_CERTIFICATE_V2: [b""], attrs.CONTENT_TYPE: [der.oid("1.2.840.113549.1.7.1")]}
BASELINE = {**BES, attrs.SIGNING_TIME: [b""]}
STAMPED = {attrs.SIGNATURE_TIME_STAMP: [b""]}
REFERENCES = {**STAMPED, attrs.CERTIFICATE_REFERENCES: [b""], attrs.REVOCATION_REFERENCES: [b""]}
VALUES = {attrs.CERTIFICATE_VALUES: [b""], attrs.REVOCATION_VALUES: [b""]}


@pytest.mark.parametrize(
    ("signed", "unsigned", "level"),
    [
        ({}, {}, ""),
        (BES, {}, "BES"),
        ({**BES, attrs.POLICY: [b""]}, {}, "EPES"),
        (BASELINE, {}, "B"),
        ({**BASELINE, attrs.POLICY: [b""]}, {}, "B"),
        (BASELINE, STAMPED, "T"),
        (BASELINE, {**STAMPED, attrs.REVOCATION_VALUES: [b""]}, "LT"),
        (BES, REFERENCES, "C"),
        (BES, {**REFERENCES, attrs.CADES_C_TIME_STAMP: [b""]}, "X"),
        (BES, {**REFERENCES, **VALUES}, "XL"),
        (BES, {**REFERENCES, **VALUES, attrs.ARCHIVE_TIME_STAMP_V2: [b""]}, "A"),
        (BASELINE, {**STAMPED, attrs.ARCHIVE_TIME_STAMP_V3: [b""]}, "LTA"),
    ],
)
def test_level_of_is_named_by_what_is_there(signed, unsigned, level):
    """Baseline levels where the baseline's attributes are there, the older names elsewhere."""
    assert level_of(signed, unsigned, has_certificates=True, has_revocation=False) == level


def test_level_of_lt_and_b_look_at_signed_data():
    """Revocation data in SignedData make LT; without the certificate there the basic form is BES."""
    assert level_of(BASELINE, STAMPED, has_certificates=True, has_revocation=True) == "LT"
    assert level_of(BASELINE, {}, has_certificates=False, has_revocation=False) == "BES"
