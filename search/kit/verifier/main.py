# SPDX-License-Identifier: EUPL-1.2
"""Every step in order, the verdict, and how it is told."""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

from search.kit.verifier.authority import (
    Certificate,
    RevocationList,
    chain_of,
    check_anchors,
    check_own,
    check_revocation,
    check_token,
    ders_in,
    own_ders,
)
from search.kit.verifier.contents import MATERIAL, OBJECT, RECORD, check_deposit, check_reports, check_sums
from search.kit.verifier.evidence import Chain, Digest, Token, chains_of, check_first_tree, check_renewals
from search.kit.verifier.ledger import HEADS, check_events
from search.kit.verifier.reading import Broken, Kit, Undone


class Report:
    """Steps as they are done: printed as they come, or gathered for --json."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.steps: List[Dict[str, object]] = []

    def do(self, name: str, step: Callable[[], Tuple[str, str]]) -> None:
        """Do a step; a false statement and a missing tool are results, never a crash."""
        ok: Optional[bool] = True
        try:
            es, en = step()
        except Broken as broken:
            ok, (es, en) = False, broken.args
        except Undone as undone:
            ok, (es, en) = None, undone.args
        except Exception as broken:  # a tampered file may break anything: that too is a negative answer
            ok, es, en = False, f"no se entiende: {broken!r}", f"cannot be understood: {broken!r}"
        self.add(name, ok, es, en)

    def add(self, name: str, ok: Optional[bool], es: str, en: str) -> None:
        """Note a step and say it."""
        self.steps.append({"step": name, "ok": ok, "es": es, "en": en})
        if not self.quiet:
            print(f"{ {True: 'OK ', False: 'NO ', None: '?? '}[ok] } {name}: {es}\n      {en}", flush=True)

    def verdict(self) -> str:
        """VALID, BROKEN or INCOMPLETE."""
        results = [step["ok"] for step in self.steps]
        return "BROKEN" if False in results else "INCOMPLETE" if None in results else "VALID"


class Trust:
    """What tokens are judged with: the reader's anchors or the kit's, and lists of both."""

    def __init__(self, kit: Kit, anchors: Optional[bytes], lists: Sequence[bytes]) -> None:
        self.yours = anchors is not None
        self.anchors = [Certificate(der) for der in own_ders(kit.read("trust/anchors.pem"))]
        self.helpers = [Certificate(der) for der in own_ders(kit.read("trust/intermediates.pem"))]
        self.lists = [RevocationList(kit.read(name)) for name in kit.names("trust/crls/")]
        self.own = self.anchors, self.helpers, self.lists
        if anchors is not None:
            self.anchors = [Certificate(der) for der in ders_in(anchors, "CERTIFICATE")]
        others = [der for data in lists for der in ders_in(data, "X509 CRL")]
        self.lists = [*self.lists, *map(RevocationList, others)]
        self.roots: List[Certificate] = []
        self.judged: Set[Tuple[bytes, datetime]] = set()

    def judge(self, report: Report, token: Token, at: datetime) -> None:
        """Judge a token at an instant, once: signature and chain, then revocation."""
        if (token.der, at) in self.judged:
            return
        self.judged.add((token.der, at))
        chain: List[Certificate] = []

        def stamped() -> Tuple[str, str]:
            chain.extend(chain_of(token, self.anchors, self.helpers))
            return check_token(token, chain, at)

        report.do("TIMESTAMP", stamped)
        if report.steps[-1]["ok"]:
            self.roots.append(chain[-1])
            report.do("REVOCATION", partial(check_revocation, token, chain, at, self.lists))


def read_record(kit: Kit, record: str, chains: List[Chain], beside: str = "") -> Tuple[str, str]:
    """Read a record into `chains`; the loose tokens beside it, made for openssl, must be its own."""
    chains.extend(chains_of(kit.read(record)))
    tokens = [stamp.token.der for chain in chains for stamp, _ in chain]
    if beside and sorted(kit.read(name) for name in kit.names(beside)) != sorted(tokens):
        raise Broken("los sellos sueltos no son los del registro", "the tokens beside it are other ones")
    count = len(tokens)
    return f"registro RFC 4998 con {count} sello(s)", f"RFC 4998 record with {count} time stamp(s)"


def judge_record(
    report: Report, documents: Sequence[Digest], chains: Sequence[Chain], trust: Trust, at: datetime
) -> datetime:
    """Do steps 3 to 6 over one record; return the time of its first token."""
    report.do("TREE", partial(check_first_tree, documents, chains))
    report.do("RENEWALS", partial(check_renewals, documents, chains))
    tokens = [stamp.token for chain in chains for stamp, _ in chain]
    for token, judged in zip(tokens, [*(later.time for later in tokens[1:]), at]):
        trust.judge(report, token, judged)
    return tokens[0].time


def judge_file(report: Report, kit: Kit, name: str, trust: Trust, at: datetime) -> None:
    """Judge a file of the kit by a record of its own, `NAME.ers` beside it: heads, or what a renewal kept."""
    chains: List[Chain] = []

    def proven() -> Tuple[str, str]:
        read_record(kit, name.rsplit(".", 1)[0] + ".ers", chains)
        documents = [partial(kit.digest, name)]
        es, en = check_first_tree(documents, chains)
        check_renewals(documents, chains)
        return f"{name}: {es}", f"{name}: {en}"

    report.do("PROVEN", proven)
    tokens = [stamp.token for chain in chains for stamp, _ in chain]
    for token, judged in zip(tokens, [*(later.time for later in tokens[1:]), at]):
        trust.judge(report, token, judged)


def verify(
    place: Path, report: Report, at: datetime, anchors: Optional[bytes], lists: Sequence[bytes] = ()
) -> Optional[datetime]:
    """Do every step; return since when the object is proven, if it is."""
    kit, since = Kit(place), None
    chains: List[Chain] = []
    trust: List[Trust] = []

    def read_trust() -> Tuple[str, str]:
        trust.append(Trust(kit, anchors, lists))
        one = trust[0]
        check_own(*one.own)
        es = f"{len(one.anchors)} ancla(s), {len(one.helpers)} certificado(s) intermedio(s), "
        en = f"{len(one.anchors)} anchor(s), {len(one.helpers)} certificate(s) in between, "
        return es + f"{len(one.lists)} lista(s) de revocación", en + f"{len(one.lists)} revocation list(s)"

    report.do("SUMS", partial(check_sums, kit))
    report.do("DEPOSIT", partial(check_deposit, kit))
    report.do("REPORTS", partial(check_reports, kit))
    report.do("EVIDENCE", partial(read_record, kit, RECORD, chains, "evidence/token-"))
    report.do("TRUST", read_trust)
    if chains and trust:
        documents = [partial(kit.digest, name) for name in kit.names(OBJECT) + kit.names(MATERIAL)]
        since = judge_record(report, documents, chains, trust[0], at)
    report.do("LEDGER", partial(check_events, kit))
    own = [name for name in kit.names("evidence/renewal-") if name.endswith(".json")]
    for name in [*own, *(each for each in kit.names() if each == HEADS)]:
        if trust:
            judge_file(report, kit, name, trust[0], at)
    if trust and trust[0].roots:
        report.do("ANCHORS", partial(check_anchors, trust[0].roots, trust[0].yours))
    return since if report.verdict() == "VALID" else None


def instant(text: str) -> datetime:
    """Read an instant; where no zone is said it is UTC, as everywhere in the archive."""
    try:
        read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as cause:
        words = f"{text!r}: AAAA-MM-DD[THH:MM:SSZ] / YYYY-MM-DD[THH:MM:SSZ]"
        raise argparse.ArgumentTypeError(words) from cause
    return read if read.tzinfo else read.replace(tzinfo=timezone.utc)


def given(kind: str) -> Callable[[str], bytes]:
    """Return what reads a file of the reader: one that says nothing is his slip, not the kit's fault."""

    def read(name: str) -> bytes:
        try:
            data = Path(name).read_bytes()
            found = ders_in(data, kind)
        except (OSError, ValueError, Broken) as cause:
            words = f"{name}: no se puede leer / cannot be read: {cause}"
            raise argparse.ArgumentTypeError(words) from cause
        if not found:
            raise argparse.ArgumentTypeError(f"{name}: sin {kind} / no {kind} in it")
        return data

    return read


def asked() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description="Verifica un kit de evidencias / Verifies an evidence kit")
    parser.add_argument("kit", nargs="?", type=Path, default=Path(sys.argv[0]).resolve().parent)
    certificates, lists = given("CERTIFICATE"), given("X509 CRL")
    parser.add_argument(
        "--anchors", type=certificates, help="PEM: anclas en que usted confía / anchors you trust"
    )
    parser.add_argument("--crls", type=lists, nargs="*", default=[], help="listas de revocación / CRLs")
    parser.add_argument("--at", type=instant, help="instante del juicio, ISO 8601 / instant of judgement")
    parser.add_argument("--json", action="store_true", help="un documento JSON / one JSON document")
    return parser.parse_args()


def main() -> int:
    """Read the arguments, verify, and tell."""
    ask, now = asked(), datetime.now(timezone.utc).replace(microsecond=0)
    report = Report(quiet=ask.json)
    since = None
    try:
        since = verify(ask.kit, report, ask.at or now, ask.anchors, ask.crls)
    except (OSError, zipfile.BadZipFile) as cause:
        es, en = "no es un kit, o le falta un trozo", "not a kit, or a part of it is missing"
        report.add("KIT", False, f"{es}: {cause}", f"{en}: {cause}")
    except Broken as broken:
        report.add("KIT", False, *broken.args)
    verdict, shown = report.verdict(), since.isoformat() if since else None
    if ask.json:
        told = {"verdict": verdict, "proven_since": shown, "steps": report.steps}
        print(json.dumps(told, ensure_ascii=True))
    else:
        words = {"VALID": "VÁLIDO / VALID", "BROKEN": "NO VÁLIDO / BROKEN"}
        said = words.get(verdict, "INCOMPLETO / INCOMPLETE")
        print(f"\n{said}" + (f": existe desde / existed since {shown}" if shown else ""))
    return {"VALID": 0, "BROKEN": 1, "INCOMPLETE": 2}[verdict]


if __name__ == "__main__":
    sys.exit(main())
