# SPDX-License-Identifier: EUPL-1.2
"""DSS on what we sign and augment: the signature intact, every stamp intact, nothing changed but what was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from dss_oracle import Dss, Seen
from pki_forms import FORMS, MADE, Traveller, signed, tampered

pytestmark = pytest.mark.oracle
YEARS = (2029, 2036, 2044)
EVERY_FORM = pytest.mark.parametrize("form", FORMS)


@pytest.fixture(scope="session")
def anchors(pki, tmp_path_factory):
    """The roots as files: DSS tells a level from LT on only of chains that it knows."""
    folder = tmp_path_factory.mktemp("anchors")
    return [_written(folder / f"{number}.der", each) for number, each in enumerate(pki.anchors())]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def seen(dss: Dss, traveller: Traveller, folder: Path, anchors: list[Path]) -> Seen:
    """Return what DSS sees of the one signature."""
    path, content = traveller.laid_out(folder)
    (found,) = dss.look(path, [content] if content else [], anchors)
    return found


@pytest.mark.parametrize("who", ["rsa", "ec", "ed", "brainpool"])
@EVERY_FORM
def test_what_we_sign_is_intact(dss, pki, anchors, tmp_path, form, who):
    """Every form and kind of key at level B is a signature for DSS too."""
    found = seen(dss, signed(pki, form, who), tmp_path, anchors)
    assert found.intact, found
    assert found.level.endswith("BASELINE-B")
    assert not found.structure_errors


@EVERY_FORM
def test_a_changed_content_is_not(dss, pki, anchors, tmp_path, form):
    """The oracle can say no: one letter of the content changed."""
    changed = tampered(signed(pki, form))
    path, content = changed.laid_out(tmp_path)
    found = dss.look(path, [content] if content else [], anchors)
    assert not any(each.intact for each in found), found


@EVERY_FORM
def test_each_level_is_the_level_that_dss_sees(dss, pki, anchors, tmp_path, form):
    """T, LT and LTA are what they are called, and every time stamp of them is intact."""
    before = signed(pki, form)
    for level, stamps in (("T", 1), ("LT", 1), ("LTA", 2)):
        grown = before.augmented(pki, MADE, level=level)
        found = seen(dss, grown, tmp_path, anchors)
        assert found.intact
        assert len(found.stamps) == stamps, found.stamps
        assert all(each.intact for each in found.stamps), found.stamps
        assert found.level.endswith(f"BASELINE-{level}"), found.level
        assert not found.structure_errors
        assert found.changes == 0


@EVERY_FORM
def test_each_renewal_adds_one_intact_archive_stamp_and_nothing_else(dss, pki, anchors, tmp_path, form):
    """Renewed three times: the signature and the older stamps as before, and one stamp more each time."""
    now = signed(pki, form).augmented(pki, MADE)
    before = seen(dss, now, tmp_path, anchors)
    for year in YEARS:
        now = now.augmented(pki, datetime(year, 6, 1, 12, tzinfo=UTC))
        after = seen(dss, now, tmp_path, anchors)
        assert after.intact
        assert after.references == before.references
        assert len(after.archive_stamps) == len(before.archive_stamps) + 1
        assert len(after.stamps) == len(before.stamps) + 1
        assert all(each.intact for each in after.stamps), after.stamps
        assert set(before.stamps) < set(after.stamps)
        assert after.level == before.level
        assert after.level.endswith("BASELINE-LTA")
        assert not after.structure_errors
        assert after.changes == 0
        before = after
