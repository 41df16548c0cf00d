# SPDX-License-Identifier: EUPL-1.2
"""One process that verifies XML signatures with python-xmlsec or signxml, for `benchmarks.signatures`.

Runs in the oracles' own environment: `.venv-oracles/bin/python benchmarks/xml_peers.py PARTY`; jobs and
answers as in `benchmarks.signature_worker`. All verify the core alone: references and signature value, with
the certificate that the signature carries. `signxml` is that library as its users call it, which checks the
schema of ds:Signature too; `signxml-bare` is the same without it, its quicker way.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lxml import etree

DS = "{http://www.w3.org/2000/09/xmldsig#}"


def xmlsec_verifier() -> Callable[[bytes], bool]:
    """Return a verification by libxmlsec1."""
    import xmlsec  # noqa: PLC0415 - each party loads its own library alone

    def verify(data: bytes) -> bool:
        tree = etree.fromstring(data)
        xmlsec.tree.add_ids(tree, ["Id"])
        signature = xmlsec.tree.find_node(tree, xmlsec.constants.NodeSignature)
        certificate = base64.b64decode(signature.findtext(f".//{DS}X509Certificate"))
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertDer)
        context.verify(signature)  # raises where it does not hold
        return True

    return verify


def signxml_verifier(*, schema: bool) -> Callable[[bytes], bool]:
    """Return a verification by signxml, with its schema validation (its default) or without."""
    from signxml import SignatureConfiguration, XMLVerifier  # noqa: PLC0415 - as above

    expected = SignatureConfiguration(expect_references=2, location=".//", require_x509=True)

    def verify(data: bytes) -> bool:
        tree = etree.fromstring(data)
        certificate = "".join(tree.findtext(f".//{DS}X509Certificate").split())
        pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
        XMLVerifier().verify(tree, x509_cert=pem, validate_schema=schema, expect_config=expected)
        return True

    return verify


PARTIES = {
    "xmlsec": xmlsec_verifier,
    "signxml": partial(signxml_verifier, schema=True),
    "signxml-bare": partial(signxml_verifier, schema=False),
}


def main() -> None:
    """Answer jobs until there are none."""
    verify = PARTIES[sys.argv[1]]()
    for line in sys.stdin:
        job = json.loads(line)
        data = [Path(each).read_bytes() for each in job["files"]]
        wall, cpu = time.perf_counter(), time.process_time()
        passed = sum(verify(each) for each in data)
        answer = {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "files": len(data),
            "passed": passed,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
