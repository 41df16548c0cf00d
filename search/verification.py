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
import ssl
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import resources
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
        trust: Anchors. Where there are none, those inside a kit are used, and a step says so.
        data: Files that an evidence record is about, or the content of a detached signature.
        own_anchors: Believe the anchors that came inside the kit: then it proves only that it is whole.
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
        verdict = verify_kit(path, at=at, anchors=anchors)
        return verdict if own_anchors or anchors else _unanchored(verdict)
    if path.suffix.lower() in {".er", ".ers"}:
        return _record(path, data, at, trust)
    content = data[0] if data else None
    return _signed(validate_file(path, content=content, trust=trust, at=at))


def verify_kit(path: Path, *, at: datetime, anchors: Sequence[bytes] = ()) -> Verdict:
    """Run the kit's verifier, our own copy of it, with nothing of the archive in its reach.

    Args:
        path: The ZIP, or the folder it was unpacked into.
        at: Instant of judgement.
        anchors: DER certificates to trust; none leaves the kit's own.

    Raises:
        ServiceError: It did not finish, or said nothing that can be read.
    """
    script = resources.files("search").joinpath("kit_verifier.py")
    with resources.as_file(script) as program, TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-I",
            str(program),
            str(path.absolute()),
            "--json",
            "--at",
            format_instant(at),
        ]
        if anchors:
            pem = Path(folder) / "anchors.pem"
            pem.write_text("".join(ssl.DER_cert_to_PEM_cert(der) for der in anchors), "ascii")
            command += ["--anchors", str(pem)]
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


def _unanchored(verdict: Verdict) -> Verdict:
    """Say that the kit's own anchors were believed though nobody asked for that: it is whole, no more."""
    es = "nadie ha dicho en qué anclas confiar: se han usado las del propio kit, que un falsario puede traer"
    en = "nobody said which anchors to trust: the kit's own were used, and a forger can bring his (--trust)"
    return replace(verdict, steps=(*verdict.steps, Step("ANCHORS", None, es, en)))


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
    steps = tuple(Step(one.clause, one.passed, one.text, one.text) for one in found.steps)
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
