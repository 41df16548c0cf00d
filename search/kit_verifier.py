#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Verify an evidence kit with nothing but Python's standard library and the `openssl` command.

    python3 verify.py                 in the unpacked kit        (en la carpeta del kit)
    python3 verify.py kit.zip         without unpacking it       (sin descomprimirlo)
    python3 verify.py --anchors MY.pem --at 2040-01-01T00:00:00Z --json

This file travels inside every kit. It needs no archive, no network and no database; read it: it is short on
purpose. `--anchors` replaces the kit's own trust anchors by yours: do so, a forger can bring his own.

What it proves, in order (clauses of RFC 4998 unless said):
  1. every file of the kit is the one that SHA256SUMS lists, with no other and none that is foreign;
  2. the deposit record agrees with the received files, kit.json and the validation material beside them;
  3. the digests of the object's files lead through each reduced hash tree to its time stamp (4.3);
  4. each renewal covers the time stamp before it (5.2), or, in a new chain, also the files again (5.3);
  5. each RFC 3161 token is signed by a time-stamping authority under the anchors, judged when the next
     token was made, the last one now (5.3: it was still valid when it was renewed);
  6. the ledger's events about the object are whole, each in itself.

Not proven, since whoever makes a kit can write them anew: its words (LEEME.txt, README.txt), this file, and
the events, unless you hold the receipt of the deposit. It does not ask for revocation lists.
Exit 0: all proven. 1: something false. 2: something not done.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import IO

RECORD = "evidence/evidence.ers"
SUMS = "SHA256SUMS"
OBJECT = "object/"
MATERIAL, LISTED = "material/", OBJECT + "metadata/material.json"
KNOWN = {"LEEME.txt", "README.txt", "verify.py", "kit.json", RECORD, "ledger/events.jsonl"}
KNOWN |= {"trust/anchors.pem", "trust/intermediates.pem"}
LIMIT = 64 << 20  # bytes of a file that is read whole
SHA2 = "2.16.840.1.101.3.4.2."
ALGORITHMS = {SHA2 + "1": "sha256", SHA2 + "2": "sha384", SHA2 + "3": "sha512"}


class Broken(Exception):
    """A statement of the kit is false; the two texts say which, in Spanish and English."""


class Kit:
    """Names and bytes of the kit's files, in a folder or in a ZIP."""

    def __init__(self, place: Path) -> None:
        self.zip = zipfile.ZipFile(place) if place.is_file() else None
        self.place = place

    def names(self) -> list[str]:
        """Every file, sorted."""
        if not self.zip:
            return sorted(p.relative_to(self.place).as_posix() for p in self.place.rglob("*") if p.is_file())
        entries = self.zip.infolist()
        found = [entry.filename for entry in entries if not entry.is_dir()]
        if len(found) != len(set(found)):
            raise Broken("el ZIP repite un nombre", "the ZIP repeats a name")
        if self.zip.comment or min((entry.header_offset for entry in entries), default=0):
            raise Broken("hay algo antes o después del ZIP", "something stands before or after the ZIP")
        return sorted(found)

    def open(self, name: str) -> IO[bytes]:
        """One file, as a stream."""
        return self.zip.open(name) if self.zip else (self.place / name).open("rb")

    def read(self, name: str) -> bytes:
        """The whole of a small file."""
        with self.open(name) as stream:
            data = stream.read(LIMIT + 1)
        if len(data) > LIMIT:
            raise Broken(f"{name} es desmesurado", f"{name} is far too large")
        return data

    def digest(self, name: str, algorithm: str) -> bytes:
        """Digest of a file of any size."""
        state = hashlib.new(algorithm)
        with self.open(name) as stream:
            while chunk := stream.read(1 << 20):
                state.update(chunk)
        return state.digest()


class Der:
    """One tag-length-value (ITU-T X.690): `tag`, its `value` and the whole `raw` bytes."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.tag, length, start = data[at], data[at + 1], at + 2
        if length >= 0x80:
            count = length & 0x7F
            length, start = int.from_bytes(data[start : start + count], "big"), start + count
        self.end = start + length
        if self.end > len(data):
            raise Broken("registro de evidencia truncado", "truncated evidence record")
        self.value, self.raw = data[start : self.end], data[at : self.end]

    def parts(self) -> list[Der]:
        """The elements inside."""
        found: list[Der] = []
        while not found or found[-1].end < len(self.value):
            found.append(Der(self.value, found[-1].end if found else 0))
        return found

    def oid(self) -> str:
        """An object identifier in dotted form."""
        numbers, number = [], 0
        for byte in self.value:
            number = number << 7 | byte & 0x7F
            if byte < 0x80:
                numbers.append(number)
                number = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def algorithm(identifier: Der) -> str:
    """Name of an AlgorithmIdentifier's digest."""
    oid = identifier.parts()[0].oid()
    if oid not in ALGORITHMS:
        raise Broken(f"algoritmo de resumen desconocido: {oid}", f"unknown digest algorithm: {oid}")
    return ALGORITHMS[oid]


class Token:
    """What an RFC 3161 token says; its signature is left to openssl."""

    def __init__(self, content_info: Der) -> None:
        self.der = content_info.raw
        signed_data = content_info.parts()[1].parts()[0]
        encapsulated = signed_data.parts()[2].parts()[1].parts()[0]
        info = Der(encapsulated.value).parts()  # TSTInfo, RFC 3161 2.4.2
        imprint = info[2].parts()
        self.algorithm, self.imprint = algorithm(imprint[0]), imprint[1].value
        moment = info[4].value.decode("ascii").rstrip("Z").split(".")[0]
        self.time = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)


class Stamp:
    """An ArchiveTimeStamp (RFC 4998 4.1)."""

    def __init__(self, der: Der) -> None:
        parts = {part.tag: part for part in der.parts()}
        self.token = Token(der.parts()[-1])
        self.algorithm = self.token.algorithm
        if 0xA0 in parts:  # digestAlgorithm [0] IMPLICIT
            self.algorithm = algorithm(parts[0xA0])
        tree = parts[0xA2].parts() if 0xA2 in parts else []
        self.lists = [[node.value for node in row.parts()] for row in tree]


Chain = list[tuple[Stamp, bytes]]


def chains_of(record: bytes) -> list[Chain]:
    """Chains of time stamps, oldest first; each stamp with the bytes of its chain (RFC 4998 3.1)."""
    sequence = Der(record).parts()[-1]
    chains = [[(Stamp(stamp), chain.raw) for stamp in chain.parts()] for chain in sequence.parts()]
    if not chains or not all(chains) or sum(map(len, chains)) > 1000:
        raise Broken("el registro no tiene sellos, o demasiados", "no time stamps in the record, or too many")
    return chains


def join(values: list[bytes], name: str) -> bytes:
    """A node: the digest of its children in ascending order; a lone child stands for itself."""
    return values[0] if len(values) == 1 else hashlib.new(name, b"".join(sorted(values))).digest()


def require_path(wanted: set[bytes], stamp: Stamp, *, exactly: bool) -> None:
    """Fold the reduced hash tree from `wanted` up to the time stamp's imprint, or raise Broken."""
    first = stamp.lists[0] if stamp.lists else list(wanted)
    if not wanted <= set(first) or (exactly and set(first) != wanted and len(wanted) > 1):
        raise Broken("los resúmenes no están en el árbol", "the digests are not in the hash tree")
    node = join(first, stamp.algorithm)
    for row in stamp.lists[1:]:
        node = join([*row, node], stamp.algorithm)
    if stamp.token.algorithm != stamp.algorithm or node != stamp.token.imprint:
        raise Broken("el árbol no lleva al sello de tiempo", "the tree does not lead to the time stamp")


def check_sums(kit: Kit) -> tuple[str, str]:
    """Step 1."""
    listed = {}
    for line in kit.read(SUMS).decode("utf-8").splitlines():
        digest, gap, name = line[:64], line[64:66], line[66:]
        if gap != "  " or not name or name in listed:
            raise Broken(f"{SUMS} no se entiende", f"{SUMS} cannot be understood")
        listed[name] = digest
    names = [name for name in kit.names() if name != SUMS]
    for name in sorted(set(names) ^ set(listed)):
        raise Broken(f"falta o sobra {name}", f"{name} is missing or not listed")
    for name in names:
        if name not in KNOWN and not name.startswith((OBJECT, MATERIAL, "evidence/token-")):
            raise Broken(f"{name} no es parte de un kit", f"{name} is no part of a kit")
        if kit.digest(name, "sha256").hex() != listed[name]:
            raise Broken(f"{name} ha cambiado", f"{name} has changed")
    return f"{len(names)} ficheros coinciden con {SUMS}", f"{len(names)} files agree with {SUMS}"


def check_record(kit: Kit) -> tuple[str, str]:
    """Step 2."""
    record = json.loads(kit.read(OBJECT + "metadata/deposit.json"))
    told, about = json.loads(kit.read("kit.json")), record["object"]
    if (about["object_id"], about["eni_id"]) != (told["object"], told["eni_id"]):
        raise Broken("el registro de depósito es de otro objeto", "the deposit record is of another object")
    for entry in record["files"]:
        name = OBJECT + entry["path"]
        for algorithm_name in ("sha256", "sha512"):
            if kit.digest(name, algorithm_name).hex() != entry["digests"][algorithm_name]:
                raise Broken(f"{name} no es el depositado", f"{name} is not what was deposited")
    names = [name for name in kit.names() if name.startswith(MATERIAL)]
    pieces = json.loads(kit.read(LISTED))["material"] if LISTED in kit.names() else []
    digests = [MATERIAL + kit.digest(name, "sha256").hex() for name in names]
    if not names == digests == [MATERIAL + piece["sha256"] for piece in pieces]:
        raise Broken("el material de validación no es el citado", "the validation material is not that named")
    count = len(record["files"])
    return f"{count} fichero(s) recibidos, como dice el depósito", f"{count} received file(s), as deposited"


def check_first_tree(kit: Kit, chains: list[Chain]) -> tuple[str, str]:
    """Step 3: the files, all of them and no other, under the first time stamp."""
    stamp = chains[0][0][0]
    names = [name for name in kit.names() if name.startswith((OBJECT, MATERIAL))]
    require_path({kit.digest(name, stamp.algorithm) for name in names}, stamp, exactly=True)
    when = stamp.token.time.isoformat()
    return (
        f"los {len(names)} ficheros del objeto llevan al sello de tiempo de {when}",
        f"the {len(names)} files of the object lead to the time stamp of {when}",
    )


def check_renewals(kit: Kit, chains: list[Chain]) -> tuple[str, str]:
    """Step 4."""
    before: Stamp | None = None
    for number, chain in enumerate(chains):
        for at, (stamp, _) in enumerate(chain):
            if before and stamp.token.time < before.token.time:
                raise Broken("los sellos no están en orden", "the time stamps are not in order")
            if at and before:  # 5.2: the new stamp covers the DER of the one before it
                wanted = hashlib.new(stamp.algorithm, before.token.der).digest()
                require_path({wanted}, stamp, exactly=False)
            elif number:  # 5.3: a new chain covers each file's new digest joined to the older chains
                older = sequence_of([links[0][1] for links in chains[:number]])
                tail = hashlib.new(stamp.algorithm, older).digest()
                names = [name for name in kit.names() if name.startswith((OBJECT, MATERIAL))]
                heads = [kit.digest(name, stamp.algorithm) + tail for name in names]
                require_path({hashlib.new(stamp.algorithm, h).digest() for h in heads}, stamp, exactly=True)
            before = stamp
    count = sum(len(chain) for chain in chains)
    return f"{count - 1} renovación(es) enlazadas", f"{count - 1} renewal(s) linked"


def sequence_of(elements: list[bytes]) -> bytes:
    """DER of a SEQUENCE of ready elements."""
    body = b"".join(elements)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return b"\x30" + (size if len(body) < 0x80 else bytes([0x80 | len(size)]) + size) + body


def check_token(kit: Kit, token: Token, at: datetime, anchors: bytes | None) -> tuple[str, str]:
    """Step 5, one token, by `openssl ts -verify`: imprint, CMS signature, purpose and chain at an instant."""
    trusted = kit.read("trust/anchors.pem") if anchors is None else anchors
    helpers = kit.read("trust/intermediates.pem")
    program = shutil.which("openssl")
    if program is None:
        raise NotImplementedError
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("t.tst", token.der), ("a.pem", trusted), ("u.pem", helpers)):
            (Path(folder) / name).write_bytes(data)
        command = [program, "ts", "-verify", "-in", "t.tst", "-token_in", "-digest", token.imprint.hex()]
        command += ["-CAfile", "a.pem", "-attime", str(int(at.timestamp()))]
        command += ["-untrusted", "u.pem"] if helpers.strip() else []
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    when, judged = token.time.isoformat(), at.isoformat()
    if "certificate has expired" in done.stderr:
        es = f"el certificado del sello de {when} había caducado a {judged} y nadie lo renovó"
        raise Broken(es, f"the certificate of the stamp of {when} had expired by {judged}; nobody renewed it")
    if done.returncode or "Verification: OK" not in done.stdout + done.stderr:
        words = done.stderr.strip().rsplit(":", 1)[-1]
        raise Broken(f"el sello de {when} no se sostiene: {words}", f"the stamp of {when} fails: {words}")
    return f"sello de {when} válido a {judged}", f"time stamp of {when} valid at {judged}"


def check_ledger(kit: Kit) -> tuple[str, str]:
    """Step 6: each event's digest is over its RFC 8785 form (only text, whole numbers and nesting occur)."""
    lines = kit.read("ledger/events.jsonl").decode("utf-8").splitlines()
    for line in lines:
        event = json.loads(line)
        digest = event.pop("digest")
        event.pop("position", None)
        canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if hashlib.sha256(canonical.encode("utf-8")).hexdigest() != digest:
            raise Broken(
                "un asiento del registro de eventos ha cambiado", "an event of the ledger has changed"
            )
    return f"{len(lines)} asiento(s) del registro de eventos", f"{len(lines)} ledger event(s)"


class Report:
    """Steps as they are done: printed as they come, or gathered for --json."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.steps: list[dict[str, object]] = []

    def do(self, name: str, step: Callable[[], tuple[str, str]]) -> None:
        """Do a step; a false statement and a missing tool are results, never a crash."""
        ok: bool | None = True
        try:
            es, en = step()
        except Broken as broken:
            ok, (es, en) = False, broken.args
        except NotImplementedError:
            ok, es, en = None, "falta la orden openssl: no se ha comprobado", "no openssl here: not checked"
        except Exception as broken:  # a tampered file may break anything: that too is a negative answer
            ok, es, en = False, f"no se entiende: {broken!r}", f"cannot be understood: {broken!r}"
        self.add(name, ok, es, en)

    def add(self, name: str, ok: bool | None, es: str, en: str) -> None:
        """Note a step and say it."""
        self.steps.append({"step": name, "ok": ok, "es": es, "en": en})
        if not self.quiet:
            print(f"{ {True: 'OK ', False: 'NO ', None: '?? '}[ok] } {name}: {es}\n      {en}", flush=True)

    def verdict(self) -> str:
        """VALID, BROKEN or INCOMPLETE."""
        results = [step["ok"] for step in self.steps]
        return "BROKEN" if False in results else "INCOMPLETE" if None in results else "VALID"


def verify(place: Path, report: Report, at: datetime, anchors: bytes | None) -> datetime | None:
    """Do every step; return since when the object is proven, if it is."""
    kit, chains = Kit(place), list[Chain]()

    def read_evidence() -> tuple[str, str]:
        chains.extend(chains_of(kit.read(RECORD)))
        tokens = [stamp.token.der for chain in chains for stamp, _ in chain]
        beside = [kit.read(name) for name in kit.names() if name.startswith("evidence/token-")]
        if sorted(beside) != sorted(tokens):
            raise Broken("los sellos sueltos no son los del registro", "the tokens beside it are other ones")
        count = len(tokens)
        return f"registro RFC 4998 con {count} sello(s)", f"RFC 4998 record with {count} time stamp(s)"

    report.do("SUMS", partial(check_sums, kit))
    report.do("DEPOSIT", partial(check_record, kit))
    report.do("LEDGER", partial(check_ledger, kit))
    report.do("EVIDENCE", read_evidence)
    if not chains:
        return None
    report.do("TREE", partial(check_first_tree, kit, chains))
    report.do("RENEWALS", partial(check_renewals, kit, chains))
    tokens = [stamp.token for chain in chains for stamp, _ in chain]
    for token, judged in zip(tokens, [*(later.time for later in tokens[1:]), at]):
        report.do("TIMESTAMP", partial(check_token, kit, token, judged, anchors))
    return tokens[0].time if report.verdict() == "VALID" else None


def main() -> int:
    """Read the arguments, verify, and tell."""
    parser = argparse.ArgumentParser(description="Verifica un kit de evidencias / Verifies an evidence kit")
    parser.add_argument("kit", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument(
        "--anchors", type=Path, help="PEM con sus anclas de confianza / your own trust anchors"
    )
    parser.add_argument("--at", default="", help="instante del juicio, ISO 8601 / instant of judgement")
    parser.add_argument("--json", action="store_true", help="un documento JSON / one JSON document")
    asked = parser.parse_args()
    at = datetime.fromisoformat(asked.at.replace("Z", "+00:00")) if asked.at else datetime.now(timezone.utc)
    report = Report(quiet=asked.json)
    since = None
    try:
        since = verify(asked.kit, report, at, asked.anchors.read_bytes() if asked.anchors else None)
    except (OSError, zipfile.BadZipFile) as cause:
        report.add("KIT", False, f"no es un kit: {cause}", f"not a kit: {cause}")
    verdict, shown = report.verdict(), since.isoformat() if since else None
    if asked.json:
        told = {"verdict": verdict, "proven_since": shown, "steps": report.steps}
        print(json.dumps(told, ensure_ascii=True))
    else:
        words = {"VALID": "VÁLIDO / VALID", "BROKEN": "NO VÁLIDO / BROKEN"}.get(
            verdict, "INCOMPLETO / INCOMPLETE"
        )
        print(f"\n{words}" + (f": existe desde / existed since {shown}" if shown else ""))
    return {"VALID": 0, "BROKEN": 1, "INCOMPLETE": 2}[verdict]


if __name__ == "__main__":
    sys.exit(main())
