# SPDX-License-Identifier: EUPL-1.2
"""Who stamped: the token's signature and chain, by openssl; revocation, by lists; whose root it is.

Lists are read here, because openssl judges a list by the clock of the same instant as the chain, and a list
of the year of export says nothing "at" a renewal ten years before. Their signatures are left to openssl.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Tuple

from search.kit.verifier.evidence import Token, moment
from search.kit.verifier.reading import Broken, Der, Undone, whole

HARMLESS = {0, 3, 4, 5}  # unspecified, affiliationChanged, superseded, cessationOfOperation (RFC 3161 4)
NO_OPENSSL = ("falta la orden openssl: no se ha comprobado", "no openssl here: not checked")


def pem_of(ders: Sequence[bytes]) -> bytes:
    """Certificates as PEM."""
    bodies = [base64.encodebytes(der).decode("ascii") for der in ders]
    text = "".join(f"-----BEGIN CERTIFICATE-----\n{b}-----END CERTIFICATE-----\n" for b in bodies)
    return text.encode("ascii")


def ders_in(data: bytes, kind: str) -> List[bytes]:
    """What is in a PEM file under a label, such as `CERTIFICATE`; or the one DER that the file is."""
    if data[:1] == b"\x30":
        return [whole(data).raw]
    found = re.findall(rb"-----BEGIN " + kind.encode() + rb"-----(.*?)-----END", data, re.DOTALL)
    ders = [base64.b64decode(b"".join(body.split()), validate=True) for body in found]
    return [whole(der).raw for der in ders]


def own_ders(data: bytes) -> List[bytes]:
    """Certificates of a PEM file of the kit, in which nothing else may stand."""
    block = rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\n"
    if re.fullmatch(rb"(?:" + block + rb")*", data) is None:
        raise Broken("un fichero de certificados ha cambiado", "a file of certificates has changed")
    return ders_in(data, "CERTIFICATE")


class Certificate:
    """The few fields of an X.509 certificate that are needed here (RFC 5280 4.1)."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        fields = [part for part in whole(der).parts()[0].parts() if part.tag != 0xA0]
        self.serial, self.issuer, self.subject = fields[0].value, fields[2].raw, fields[4].raw
        self.since, self.until = (moment(each) for each in fields[3].parts())
        names = [pair.parts() for part in Der(self.subject).parts() for pair in part.parts()]
        said = {pair[0].oid(): pair[1].value.decode("utf-8", "replace") for pair in names}
        self.name = said.get("2.5.4.3") or ", ".join(said.values())
        keys = [part for part in fields[6:] if part.tag == 0xA3]
        extensions = {each.parts()[0].oid(): each.parts()[-1] for k in keys for each in Der(k.value).parts()}
        own, above = extensions.get("2.5.29.14"), extensions.get("2.5.29.35")  # key identifiers
        self.key = Der(own.value).value if own else b""
        named = Der(above.value).parts() if above else []
        self.above = next((part.value for part in named if part.tag == 0x80), b"")

    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as openssl and browsers show it."""
        text = hashlib.sha256(self.der).hexdigest().upper()
        return ":".join(text[at : at + 2] for at in range(0, 64, 2))


def signer_of(token: Token, pool: Sequence[Certificate]) -> Certificate:
    """The certificate that the token's signer names, among its own and these."""
    named = token.signer()
    for one in [*map(Certificate, token.certificates()), *pool]:
        if named.tag == 0x30 and [one.issuer, one.serial] == [named.parts()[0].raw, named.parts()[1].value]:
            return one
    raise Broken("falta el certificado del sello", "the certificate of the time stamp is missing")


def may_issue(above: Certificate, one: Certificate) -> bool:
    """Whether names fit, and keys: authorities of one name differ by their keys (RFC 5280 4.2.1.1)."""
    return above.subject == one.issuer and not (above.key and one.above and above.key != one.above)


def chain_of(
    token: Token, anchors: Sequence[Certificate], helpers: Sequence[Certificate]
) -> List[Certificate]:
    """From the signer up to an anchor by names; openssl checks the signatures of the same certificates."""
    pool = [*anchors, *map(Certificate, token.certificates()), *helpers]
    chain = [signer_of(token, pool)]
    while not any(each.der == chain[-1].der for each in anchors):
        done = {each.der for each in chain}
        above = [each for each in pool if may_issue(each, chain[-1]) and each.der not in done]
        if not above or len(chain) > 10:
            es = (
                f"«{chain[0].name}» no llega a ninguna de las anclas: no lo avala nadie en quien usted confíe"
            )
            en = f"“{chain[0].name}” leads to none of the anchors: nobody whom you trust vouches for it"
            raise Undone(es, en)
        chain.append(above[0])
    return chain


def openssl(arguments: Sequence[str], files: Dict[str, bytes]) -> str:
    """Run openssl over files of a folder of its own; return what it said and, last, its exit code."""
    program = shutil.which("openssl")
    if program is None:
        raise Undone(*NO_OPENSSL)
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        command = [program, *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=60)
    return (done.stdout + done.stderr).decode("utf-8", "replace") + f"\n{done.returncode}"


def check_token(token: Token, chain: Sequence[Certificate], at: datetime) -> Tuple[str, str]:
    """Step 5, one token, by `openssl ts -verify`: imprint, CMS signature, purpose and chain at an instant."""
    when, judged, signer = token.time.isoformat(), at.isoformat(), chain[0]
    if token.time > at:
        raise Broken(
            f"el sello es de {when}, posterior a {judged}", f"the stamp is of {when}, after {judged}"
        )
    if not signer.since <= token.time <= signer.until:
        es = f"el sello dice {when}, cuando su certificado no valía"
        raise Broken(es, f"the stamp says {when}, when its certificate was not valid")
    files = {"t.tst": token.der, "s.pem": pem_of([signer.der]), "a.pem": pem_of([chain[-1].der])}
    trust = ["-CAfile", "a.pem", "-attime", str(int(at.timestamp())), "-partial_chain"]
    if chain[:-1]:
        files["u.pem"] = pem_of([each.der for each in chain[:-1]])
        trust += ["-untrusted", "u.pem"]
    command = ["ts", "-verify", "-in", "t.tst", "-token_in", "-digest", token.imprint.hex(), *trust]
    said = openssl(command, files)
    if "certificate has expired" in said:
        es = f"el certificado del sello de {when} había caducado a {judged} y nadie lo renovó"
        raise Broken(es, f"the certificate of the stamp of {when} had expired by {judged}; nobody renewed it")
    if "Verification: OK" not in said or not said.endswith("\n0"):
        words = said.strip().rsplit("\n", 1)[0].rsplit(":", 1)[-1]
        raise Broken(f"el sello de {when} no se sostiene: {words}", f"the stamp of {when} fails: {words}")
    # The token may carry other certificates of these names: the chain that is asked about must hold itself.
    if not openssl(["verify", "-purpose", "timestampsign", *trust, "s.pem"], files).endswith("\n0"):
        raise Broken(
            f"la cadena del sello de {when} no se sostiene", f"the chain of the stamp of {when} fails"
        )
    es = f"sello de {when} de «{signer.name}», {token.algorithm}, válido a {judged}"
    return es, f"time stamp of {when} by “{signer.name}”, {token.algorithm}, valid at {judged}"


class RevocationList:
    """A CRL (RFC 5280 5.1): whose, of when, and what it says of a serial number."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        fields = whole(der).parts()[0].parts()
        fields = fields[1:] if fields[0].tag == 0x02 else fields  # version
        self.issuer, times = fields[1].raw, [part for part in fields[2:4] if part.tag in (0x17, 0x18)]
        self.made, self.next = moment(times[0]), moment(times[-1])
        rest = fields[2 + len(times) :]
        self.entries = {e.parts()[0].value: e for part in rest if part.tag == 0x30 for e in part.parts()}
        tail = [each for part in rest if part.tag == 0xA0 for each in Der(part.value).parts()]
        self.extensions = {each.parts()[0].oid(): each.parts()[-1].value for each in tail}
        self._signed: Dict[bytes, bool] = {}

    def signed_by(self, issuer: Certificate) -> bool:
        """Whether its issuer signed it, by `openssl crl`."""
        if issuer.der not in self._signed:
            files = {"l.crl": self.der, "a.pem": pem_of([issuer.der])}
            said = openssl(["crl", "-inform", "DER", "-in", "l.crl", "-CAfile", "a.pem", "-noout"], files)
            self._signed[issuer.der] = "verify OK" in said
        return self._signed[issuer.der]

    def tells_of(self, one: Certificate, stamped: datetime) -> bool:
        """Whether its silence about a certificate means something (RFC 5280 5.2.4, 5.2.5, 6.3.3).

        Not if it is older than the stamp; nor if it is younger than the certificate's end, unless it keeps
        ended ones (expiredCertsOnCRL, X.509 9.5.2.8); nor if it is a piece of a list that is not this one's.
        """
        kept = self.extensions.get("2.5.29.60")
        lives = self.made <= one.until or (kept is not None and moment(Der(kept)) <= one.until)
        scope = Der(self.extensions["2.5.29.28"]).parts() if "2.5.29.28" in self.extensions else []
        odd = "2.5.29.27" in self.extensions or any(part.tag not in (0xA0, 0x81, 0x82) for part in scope)
        points = [part.parts()[0].parts()[0].raw for part in scope if part.tag == 0xA0]
        return lives and self.next >= stamped and not odd and all(point in one.der for point in points)

    def revoked(self, one: Certificate) -> Iterator[Tuple[datetime, int]]:
        """Since when and why; -1 where no reason is given."""
        entry = self.entries.get(one.serial)
        if entry:
            parts = entry.parts()
            tail = [each.parts() for part in parts[2:] for each in part.parts()]
            why = {each[0].oid(): Der(each[-1].value).value for each in tail}
            yield moment(parts[1]), int.from_bytes(why.get("2.5.29.21", b"\xff"), "big", signed=True)


def check_revocation(
    token: Token, chain: Sequence[Certificate], at: datetime, lists: Sequence[RevocationList]
) -> Tuple[str, str]:
    """Step 6, one token: each certificate below the anchor, in every list that its issuer signed."""
    silent = []
    for one, issuer in zip(chain, chain[1:]):
        found = [each for each in lists if each.issuer == one.issuer and each.signed_by(issuer)]
        for since, reason in (entry for each in found for entry in each.revoked(one)):
            if since <= at and not (reason in HARMLESS and token.time < since):
                es = f"«{one.name}» fue revocado el {since.date()} (motivo {reason}): el sello no prueba nada"
                raise Broken(es, f"“{one.name}” was revoked on {since.date()} (reason {reason}): no proof")
        if not any(each.tells_of(one, token.time) for each in found):
            silent.append(one.name)
    when = token.time.isoformat()
    if silent:
        names = ", ".join(silent)
        es = f"sello de {when}: ninguna lista dice si se revocó «{names}»; pídala a su autoridad (--crls)"
        raise Undone(es, f"stamp of {when}: no list tells of “{names}”; ask its authority for one (--crls)")
    es = f"sello de {when}: {len(chain) - 1} certificado(s) sin revocar que lo afecte"
    return es, f"stamp of {when}: {len(chain) - 1} certificate(s), no revocation that reaches it"


def check_own(
    anchors: Sequence[Certificate], helpers: Sequence[Certificate], lists: Sequence[RevocationList]
) -> None:
    """The kit's certificates hold under the kit's roots, and its lists are signed: none of it is idle."""
    every = [*anchors, *helpers]
    files = {f"{number}.pem": pem_of([each.der]) for number, each in enumerate(every)}
    command = [
        "verify",
        "-no_check_time",
        "-partial_chain",
        "-check_ss_sig",
        "-CAfile",
        "a.pem",
        "-untrusted",
        "u.pem",
    ]
    untrusted = pem_of([each.der for each in helpers or anchors])
    pems = {"a.pem": pem_of([each.der for each in anchors]), "u.pem": untrusted}
    if every and not openssl([*command, *files], {**files, **pems}).endswith("\n0"):
        raise Broken("un certificado del kit no se sostiene", "a certificate of the kit does not hold")
    for one in lists:
        if not any(each.subject == one.issuer and one.signed_by(each) for each in every):
            raise Broken(
                "nadie firma una lista de revocación del kit", "nobody signed a revocation list of the kit"
            )


def check_anchors(roots: Sequence[Certificate], yours: bool) -> Tuple[str, str]:
    """Whose word everything stands on: the reader's own decision, or nobody's."""
    seen = {each.der: each for each in roots}.values()
    shown = "; ".join(f"«{each.name}» SHA-256 {each.fingerprint()}" for each in seen)
    if yours:
        return f"anclas que usted ha dado: {shown}", f"anchors that you gave: {shown}"
    es = f"falta que usted confíe en la raíz que trae el kit: {shown}. Compare esa huella con la que publica "
    es += (
        "quien le dio el kit o su Diputación, o con la lista de confianza de su país, y repita con --anchors"
    )
    en = f"you have yet to trust the root that the kit brings: {shown}. Compare the fingerprint with the one "
    en += "published by whoever gave you the kit, or with your country's trusted list; repeat with --anchors"
    raise Undone(es, en)
