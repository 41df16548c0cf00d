# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import io
import zipfile

from preservation.signatures.reading import Kind, read_signatures, sniff
from preservation.signatures.sign import sign_cms


def test_sniff_a_container_that_stores_a_pdf_is_a_container(plain_pdf):
    """A ZIP whose first entry is a stored PDF has the PDF's header in its first kilobyte, and is a ZIP."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as container:
        container.writestr("documento.pdf", plain_pdf)
    assert b"%PDF-" in made.getvalue()[:1024]
    assert sniff(made.getvalue()) is Kind.ZIP


def test_sniff_a_cms_that_carries_a_pdf_is_a_cms(world, plain_pdf):
    """The first octet decides, not a PDF header inside."""
    assert sniff(sign_cms(plain_pdf, world.seal, detached=False, signing_time=None)) is Kind.CMS


def test_read_signatures_of_several_pem_blocks_are_refused(world):
    """A file that shows two signatures is not believed for its first one."""
    blocks = [
        b"-----BEGIN CMS-----\n%s-----END CMS-----\n"
        % base64.encodebytes(sign_cms(each, world.seal, detached=False, signing_time=None))
        for each in (b"uno", b"dos")
    ]
    assert read_signatures(blocks[0])[0].intact
    assert read_signatures(b"nota\n" + blocks[0])[0].intact
    (facts,) = read_signatures(blocks[0] + blocks[1])
    assert facts.unreadable
