# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
from pathlib import Path

import pytest

from archive.errors import ConfigurationError
from preservation.trust.certificates import describe, load
from preservation.trust.store import TrustStore


def _pem(kind: str, der: bytes) -> bytes:
    return f"-----BEGIN {kind}-----\n{base64.encodebytes(der).decode()}-----END {kind}-----\n".encode()


def test_trust_store_from_a_folder_sorts_what_it_finds(world, tmp_path):
    """Roots become anchors, other certificates help, lists and answers are at hand, the rest is left aside."""
    trust = world.trust()
    together = b"".join(_pem("CERTIFICATE", der) for der in (*trust.anchors, *trust.certificates))
    (tmp_path / "all.pem").write_bytes(together)
    (tmp_path / "a.crl").write_bytes(trust.crls[0])
    (tmp_path / "b.pem").write_bytes(_pem("X509 CRL", trust.crls[1]))
    (tmp_path / "o.ocsp").write_bytes(world.authority.ocsp(world.seal.certificate, world.at))
    (tmp_path / "leeme.txt").write_bytes(b"nada")
    (tmp_path / "roto.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
    found = TrustStore.from_paths([tmp_path])
    assert found.anchors == trust.anchors
    assert set(found.certificates) == set(trust.certificates)
    assert set(found.crls) == set(trust.crls[:2])
    assert len(found.ocsps) == 1


def test_trust_store_named_certificate_is_an_anchor_whatever_it_is(world, tmp_path):
    """Somebody who names one certificate trusts it."""
    (tmp_path / "x.cer").write_bytes(world.seal.certificate)
    assert TrustStore.from_paths([tmp_path / "x.cer"]).anchors == (world.seal.certificate,)


def test_trust_store_leaf_lying_in_a_folder_is_no_anchor(world, tmp_path):
    """A signer's certificate that merely lies in a trust folder helps chains and anchors nothing."""
    (tmp_path / "leaf.cer").write_bytes(world.authority.identity("seal").certificate)
    store = TrustStore.from_folder(tmp_path)
    assert store.anchors == ()
    assert store.certificates == (world.authority.identity("seal").certificate,)


def test_trust_store_of_nothing_usable_is_the_operators_error(tmp_path):
    """A named file without anything usable, or absent, must not be silence."""
    (tmp_path / "x.pem").write_bytes(b"hola")
    with pytest.raises(ConfigurationError):
        TrustStore.from_paths([tmp_path / "x.pem"])
    with pytest.raises(ConfigurationError):
        TrustStore.from_paths([tmp_path / "no.pem"])


@pytest.mark.parametrize("size", [0, 1, 10, 100, 700])
def test_load_truncated_certificate_is_none(world, size):
    """A certificate that cannot be read is absent, not an exception."""
    assert load(world.seal.certificate[:size]) is None
    assert describe(world.seal.certificate[:size]) is None


def test_describe_reads_the_nif_of_a_person(world):
    """The identifier comes without its semantics prefix."""
    assert describe(world.mayor.certificate).identifier == "00000002W"


def test_trust_store_of_a_folder_that_cannot_be_read_is_the_operators_error(world, tmp_path, monkeypatch):
    """An anchor that cannot be read does not vanish without a word, and no foreign exception gets out."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        TrustStore.from_folder(tmp_path / "no")
    (tmp_path / "root.cer").write_bytes(world.authority.anchors()[0])
    assert TrustStore.from_folder(tmp_path).anchors

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ConfigurationError, match="Permission denied"):
        TrustStore.from_folder(tmp_path)
