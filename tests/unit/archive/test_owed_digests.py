# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import hashlib
import io

from archive.inventory_claims import Known
from archive.owed_digests import OwedDigests

DATA = b"bytes"
PATH = "v1/content/a"


def known(algorithm="sha256", digest=None, fixity=None):
    digest = digest or hashlib.new(algorithm, DATA).hexdigest()
    return Known(b"", {"fixity": fixity}, algorithm, {PATH: digest}, {})


def test_a_file_is_read_once_for_all_its_digests():
    """Of two inventories under two algorithms and a fixity block, each wrong digest is told by its code."""
    owed = OwedDigests()
    owed.of_manifest(known("sha512"))
    wrong = known("sha256", "0" * 64, {"md5": {"1" * 32: [PATH]}})
    owed.of_manifest(wrong)
    owed.of_fixity(wrong)
    stream = io.BytesIO(DATA)
    flaws = owed.compare(PATH, stream)
    assert stream.read() == b""
    assert [(flaw.code, flaw.detail.split()[0]) for flaw in flaws] == [("E092", "sha256"), ("E093", "md5")]
    assert owed.paths() == [PATH]


def test_what_ocfl_does_not_know_is_not_owed():
    """Other fixity algorithms are ignored, as E028 demands, and nonsense owes nothing."""
    owed = OwedDigests()
    owed.of_fixity(known(fixity={"crc32": {"abc": [PATH]}, "md5": "nonsense"}))
    owed.of_fixity(known(fixity="nonsense"))
    assert owed.paths() == []


def test_a_digest_that_holds_is_no_flaw():
    """Whatever the number of inventories that state it."""
    owed = OwedDigests()
    owed.of_manifest(known())
    owed.of_manifest(known())
    assert owed.compare(PATH, io.BytesIO(DATA)) == []
