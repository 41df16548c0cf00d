# SPDX-License-Identifier: EUPL-1.2
"""DSS on other people's signatures that we augmented: what was intact stays so, and one archive stamp is added.

The signers of the corpora are not trusted here, so the format adapters are asked directly, without the door that
validates first. A quarter of an hour's worth of files would add nothing: an even sample of each format is taken.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dss_oracle import Dss, Seen
from pki_forms import MADE

from archive.errors import InvalidRequest, NotAvailable, TrustError
from preservation.signatures.asic.augment import augment_asic
from preservation.signatures.augmentation import Augmentation, ValidationMaterial
from preservation.signatures.cms.augment import augment_cms
from preservation.signatures.engine.judge import judge
from preservation.signatures.pdf.augment import augment_pdf
from preservation.signatures.reading import Kind, as_der, read_signatures, sniff
from preservation.signatures.supplied import from_path, resolver_over
from preservation.signatures.xml.augment import augment_xml
from preservation.trust.store import TrustStore

pytestmark = [pytest.mark.corpus, pytest.mark.oracle, pytest.mark.slow]
SAMPLE = 16
"""Files of each kind."""
FLOOR = 0.75
"""Share of each sample that must come out augmented; the rest is refused with a reason."""
DISPUTED = {"DER_reordered_prova.txt.p7m", "cp852encoded_signature.asice"}
"""The names of the second's entries are in a code page (EN 319 162-1 annex A.1 wants UTF-8): DSS decodes them
otherwise than we do, and does not find what our manifest names. The first's signed attributes are not in DER order (RFC 5652 5.3 wants it): DSS sorts them before it hashes them for an
archive time stamp, we hash what is stored; EN 319 122-1 5.5.3 says only "in their order of appearance"."""


@dataclass(frozen=True)
class Case:
    path: Path
    contents: tuple[Path, ...]


@pytest.fixture(scope="module")
def good(shared):
    """Intact files of the corpora by kind, an even sample of each."""
    path = shared / "tools" / "score.py"
    if not path.is_file():
        pytest.skip(f"SIGNATURE CORPUS ABSENT: {path}; no foreign signature was augmented")
    spec = importlib.util.spec_from_file_location("score", path)
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    root = shared / "data" / "corpus"
    found: dict[Kind, list[Case]] = {}
    for (file, detached, records), expected in sorted(score.cases().items()):
        spanish_or_dss = expected["group"].startswith(("dss:", "spanish"))
        fit = spanish_or_dss and Path(file).name not in DISPUTED
        if expected["intact"] != "yes" or records or ":" in detached or not fit:
            continue
        case = Case(root / file, tuple(root / each for each in detached.split(";") if each))
        found.setdefault(sniff(case.path.read_bytes()), []).append(case)
    return {kind: cases[:: max(1, len(cases) // SAMPLE)][: SAMPLE + 4] for kind, cases in found.items()}


def augmented(
    data: bytes, plan: Augmentation, contents: tuple[Path, ...], trust: TrustStore, at: datetime
) -> bytes:
    kind, supplied = sniff(data), [from_path(each) for each in contents]
    if kind is Kind.PDF:
        return augment_pdf(data, plan, [judge(each, trust, at) for each in read_signatures(data)])
    if kind is Kind.XML:
        return augment_xml(data, plan, resolver_over(supplied))
    if kind is Kind.ZIP:
        return augment_asic(data, plan)
    return augment_cms(as_der(data) or data, plan, supplied[0].content if supplied else None)


def top(found: list[Seen]) -> list[Seen]:
    return [each for each in found if not each.counter]


def complaints(before: list[Seen], after: list[Seen], *, archive: int) -> list[str]:
    """Say what changed in DSS's eyes that should not have."""
    if len(before) != len(after):
        return [f"{len(before)} signatures became {len(after)}"]
    told = []
    for old, new in zip(top(before), top(after), strict=True):
        if old.intact and not new.intact:
            told.append("no longer intact")
        if old.references != new.references:
            told.append("other references")
        if not set(old.stamps) <= set(new.stamps):
            told.append(f"older stamps changed: {set(old.stamps) - set(new.stamps)}")
        added = [each for each in new.stamps if each not in old.stamps]
        if any(not each.intact for each in added):
            told.append(f"a new stamp that does not hold: {added}")
        if len(new.archive_stamps) - len(old.archive_stamps) != archive:
            told.append(
                f"{len(new.archive_stamps) - len(old.archive_stamps)} archive stamps instead of {archive}"
            )
        if set(new.structure_errors) - set(old.structure_errors):
            told.append(f"structure: {set(new.structure_errors) - set(old.structure_errors)}")
        if new.changes > old.changes:
            told.append(f"{new.changes - old.changes} changes")
    return told


def journey(dss: Dss, pki, case: Case, folder: Path) -> tuple[list[str], str]:
    """Bring one file to LTA and renew it; return complaints, and why it was refused."""
    material = ValidationMaterial(tuple(pki.chain("tsa1")), pki.lists(MADE))
    try:
        before = dss.look(case.path, case.contents)
    except ValueError as problem:
        return [], f"DSS itself: {problem}"
    if not before or not all(each.intact for each in before):
        return [], "DSS itself does not find it intact"
    data, told = case.path.read_bytes(), []
    for number, tsa in enumerate(("tsa1", "tsa1", "tsa2")):
        at = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=500 * number)
        try:
            plan = Augmentation("LTA", pki.tsa(tsa, at), material)
            data = augmented(data, plan, case.contents, pki.trust(at), at)
        except (InvalidRequest, NotAvailable, TrustError) as refused:
            return told, str(refused)
        path = folder / f"{number}-{case.path.name}"
        path.write_bytes(data)
        try:
            after = dss.look(path, case.contents)
        except ValueError as problem:
            return [*told, str(problem)], ""
        # no stamp of the corpora is trusted here: a PDF gets one for level T before the one of LTA
        expected = 2 if sniff(data) is Kind.PDF and number == 0 else 1
        told += [f"step {number}: {each}" for each in complaints(before, after, archive=expected)]
        before = after
    return told, ""


@pytest.mark.parametrize("kind", [Kind.PDF, Kind.XML, Kind.CMS, Kind.ZIP])
def test_foreign_signatures_are_kept_as_they_are(dss, pki, good, tmp_path, kind):
    """Brought to LTA and renewed twice: intact as before, one archive time stamp more each time, nothing else."""
    refused, wrong = {}, {}
    for number, case in enumerate(good[kind]):
        folder = tmp_path / str(number)
        folder.mkdir()
        told, why = journey(dss, pki, case, folder)
        if told:
            wrong[case.path.name] = told
        if why:
            refused[case.path.name] = why
    assert not wrong, wrong
    asked = [each for each, why in refused.items() if not why.startswith("DSS itself")]
    assert len(asked) <= (1 - FLOOR) * len(good[kind]), refused
