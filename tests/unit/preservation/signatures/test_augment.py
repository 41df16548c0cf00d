# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import resource
import signal
from contextlib import contextmanager

import pytest

from archive.errors import InvalidRequest, StorageUnavailable, TrustError
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


@contextmanager
def _files_no_longer_than(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_augment_file_leaves_nothing_behind_where_the_disk_is_full(world, signed_files):
    """Half of a signed copy would look like a broken signature, and would stand in the way of the next try."""
    before = set(signed_files.iterdir())
    asked = (
        signed_files / "a.pdf",
        signed_files / "out",
        "T",
        world.trust(),
        world.stamper(world.at),
        world.at,
    )
    with _files_no_longer_than(4096), pytest.raises(StorageUnavailable):
        augment_file(*asked)
    assert set(signed_files.iterdir()) == before
    assert augment_file(*asked)


def test_augment_file_says_where_the_signature_of_an_eni_document_is_augmented(world, signed_files):
    """XML without a signature of its own: its signature may be inside, as base64."""
    (signed_files / "doc.xml").write_text("<a/>")
    with pytest.raises(InvalidRequest, match="--decoded"):
        augment_file(
            signed_files / "doc.xml",
            signed_files / "o",
            "T",
            world.trust(),
            world.stamper(world.at),
            world.at,
        )
