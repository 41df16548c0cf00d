# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest
from terminal import longeva, problem

from archive.clock import SystemClock
from archive.home import Home
from preservation.installation import archive_seal

FIELDS = {
    "format", "level", "indication", "sub_indication", "intact", "signing_time", "best_signature_time", "signer",
    "timestamps",
}  # fmt: skip


def validate(*arguments):
    return longeva("signature", "validate", *arguments, "--json")


def test_a_certified_copy_passes_and_says_everything(sample):
    """Every field of the contract, for the signature and each of its time stamps."""
    ran = validate(sample.issued["path"], "--home", sample.home)
    assert (ran.code, ran.err) == (0, "")
    signature = ran.json["signatures"][0]
    assert signature.keys() >= FIELDS
    assert (signature["format"], signature["level"]) == ("PAdES", "LTA")
    assert (signature["indication"], signature["intact"]) == ("TOTAL_PASSED", True)
    assert all(stamp.keys() >= {"type", "time", "intact"} for stamp in signature["timestamps"])
    assert signature["timestamps"]


def test_without_trust_nothing_is_proven(sample, tmp_path):
    """Exit 1 where nobody is trusted, 0 where the anchor is named."""
    ran = validate(sample.issued["path"], "--home", tmp_path)
    assert (ran.code, ran.json["signatures"][0]["indication"]) == (1, "INDETERMINATE")
    told = longeva("signature", "validate", sample.issued["path"], "--home", tmp_path).out
    assert f"nobody is trusted: no anchor in {tmp_path}" in told.replace("\n", "")
    anchor = sample.home / "authority" / "root.crt.pem"
    assert validate(sample.issued["path"], "--trust", anchor, "--home", tmp_path).code == 0


def test_the_instant_of_judgement_may_be_given(sample):
    """A date and an instant are understood, anything else is misuse."""
    ran = validate(sample.issued["path"], "--at", "2029-01-01", "--home", sample.home)
    assert ran.json["at"] == "2029-01-01T00:00:00Z"
    for garbage in ("mañana", "2029-13-01", "2029-01-01T10:00:00", ""):
        problem(validate(sample.issued["path"], "--at", garbage, "--home", sample.home), "invalid-request", 2)


def test_what_carries_no_signature_does_not_pass(tmp_path):
    """A text file: a negative verdict, not a crash."""
    (tmp_path / "carta.txt").write_text("hola")
    assert validate(tmp_path / "carta.txt", "--home", tmp_path).code == 1
    problem(validate(tmp_path / "no.pdf", "--home", tmp_path), "invalid-request", 2)
    problem(validate(tmp_path, "--home", tmp_path), "invalid-request", 2)
    problem(validate("--home", tmp_path), "invalid-request", 2)


def test_a_batch_gives_one_json_a_line(sample, tmp_path):
    """Files that are not there have their line too."""
    rows = tmp_path / "list.tsv"
    rows.write_text(f"{sample.issued['path']}\t\t\n{tmp_path}/no.pdf\t\t\n")
    ran = longeva("signature", "validate", "--batch", rows, "--home", sample.home)
    assert (ran.code, ran.err) == (0, "")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [each["file"].rsplit("/")[-1] for each in found] == ["copia.pdf", "no.pdf"]
    assert all("signatures" in each for each in found)
    rows.write_bytes(b"caf\xe9\t\t\n")
    problem(validate("--batch", rows, "--home", sample.home), "invalid-request", 2)


def test_proof_of_existence_is_taken_from_a_list_and_refused_where_it_is_none(sample, tmp_path):
    """--poe FILE: the proven time and who says so; exit 2 for what is no proof, 50 for one that does not hold."""
    signed = Path(sample.issued["path"])
    item = {
        "sha256": hashlib.sha256(signed.read_bytes()).hexdigest(),
        "time": "2020-01-01",
        "source": "registry date",
    }
    (tmp_path / "poe.json").write_text(json.dumps([item]))
    ran = validate(signed, "--poe", tmp_path / "poe.json", "--home", sample.home)
    assert ran.json["signatures"][0]["best_signature_time"] == "2020-01-02T00:00:00Z"
    (tmp_path / "none.json").write_text("[]")
    problem(validate(signed, "--poe", tmp_path / "none.json", "--home", sample.home), "invalid-request", 2)
    problem(validate(signed, "--poe", tmp_path / "absent", "--home", sample.home), "invalid-request", 2)
    (tmp_path / "other.er").write_bytes(b"0\x0b\x02\x01\x010\x000\x04\x30\x02\x30\x00")
    problem(validate(signed, "--poe", tmp_path / "other.er", "--home", sample.home), "trust", 50)
    problem(
        validate("--batch", signed, "--poe", tmp_path / "poe.json", "--home", sample.home),
        "invalid-request",
        2,
    )


def test_augmenting_writes_a_copy(sample, tmp_path):
    """A signature of level B reaches T in another file; the original is as it was."""
    paper = tmp_path / "solicitud.pdf"
    xml = sample.package.document("SOL1").eni_id
    longeva("get", sample.object_id, xml, "--decoded", "-o", paper, "--home", sample.home)
    before = paper.read_bytes()
    out = tmp_path / "t.pdf"
    ran = longeva("signature", "augment", paper, "-o", out, "--level", "T", "--home", sample.home, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert (ran.json["level"], ran.json["path"]) == ("T", str(out))
    assert paper.read_bytes() == before
    assert validate(out, "--home", sample.home).json["signatures"][0]["level"] == "T"


def test_augmenting_says_the_level_that_the_copy_has(sample, tmp_path):
    """Who asks for T of what is LTA already gets LTA, and is told so."""
    out = tmp_path / "same.pdf"
    asked = (sample.issued["path"], "-o", out, "--level", "T", "--home", sample.home)
    assert longeva("signature", "augment", *asked).out.startswith("level LTA in ")


def test_augmenting_a_detached_signature_takes_what_it_signs(sample, tmp_path):
    """The receipt is signed beside itself: with its content it grows, by the digest that is asked for."""
    receipt, signature, out = tmp_path / "r.json", tmp_path / "r.p7s", tmp_path / "t.p7s"
    receipt.write_bytes(b"acuse")
    with Home.open(sample.home, SystemClock()) as home:
        signature.write_bytes(archive_seal(home)(b"acuse"))
    asked = ("signature", "augment", signature, "-o", out, "--level", "T", "--home", sample.home, "--json")
    problem(longeva(*asked), "trust", 50)
    ran = longeva(*asked, "--content", receipt, "--digest", "sha512")
    assert (ran.code, ran.err) == (0, "")
    (report,) = validate(out, "--content", receipt, "--home", sample.home).json["signatures"]
    assert (report["level"], report["timestamps"][0]["algorithm"]) == ("T", "sha512")


def test_what_does_not_hold_is_not_augmented(sample, tmp_path):
    """Nothing is written; impossible places and levels are misuse."""
    (tmp_path / "carta.txt").write_text("hola")
    out = tmp_path / "o"
    base = ("signature", "augment", tmp_path / "carta.txt", "--home", sample.home, "--json")
    problem(longeva(*base, "-o", out, "--level", "LT"), "trust", 50)
    assert not out.exists()
    problem(longeva(*base, "-o", tmp_path, "--level", "T"), "invalid-request", 2)
    problem(longeva(*base, "-o", tmp_path / "no" / "o", "--level", "T"), "invalid-request", 2)
    problem(longeva(*base, "-o", out, "--level", "B"), "invalid-request", 2)


def test_a_batch_takes_nothing_that_it_would_leave_undone(sample, tmp_path):
    """A file, its content or a report beside --batch is misuse: none of them would be looked at."""
    rows = tmp_path / "list.tsv"
    rows.write_text(f"{sample.issued['path']}\t\t\n")
    base = ("--batch", rows, "--home", sample.home)
    for more in ((rows,), ("--content", rows), ("--report", "html", "-o", tmp_path / "o.html")):
        problem(validate(*base, *more), "invalid-request", 2)


def test_a_package_without_a_signature_of_its_own_is_sent_to_check(sample, tmp_path):
    """A ZIP of ENI documents is no container: it says so, instead of only that it found nothing."""
    with zipfile.ZipFile(tmp_path / "expediente.zip", "w") as package:
        package.writestr("documento.xml", "<a/>")
    ran = longeva("signature", "validate", tmp_path / "expediente.zip", "--home", tmp_path)
    assert ran.code == 1
    assert "longeva check" in ran.out
    assert "are not read" in ran.out


def test_a_device_is_not_replaced_by_a_report(sample, tmp_path):
    """What is written whole takes the place of what was there: of a file, never of a pipe or a device."""
    os.mkfifo(tmp_path / "pipe")
    form = ("--report", "html", "-o", tmp_path / "pipe")
    problem(validate(sample.issued["path"], "--home", tmp_path, *form), "invalid-request", 2)
    assert (tmp_path / "pipe").is_fifo()


def test_judging_an_object_again_names_each_file(sample):
    """Thirty signatures by the same two people: each line of a verdict says of which file."""
    ran = longeva("signature", "revalidate", sample.object_id, "--home", sample.home)
    verdicts = [line for line in ran.out.splitlines() if line.startswith(("TOTAL_", "INDETERMINATE"))]
    assert verdicts
    assert all("received/" in line for line in verdicts)


@pytest.mark.parametrize("command", ["validate", "augment"])
def test_help_reads_well(command):
    """The first line says what it does."""
    assert "signature" in longeva("signature", command, "--help").out.splitlines()[2]


@pytest.mark.parametrize(
    ("form", "begins"), [("html", b"<!doctype html>"), ("json", b"{"), ("etsi", b"<?xml version=")]
)
def test_a_report_is_written_in_the_form_that_is_asked(sample, tmp_path, form, begins):
    """One file for people, one for programs, one after TS 119 102-2; the verdict stays on the screen."""
    out = tmp_path / f"informe.{form}"
    ran = validate(sample.issued["path"], "--home", sample.home, "--report", form, "-o", out)
    assert (ran.code, ran.json["report"]) == (0, str(out))
    assert out.read_bytes().startswith(begins)


def test_a_report_without_a_place_or_of_nothing_is_refused(sample, tmp_path):
    """--report and --output go together, and a file without signatures has no ETSI report."""
    alone = validate(sample.issued["path"], "--home", tmp_path, "--report", "html")
    problem(alone, "invalid-request", 2)
    plain = tmp_path / "nota.xml"
    plain.write_text("<a/>")
    out = tmp_path / "informe.xml"
    problem(validate(plain, "--home", tmp_path, "--report", "etsi", "-o", out), "invalid-request", 2)
    assert not out.exists()
