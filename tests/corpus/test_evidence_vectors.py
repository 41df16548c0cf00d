# SPDX-License-Identifier: EUPL-1.2
"""Other people's evidence records, with their verdicts: the mathematics must agree, and nothing false may pass.

Their authorities are not ours to trust, so every indication is INDETERMINATE at best; what is scored is
`intact` over each document.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.util
import re
import zipfile
from datetime import UTC, datetime

import pytest

from preservation.evidence.reading import parse_record
from preservation.evidence.record import encode_sequence
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.signatures import batch
from preservation.signatures.records import record_words
from preservation.trust.store import NOBODY

pytestmark = pytest.mark.corpus
AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def corpus(shared):
    folder = shared / "data" / "corpus"
    if not (folder / "er_expected.csv").is_file():
        pytest.skip(f"VECTORS ABSENT: {folder}/er_expected.csv; no foreign record was checked")
    return folder


def _rows(corpus, container):
    with (corpus / "er_expected.csv").open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if container(row)]


def _document(corpus, item):
    if item.startswith("text:"):
        return base64.b64decode(item[5:].split("@")[0])
    if item.startswith("digest:"):
        pairs = (pair.split("=", 1) for pair in item[7:].split("@")[0].split(","))
        known = {name.lower(): base64.b64decode(value) for name, value in pairs}
        return lambda algorithm: known[algorithm]
    return (corpus / item).read_bytes()


def _raw(data):
    return data if data[:1] == b"0" else base64.b64decode(data)


def _judge(corpus, row):
    """Say what we think in the corpus's words: a record proves as soon as it proves one document."""
    record = _raw((corpus / row["file"]).read_bytes())
    documents = [_document(corpus, item) for item in row["data"].split(";") if item]
    verdicts = [verify_record(record, [one], at=AT, trust=NOBODY) for one in documents]
    assert all(one.indication is not Indication.TOTAL_PASSED for one in verdicts)
    if any(one.intact for one in verdicts):
        return "valid"
    alone = verify_record(record, [], at=AT, trust=NOBODY)
    return "data_not_found" if alone.intact else "hash_failure"


def test_foreign_records_get_the_verdict_their_makers_expect(corpus):
    """Every plain RFC 4998 record of the corpus, renewals of both kinds included; no false accept."""
    rows = _rows(corpus, lambda row: row["container"] == "ERS")
    told = {row["id"].rsplit(".", 1)[-1]: (row["expected"], _judge(corpus, row)) for row in rows}
    false_accepts = [name for name, (wanted, got) in told.items() if got == "valid" != wanted]
    assert false_accepts == []
    wrong = {name: pair for name, pair in told.items() if pair[0] != pair[1]}
    assert wrong == {}
    assert len(told) >= 18


def test_foreign_records_inside_containers_hold_together(corpus):
    """Records inside ASiC files: hash trees, links between time stamps and token signatures all hold."""
    seen = 0
    for row in _rows(corpus, lambda row: row["container"].startswith("ASiC")):
        with zipfile.ZipFile(corpus / row["file"]) as container:
            names = [name for name in container.namelist() if name.endswith(".ers")]
            for name in names:
                verdict = verify_record(container.read(name), [], at=AT, trust=NOBODY)
                assert verdict.intact, (row["file"], name, verdict.reasons)
                seen += 1
    assert seen >= 14


def test_every_cut_and_flipped_foreign_record_is_judged_without_an_exception(corpus):
    """A record cut anywhere, or with any of a thousand bits flipped, still gets a verdict that is no pass."""
    record = _raw((corpus / "dss/dss-evidence-record-asn1/er-asn1-simple.ers").read_bytes())
    whole = verify_record(record, [b"1"], at=AT, trust=NOBODY)
    assert whole.intact
    step = max(1, len(record) // 150)
    for place in range(0, len(record), step):
        cut = verify_record(record[:place], [b"1"], at=AT, trust=NOBODY)
        assert not cut.intact
        flipped = bytearray(record)
        flipped[place] ^= 0x10
        verdict = verify_record(bytes(flipped), [b"1"], at=AT, trust=NOBODY)
        assert verdict.indication is not Indication.TOTAL_PASSED


def test_renewal_digests_agree_with_the_vectors(corpus):
    """The digests that a renewal must cover, computed by the makers of the vectors and by us."""
    with (corpus / "dss_er_digest_vectors.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if "ASN1EvidenceRecordRenewal" in row["test"]]
    checked = 0
    for row in rows:
        names = [name for name in re.split(r"[;|]\s*", row["files"]) if name.endswith((".ers", ".er"))]
        wanted = set(re.findall(r'"([0-9A-F]{64,128})"', row["assertions"]))
        if not names or not wanted:
            continue
        record = parse_record(_raw((corpus / "dss" / names[0]).read_bytes()))
        history = encode_sequence([chain.encoded for chain in record.chains])
        token = record.chains[-1].stamps[-1].token
        ours = set()
        for name in ("sha256", "sha512"):
            one, before = hashlib.new(name, b"1").digest(), hashlib.new(name, history).digest()
            ours |= {hashlib.new(name, token).hexdigest(), hashlib.new(name, one + before).hexdigest()}
        assert {digest.lower() for digest in wanted} <= ours, row["test"]
        checked += 1
    assert checked >= 2


def test_every_record_of_the_corpus_is_told_by_its_word(shared):
    """Records alone, in XML, inside signatures and in containers: no false accept, and the floor is kept.

    Two containers are not told apart from an ASiC-E without its manifest: they do not say their type.
    """
    path = shared / "tools" / "score.py"
    if not path.is_file():
        pytest.skip(f"VECTORS ABSENT: {path}; no foreign record was checked")
    spec = importlib.util.spec_from_file_location("score", path)
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    root = shared / "data" / "corpus"
    told = {}
    for key, case in score.cases().items():
        if case["er"]:
            name, detached, records = key
            supplied = [batch.supplied_by(each, root) for each in detached.split(";") if each]
            beside = [(root / each).read_bytes() for each in records.split(";") if each]
            words = record_words((root / name).read_bytes(), supplied, beside, AT)
            told[key] = set(case["er"].split(";")), set(words)
    assert len(told) >= 90
    assert [key for key, (wanted, got) in told.items() if got == {"valid"} != wanted] == []
    assert sum(wanted == got for wanted, got in told.values()) / len(told) >= 0.975
