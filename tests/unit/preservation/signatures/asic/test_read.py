# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
import warnings
import zipfile

import pytest

from preservation.signatures.asic.read import read_asic
from preservation.signatures.engine.judge import judge
from preservation.signatures.sign import sign_cms, sign_detached


def _zip(*entries) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in entries:
            container.writestr(name, content)
    return out.getvalue()


def test_read_asic_simple_and_extended_pass(world):
    """The only file under a CMS, and files named by URI under XAdES."""
    cms = sign_cms(b"acta", world.seal, detached=True, signing_time=world.signed_at)
    (simple,) = read_asic(_zip(("mimetype", "x"), ("acta.txt", b"acta"), ("META-INF/signature.p7s", cms)))
    assert judge(simple, world.trust(), world.at).indication == "TOTAL_PASSED"
    contents = [("a ñ.txt", b"1"), ("b.txt", b"2")]
    xml = sign_detached([("a%20%C3%B1.txt", b"1"), ("b.txt", b"2")], world.seal, signing_time=world.signed_at)
    (extended,) = read_asic(_zip(*contents, ("META-INF/signatures.xml", xml)))
    assert judge(extended, world.trust(), world.at).indication == "TOTAL_PASSED"


@pytest.mark.parametrize("entries", [[("b.txt", b"3")], [], [("b.txt", b"2"), ("b.txt", b"3")]])
def test_read_asic_altered_absent_or_doubled_file_is_not_intact(world, entries):
    """A file that changed, is gone, or stands twice in the container leaves nothing proven."""
    xml = sign_detached([("b.txt", b"2")], world.seal, signing_time=world.signed_at)
    (facts,) = read_asic(_zip(*entries, ("META-INF/signatures.xml", xml)))
    assert not facts.intact


def test_read_asic_of_a_plain_or_broken_zip_gives_no_crash():
    """A ZIP without signatures has none; a broken one is told."""
    assert read_asic(_zip(("a", b"1"))) == []
    assert read_asic(b"PK\x03\x04roto")[0].unreadable
