# SPDX-License-Identifier: EUPL-1.2
"""Ten thousand signatures in one file, and one signature over a gigabyte: an answer, in time and in little memory.

Each file is judged in a process of its own whose memory is limited and whose processor time is measured.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms
from pki_forms import CONTENT, DOCUMENT, MADE

from archive.digests import read_chunks
from preservation import der
from preservation.signatures.cms.sign import sign_digest
from preservation.signatures.identity import digest_for
from preservation.signatures.sign import sign_cms, xml_signature

pytestmark = pytest.mark.slow
MANY = 10_000
GIGABYTE = 1_000_000_000
SECONDS = 20
"""Of processor time, with starting Python: ten on a machine that does nothing else, twice that on a busy one."""
LITTLE = 300 << 20
MUCH = 1 << 30
JUDGE = """
import json, logging, resource, sys
from datetime import datetime, UTC
from pathlib import Path
from preservation.signatures.validate import validate_file
from preservation.trust.store import TrustStore
logging.disable(logging.CRITICAL)
resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[1]), int(sys.argv[1])))
path, content, *anchors = map(Path, sys.argv[2:])
trust = TrustStore(tuple(each.read_bytes() for each in anchors))
at = datetime(2026, 7, 1, 12, tzinfo=UTC)
reports = validate_file(path, content=None if content.name == "-" else content, trust=trust, at=at)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "reports": len(reports),
    "intact": sum(each.intact for each in reports),
    "passed": sum(each.indication == "TOTAL_PASSED" for each in reports),
    "reasons": list(dict.fromkeys(reason for each in reports[:50] for reason in each.reasons))[:5],
    "seconds": used.ru_utime + used.ru_stime,
}))
"""


def judged(path: Path, memory: int, anchors: tuple[bytes, ...], content: Path | None = None) -> dict:
    """Judge a file in another process that may hold so much memory; return what it found and what it took.

    Pages of the file itself that are mapped, and that the system may drop when it likes, do not count.
    """
    files = []
    for number, anchor in enumerate(anchors):
        files.append(path.parent / f"{number}.der")
        files[-1].write_bytes(anchor)
    command = [sys.executable, "-c", JUDGE, str(memory), str(path), str(content or "-"), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def many_cms(who) -> bytes:
    """Ten thousand SignerInfos in one SignedData."""
    one = sign_cms(CONTENT, who, detached=False, signing_time=MADE)
    signed = cms.ContentInfo.load(one)["content"]
    parts = [
        signed[name].dump() for name in ("version", "digest_algorithms", "encap_content_info", "certificates")
    ]
    inside = der.sequence(*parts, der.tagged(der.SET, signed["signer_infos"].contents * MANY))
    return der.sequence(cms.ContentType("signed_data").dump(), der.tagged(0xA0, inside))


def many_xml(who) -> bytes:
    """Ten thousand ds:Signature in one document, each with an Id of its own."""
    one = xml_signature(DOCUMENT, who, signing_time=MADE)
    copies = b"".join(one.replace(b"Firma", b"F%d" % number) for number in range(MANY))
    place = DOCUMENT.rindex(b"</")
    return DOCUMENT[:place] + copies + DOCUMENT[place:]


def many_pdf(who) -> bytes:
    """Ten thousand signature fields, each with a signature dictionary of its own."""
    value = sign_cms(CONTENT, who, detached=True, signing_time=MADE)
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        fields = [
            pdf.make_indirect(
                pikepdf.Dictionary(
                    FT=pikepdf.Name.Sig,
                    T=f"Firma{number}",
                    V=pdf.make_indirect(
                        pikepdf.Dictionary(
                            Type=pikepdf.Name.Sig,
                            Filter=pikepdf.Name("/Adobe.PPKLite"),
                            SubFilter=pikepdf.Name("/ETSI.CAdES.detached"),
                            ByteRange=[0, 10, 20 + number, 30],
                            Contents=pikepdf.String(value),
                        )
                    ),
                )
            )
            for number in range(MANY)
        ]
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(fields), SigFlags=3)
        pdf.save(out)
    return out.getvalue()


def many_asic(who) -> bytes:
    """Ten thousand signature files in one container."""
    value = sign_cms(CONTENT, who, detached=True, signing_time=MADE)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", "application/vnd.etsi.asic-s+zip")
        made.writestr("resolucion.txt", CONTENT)
        for number in range(MANY):
            made.writestr(f"META-INF/signature{number}.p7s", value)
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "name"), [(many_cms, "f.p7m"), (many_xml, "f.xml"), (many_pdf, "f.pdf"), (many_asic, "f.asice")]
)
def test_ten_thousand_signatures_get_an_answer(pki, tmp_path, make, name):
    """All of them judged, or one refusal with its reason: never an exception, a hang or a full memory."""
    path = tmp_path / name
    path.write_bytes(make(pki.identity("ed")))
    said = judged(path, MUCH, pki.anchors())
    assert said["reports"] > 0
    assert said["reports"] >= MANY or said["reasons"]
    assert said["seconds"] < SECONDS, said


def zeros(path: Path, size: int = GIGABYTE) -> Path:
    """Write a file of zeros that takes no room on the disk."""
    with path.open("wb") as stream:
        stream.truncate(size)
    return path


def digest_of(path: Path, algorithm: str) -> bytes:
    made = hashlib.new(algorithm)
    with path.open("rb") as stream:
        for chunk in read_chunks(stream):
            made.update(chunk)
    return made.digest()


def test_a_detached_signature_over_a_gigabyte_takes_little_memory(pki, tmp_path):
    """What is signed is read in pieces."""
    content, who = zeros(tmp_path / "contenido.bin"), pki.identity("rsa")
    path = tmp_path / "firma.p7s"
    path.write_bytes(sign_digest(digest_of(content, digest_for(who.private_key)), who, signing_time=MADE))
    said = judged(path, LITTLE, pki.anchors(), content)
    assert (said["reports"], said["intact"]) == (1, 1), said


def test_a_signed_pdf_of_a_gigabyte_takes_little_memory(pki, tmp_path):
    """The octets before and behind the signature are read in pieces."""
    path = tmp_path / "firma.pdf"
    write_big_pdf(path, pki.identity("rsa"))
    said = judged(path, LITTLE, pki.anchors())
    assert (said["reports"], said["intact"]) == (1, 1), said


def test_a_gigabyte_inside_a_signature_takes_little_memory(pki, tmp_path):
    """A CMS that carries a gigabyte is read in pieces too."""
    content, who = zeros(tmp_path / "contenido.bin"), pki.identity("rsa")
    small = sign_digest(digest_of(content, digest_for(who.private_key)), who, content=b"?", signing_time=MADE)
    path = tmp_path / "firma.p7m"
    write_big_cms(path, small, content)
    said = judged(path, LITTLE, pki.anchors())
    assert (said["reports"], said["intact"]) == (1, 1), said


def write_big_cms(path: Path, small: bytes, content: Path) -> None:
    """Put the content where the small signature carries one octet, in BER of indefinite length."""
    mark = der.octets(b"?")
    assert small.count(mark) == 1
    signed = cms.ContentInfo.load(small)["content"]
    opened = b"\x30\x80" + cms.ContentType("signed_data").dump() + b"\xa0\x80\x30\x80"
    opened += signed["version"].dump() + signed["digest_algorithms"].dump()
    opened += b"\x30\x80" + cms.ContentType("data").dump() + b"\xa0\x80"
    with path.open("wb") as out:
        out.write(opened + b"\x04\x84" + GIGABYTE.to_bytes(4, "big"))
        out.seek(GIGABYTE, 1)
        out.write(b"\x00\x00" * 2 + small[small.index(mark) + len(mark) :] + b"\x00\x00" * 3)


def write_big_pdf(path: Path, who) -> None:
    """Write a PDF with a stream of nearly a gigabyte, and sign it."""
    room = 16_000
    bodies = {
        1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] /SigFlags 3 >> >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>",
        5: b"<< /FT /Sig /T (Firma) /V 6 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /P 3 0 R >>",
    }
    places = {}
    with path.open("w+b") as out:
        out.write(b"%PDF-1.7\n")
        for number, body in bodies.items():
            places[number] = out.tell()
            out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        places[4] = out.tell()
        out.write(b"4 0 obj\n<< /Length %d >>\nstream\n" % GIGABYTE)
        out.seek(GIGABYTE, 1)
        out.write(b"\nendstream\nendobj\n")
        places[6] = out.tell()
        out.write(
            b"6 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange "
        )
        ranged = out.tell()
        out.write(b" " * 60 + b"/Contents ")
        start = out.tell()
        out.write(b"<" + b"0" * room + b">")
        end = out.tell()
        out.write(b" >>\nendobj\n")
        table = out.tell()
        out.write(b"xref\n0 7\n0000000000 65535 f \n")
        out.write(b"".join(b"%010d 00000 n \n" % places[number] for number in range(1, 7)))
        out.write(b"trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table)
        size = out.tell()
        out.seek(ranged)
        out.write(b"[0 %d %d %d]" % (start, end, size - end))
        made = hashlib.sha256()
        for first, last in ((0, start), (end, size)):
            out.seek(first)
            left = last - first
            while left:
                chunk = out.read(min(left, 1 << 20))
                made.update(chunk)
                left -= len(chunk)
        value = sign_digest(made.digest(), who).hex().encode()
        assert len(value) <= room
        out.seek(start + 1)
        out.write(value)
