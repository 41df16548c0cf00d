# SPDX-License-Identifier: EUPL-1.2
"""What the kit holds: every file as listed, the object as deposited, the reports as they were recorded."""

from __future__ import annotations

import base64
import json
from typing import Any, Dict, List, Tuple

from search.kit.verifier.reading import Broken, Kit

RECORD = "evidence/evidence.ers"
SUMS = "SHA256SUMS"
OBJECT, MATERIAL, REPORTS = "object/", "material/", "reports/"
DEPOSIT, LISTED = OBJECT + "metadata/deposit.json", OBJECT + "metadata/material.json"
KNOWN = {"LEEME.txt", "README.txt", "verify.py", "verify.html", "kit.json", RECORD, "trust/anchors.pem"}
KNOWN |= {"trust/intermediates.pem", "ledger/events.jsonl", "ledger/proofs.json", "ledger/heads.json"}
KNOWN |= {"ledger/opening.json", "ledger/heads.ers"}
FOLDERS = (
    OBJECT,
    MATERIAL,
    REPORTS,
    "evidence/token-",
    "evidence/renewal-",
    "trust/crls/",
    "trust/ocsp/",
    "trust/lists/",
)
FORMATS = {"longeva-kit/1", "longeva-kit/2"}


def check_sums(kit: Kit) -> Tuple[str, str]:
    """Step 1."""
    listed: Dict[str, str] = {}
    for line in kit.read(SUMS).decode("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    names = [name for name in kit.names() if name != SUMS]
    if sorted(listed) != names:
        odd = ", ".join(sorted(set(names) ^ set(listed))[:3])
        raise Broken(f"no coincide la lista de ficheros: {odd}", f"the list of files differs: {odd}")
    for name in names:
        if name not in KNOWN and not name.startswith(FOLDERS):
            raise Broken(f"{name} no es parte de un kit", f"{name} is no part of a kit")
        if kit.digest(name, "sha256").hex() != listed[name]:
            raise Broken(f"{name} ha cambiado", f"{name} has changed")
    return f"{len(names)} ficheros coinciden con {SUMS}", f"{len(names)} files agree with {SUMS}"


def check_deposit(kit: Kit) -> Tuple[str, str]:
    """Step 2: the object is the one that it says, with the files and the material that it names."""
    record, told = json.loads(kit.read(DEPOSIT)), json.loads(kit.read("kit.json"))
    about = record["object"]
    if told["format"] not in FORMATS:
        raise Broken(f"kit de formato {told['format']}", f"a kit of format {told['format']}")
    if (about["object_id"], about["eni_id"]) != (told["object"], told["eni_id"]):
        raise Broken("el registro de depósito es de otro objeto", "the deposit record is of another object")
    for entry in record["files"]:
        name = OBJECT + entry["path"]
        if name not in kit.names():
            raise Broken(f"falta {name}", f"{name} is missing")
        for algorithm in ("sha256", "sha512"):
            if kit.digest(name, algorithm).hex() != entry["digests"][algorithm]:
                raise Broken(f"{name} no es el depositado", f"{name} is not what was deposited")
    names, listed = kit.names(MATERIAL), material(kit)
    digests = [MATERIAL + kit.digest(name, "sha256").hex() for name in names]
    if not names == digests == [MATERIAL + piece["sha256"] for piece in listed]:
        raise Broken("el material de validación no es el citado", "the validation material is not that named")
    count, pieces = len(record["files"]), len(names)
    es = f"{count} fichero(s) recibidos, como dice el depósito; {pieces} pieza(s) de material de validación"
    return es, f"{count} received file(s), as deposited; {pieces} piece(s) of validation material"


def canonical(value: Any) -> bytes:
    """RFC 8785, of what occurs in a kit: text, whole numbers, truth values and nesting."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def material(kit: Kit) -> List[Dict[str, str]]:
    """What `metadata/material.json` names, in its order; nothing where no verdict used anything."""
    found: List[Dict[str, str]] = json.loads(kit.read(LISTED))["material"] if LISTED in kit.names() else []
    return found


def check_reports(kit: Kit) -> Tuple[str, str]:
    """Step 2: each report says what the deposit record says, which is proven; which policies are kept."""
    signatures = json.loads(kit.read(DEPOSIT))["signatures"]
    recorded = [one for one in signatures if one["indication"] != "NOT_APPLICABLE"]  # as of a CSV
    told = [json.loads(kit.read(name)) for name in kit.names(REPORTS) if name.endswith(".json")]
    shown = [{**one, "path": each["file"]} for each in told for one in each["signatures"]]
    if told and sorted(map(canonical, shown)) != sorted(map(canonical, recorded)):
        raise Broken("un informe no es el del depósito", "a report is not that of the deposit")
    kept = [MATERIAL + piece["sha256"] for piece in material(kit) if piece["kind"] == "policy"]
    named = [one["report"].get("policy_details") for one in recorded]
    wanted = {(each["digest_algorithm"], each["digest"]) for each in named if each and each["digest"]}
    there = {(name, kit.digest(each, name)) for name, _ in wanted if name for each in kept}
    count = sum((name, base64.b64decode(digest)) in there for name, digest in wanted)
    es = f"{len(recorded)} informe(s) de firma, los del depósito; políticas de firma citadas por su resumen: "
    en = (
        f"{len(recorded)} report(s) of signatures, those of the deposit; signature policies named by digest: "
    )
    es += f"{len(wanted)}, en el kit {count}"
    return es, en + f"{len(wanted)}, in the kit {count}"
