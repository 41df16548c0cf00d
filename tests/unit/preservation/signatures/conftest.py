# SPDX-License-Identifier: EUPL-1.2
"""The signed material of these tests."""

from __future__ import annotations

import base64
import hashlib

import pytest
from signing import SIGNED_TEXT, plain_pdf, plain_xml, world

from preservation.signatures.sign import sign_cms, sign_pdf, sign_xml

__all__ = ["plain_pdf", "plain_xml", "world"]


@pytest.fixture
def signed_files(world, tmp_path, plain_pdf, plain_xml):
    """One file of each kind."""
    cms = sign_cms(SIGNED_TEXT, world.seal, detached=True, signing_time=world.signed_at)
    pem = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(cms) + b"-----END PKCS7-----\n"
    files = {
        "a.pdf": sign_pdf(plain_pdf, world.seal, signing_time=world.signed_at),
        "a.p7s": cms,
        "a.pem": pem,
        "a.b64": base64.encodebytes(cms),
        "a.xml": sign_xml(plain_xml, world.seal, signing_time=world.signed_at),
        "a.tst": world.stamper().stamp(hashlib.sha256(SIGNED_TEXT).digest(), "sha256"),
        "data": SIGNED_TEXT,
        "vacio": b"",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path
