# SPDX-License-Identifier: EUPL-1.2
"""The evidence record: reduced hash trees, chains of time stamps, both renewals (RFC 4998 4.3, 5.2, 5.3)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import Callable, List, Optional, Sequence, Set, Tuple

from search.kit.verifier.reading import Broken, Der, whole

NIST = "2.16.840.1.101.3.4.2."  # hash algorithms of NIST, RFC 8702 and RFC 5754
ALGORITHMS = {NIST + "1": "sha256", NIST + "2": "sha384", NIST + "3": "sha512"}
ALGORITHMS.update({NIST + "8": "sha3_256", NIST + "9": "sha3_384", NIST + "10": "sha3_512"})
MOST = 10_000  # time stamps of a record

Digest = Callable[[str], bytes]  # of a document, in the algorithm that is named


def algorithm(identifier: Der) -> str:
    """Name of an AlgorithmIdentifier's digest."""
    oid = identifier.parts()[0].oid()
    if oid not in ALGORITHMS:
        raise Broken(f"algoritmo de resumen desconocido: {oid}", f"unknown digest algorithm: {oid}")
    return ALGORITHMS[oid]


def moment(der: Der) -> datetime:
    """A GeneralizedTime or UTCTime (X.680), in UTC; fractions of a second are left out."""
    text = der.value.decode("ascii").rstrip("Z").split(".")[0]
    form = "%Y%m%d%H%M%S" if der.tag == 0x18 else "%y%m%d%H%M%S"
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc)


class Token:
    """What an RFC 3161 token says; its signature is left to openssl."""

    def __init__(self, content_info: Der) -> None:
        self.der = content_info.raw
        self.signed = content_info.parts()[1].parts()[0].parts()
        encapsulated = self.signed[2].parts()[1].parts()[0]
        info = Der(encapsulated.value).parts()  # TSTInfo, RFC 3161 2.4.2
        imprint = info[2].parts()
        self.algorithm, self.imprint = algorithm(imprint[0]), imprint[1].value
        self.time = moment(info[4])

    def certificates(self) -> List[bytes]:
        """What came along (RFC 5652 5.1), DER each."""
        return [each.raw for part in self.signed[3:] if part.tag == 0xA0 for each in part.parts()]

    def signer(self) -> Der:
        """How the token names its signer: issuer and serial number, or key identifier (RFC 5652 5.3)."""
        return self.signed[-1].parts()[0].parts()[1]


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


Chain = List[Tuple[Stamp, bytes]]


def chains_of(record: bytes) -> List[Chain]:
    """Chains of time stamps, oldest first; each stamp with the bytes of its chain (RFC 4998 3.1)."""
    outer = whole(record)
    parts = outer.parts()
    if [outer.tag, parts[0].raw, parts[1].tag, parts[-1].tag] != [0x30, b"\2\1\1", 0x30, 0x30]:
        raise Broken("no es un registro de evidencias", "this is no evidence record")
    if any(part.tag == 0xA1 for part in parts):  # EncryptionInfo [1]
        raise Broken("registro sobre datos cifrados: no se admite", "a record of encrypted data: refused")
    chains = [[(Stamp(stamp), chain.raw) for stamp in chain.parts()] for chain in parts[-1].parts()]
    if not chains or not all(chains) or sum(map(len, chains)) > MOST:
        raise Broken("el registro no tiene sellos, o demasiados", "no time stamps in the record, or too many")
    if any(stamp.algorithm != chain[0][0].algorithm for chain in chains for stamp, _ in chain):
        raise Broken("una cadena mezcla algoritmos", "a chain mixes algorithms")  # 5.3 step 2
    listed = {algorithm(each) for each in parts[1].parts()}
    if listed != {chain[0][0].algorithm for chain in chains}:
        raise Broken("el registro no cita sus algoritmos", "the record does not list its algorithms")
    return chains


def join(values: Sequence[bytes], name: str) -> bytes:
    """A node: the digest of its children in ascending order; a lone child stands for itself."""
    return values[0] if len(values) == 1 else hashlib.new(name, b"".join(sorted(values))).digest()


def require_path(wanted: Set[bytes], stamp: Stamp, exactly: bool) -> None:
    """Fold the reduced hash tree from `wanted` up to the time stamp's imprint, or raise Broken."""
    first = stamp.lists[0] if stamp.lists else list(wanted)
    if not wanted <= set(first) or (exactly and set(first) != wanted and len(wanted) > 1):
        raise Broken("los resúmenes no están en el árbol", "the digests are not in the hash tree")
    node = join(first, stamp.algorithm)
    for row in stamp.lists[1:]:
        node = join([*row, node], stamp.algorithm)
    if stamp.token.algorithm != stamp.algorithm or node != stamp.token.imprint:
        raise Broken("el árbol no lleva al sello de tiempo", "the tree does not lead to the time stamp")


def check_first_tree(documents: Sequence[Digest], chains: Sequence[Chain]) -> Tuple[str, str]:
    """Step 3: the documents, all of them and no other, under the first time stamp."""
    stamp = chains[0][0][0]
    require_path({digest(stamp.algorithm) for digest in documents}, stamp, exactly=True)
    when, count = stamp.token.time.isoformat(), len(documents)
    es = f"{count} fichero(s), que llevan al sello de tiempo de {when} ({stamp.algorithm})"
    return es, f"{count} file(s), which lead to the time stamp of {when} ({stamp.algorithm})"


def check_renewals(documents: Sequence[Digest], chains: Sequence[Chain]) -> Tuple[str, str]:
    """Step 4."""
    before: Optional[Stamp] = None
    for number, chain in enumerate(chains):
        for at, (stamp, _) in enumerate(chain):
            if before and stamp.token.time < before.token.time:
                raise Broken("los sellos no están en orden", "the time stamps are not in order")
            if at and before:  # 5.2: the new stamp covers the DER of the one before it
                wanted = hashlib.new(stamp.algorithm, before.token.der).digest()
                require_path({wanted}, stamp, exactly=False)
            elif number:  # 5.2, 5.3: a new chain covers each document's new digest joined to the older chains
                older = sequence_of([links[0][1] for links in chains[:number]])
                tail = hashlib.new(stamp.algorithm, older).digest()
                heads = [digest(stamp.algorithm) + tail for digest in documents]
                require_path({hashlib.new(stamp.algorithm, h).digest() for h in heads}, stamp, exactly=True)
            before = stamp
    count, trees = sum(len(chain) for chain in chains) - 1, len(chains) - 1
    es = f"{count} renovación(es) enlazadas, {trees} de ellas del árbol de resúmenes"
    return es, f"{count} renewal(s) linked, {trees} of them of the hash tree"


def sequence_of(elements: Sequence[bytes]) -> bytes:
    """DER of a SEQUENCE of ready elements."""
    body = b"".join(elements)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return b"\x30" + (size if len(body) < 0x80 else bytes([0x80 | len(size)]) + size) + body
