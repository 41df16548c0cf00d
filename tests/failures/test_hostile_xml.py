# SPDX-License-Identifier: EUPL-1.2
"""Hostile and oversized XML: refused fast and said why, or read in constant memory."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from archive.eni.content import check_signatures_base64
from archive.eni.read import read_eni
from archive.eni.validate import check_eni
from archive.errors import XmlRefused

HEAD = (
    b'<?xml version="1.0"?><documento xmlns="http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e">'
    b'<contenido xmlns="http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e/contenido"><ValorBinario>'
)
TAIL = (
    b"</ValorBinario><NombreFormato>BIN</NombreFormato></contenido>"
    b'<metadatos xmlns="http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e/metadatos"/></documento>'
)
MEASURE = """
import hashlib, sys
from pathlib import Path
from archive.eni.read import read_eni
digest = hashlib.sha256()
eni = read_eni(Path(sys.argv[1]))
for piece in eni.open_content():
    digest.update(piece)
status = Path("/proc/self/status").read_text()
peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
print(digest.hexdigest(), len(eni.skeleton.xml), peak)
"""


def laughs(levels=10):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ja">{entities}]><d>&l{levels - 1};</d>'


HOSTILE = {
    "billion laughs": laughs().encode(),
    "billion laughs in UTF-16": laughs().replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16"),
    "external entity": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
    "external subset": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><d/>',
    "parameter entity": b'<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:9/">%x;]><d/>',
    "in UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE d+AD4APA-d/+AD4-',
    "in EBCDIC": '<?xml version="1.0" encoding="cp037"?><d/>'.encode("cp037"),
    "deep": b"<a>" * 100_000 + b"</a>" * 100_000,
    "deep in base64": HEAD + b"<a>" * 100_000 + b"</a>" * 100_000 + TAIL,
    "a million attributes": b"<d " + b" ".join(b'a%d=""' % n for n in range(1_000_000)) + b"/>",
    "one attribute of 20 MB": b"<d a='" + b"x" * 20_000_000 + b"'/>",
    "one tag name of 20 MB": b"<" + b"x" * 20_000_000 + b"/>",
    "a comment of 20 MB": b"<d><!--" + b"x" * 20_000_000 + b"--></d>",
    "four million elements": b"<d>" + b"<e/>" * 4_000_000 + b"</d>",
    "endless prolog": b"<!--" + b"x" * 20_000_000,
    "open tags only": b"<ValorBinario>" * 500_000,
    "angle brackets": b"<" * 5_000_000,
    "nothing": b"",
    "zeros": b"\0" * 1_000_000,
    "cut in the middle": HEAD + b"QUJD" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_quickly(name):
    """Each attack is refused with a finding, within seconds."""
    start = time.process_time()
    with pytest.raises(XmlRefused) as caught:
        read_eni(HOSTILE[name])
    assert caught.value.findings[0].code.startswith("ENI-")
    assert time.process_time() - start < 30


def test_quadratic_shapes_are_read_quickly():
    """Tens of thousands of base64 elements, prefixes and namespaces take no more than their size."""
    many = b"<d>" + b"<ValorBinario>" + b"QUJD" * 300 + b"</ValorBinario>"
    start = time.process_time()
    with pytest.raises(XmlRefused):
        read_eni(many + b"<e xmlns:a='u'><!-- x --></e>" * 20_000 + many[3:] * 5_000 + b"</d>")
    assert time.process_time() - start < 30


SHAPES = {
    "contents": b"QUJD</ValorBinario>" + (b"<ValorBinario>\n" + b"QUJD" * 300 + b"</ValorBinario>") * 2900,
    "namespaces": b"</ValorBinario>" + b"".join(b'<a xmlns="urn:%d"/>' % n for n in range(50_000)),
    "identifiers": b"</ValorBinario>" + b"<a Id='x'/>" * 50_000,
}
FIRMAS = (
    b'<firmas xmlns="http://administracionelectronica.gob.es/ENI/XSD/v1.0/firma">'
    + b"<firma><TipoFirma>TF06</TipoFirma><ContenidoFirma><FirmaConCertificado><ReferenciaFirma>#n</ReferenciaFirma>"
    b"</FirmaConCertificado></ContenidoFirma></firma>" * 20_000 + b"</firmas></documento>"
)


@pytest.mark.parametrize("name", [*SHAPES, "firmas"])
def test_a_file_of_ten_thousand_slips_is_judged_quickly(name):
    """Reading, judging and decoding stay linear, and the report stays short."""
    inner = SHAPES.get(name, b"</ValorBinario>").rpartition(b"</ValorBinario>")
    data = HEAD + inner[0] + (inner[1] + inner[2] + TAIL.partition(b"</ValorBinario>")[2])
    if name == "firmas":
        data = data.replace(b"</documento>", FIRMAS)
    start = time.process_time()
    eni = read_eni(data)
    found = check_eni(eni, now=datetime(2026, 1, 1, tzinfo=UTC))
    check_signatures_base64(eni)
    assert time.process_time() - start < 30
    assert 0 < len(found) < 100


def measured(path):
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    digest, skeleton, peak = run.stdout.split()
    return digest, int(skeleton), int(peak)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "around"),
    [(b"", (b"", b"")), (b"\r\n", (b"", b"")), (b"", (b"<![CDATA[", b"]]>"))],
    ids=["one line", "76 columns", "CDATA"],
)
def test_a_content_of_300_mb_is_read_in_constant_memory(tmp_path, line, around):
    """Base64 of 300 MB, in whatever writing, is read and decoded in less than 150 MB."""
    block = bytes(range(256)) * 57 * 64  # a multiple of 57 bytes: lines of 76 columns without remainder
    text = base64.b64encode(block)
    if line:
        text = b"".join(text[at : at + 76] + line for at in range(0, len(text), 76))
    times = 300_000_000 // len(text)
    digest = hashlib.sha256()
    path = tmp_path / "grande.xml"
    with path.open("wb") as target:
        target.write(HEAD + around[0])
        for _ in range(times):
            target.write(text)
            digest.update(block)
        target.write(around[1] + TAIL)
    told, skeleton, peak = measured(path)
    assert told == digest.hexdigest()
    assert skeleton < 2000
    assert peak < 150
