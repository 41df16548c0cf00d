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


NAMED = b'<SigReference URI="META-INF/signature.p7s"/>'
MANIFEST = b'<ASiCManifest xmlns="http://uri.etsi.org/02918/v1.2.1#">' + NAMED + b"</ASiCManifest>"


def test_read_asic_uri_means_the_file_that_it_names(world):
    """A file that is called as the URI is written does not stand in for the one that the URI means."""
    xml = sign_detached([("a%20b.txt", b"1")], world.seal, signing_time=world.signed_at)
    signature = ("META-INF/signatures.xml", xml)
    for entries, intact in (
        ([("a b.txt", b"1")], True),
        ([("a%20b.txt", b"1")], True),
        ([("a b.txt", b"evil"), ("a%20b.txt", b"1")], False),
    ):
        (facts,) = read_asic(_zip(*entries, signature))
        assert facts.intact is intact


@pytest.mark.parametrize("twin", ["./b.txt", "x/../b.txt", ".\\b.txt", "b.txt\0x", "/b.txt"])
def test_read_asic_entries_that_lead_to_one_place_are_refused(world, twin):
    """Extracted, one is written over the other: which of them was signed cannot be said."""
    xml = sign_detached([("b.txt", b"2")], world.seal, signing_time=world.signed_at)
    (facts,) = read_asic(_zip(("b.txt", b"2"), (twin, b"3"), ("META-INF/signatures.xml", xml)))
    assert not facts.intact


def test_read_asic_entries_that_the_directory_does_not_list_are_refused(world):
    """Who reads a container from its beginning finds another file than who reads its directory."""
    xml = sign_detached([("b.txt", b"2")], world.seal, signing_time=world.signed_at)
    good = _zip(("b.txt", b"2"), ("META-INF/signatures.xml", xml))
    other = _zip(("b.txt", b"3"))
    local = other[: other.index(b"PK\x01\x02")]
    directory = good.index(b"PK\x01\x02")
    moved = (directory + len(local)).to_bytes(4, "little")
    behind = good[:directory] + local + good[directory:-6] + moved + good[-2:]
    assert read_asic(good)[0].intact
    assert read_asic(b"#!" + good)[0].intact
    for attacked in (local + good, other + good, behind):
        (facts,) = read_asic(attacked)
        assert facts.problems == ("the container has several entries called b.txt",)


def test_read_asic_manifest_of_nothing_signs_nothing(world):
    """EN 319 162-1 A.4: a manifest lists one file at least."""
    cms = sign_cms(MANIFEST, world.seal, detached=True, signing_time=world.signed_at)
    entries = (("META-INF/ASiCManifest.xml", MANIFEST), ("META-INF/signature.p7s", cms))
    (facts,) = read_asic(_zip(("b.txt", b"2"), *entries))
    assert not facts.intact
    assert judge(facts, world.trust(), world.at).sub_indication == "SIGNED_DATA_NOT_FOUND"


def test_read_asic_of_a_plain_or_broken_zip_gives_no_crash():
    """A ZIP without signatures has none; a broken one is told."""
    assert read_asic(_zip(("a", b"1"))) == []
    assert read_asic(b"PK\x03\x04roto")[0].unreadable
