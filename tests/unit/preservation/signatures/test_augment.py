# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.errors import InvalidRequest, TrustError
from preservation.signatures.augment import augment_file
from preservation.trust.store import TrustStore


@pytest.mark.parametrize(
    ("name", "level"), [("a.pdf", "T"), ("a.pdf", "LT"), ("a.pdf", "LTA"), ("a.p7s", "T"), ("a.xml", "T")]
)
def test_augment_file_writes_a_better_copy_and_leaves_the_original(world, signed_files, name, level):
    """The copy has the level, the original its bytes, and a PDF begins with them."""
    before = (signed_files / name).read_bytes()
    content = signed_files / "data" if name == "a.p7s" else None
    out = signed_files / f"out-{level}"
    reports = augment_file(
        signed_files / name, out, level, world.trust(), world.stamper(world.at), world.at, content=content
    )
    assert [(each.indication, each.level) for each in reports] == [("TOTAL_PASSED", level)], reports[
        0
    ].reasons
    assert reports[0].best_signature_time == world.at
    assert (signed_files / name).read_bytes() == before
    if name == "a.pdf":
        assert out.read_bytes().startswith(before)


def test_augment_file_refuses_what_is_broken_what_it_cannot_grow_and_what_is_there(world, signed_files):
    """Nothing broken is stamped, nothing is half done and nothing is overwritten."""
    trust, tsa, at = world.trust(), world.stamper(world.at), world.at
    with pytest.raises(TrustError):
        augment_file(signed_files / "a.p7s", signed_files / "o1", "T", trust, tsa, at)
    with pytest.raises(TrustError):
        augment_file(signed_files / "a.pdf", signed_files / "o2", "LTA", TrustStore(), tsa, at)
    with pytest.raises(TrustError):
        augment_file(signed_files / "data", signed_files / "o3", "LTA", trust, tsa, at)
    with pytest.raises(InvalidRequest, match="already"):
        augment_file(signed_files / "a.pdf", signed_files / "data", "T", trust, tsa, at)
    assert not any((signed_files / name).exists() for name in ("o1", "o2", "o3"))
