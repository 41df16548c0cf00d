# SPDX-License-Identifier: EUPL-1.2
"""libxmlsec1, in its own environment, on XML signatures that we made and augmented: `make oracles` makes it.

It knows XML Signature and nothing of XAdES: it is asked whether the mathematics of what we write holds.
"""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from signing import plain_xml, world

from preservation.signatures.augmentation import Augmentation
from preservation.signatures.sign import AGE_POLICY, sign_enveloping, sign_xml
from preservation.signatures.supplied import resolver_over
from preservation.signatures.xml.augment import augment_xml
from preservation.signatures.xml.read import read_xml

__all__ = ["plain_xml", "world"]

PYTHON = Path(__file__).resolve().parents[2] / ".venv-oracles/bin/python"
VERIFY = """
import base64, sys
import xmlsec
from lxml import etree
DS = "{http://www.w3.org/2000/09/xmldsig#}"
for path in sys.argv[1:]:
    root = etree.parse(path).getroot()
    xmlsec.tree.add_ids(root, ["Id", "ID", "id"])
    answers = []
    for signature in root.iter(f"{DS}Signature"):
        held = signature.find(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate")
        context = xmlsec.SignatureContext()
        try:
            certificate = base64.b64decode(held.text)
            context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertDer)
            context.verify(signature)
            answers.append("holds")
        except Exception:
            answers.append("fails")
    print(*answers)
"""

pytestmark = pytest.mark.oracle


@pytest.fixture
def oracle():
    """Ask about files: one list of answers for each, one answer for each signature."""
    if not PYTHON.exists():
        pytest.skip("ORACLE ABSENT: python-xmlsec was not asked; `make oracles` sets it up")

    def ask(*paths):
        command = [str(PYTHON), "-c", VERIFY, *map(str, paths)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
        return [line.split() for line in answer.stdout.splitlines()]

    return ask


def plan(world, *, years=0, digest="sha256"):
    """Bring to LTA, so many years after the signature."""
    at = world.signed_at + timedelta(days=365 * years)
    return Augmentation("LTA", world.stamper(at), world.material(at), digest)


def test_what_we_sign_augment_and_renew_holds_for_a_stranger(oracle, world, plain_xml, tmp_path):
    """Enveloped, enveloping, internally detached and two signatures: before and after, to LTA and renewed."""
    when = world.signed_at
    detached = sign_xml(plain_xml, world.seal, signing_time=when, ids=["CUERPO"])
    made = {
        "enveloped": sign_xml(plain_xml, world.seal, signing_time=when, policy=AGE_POLICY),
        "enveloping": sign_enveloping(b"\x00\x01", world.seal, signing_time=when),
        "detached": detached,
        "two": sign_xml(detached, world.mayor, signing_time=when, ids=["CUERPO"], signature_id="Otra"),
    }
    paths = []
    for name, data in made.items():
        archived = augment_xml(data, plan(world))
        renewed = augment_xml(archived, plan(world, years=1, digest="sha512"))
        for step, octets in (("b", data), ("lta", archived), ("renewed", renewed)):
            paths.append(tmp_path / f"{name}-{step}.xml")
            paths[-1].write_bytes(octets)
    answers = oracle(*paths)
    assert len(answers) == len(paths)
    assert {answer for each in answers for answer in each} == {"holds"}


def test_a_stranger_sees_a_changed_letter_too(oracle, world, plain_xml, tmp_path):
    """The oracle can say no."""
    signed = sign_xml(plain_xml, world.seal, signing_time=world.signed_at, ids=["CUERPO"])
    (tmp_path / "a.xml").write_bytes(signed.replace(b"ig\xc3\xbce", b"igue"))
    assert oracle(tmp_path / "a.xml") == [["fails"]]


def test_signatures_of_strangers_hold_after_augmentation_as_before(oracle, world, shared, tmp_path):
    """Of every Spanish signature that can reach LTA, libxmlsec1 says the same before and after a renewal."""
    before, after = [], []
    for path in sorted((shared / "data" / "corpus" / "spanish").rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        facts = read_xml(data) if data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") else []
        old = any(b"01903/v1.%d" % each in data for each in (1, 2))
        if not facts or old or not all(each.intact and each.format == "XAdES" for each in facts):
            continue
        archived = augment_xml(data, plan(world), resolver_over([]))
        after.append(tmp_path / f"{len(after)}.xml")
        after[-1].write_bytes(augment_xml(archived, plan(world, years=1, digest="sha512")))
        before.append(path)
    assert len(before) > 20
    assert oracle(*before) == oracle(*after)
