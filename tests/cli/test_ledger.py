# SPDX-License-Identifier: EUPL-1.2
"""`longeva ledger`: a head taken home, a proof asked for, and an outsider who judges both."""

from __future__ import annotations

import json

import pytest
from terminal import longeva, problem

REQUEST = 2
"""Exit code of a request that makes no sense."""


@pytest.fixture
def files(changing, tmp_path):
    """The receipt of the changing and a head of its ledger, as somebody keeps them, and where a proof may go."""
    (tmp_path / "receipt.json").write_text(json.dumps(changing.receipt), "utf-8")
    ran = longeva("ledger", "head", "--tenant", changing.receipt["tenant"], "--home", changing.home,
                  "-o", tmp_path / "head.json", "--json")  # fmt: skip
    assert ran.code == 0
    assert json.loads((tmp_path / "head.json").read_text()) == ran.json
    return tmp_path


def prove(changing, files):
    """Ask the archive for the proof of what is kept."""
    return longeva("ledger", "prove", "--tenant", changing.receipt["tenant"], "--receipt", files / "receipt.json",
                   "--from", files / "head.json", "-o", files / "proof.json", "--home", changing.home, "--json")  # fmt: skip


def outsider(files, *more):
    """Judge without an archive."""
    return longeva("ledger", "verify", "--proof", files / "proof.json", "--head", files / "head.json",
                   "--receipt", files / "receipt.json", "--home", files / "none", "--json", *more)  # fmt: skip


def test_an_archive_is_held_to_a_head_and_a_receipt(changing, files):
    """Nothing has changed: exit 0 and the steps; every ledger, or the one that is named."""
    kept = ("--head", files / "head.json", "--receipt", files / "receipt.json")
    ran = longeva("ledger", "verify", "--home", changing.home, *kept, "--json")
    assert (ran.code, ran.json["verdict"]) == (0, "VALID")
    every = longeva("ledger", "verify", "--home", changing.home, "--json")
    assert every.code == 0
    assert len(every.json["ledgers"]) >= 2


def test_an_archive_that_differs_from_what_was_kept_is_broken(changing, files):
    """Another root, or a longer ledger than there is: exit 1, and the step says which."""
    head = json.loads((files / "head.json").read_text())
    for change, code in (({"root": "00" * 32}, "LEDGER-REWRITTEN"), ({"size": 10**6}, "LEDGER-TRUNCATED")):
        (files / "other.json").write_text(json.dumps(head | change))
        ran = longeva("ledger", "verify", "--home", changing.home, "--head", files / "other.json", "--json")
        assert (ran.code, ran.json["verdict"]) == (1, "BROKEN")
        assert code in {step["code"] for step in ran.json["ledgers"][0]["steps"]}


def test_an_outsider_judges_a_proof(changing, files):
    """Without an archive: INCOMPLETE while nobody is trusted or nothing stamped, VALID with the anchors."""
    assert prove(changing, files).code == 0
    ran = outsider(files)
    assert (ran.code, ran.json["verdict"]) == (1, "INCOMPLETE")
    longeva("evidence", "seal", "--home", changing.home)
    assert prove(changing, files).code == 0
    assert outsider(files, "--trust", changing.home / "authority").json["verdict"] in {"VALID", "INCOMPLETE"}


def test_a_fresh_head_is_proven_as_soon_as_somebody_seals(changing, files):
    """Also where no object waits: the heads alone are sealed and said to be, and an idle ledger is left."""
    longeva("evidence", "seal", "--home", changing.home)
    longeva("show", changing.object_id, "--home", changing.home)
    longeva("get", changing.object_id, "-o", files / "index.xml", "--home", changing.home)
    longeva("ledger", "head", "--tenant", changing.receipt["tenant"], "--home", changing.home,
            "-o", files / "head.json")  # fmt: skip
    assert prove(changing, files).json["opening"] is None
    assert "heads of the ledgers sealed by" in longeva("evidence", "seal", "--home", changing.home).out
    assert prove(changing, files).json["opening"] is not None
    assert "nothing lacks evidence" in longeva("evidence", "seal", "--home", changing.home).out


def test_a_changed_receipt_or_head_is_told_to_an_outsider(changing, files):
    """BROKEN, whatever the proof file says."""
    prove(changing, files)
    receipt = json.loads((files / "receipt.json").read_text("utf-8"))
    receipt["ledger"]["digest"] = "00" * 32
    (files / "receipt.json").write_text(json.dumps(receipt), "utf-8")
    ran = outsider(files)
    assert (ran.code, ran.json["verdict"]) == (1, "BROKEN")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b"PK\3\4", b'{"tenant": "x"}'])
@pytest.mark.parametrize("option", ["--head", "--receipt", "--proof"])
def test_a_file_of_another_kind_is_a_wrong_argument(changing, files, option, data):
    """Neither a verdict on the ledger nor an alarm: the option, the file and what it should be."""
    (files / "odd.json").write_bytes(data)
    ran = longeva("ledger", "verify", "--home", changing.home, option, files / "odd.json", "--json")
    assert f"{option}: {files / 'odd.json'} is " in problem(ran, "invalid-request", REQUEST)["detail"]


def test_what_was_given_for_another_option_is_told(changing, files):
    """A head for a proof, a proof for a receipt, a receipt for certificates, a kit for anything."""
    assert prove(changing, files).code == 0
    (files / "kit.zip").write_bytes(b"PK\3\4")
    proof = ("--proof", files / "proof.json")
    for given, words in (
        (("verify", "--proof", files / "head.json"), "head.json is a head; it takes a proof"),
        (("verify", *proof, "--receipt", files / "proof.json"), "proof.json is a proof; it takes a receipt"),
        (("verify", *proof, "--receipt", files / "head.json"), "head.json is a head; it takes a receipt"),
        (("verify", *proof, "--trust", files / "receipt.json"), "it takes certificates"),
        (("prove", "--tenant", "villa", "--receipt", files / "kit.zip"), "kit.zip is no JSON object"),
        (("prove", "--tenant", "villa", "--from", files / "kit.zip"), "--from: "),
    ):
        ran = longeva("ledger", *given, "--home", changing.home, "--json")
        assert words in problem(ran, "invalid-request", REQUEST)["detail"]


@pytest.mark.parametrize(
    ("option", "data"),
    [
        ("--head", '{"tenant": "x", "size": "y", "root": ""}'),
        ("--proof", '{"format": "longeva-ledger-proof/1"}'),
    ],
)
def test_a_head_or_a_proof_that_is_damaged_inside_is_a_verdict(changing, files, option, data):
    """Coded, never a trace; where a proof is asked for, it is the request that is wrong."""
    (files / "odd.json").write_text(data)
    ran = longeva("ledger", "verify", "--home", changing.home, option, files / "odd.json", "--json")
    assert (ran.code, ran.json["verdict"]) == (1, "BROKEN")
    assert ran.json["ledgers"][0]["steps"][0]["code"] == "LEDGER-UNREADABLE"
    asked = ("--tenant", "villa", "--from", files / "odd.json")
    problem(longeva("ledger", "prove", *asked, "--home", changing.home, "--json"), "invalid-request", REQUEST)


def test_what_this_ledger_never_had_is_not_proven(changing, files):
    """An event beyond its end, or a head of another ledger: words and an exit code."""
    tenant = changing.receipt["tenant"]
    assert longeva(
        "ledger", "prove", "--tenant", tenant, "--event", 10**6, "--home", changing.home
    ).code not in {0, 1}
    head = json.loads((files / "head.json").read_text())
    (files / "head.json").write_text(json.dumps(head | {"tenant": "otra"}))
    assert prove(changing, files).code not in {0, 1}


def test_people_see_at_once_what_was_proven_and_which_step_fails(changing, files):
    """A receipt tells an event and a head; each step has its mark, and its code where it does not hold."""
    tenant, out = changing.receipt["tenant"], files / "proof.json"
    kept = ("--from", files / "head.json", "--receipt", files / "receipt.json")
    ran = longeva("ledger", "prove", "--tenant", tenant, *kept, "-o", out, "--home", changing.home)
    assert "1 event and 2 older heads (1 of them told by receipts) proven in the head of" in ran.out
    kept = ("--head", files / "head.json", "--receipt", files / "receipt.json")
    lines = longeva("ledger", "verify", "--home", changing.home, *kept).out.splitlines()
    assert all(line.startswith("  ✓ ") for line in lines[1:])
    head = json.loads((files / "head.json").read_text())
    (files / "head.json").write_text(json.dumps(head | {"root": "00" * 32}))
    ran = longeva("ledger", "verify", "--home", changing.home, *kept)
    assert "  ✗ LEDGER-REWRITTEN RFC 9162" in ran.out
    judged = longeva("ledger", "verify", "--proof", out, "--home", files / "none").out
    assert "  ? LEDGER-" in judged


def test_of_a_broken_journal_nothing_is_said_to_be_as_it_was(changing, tmp_path):
    """An edited line keeps its old digest, so that the old head still fits: that must console nobody."""
    tenant = changing.receipt["tenant"]
    head = ("--tenant", tenant, "--home", changing.home)
    assert longeva("ledger", "head", *head, "-o", tmp_path / "head.json").code == 0
    journal = next(iter(sorted((changing.home / "store").rglob(f"tenants/{tenant}/ledger/*.jsonl"))))
    edited = journal.read_bytes().replace(b'"agent":"cli"', b'"agent":"abc"', 1)
    assert edited != journal.read_bytes()
    journal.chmod(0o600)
    journal.write_bytes(edited)
    ran = longeva("ledger", "verify", *head, "--head", tmp_path / "head.json", "--json")
    assert (ran.code, ran.json["verdict"]) == (1, "BROKEN")
    codes = {step["code"] for step in ran.json["ledgers"][0]["steps"]}
    assert "LEDGER-BROKEN" in codes
    assert "LEDGER-CONTINUES" not in codes


def test_a_receipt_that_does_not_lead_to_its_head_is_told(changing, files):
    """`receipt check` verifies the inclusion proof besides the seal."""
    ran = longeva("receipt", "check", files / "receipt.json", "--home", changing.home, "--json")
    assert (ran.code, ran.json["ledger"][0]["code"]) == (0, "LEDGER-EVENT-IN")
    receipt = json.loads((files / "receipt.json").read_text("utf-8"))
    receipt["ledger"]["proof"] = ["00" * 32]
    (files / "receipt.json").write_text(json.dumps(receipt), "utf-8")
    ran = longeva("receipt", "check", files / "receipt.json", "--home", changing.home, "--json")
    assert (ran.code, ran.json["ledger"][0]["code"]) == (1, "LEDGER-EVENT-NOT-IN")
    del receipt["ledger"]["proof"], receipt["ledger"]["size"], receipt["ledger"]["root"]
    (files / "receipt.json").write_text(json.dumps(receipt), "utf-8")
    ran = longeva("receipt", "check", files / "receipt.json", "--home", changing.home, "--json")
    assert ran.json["ledger"][0]["code"] == "LEDGER-RECEIPT-OLD"
