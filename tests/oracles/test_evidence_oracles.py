# SPDX-License-Identifier: EUPL-1.2
"""Bouncy Castle, DSS and we judge the same evidence records, ours and foreign, whole and with a byte flipped.

Whoever accepts what both others refuse is wrong until it is explained: that is asked of us for every byte of
a record. What we refuse and both others accept is listed by its reason.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from record_building import RecordInMaking

from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.trust.store import TrustStore

pytestmark = [pytest.mark.oracle, pytest.mark.corpus, pytest.mark.slow]
GROUP = [b"<acta/>", b"<anexo/>"]
AT = datetime(2026, 6, 1, tzinfo=UTC)
STRICTER = {
    "TOKEN-CHAIN",  # they were asked for the mathematics: a damaged certificate leads us to no anchor
    "TOKEN-CERTIFICATE-NAMED",  # it is another certificate than the one that was signed for
    "TOKEN-FORMAT",  # what surrounds the signed parts of a token
    "EVIDENCE-RECORD-ALGORITHM-UNLISTED",  # RFC 4998 3.1: digestAlgorithms names all that are used
}
"""Where we may refuse what both others accept, and why."""


def lines(authority):
    """Return records of each kind with their documents; Bouncy Castle takes no token of tomorrow."""

    def begun(documents, siblings=()):
        return RecordInMaking(authority, documents).sealed(2024, siblings)

    return {
        "single": (begun(GROUP[:1]).record, GROUP[:1]),
        "renewed": (begun(GROUP[:1], [b"x"]).renewed(2025).record, GROUP[:1]),
        "group": (begun(GROUP, [b"x", b"y"]).renewed(2025, [b"z"]).renewed(2026).record, GROUP),
        "rehashed": (begun(GROUP, [b"x"]).rehashed(2025, "sha512", [b"y"]).renewed(2026).record, GROUP),
        "twice": (begun(GROUP).rehashed(2025, "sha512").rehashed(2026, "sha3_512", [b"y"]).record, GROUP),
        "both ways": (
            begun(GROUP[:1], [b"x"]).renewed(2025).rehashed(2026, "sha512").record,
            GROUP[:1],
        ),
    }


def ours(authority, record, documents):
    """Judge with the development authority trusted."""
    return verify_record(record, documents, at=AT, trust=TrustStore(authority.anchors()))


def by_dss(dss, folder: Path, record: bytes, documents: list[bytes]) -> bool:
    """Ask DSS whether a record proves every document."""
    paths = []
    for number, each in enumerate(documents):
        paths.append(folder / f"{number}.bin")
        paths[-1].write_bytes(each)
    path = folder / "record.ers"
    path.write_bytes(record)
    try:
        return dss.evidence(path, paths).proves(len(documents))
    except ValueError:
        return False


def by_bouncy_castle(answer: list[str], documents: list[bytes]) -> bool:
    """Say whether Bouncy Castle found every document present and the chain to hold."""
    present = answer[3].startswith("present;" * len(documents)) if len(answer) > 3 else False
    return present and answer[4] == "tst+chain OK"


def test_every_kind_of_record_is_accepted_by_all_three(authority, bouncy_castle, dss, tmp_path):
    """Single, group, both kinds of renewal; and with one byte of a document changed by none."""
    made = lines(authority)
    whole = list(made.values())
    altered = [(record, [documents[0] + b"x", *documents[1:]]) for record, documents in whole]
    answers = bouncy_castle(whole + altered)
    for name, (record, documents), answer in zip(made, whole, answers, strict=False):
        verdict = ours(authority, record, documents)
        assert verdict.indication is Indication.TOTAL_PASSED, (name, verdict.reasons)
        assert by_bouncy_castle(answer, documents), (name, answer)
        assert by_dss(dss, tmp_path, record, documents), name
    for (record, documents), answer in zip(altered, answers[len(whole) :], strict=True):
        assert ours(authority, record, documents).indication is Indication.TOTAL_FAILED
        assert not by_bouncy_castle(answer, documents)
        assert not by_dss(dss, tmp_path, record, documents)


@pytest.mark.parametrize("kind", ["renewed", "rehashed"])
def test_no_flipped_byte_of_a_record_is_accepted_by_us_alone(authority, bouncy_castle, dss, tmp_path, kind):
    """Every byte of a small record: what passes here passes for Bouncy Castle or DSS too."""
    record, documents = lines(authority)[kind]
    accepted, refused = {}, {}
    for place in range(len(record)):
        flipped = bytearray(record)
        flipped[place] ^= 1 << place % 8
        verdict = ours(authority, bytes(flipped), documents)
        passed = verdict.indication is Indication.TOTAL_PASSED
        (accepted if passed else refused)[place] = (bytes(flipped), verdict)
    rows = [(one, documents) for one, _ in accepted.values()]
    answers = bouncy_castle(rows)
    alone = [
        place
        for (place, (one, _)), answer in zip(accepted.items(), answers, strict=True)
        if not by_bouncy_castle(answer, documents) and not by_dss(dss, tmp_path, one, documents)
    ]
    assert alone == []
    sample = {place: refused[place] for place in list(refused)[::29]}
    answers = bouncy_castle([(one, documents) for one, _ in sample.values()])
    told = Counter(
        verdict.codes[0]
        for (one, verdict), answer in zip(sample.values(), answers, strict=True)
        if by_bouncy_castle(answer, documents) and by_dss(dss, tmp_path, one, documents)
    )
    assert set(told) <= STRICTER, told
