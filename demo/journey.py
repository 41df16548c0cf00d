# SPDX-License-Identifier: EUPL-1.2
"""The main job, step by step: each step does one thing, says what it did and what that proved.

Every step uses the same functions as the command of its name; nothing here is staged for show. A step that
does not prove what it should raises, and the demo ends there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from archive.clock import FixedClock
from archive.digests import digest_bytes
from archive.errors import IntegrityError
from archive.findings import Severity
from archive.home import Home
from archive.identity.accounts import Accounts
from archive.identity.passwords import same_password
from archive.material import load
from archive.model import RECEIVED
from archive.terminal import OnProgress
from demo.expediente import BuiltPackage, build_expediente
from demo.people import let_in, write_down
from demo.town import DIR3
from ingest.deposit import deposit
from preservation.audit.report import AuditReport
from preservation.audit.run import audit
from preservation.evidence.groups import VersionGroup
from preservation.evidence.repository import record_for
from preservation.evidence.sealing import seal_due
from preservation.evidence.verdict import EvidenceVerdict
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.installation import (
    SEAL_ROLE,
    archive_seal,
    development_authority,
    time_stamping,
    trust_store,
    validation_material,
)
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore
from search.certify import certify
from search.copy_archive import IssuedCopy
from search.csv import CsvStatus, verify_csv
from search.find import search
from search.indexer import follow, open_index
from search.kit import export_kit, verifier_source
from search.kit.trust import pem_of
from search.sight import WHOLE

TENANT: Final = "villanueva"
TOWN: Final = "Ayuntamiento de Villanueva del Encinar"
QUERY: Final = "resolucion licencia de obra"
RENEWED_AT: Final = datetime(2031, 11, 1, tzinfo=UTC)
JUDGED_AT: Final = datetime(2040, 6, 1, tzinfo=UTC)
BASE_URL: Final = "http://127.0.0.1:8080"

Progress = Callable[[str], AbstractContextManager[OnProgress]]


@dataclass(slots=True)
class Journey:
    """The demo at work: a home, what was made so far, and where it lies."""

    home: Home
    folder: Path
    """Where artefacts go."""
    progress: Progress
    """Gives a context with a bar for a piece of work."""
    recording_megabytes: int = 30
    artefacts: dict[str, str] = field(default_factory=dict)
    package: BuiltPackage | None = None
    receipt: dict[str, Any] = field(default_factory=dict)
    copy: IssuedCopy | None = None

    @property
    def object_id(self) -> str:
        """The deposited expediente."""
        return str(self.receipt["object"])

    def steps(self) -> Iterator[tuple[str, str]]:
        """Do each step; yield its title and what it did and proved."""
        for title, work in (
            ("authority", self._authority), ("expediente", self._expediente), ("deposit", self._deposit),
            ("deposit again", self._deposit_again), ("evidence", self._evidence), ("search", self._search),
            ("certified copy", self._certify), ("CSV", self._csv), ("offline kit", self._kit),
            ("tamper", self._tamper), ("people", self._people), ("2031", self._renew), ("2040", self._judge),
        ):  # fmt: skip
            yield title, work()

    def _authority(self) -> str:
        authority = development_authority(self.home)
        self.artefacts["authority"] = str(self.folder.parent / authority.folder.name)
        self.home.add_tenant(TENANT, TOWN, DIR3)
        return "development CA, OCSP, CRL and time stamps WITHOUT LEGAL VALUE; one municipality added"

    def _expediente(self) -> str:
        with self.progress("Signing the sample's documents"):
            self.package = build_expediente(
                self.folder, development_authority(self.home), recording_megabytes=self.recording_megabytes
            )
        self.artefacts["package"] = str(self.package.zip_path)
        forms = sorted({tipo for document in self.package.documents for tipo in document.tipos_firma})
        size = self.package.zip_path.stat().st_size / 1e6
        return (
            f"a closed building licence of {len(self.package.documents)} ENI documents ({', '.join(forms)}), "
            f"a recording by reference, {size:.0f} MB, index signed"
        )

    def _deposit(self) -> str:
        assert self.package is not None
        seal = archive_seal(self.home)
        with self.progress("Checking and storing"):
            done = deposit(self.home, TENANT, [self.package.zip_path], seal=seal, agent="demo")
        self.receipt = done[0].receipt
        _require(
            self.receipt["state"] == "ACCEPTED", f"the sample was not accepted: {self.receipt['findings']}"
        )
        self._keep("receipt", "receipt.json", json.dumps(self.receipt, ensure_ascii=False, indent=2).encode())
        with self.home.catalog.reading(TENANT) as tx:
            verdicts = [each.indication for each in tx.signatures(self.object_id)]
        passed = verdicts.count("TOTAL_PASSED")
        return (
            f"{len(self.receipt['digests']['files'])} files durable as received, huellas match, "
            f"{passed} of {len(verdicts) - verdicts.count('NOT_APPLICABLE')} signatures TOTAL_PASSED; "
            f"receipt sealed at ledger {self.receipt['ledger']['sequence']}"
        )

    def _deposit_again(self) -> str:
        assert self.package is not None
        again = deposit(self.home, TENANT, [self.package.folder], seal=None, agent="demo")[0]
        _require(again.repeated and again.receipt == self.receipt, "the same package gave another receipt")
        return "the same files as a folder give the same receipt: nothing stored twice"

    def _evidence(self) -> str:
        batch = seal_due(self.home, time_stamping(self.home), agent="demo")
        _require(batch is not None, "nothing was sealed")
        assert batch is not None
        record = record_for(self.home, self.object_id)
        self._keep("evidence of 2026", "evidence-2026.er", record)
        verdict = self._verify(record, self.home.clock.now())
        _require(verdict.indication is Indication.TOTAL_PASSED, f"evidence: {verdict.reasons}")
        return f"one RFC 3161 token by {batch.authority}; the RFC 4998 record proves every file of the object"

    def _search(self) -> str:
        index = open_index(self.home)
        with self.progress("Reading texts"):
            follow(self.home, index)
        found = search(index, QUERY, TENANT, sight=WHOLE, facets=("tipo",))
        first = next((hit for hit in found.hits if hit.tipo_documental == "TD01"), None)
        _require(first is not None, f"“{QUERY}” did not find the resolution")
        assert first is not None
        kinds = len(found.facets["tipo"])
        return f"“{QUERY}” (no accents) finds {found.total} in {kinds} types, among them “{first.title}”"

    def _certify(self) -> str:
        authority = development_authority(self.home)
        with self.progress("Composing and sealing"):
            self.copy = certify(
                self.home, self.object_id, self._resolution(), identity=authority.identity(SEAL_ROLE),
                authority=time_stamping(self.home), material=validation_material(self.home),
                base_url=BASE_URL, agent="demo",
            )  # fmt: skip
        self._keep("certified copy", "copia-autentica.pdf", self.copy.pdf)
        seal_due(self.home, time_stamping(self.home), agent="demo")
        done = "PAdES B-LTA, archived and sealed with evidence in its turn"
        return f"copia auténtica {self.copy.eni_id}, {done}; CSV {self.copy.csv}"

    def _csv(self) -> str:
        assert self.copy is not None
        answer = verify_csv(self.home, self.copy.csv.lower().replace("-", " "), agent="demo")
        _require(answer.status is CsvStatus.AUTHENTIC, f"the CSV is {answer.status}")
        unknown = verify_csv(self.home, "0000-0000-0000-0000-0000-0000-0000", agent="demo")
        _require(unknown.status is CsvStatus.UNKNOWN, "an invented CSV was known")
        return "typed carelessly it is authentic; an invented one is unknown"

    def _kit(self) -> str:
        authority = development_authority(self.home)
        path = self.folder / "evidence-kit.zip"
        with self.progress("Packing the kit"):
            trust = TrustStore.from_authority(authority, self.home.clock.now())
            export_kit(self.home, self.object_id, path, trust=trust)
        self.artefacts["evidence kit"] = str(path)
        return _verify_kit_alone(path, authority.anchors())

    def _tamper(self) -> str:
        path = self._resolution()
        key = self.home.objects(TENANT).locate(self.object_id, path)
        file = self.home.path / "store" / key
        with _one_byte_flipped(file), self.progress("Auditing every file"):
            problems = self._audit().problems
            named = sorted({problem.path for problem in problems if problem.severity is Severity.ERROR})
        _require(len(named) == 1 and named[0].endswith(path), f"the audit named {named}")
        _require(self._audit().ok, "the restored file does not audit clean")
        return f"one byte flipped: the audit named {path} and nothing else; restored, it is clean"

    def _audit(self) -> AuditReport:
        return audit(self.home, trust=trust_store(self.home, self.home.clock.now()))

    def _people(self) -> str:
        entrances = let_in(self.home, TENANT)
        path = self.folder / "cuentas.txt"
        write_down(entrances, path)
        self.artefacts["passwords"] = str(path)
        accounts = Accounts(self.home)
        for each in entrances:
            account = accounts.by_login(each.login)
            enters = account is not None and same_password(account.password, each.password)
            _require(enters, f"{each.login} cannot enter")
        stored = b"".join(self.home.store.read(key) for key in self.home.store.keys("tenants/"))
        _require(not any(each.password.encode() in stored for each in entrances), "a password lies open")
        return (
            f"{len(entrances)} accounts, one for each role and the citizen's; no password lies in the store"
        )

    def _renew(self) -> str:
        later = _copied(self.home.path, self.folder / "home-in-2031")
        self.artefacts["home in 2031"] = str(self.folder / later.name)
        with Home.open(later, FixedClock(RENEWED_AT)) as home:
            authority = development_authority(home)
            report = renew_due(
                home, time_stamping(home), RENEWED_AT,
                trust=TrustStore.from_authority(authority, RENEWED_AT), agent="demo",
            )  # fmt: skip
            _require(report.batch is not None and not report.findings, f"not renewed: {report.findings}")
            assert report.batch is not None
            self._keep("evidence of 2031", "evidence-2031.er", record_for(home, self.object_id))
        return (
            f"in a copy of the archive, {report.batch.authority} renewed the evidence before its stamp dies"
        )

    def _judge(self) -> str:
        renewed = self._verify((self.folder / "evidence-2031.er").read_bytes(), JUDGED_AT)
        left = self._verify((self.folder / "evidence-2026.er").read_bytes(), JUDGED_AT)
        _require(renewed.indication is Indication.TOTAL_PASSED, f"renewed evidence: {renewed.reasons}")
        _require(left.indication is not Indication.TOTAL_PASSED, "evidence that was not renewed still passed")
        return (
            f"the renewed record verifies; the one that was not is {left.indication}, {left.sub_indication}"
        )

    def _resolution(self) -> str:
        assert self.package is not None
        return RECEIVED + self.package.document("RES1").file_name

    def _verify(self, record: bytes, at: datetime) -> EvidenceVerdict:
        """Judge a record over every file of the object and its validation material, read from the store."""
        authority, objects = development_authority(self.home), self.home.objects(TENANT)
        inventory = objects.inventory(self.object_id)
        digests = [objects.verify_file(self.object_id, path) for path in inventory.version(1).state]
        material = objects.material(inventory, 1)
        digests += [digest_bytes(load(self.home.store, piece.sha256)) for piece in material]
        group = VersionGroup.of(self.home.store, objects, self.object_id, 1)
        _require(len(group("sha256")) == len(set(digests)), "the group has other files")
        return verify_record(
            record,
            digests,
            at=at,
            trust=TrustStore(authority.anchors(), authority.intermediates()),
            group=True,
        )

    def _keep(self, what: str, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)
        self.artefacts[what] = str(self.folder / name)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise IntegrityError(f"the demo did not prove what it should: {otherwise}")


def _copied(home: Path, target: Path) -> Path:
    """Copy a home, the files of its store as links: what is simulated must not stay in the archive itself."""

    def link(source: str, to: str) -> None:
        if f"{os.sep}store{os.sep}" in source:
            os.link(source, to)
        else:
            shutil.copy2(source, to)

    left_out = shutil.ignore_patterns(target.parent.name, "index", "work", ".pending", "lock")
    shutil.copytree(home, target, ignore=left_out, copy_function=link)
    return target


@contextmanager
def _one_byte_flipped(file: Path) -> Iterator[None]:
    original = file.read_bytes()
    mode = file.stat().st_mode
    os.chmod(file, 0o600)
    try:
        middle = len(original) // 2
        file.write_bytes(original[:middle] + bytes([original[middle] ^ 1]) + original[middle + 1 :])
        yield
    finally:
        file.write_bytes(original)
        os.chmod(file, mode)


def _verify_kit_alone(kit: Path, anchors: Sequence[bytes]) -> str:
    """Run the verifier as a stranger would: a bare environment, another folder, no Longeva on the path.

    The stranger has the anchors from elsewhere: with those of the kit alone nothing is proven.
    """
    with tempfile.TemporaryDirectory(prefix="stranger-") as elsewhere:
        script = Path(elsewhere) / "verify.py"
        script.write_bytes(verifier_source())
        pem = Path(elsewhere) / "mine.pem"
        pem.write_bytes(pem_of(anchors))
        run = subprocess.run(  # noqa: S603 - our own script with our own interpreter
            [sys.executable, "-I", "-S", str(script), "--json", "--anchors", str(pem), str(kit.resolve())],
            cwd=elsewhere, env={"PATH": os.defpath}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    steps = json.loads(run.stdout)["steps"] if run.returncode in {0, 2} else []
    undone = [step["step"] for step in steps if step["ok"] is None]
    proven = bool(steps) and all(step["ok"] is not False for step in steps)
    # Without the openssl command the script leaves the token's signature undone, says so and exits 2.
    left_out = undone == ["TRUST", "TIMESTAMP"] and shutil.which("openssl", path=os.defpath) is None
    _require(proven and (run.returncode == 0 or left_out), f"the kit did not verify: {run.stdout[-500:]}")
    tools = (
        "python and openssl" if not undone else "python (no openssl here: the token's signature was left out)"
    )
    return (
        f"a separate process without the archive verified {len(steps) - len(undone)} steps with {tools} alone"
    )
