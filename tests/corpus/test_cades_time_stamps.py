# SPDX-License-Identifier: EUPL-1.2
"""Time stamps of other people's CAdES and containers: every imprint recomputed, none of the broken ones believed."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from preservation.indications import Outcome
from preservation.signatures.reading import read_signatures
from preservation.signatures.supplied import from_path

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def cases(shared):
    """What the reference says of each file's time stamps, and what we read there."""
    root = shared / "data" / "corpus"
    if not (root / "dss_expected.csv").is_file():
        pytest.skip(f"SIGNATURE CORPUS ABSENT: {root}; no foreign time stamp was checked")
    found = []
    with (root / "dss_expected.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            detached = [each for each in row["detached_content"].split(";") if each]
            own = row["format"] in {"CAdES", "ASiC-CAdES"} and row["file_in_corpus"] == "yes"
            if own and not any(each.startswith(("text:", "digest:")) for each in detached):
                supplied = [from_path(root / "dss" / each) for each in detached]
                data = (root / "dss" / row["file"]).read_bytes()
                stamps = {
                    (each.type, each.token): each
                    for one in read_signatures(data, supplied)
                    for each in one.stamps
                }
                found.append((row, list(stamps.values())))
    return found


def test_no_time_stamp_that_the_reference_calls_broken_is_believed(cases):
    """Where the reference found every time stamp broken, so do we; where it found some, not all hold here."""
    for row, stamps in cases:
        good = [each.imprint.outcome is Outcome.OK and each.signature.intact for each in stamps]
        if row["run_timestamps_valid"] == "no":
            assert not any(good), row["file"]
        if row["run_timestamps_valid"] == "mixed" and len(stamps) == int(row["run_n_timestamps"]):
            assert not all(good), row["file"]


def test_imprints_of_every_form_are_recomputed(cases):
    """Signature, content, reference and archive stamps of several versions hold where the reference says so."""
    held: Counter[str] = Counter()
    missed = []
    for row, stamps in cases:
        held.update(each.type for each in stamps if each.imprint.outcome is Outcome.OK)
        if row["run_timestamps_valid"] == "yes" and not all(
            each.imprint.outcome is Outcome.OK for each in stamps
        ):
            missed.append(row["file"])
    assert held["archive"] >= 15
    assert held["signature"] >= 35
    assert held["content"] >= 7
    assert held["refs"] >= 3
    # an index that names what is not there, and a stamp of the first archive form, are told and not believed
    assert len(missed) <= 6, missed


def test_an_archive_time_stamp_that_holds_proves_its_material(cases):
    """What a stamp covers is told by digest, and only where its imprint holds."""
    for _, stamps in cases:
        for stamp in stamps:
            if stamp.imprint.outcome is not Outcome.OK:
                assert stamp.covered == frozenset()
            elif stamp.type == "archive":
                assert stamp.covered
