# SPDX-License-Identifier: EUPL-1.2
"""Signatures of before: short keys, SHA-1, certificates that ended long ago, and what the archive knows of them."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from pki import Pki
from pki_forms import CONTENT, FORMS, MADE, Form, Traveller, signed

from archive.errors import TrustError
from preservation.indications import Indication
from preservation.signatures.content import BytesContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import Proofs
from preservation.signatures.reading import read_signatures
from preservation.signatures.supplied import Supplied
from preservation.trust.store import TrustStore

EVERY_FORM = pytest.mark.parametrize("form", FORMS)


def on(year: int, month: int = 7, day: int = 1) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def by_openssl(openssl: str, pki: Pki, who: str, folder: Path, *options: str) -> Traveller:
    """Return a CAdES signature that openssl made: keys and paddings that we do not sign with."""
    (folder / "contenido.txt").write_bytes(CONTENT)
    certificate, out = folder / "firmante.pem", folder / "firma.p7m"
    subprocess.run(
        [openssl, "x509", "-inform", "DER", "-out", certificate], input=pki.certificate(who), check=True
    )
    key = pki.folder / f"{who}.pem"
    command = [openssl, "cms", "-sign", "-binary", "-cades", "-nodetach", "-outform", "DER", "-md", "sha256"]
    command += ["-in", folder / "contenido.txt", "-signer", certificate, "-inkey", key, "-out", out, *options]
    subprocess.run(command, check=True, capture_output=True)
    return Traveller(Form("openssl", ".p7m", lambda _who, _at: b""), out.read_bytes())


def known(traveller: Traveller, trust: TrustStore, at: datetime, proofs: Proofs) -> tuple[str, str]:
    """Return the verdict where the archive knows something of its own."""
    content = traveller.form.content
    supplied = [] if content is None else [Supplied("contenido.txt", BytesContent(content))]
    (facts,) = read_signatures(traveller.data, supplied)
    report = judge(facts, trust, at, proofs=proofs)
    return str(report.indication), report.sub_indication


def test_a_pss_signature_is_kept_like_any_other(openssl, pki, tmp_path):
    """RSA-PSS, made by openssl, brought to LTA and renewed."""
    made = by_openssl(openssl, pki, "pss", tmp_path, "-keyopt", "rsa_padding_mode:pss")
    trust = TrustStore(pki.anchors(), pki.chain("pss")[:1], pki.lists(MADE))
    kept = made.augmented(pki, MADE, trust=trust).augmented(pki, on(2029, 6), tsa="tsa2")
    assert kept.judged(pki.trust(on(2031)), on(2031)).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_a_short_key_of_2010_holds_with_a_stamp_of_2010(openssl, pki, tmp_path, digest):
    """RSA-1024 proved something until 2014 and SHA-1 until 2017: stamped in time and kept, it still does."""
    made = by_openssl(openssl, pki, "rsa1024", tmp_path, "-md", digest)
    at = on(2010)
    trust = TrustStore(pki.anchors(), pki.chain("rsa1024")[:1], pki.lists(at))
    kept = made.augmented(pki, at, tsa="tsa-old", trust=trust).augmented(pki, MADE)
    report = kept.judged(pki.trust(on(2029)), on(2029))
    assert report.indication is Indication.TOTAL_PASSED, (report.sub_indication, report.reasons)
    assert report.best_signature_time == at


def test_a_short_key_of_2010_without_a_stamp_proves_nothing(openssl, pki, tmp_path):
    """Nothing says that it was made before short keys fell: no pass, and no renewal."""
    made = by_openssl(openssl, pki, "rsa1024", tmp_path)
    trust = TrustStore(pki.anchors(), pki.chain("rsa1024")[:1], pki.lists(on(2026)))
    assert made.judged(trust, on(2026)).indication is Indication.INDETERMINATE
    with pytest.raises(TrustError):
        made.augmented(pki, MADE, trust=trust)


@EVERY_FORM
def test_an_ended_certificate_passes_with_the_archives_own_proof(pki, form):
    """Signed in 2016 and received then, with the lists of then: the archive's registry date carries it."""
    made, then, now = signed(pki, form, "expired", on(2016)), on(2016, 7, 2), on(2026)
    lists = pki.lists(then)
    trust = TrustStore(pki.anchors(), (), lists)
    proofs = Proofs().with_everything(then, "registry date")
    for each in (*lists, pki.certificate("expired"), *pki.chain("expired")):
        proofs = proofs.with_object(sha256(each).digest(), then, "registry date")
    assert known(made, trust, now, proofs) == ("TOTAL_PASSED", "")


@EVERY_FORM
def test_lists_of_then_without_a_proof_of_then_are_not_enough(pki, form):
    """The same lists and no proof of existence: whoever holds the key may have signed yesterday."""
    made, then, now = signed(pki, form, "expired", on(2016)), on(2016, 7, 2), on(2026)
    trust = TrustStore(pki.anchors(), (), pki.lists(then))
    assert known(made, trust, now, Proofs()) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")


@EVERY_FORM
def test_a_proof_of_then_with_lists_of_today_is_not_enough(pki, form):
    """An authority may forget the certificates that have ended: its list of today says nothing of 2016."""
    made, then, now = signed(pki, form, "expired", on(2016)), on(2016, 7, 2), on(2026)
    proofs = Proofs().with_everything(then, "registry date")
    indication, sub_indication = known(made, pki.trust(now), now, proofs)
    assert indication == "INDETERMINATE"
    assert sub_indication in {
        "OUT_OF_BOUNDS_NO_POE",
        "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        "TRY_LATER",
        "NO_POE",
    }


@EVERY_FORM
def test_a_registry_date_after_the_end_of_the_certificate_saves_nothing(pki, form):
    """Received in 2020, two years after the certificate ended, whatever lists were kept."""
    made, then, now = signed(pki, form, "expired", on(2016)), on(2020), on(2026)
    trust = TrustStore(pki.anchors(), (), (*pki.lists(on(2016)), *pki.lists(then)))
    assert known(made, trust, now, Proofs().with_everything(then, "registry date"))[0] == "INDETERMINATE"
