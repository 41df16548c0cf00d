// SPDX-License-Identifier: EUPL-1.2
// Who stamped: the token's signature, its chain up to a root of the kit, and revocation lists, by WebCrypto.

const RSA = "1.2.840.113549.1.1.", ECDSA = "1.2.840.10045.4.3.", SHA = "SHA-";
const CURVES = { "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", "1.3.132.0.35": "P-521" };
const HASHES = { [RSA + 11]: 256, [RSA + 12]: 384, [RSA + 13]: 512, [ECDSA + 2]: 256, [ECDSA + 3]: 384, [ECDSA + 4]: 512 };
const HARMLESS = [0, 3, 4, 5]; // unspecified, affiliationChanged, superseded, cessationOfOperation (RFC 3161 4)

// Verify a signature. `stated` is the digest that the signer states apart (RFC 5652 5.3), if any.
async function holds(key, identifier, stated, signature, data) {
  const oid = identifier.part(0).oid(), curve = CURVES[key.part(0).parts()[1]?.tag === 6 ? key.part(0, 1).oid() : ""];
  let how = null, value = signature, size = HASHES[oid];
  if (oid === RSA + 1 && stated) size = Number(stated.replace("sha", ""));
  if (oid === RSA + 10) { // RSASSA-PSS, RFC 4055 3.1
    const said = identifier.parts()[1].parts(), tagged = (tag) => said.find((part) => part.tag === tag);
    size = tagged(0xa0) ? Number(algorithmOf(tagged(0xa0).part(0)).replace("sha", "")) : 0;
    how = { name: "RSA-PSS", saltLength: tagged(0xa2) ? tagged(0xa2).part(0).value[0] : 20 };
  } else if (oid.startsWith(RSA)) {
    how = { name: "RSASSA-PKCS1-v1_5" };
  } else if (oid.startsWith(ECDSA) && curve) {
    how = { name: "ECDSA", namedCurve: curve };
    const width = { "P-256": 32, "P-384": 48, "P-521": 66 }[curve];
    const number = (part) => { // r and s, as WebCrypto wants them: of one width, side by side
      const bytes = part.value.subarray(Math.max(0, part.value.length - width));
      return joined(new Uint8Array(width - bytes.length), bytes);
    };
    value = joined(...whole(signature).parts().map(number));
  }
  if (!how || ![256, 384, 512].includes(size))
    throw new Undone(`una firma ${oid} no se comprueba en un navegador: use verify.py`,
                     `a signature of ${oid} is not checked in a browser: use verify.py`);
  how.hash = SHA + size;
  const imported = await crypto.subtle.importKey("spki", key.raw, how, false, ["verify"]);
  return crypto.subtle.verify(how, imported, value, data);
}

// What is signed, how, and the signature (RFC 5280 4.1.1, 5.1.1): inside and outside the same algorithm.
function signedParts(der, place) {
  const [body, algorithm, bits, ...more] = whole(der).parts(), inside = body.parts();
  const first = inside[0].tag === 2 && place === 0 ? 1 : inside[0].tag === 0xa0 ? place + 1 : place;
  if (more.length || bits.tag !== 3 || bits.value[0] !== 0 || !same(inside[first].raw, algorithm.raw))
    throw new Broken("un certificado o una lista está mal formado", "a certificate or a list is malformed");
  return [body.raw, algorithm, bits.value.subarray(1)];
}

class Certificate { // RFC 5280 4.1
  constructor(der) {
    const fields = whole(der).part(0).parts().filter((part) => part.tag !== 0xa0);
    this.der = der;
    [this.tbs, this.algorithm, this.signature] = signedParts(der, 1);
    [this.serial, this.issuer, this.subject] = [hex(fields[0].value), hex(fields[2].raw), hex(fields[4].raw)];
    [this.since, this.until] = fields[3].parts().map((each) => each.time());
    this.key = fields[5];
    const names = fields[4].parts().flatMap((part) => part.parts()).map((pair) => pair.parts());
    const common = names.find((pair) => pair[0].oid() === "2.5.4.3") || names[0];
    this.name = common ? new TextDecoder().decode(common[1].value) : "?";
    this.extensions = new Map(fields.slice(6).filter((part) => part.tag === 0xa3)
      .flatMap((part) => part.part(0).parts()).map((each) => [each.part(0).oid(), each.parts()]));
    const own = this.extension("2.5.29.14"), above = this.extension("2.5.29.35");
    this.keyId = own ? hex(own.value) : "";
    const named = above && above.parts().find((part) => part.tag === 0x80);
    this.aboveId = named ? hex(named.value) : "";
  }

  extension(oid) {
    const found = this.extensions.get(oid);
    return found && new Der(found[found.length - 1].value);
  }

  async fingerprint() { return hex(await digest("sha256", this.der)).toUpperCase().match(/../g).join(":"); }

  isFor(token) { // the certificate that the token's signer names (RFC 5652 5.3)
    const named = token.signer[1];
    if (named.tag === 0x80) return this.keyId === hex(named.value);
    return this.issuer === hex(named.part(0).raw) && this.serial === hex(named.part(1).value);
  }

  mayIssue(one) {
    return this.subject === one.issuer && !(this.keyId && one.aboveId && this.keyId !== one.aboveId);
  }

  async signed(one) { return holds(this.key, one.algorithm, null, one.signature, one.tbs); }

  mayStamp() { // RFC 3161 2.3: for time stamping alone, and critical
    const found = this.extensions.get("2.5.29.37");
    const uses = found ? this.extension("2.5.29.37").parts().map((each) => each.oid()) : [];
    return found && found.length === 3 && uses.length === 1 && uses[0] === "1.3.6.1.5.5.7.3.8";
  }

  isAuthority() {
    const said = this.extension("2.5.29.19");
    return Boolean(said) && said.parts().some((part) => part.tag === 1 && part.value[0]);
  }
}

async function chainOf(token, roots, helpers) {
  const pool = [...roots, ...token.certificates().map((der) => new Certificate(der)), ...helpers];
  const chain = [pool.find((each) => each.isFor(token))];
  if (!chain[0]) throw new Broken("falta el certificado del sello", "the certificate of the time stamp is missing");
  const isRoot = (one) => roots.some((root) => same(root.der, one.der));
  while (!isRoot(chain[chain.length - 1])) {
    const last = chain[chain.length - 1], fresh = (each) => !chain.some((one) => same(one.der, each.der));
    const above = pool.find((each) => each.mayIssue(last) && fresh(each));
    if (!above || chain.length > 10)
      throw new Undone(`«${chain[0].name}» no llega a ninguna raíz del kit`, `“${chain[0].name}” leads to no root of the kit`);
    chain.push(above);
  }
  return chain;
}

// The signature over the attributes, which name the content and the certificate (RFC 5652 5.4, RFC 5816).
async function checkSignature(token, signer) {
  const stated = algorithmOf(token.signer[2]), attributes = token.signer[3];
  const said = new Map(attributes.parts().map((each) => [each.part(0).oid(), each.part(1, 0)]));
  const CMS = "1.2.840.113549.1.9.", content = said.get(CMS + 3), imprint = said.get(CMS + 4);
  const right = content && content.oid() === CMS + "16.1.4" && imprint;
  if (!right || !same(imprint.value, await digest(stated, token.content)))
    throw new Broken("el contenido del sello no es el firmado", "the content of the stamp is not what was signed");
  const second = said.get(CMS + "16.2.47"), first = said.get(CMS + "16.2.12");
  const named = (second || first) ? (second || first).part(0, 0).parts() : [];
  const algorithm = !second ? "sha1" : named[0].tag === 0x30 ? algorithmOf(named[0]) : "sha256";
  const value = named.find((part) => part.tag === 4);
  if (!value || !same(value.value, await digest(algorithm, signer.der)))
    throw new Broken("el sello nombra otro certificado", "the stamp names another certificate");
  const signed = joined(Uint8Array.of(0x31), attributes.raw.subarray(1));
  if (!(await holds(signer.key, token.signer[4], stated, token.signer[5].value, signed)))
    throw new Broken("la firma del sello no se sostiene", "the signature of the stamp does not hold");
}

async function checkToken(token, chain, at) {
  const when = shown(token.time), judged = shown(at), signer = chain[0];
  if (token.time > at)
    throw new Broken(`el sello es de ${when}, posterior a ${judged}`, `the stamp is of ${when}, after ${judged}`);
  if (token.time < signer.since || token.time > signer.until)
    throw new Broken(`el sello dice ${when}, cuando su certificado no valía`, `the stamp says ${when}, when its certificate was not valid`);
  await checkSignature(token, signer);
  if (!signer.mayStamp())
    throw new Broken(`«${signer.name}» no es para sellar el tiempo`, `“${signer.name}” is not for time stamping`);
  for (const [number, one] of chain.entries()) {
    if (at > one.until || at < one.since)
      throw new Broken(`el certificado «${one.name}» había caducado a ${judged} y nadie lo renovó`,
                       `the certificate “${one.name}” had expired by ${judged}; nobody renewed it`);
    const above = chain[number + 1];
    if (above && !(above.isAuthority() && await above.signed(one)))
      throw new Broken(`«${above.name}» no firmó «${one.name}»`, `“${above.name}” did not sign “${one.name}”`);
  }
  return [`sello de ${when} de «${signer.name}», ${token.algorithm}, válido a ${judged}`,
          `time stamp of ${when} by “${signer.name}”, ${token.algorithm}, valid at ${judged}`];
}

class RevocationList { // RFC 5280 5.1
  constructor(der) {
    const fields = whole(der).part(0).parts();
    [this.tbs, this.algorithm, this.signature] = signedParts(der, 0);
    if (fields[0].tag === 2) fields.shift();
    const times = fields.slice(2, 4).filter((part) => part.tag === 0x17 || part.tag === 0x18);
    this.issuer = hex(fields[1].raw);
    [this.made, this.next] = [times[0].time(), times[times.length - 1].time()];
    const rest = fields.slice(2 + times.length);
    this.entries = new Map(rest.filter((part) => part.tag === 0x30).flatMap((part) => part.parts())
      .map((entry) => [hex(entry.part(0).value), entry.parts()]));
    this.extensions = new Map(rest.filter((part) => part.tag === 0xa0).flatMap((part) => part.part(0).parts())
      .map((each) => [each.part(0).oid(), new Der(each.parts().pop().value)]));
  }

  async signedBy(issuer) { return this.issuer === issuer.subject && issuer.signed(this); }

  // Whether its silence means something; see verify.py.
  tellsOf(one, stamped) {
    const kept = this.extensions.get("2.5.29.60"), scope = this.extensions.get("2.5.29.28");
    const parts = scope ? scope.parts() : [], whole = hex(one.der);
    const lives = this.made <= one.until || (kept && kept.time() <= one.until);
    const odd = this.extensions.has("2.5.29.27") || parts.some((part) => ![0xa0, 0x81, 0x82].includes(part.tag));
    const points = parts.filter((part) => part.tag === 0xa0).map((part) => hex(part.part(0, 0).raw));
    return lives && this.next >= stamped && !odd && points.every((point) => whole.includes(point));
  }
}

async function checkRevocation(token, chain, at, lists) {
  const silent = [];
  for (const [number, one] of chain.slice(0, -1).entries()) {
    let told = false;
    for (const list of lists) {
      if (!(await list.signedBy(chain[number + 1]))) continue;
      told = told || list.tellsOf(one, token.time);
      const entry = list.entries.get(one.serial);
      if (!entry) continue;
      const tail = entry.slice(2).flatMap((part) => part.parts()).map((each) => each.parts());
      const why = tail.find((each) => each[0].oid() === "2.5.29.21");
      const reason = why ? new Der(why[why.length - 1].value).value[0] : -1, since = entry[1].time();
      if (since <= at && !(HARMLESS.includes(reason) && token.time < since))
        throw new Broken(`«${one.name}» fue revocado el ${shown(since)} (motivo ${reason}): el sello no prueba nada`,
                         `“${one.name}” was revoked on ${shown(since)} (reason ${reason}): no proof`);
    }
    if (!told) silent.push(one.name);
  }
  const when = shown(token.time), names = silent.join(", ");
  if (silent.length)
    throw new Undone(`sello de ${when}: ninguna lista dice si se revocó «${names}»`, `stamp of ${when}: no list tells of “${names}”`);
  return [`sello de ${when}: ${chain.length - 1} certificado(s) sin revocar que lo afecte`,
          `stamp of ${when}: ${chain.length - 1} certificate(s), no revocation that reaches it`];
}

// The kit's certificates hold under the kit's roots, and its lists are signed: none of it is idle.
async function checkOwn(roots, helpers, lists) {
  const every = [...roots, ...helpers];
  for (const one of every) {
    const self = one.subject === one.issuer, above = every.find((each) => each.mayIssue(one));
    if ((self || helpers.includes(one)) && !(above && await above.signed(one)))
      throw new Broken("un certificado del kit no se sostiene", "a certificate of the kit does not hold");
  }
  for (const list of lists) {
    let known = false;
    for (const one of every) known = known || await list.signedBy(one);
    if (!known) throw new Broken("nadie firma una lista de revocación del kit", "nobody signed a revocation list of the kit");
  }
}
