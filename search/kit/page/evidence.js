// SPDX-License-Identifier: EUPL-1.2
// The evidence record: reduced hash trees, chains of time stamps, both renewals (RFC 4998 4.3, 5.2, 5.3).

const NIST = "2.16.840.1.101.3.4.2.";
const ALGORITHMS = {
  [NIST + 1]: "sha256", [NIST + 2]: "sha384", [NIST + 3]: "sha512",
  [NIST + 8]: "sha3_256", [NIST + 9]: "sha3_384", [NIST + 10]: "sha3_512",
};

function algorithmOf(identifier) {
  const name = ALGORITHMS[identifier.part(0).oid()];
  if (!name) throw new Broken("algoritmo de resumen desconocido", "unknown digest algorithm");
  return name;
}

class Token { // RFC 3161 2.4.2, RFC 5652 5.1
  constructor(contentInfo) {
    this.der = contentInfo.raw;
    this.signed = contentInfo.part(1, 0).parts();
    this.content = this.signed[2].part(1, 0).value;
    const info = new Der(this.content);
    this.algorithm = algorithmOf(info.part(2, 0));
    this.imprint = info.part(2, 1).value;
    this.time = info.part(4).time();
    this.signer = this.signed[this.signed.length - 1].part(0).parts();
  }

  certificates() {
    const carried = this.signed.slice(3).filter((part) => part.tag === 0xa0);
    return carried.flatMap((part) => part.parts()).map((each) => each.raw);
  }
}

class Stamp { // RFC 4998 4.1
  constructor(der) {
    const parts = der.parts(), tagged = (tag) => parts.find((part) => part.tag === tag);
    this.token = new Token(parts[parts.length - 1]);
    this.algorithm = tagged(0xa0) ? algorithmOf(tagged(0xa0)) : this.token.algorithm;
    const tree = tagged(0xa2) ? tagged(0xa2).parts() : [];
    this.lists = tree.map((row) => row.parts().map((node) => node.value));
  }
}

function chainsOf(record) { // RFC 4998 3.1
  const outer = whole(record), parts = outer.parts(), last = parts[parts.length - 1];
  if (outer.tag !== 0x30 || hex(parts[0].raw) !== "020101" || parts[1].tag !== 0x30 || last.tag !== 0x30)
    throw new Broken("no es un registro de evidencias", "this is no evidence record");
  if (parts.some((part) => part.tag === 0xa1))
    throw new Broken("registro sobre datos cifrados: no se admite", "a record of encrypted data: refused");
  const chains = last.parts().map((chain) => ({ raw: chain.raw, stamps: chain.parts().map((s) => new Stamp(s)) }));
  if (!chains.length || chains.some((chain) => !chain.stamps.length))
    throw new Broken("el registro no tiene sellos", "no time stamps in the record");
  for (const chain of chains) chain.algorithm = chain.stamps[0].algorithm;
  if (chains.some((chain) => chain.stamps.some((stamp) => stamp.algorithm !== chain.algorithm)))
    throw new Broken("una cadena mezcla algoritmos", "a chain mixes algorithms");
  const listed = new Set(parts[1].parts().map(algorithmOf)), used = new Set(chains.map((each) => each.algorithm));
  if (listed.size !== used.size || Array.from(used).some((name) => !listed.has(name)))
    throw new Broken("el registro no cita sus algoritmos", "the record does not list its algorithms");
  return chains;
}

const tokensOf = (chains) => chains.flatMap((chain) => chain.stamps.map((stamp) => stamp.token));

async function joinNodes(values, algorithm) {
  const ordered = values.map(hex).sort().map(unhex);
  return ordered.length === 1 ? ordered[0] : digest(algorithm, joined(...ordered));
}

// Fold the reduced hash tree from the digests up to the time stamp's imprint (4.3).
async function requirePath(wanted, stamp, exactly) {
  const names = new Set(wanted.map(hex)), first = stamp.lists.length ? stamp.lists[0] : Array.from(names, unhex);
  const there = new Set(first.map(hex)), absent = Array.from(names).some((name) => !there.has(name));
  if (absent || (exactly && names.size > 1 && there.size !== names.size))
    throw new Broken("los resúmenes no están en el árbol", "the digests are not in the hash tree");
  let node = await joinNodes(first, stamp.algorithm);
  for (const row of stamp.lists.slice(1)) node = await joinNodes([...row, node], stamp.algorithm);
  if (stamp.token.algorithm !== stamp.algorithm || !same(node, stamp.token.imprint))
    throw new Broken("el árbol no lleva al sello de tiempo", "the tree does not lead to the time stamp");
}

async function checkFirstTree(documents, chains) {
  const stamp = chains[0].stamps[0], digests = [];
  for (const each of documents) digests.push(await each(stamp.algorithm));
  await requirePath(digests, stamp, true);
  const when = shown(stamp.token.time), count = documents.length;
  return [`${count} fichero(s), que llevan al sello de tiempo de ${when} (${stamp.algorithm})`,
          `${count} file(s), which lead to the time stamp of ${when} (${stamp.algorithm})`];
}

async function checkRenewals(documents, chains) {
  let before = null;
  for (const [number, chain] of chains.entries())
    for (const [at, stamp] of chain.stamps.entries()) {
      if (before && stamp.token.time < before.token.time)
        throw new Broken("los sellos no están en orden", "the time stamps are not in order");
      if (at) { // 5.2: the new stamp covers the DER of the one before it
        await requirePath([await digest(stamp.algorithm, before.token.der)], stamp, false);
      } else if (number) { // 5.3: a new chain covers each document's new digest joined to the older chains
        const older = sequenceOf(chains.slice(0, number).map((each) => each.raw)), wanted = [];
        const tail = await digest(stamp.algorithm, older);
        for (const each of documents)
          wanted.push(await digest(stamp.algorithm, joined(await each(stamp.algorithm), tail)));
        await requirePath(wanted, stamp, true);
      }
      before = stamp;
    }
  const count = tokensOf(chains).length - 1, trees = chains.length - 1;
  return [`${count} renovación(es) enlazadas, ${trees} de ellas del árbol de resúmenes`,
          `${count} renewal(s) linked, ${trees} of them of the hash tree`];
}
