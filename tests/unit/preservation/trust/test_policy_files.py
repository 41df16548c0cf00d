# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib

import pytest

from preservation.trust import policy_files
from preservation.trust.policy_files import PolicyFiles

POLICY = b"%PDF politica de firma"


@pytest.fixture
def files(tmp_path) -> PolicyFiles:
    """A folder with a policy and something else."""
    (tmp_path / "age-1.9.pdf").write_bytes(POLICY)
    (tmp_path / "nota.txt").write_bytes(b"nota")
    return PolicyFiles(tmp_path)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_a_policy_is_found_by_the_digest_that_a_signature_names(files, algorithm):
    """Whatever the file is called, and under whatever algorithm the signer took."""
    assert files.find(algorithm, hashlib.new(algorithm, POLICY).digest()) == POLICY


def test_what_is_not_there_is_not_found(files, tmp_path):
    """Another digest, none, an algorithm nobody speaks, no folder at all."""
    assert files.find("sha256", hashlib.sha256(b"otra").digest()) is None
    assert files.find("sha256", b"") is None
    assert files.find("rot13", b"abc") is None
    assert PolicyFiles(tmp_path / "none").find("sha256", hashlib.sha256(POLICY).digest()) is None


def test_a_file_that_changed_is_read_again(files, tmp_path):
    """The digest that is remembered is of the file as it was."""
    wanted = hashlib.sha256(b"nueva version").digest()
    assert files.find("sha256", wanted) is None
    (tmp_path / "age-1.9.pdf").write_bytes(b"nueva version")
    assert files.find("sha256", wanted) == b"nueva version"


def test_a_file_that_is_far_too_large_is_passed_over(files, tmp_path, monkeypatch):
    """A film laid there by mistake is not read at every deposit."""
    monkeypatch.setattr(policy_files, "MAX_POLICY", 4)
    assert files.find("sha256", hashlib.sha256(POLICY).digest()) is None


def test_it_knows_its_own_files(files):
    """So that they can be told from certificates among what a verdict used."""
    assert files.has(POLICY)
    assert not files.has(b"otra")
