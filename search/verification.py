# SPDX-License-Identifier: EUPL-1.2
"""One question for anything that one may hold in the hand: is it proven? `longeva verify THING`.

    an evidence kit (ZIP)       the script that travels in kits, in a process of its own without the archive
    an evidence record          .er or .ers, over the files that are given with it (RFC 4998)
    a signed file               PDF, CMS, XML or ENI (ETSI EN 319 102-1)
    a CSV                       only this one needs an archive

The answer is a value with its steps. The kit's own copy of the script is never run: it may be a forger's.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from archive.clock import format_instant, parse_instant
from archive.digests import Digests, digest_stream
from archive.errors import InvalidRequest, NotFound, ServiceError
from archive.home import Home
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.signatures.report import SignatureReport
from preservation.signatures.validate import validate_file
from preservation.trust.store import TrustStore
from search.csv import CsvStatus, verify_csv
from search.kit.script import verifier_source
from search.kit.trust import pem_of

VALID: Final = "VALID"
BROKEN: Final = "BROKEN"
INCOMPLETE: Final = "INCOMPLETE"
"""Nothing is false, but something could not be proven or done."""
MAX_RECORD: Final = 64 << 20
_SECONDS: Final = 3600
"""For a kit of any size; a machine that hangs is a failure, not a wait for ever."""
_VERDICTS: Final = {
    Indication.TOTAL_PASSED: VALID,
    Indication.TOTAL_FAILED: BROKEN,
    Indication.INDETERMINATE: INCOMPLETE,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked."""

    name: str
    ok: bool | None
    """None where it could not be done or decided."""
    es: str
    en: str

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {"step": self.name, "ok": self.ok, "es": self.es, "en": self.en}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer."""

    verdict: str
    """VALID, BROKEN or INCOMPLETE."""
    steps: tuple[Step, ...]
    proven_since: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        since = format_instant(self.proven_since) if self.proven_since else None
        return {
            "verdict": self.verdict,
            "proven_since": since,
            "steps": [step.to_json() for step in self.steps],
        }


def verify_offline(
    reference: str,
    *,
    at: datetime,
    trust: TrustStore,
    data: Sequence[Path] = (),
    own_anchors: bool = False,
    home: Home | None = None,
) -> Verdict:
    """Verify a file, a kit or a CSV.

    Args:
        reference: Path of a file, or a CSV.
        at: Instant of judgement.
        trust: Anchors, and revocation lists. Where there are no anchors, a kit is INCOMPLETE at best.
        data: Files that an evidence record is about, or the content of a detached signature.
        own_anchors: Judge a kit by the anchors that came inside it: is it whole? INCOMPLETE at best.
        home: Archive that knows CSVs; None where there is none.

    Raises:
        NotFound: No such file, and not a CSV that could be looked up.
        InvalidRequest: A CSV without an archive, or a record without the files it is about.
        ServiceError: The verifier did not finish.
    """
    path = Path(reference)
    if not path.is_file():
        if home is None or path.exists() or "/" in reference:
            raise NotFound(f"{reference} is no file, and no archive is at hand to look it up as a CSV")
        return _csv(home, reference)
    if zipfile.is_zipfile(path) and _is_kit(path):
        anchors = () if own_anchors else trust.stamping_anchors(at)
        return verify_kit(path, at=at, anchors=anchors, crls=trust.crls)
    if _is_cut_short(path):
        words = (
            "El fichero ZIP está incompleto o dañado: vuelva a descargarlo.",
            "The ZIP file is cut short or damaged: fetch it again.",
        )
        return Verdict(BROKEN, (Step("KIT", False, *words),))
    if path.suffix.lower() in {".er", ".ers"}:
        return _record(path, data, at, trust)
    content = data[0] if data else None
    return _signed(validate_file(path, content=content, trust=trust, at=at))


def verify_kit(
    path: Path, *, at: datetime, anchors: Sequence[bytes] = (), crls: Sequence[bytes] = ()
) -> Verdict:
    """Run the kit's verifier, our own copy of it, with nothing of the archive in its reach.

    Args:
        path: The ZIP, or the folder it was unpacked into.
        at: Instant of judgement.
        anchors: DER certificates to trust; with none it is INCOMPLETE at best, since the kit's own are used.
        crls: DER revocation lists to look into, besides those of the kit.

    Raises:
        ServiceError: It did not finish, or said nothing that can be read.
    """
    with TemporaryDirectory() as folder:
        program, pem = Path(folder) / "verify.py", Path(folder) / "anchors.pem"
        program.write_bytes(verifier_source())
        pem.write_bytes(pem_of(anchors))
        command = [sys.executable, "-I", str(program), str(path.absolute()), "--json"]
        command += ["--at", format_instant(at), *(["--anchors", str(pem)] if anchors else [])]
        lists = [Path(folder) / f"{number}.crl" for number in range(len(crls))]
        for place, der in zip(lists, crls, strict=True):
            place.write_bytes(der)
        command += ["--crls", *map(str, lists)] if lists else []
        try:
            done = subprocess.run(  # noqa: S603 - our own script, arguments as a list
                command, cwd=folder, capture_output=True, check=False, timeout=_SECONDS
            )
            told = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError) as cause:
            raise ServiceError(f"the verifier of kits did not finish: {cause}") from cause
    steps = tuple(Step(one["step"], one["ok"], one["es"], one["en"]) for one in told["steps"])
    since = parse_instant(told["proven_since"]) if told["proven_since"] else None
    return Verdict(told["verdict"], steps, since)


def _is_cut_short(path: Path) -> bool:
    """Tell whether a file begins as a ZIP and does not end as one."""
    with path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04" and not zipfile.is_zipfile(path)


def _is_kit(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return {"kit.json", "SHA256SUMS"} & set(archive.namelist()) != set()
    except (OSError, zipfile.BadZipFile):
        return False


def _record(path: Path, data: Sequence[Path], at: datetime, trust: TrustStore) -> Verdict:
    if not data:
        raise InvalidRequest("an evidence record proves files: give them with --data")
    if path.stat().st_size > MAX_RECORD:
        raise InvalidRequest(f"{path} is too large for an evidence record")
    documents = [_digests(file) for file in data]
    found = verify_record(
        path.read_bytes(),
        documents,
        at=at,
        trust=trust,
    )
    steps = tuple(Step(one.code, one.passed, *map(one.message, ("es", "en"))) for one in found.steps)
    return Verdict(_VERDICTS[found.indication], steps, found.proven_since)


def _digests(file: Path) -> Digests:
    try:
        with file.open("rb") as stream:
            return digest_stream(stream)
    except OSError as cause:
        raise NotFound(f"{file} cannot be read: {cause.strerror}") from cause


def _signed(reports: Sequence[SignatureReport]) -> Verdict:
    """Return the worst of the signatures; a file without any proves nothing."""
    if not reports:
        words = (
            "El fichero no contiene firmas que se reconozcan.",
            "No signature is recognised in the file.",
        )
        return Verdict(INCOMPLETE, (Step("SIGNATURE", None, *words),))
    steps = []
    for report in reports:
        name = report.signer.name if report.signer else "?"
        code = "/".join(part for part in (str(report.indication), report.sub_indication) if part)
        why = f" ({report.reasons[0]})" if report.reasons else ""
        ok = {VALID: True, BROKEN: False, INCOMPLETE: None}[_VERDICTS[report.indication]]
        where = f"{report.format} {report.place}".strip()
        es, en = f"Firma {where} de {name}: {code}{why}", f"Signature {where} of {name}: {code}{why}"
        steps.append(Step("SIGNATURE", ok, es, en))
    results = [step.ok for step in steps]
    verdict = BROKEN if False in results else INCOMPLETE if None in results else VALID
    times = [report.best_signature_time for report in reports if report.best_signature_time]
    return Verdict(verdict, tuple(steps), max(times, default=None) if verdict == VALID else None)


def _csv(home: Home, text: str) -> Verdict:
    answer = verify_csv(home, text, agent="cli")
    known = {
        CsvStatus.AUTHENTIC: True,
        CsvStatus.KEPT: None,  # the code is what the document says of itself: its platform answers for it
        CsvStatus.REVOKED: False,
        CsvStatus.SUPERSEDED: False,
        CsvStatus.SEVERAL: None,
        CsvStatus.UNKNOWN: None,
    }
    ok = known[answer.status]
    verdict = VALID if ok else BROKEN if ok is False else INCOMPLETE
    since = answer.copy.issued_at if ok and answer.copy else None
    return Verdict(verdict, (Step("CSV", ok, answer.mensaje, answer.message),), since)
