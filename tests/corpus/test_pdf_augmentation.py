# SPDX-License-Identifier: EUPL-1.2
"""Other people's signed PDFs brought to LTA and renewed: their own signatures stay as they were."""

from __future__ import annotations

import pytest
from signing import world

from preservation.signatures.augmentation import Augmentation
from preservation.signatures.engine.judge import judge
from preservation.signatures.pdf.augment import augment_pdf
from preservation.signatures.pdf.read import read_pdf

__all__ = ["world"]
pytestmark = pytest.mark.corpus


@pytest.mark.slow
def test_every_sound_pdf_of_strangers_can_be_augmented_and_renewed(shared, world):
    """Each gets its time stamps and store, then exactly one more time stamp, and nothing else changes."""
    done = 0
    for folder in ("dss", "spanish", "pyhanko"):
        for path in sorted((shared / "data" / "corpus" / folder).rglob("*.pdf")):
            data = path.read_bytes()
            facts = read_pdf(data)
            if not facts or not all(each.intact and not each.modified for each in facts):
                continue
            made = _augmented(world, data)
            again = _augmented(world, made)
            assert made.startswith(data), path
            stamps = [
                [len(each.stamps) for each in read_pdf(one) if each.format != "RFC3161"]
                for one in (made, again)
            ]
            assert stamps[1] == [count + 1 for count in stamps[0]], path
            done += 1
    assert done > 50


def _augmented(world, data: bytes) -> bytes:
    reports = [judge(each, world.trust(), world.at) for each in read_pdf(data)]
    return augment_pdf(data, Augmentation("LTA", world.stamper(), world.material()), reports)
