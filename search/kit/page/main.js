// SPDX-License-Identifier: EUPL-1.2
// Every step in order, as verify.py does them, and the page.

class Report {
  constructor(listen) { this.steps = []; this.listen = listen; }

  async do(step, work) { // a false statement is a result; a tampered file may break anything: that too
    let told;
    try {
      const [es, en] = await work();
      told = { step, ok: true, es, en };
    } catch (problem) {
      if (problem instanceof Undone) told = { step, ok: null, es: problem.es, en: problem.en };
      else if (problem instanceof Broken) told = { step, ok: false, es: problem.es, en: problem.en };
      else told = { step, ok: false, es: `no se entiende: ${problem}`, en: `cannot be understood: ${problem}` };
    }
    this.steps.push(told);
    this.listen(told);
    return told.ok;
  }

  verdict() {
    const results = this.steps.map((each) => each.ok);
    return results.includes(false) ? "BROKEN" : results.includes(null) ? "INCOMPLETE" : "VALID";
  }
}

class Trust {
  static async read(kit) {
    const trust = new Trust(), strict = /^(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\n)*$/;
    const ders = async (name) => {
      const pem = text(await kit.read(name));
      if (!strict.test(pem)) throw new Broken("un fichero de certificados ha cambiado", "a file of certificates has changed");
      return dersIn(pem).map((der) => new Certificate(der));
    };
    trust.roots = await ders("trust/anchors.pem");
    trust.helpers = await ders("trust/intermediates.pem");
    trust.lists = [];
    for (const name of kit.names("trust/crls/")) trust.lists.push(new RevocationList(await kit.read(name)));
    await checkOwn(trust.roots, trust.helpers, trust.lists);
    trust.judged = new Set();
    trust.used = new Map();
    return trust;
  }

  async judge(report, token, at) {
    const key = `${at} ${hex(token.der)}`;
    if (this.judged.has(key)) return;
    this.judged.add(key);
    let chain = [];
    const stamped = await report.do("TIMESTAMP", async () => {
      chain = await chainOf(token, this.roots, this.helpers);
      return checkToken(token, chain, at);
    });
    if (!stamped) return;
    const root = chain[chain.length - 1];
    this.used.set(await root.fingerprint(), root);
    await report.do("REVOCATION", () => checkRevocation(token, chain, at, this.lists));
  }

  async judgeAll(report, tokens, at) { // each when the next one was made, the last one now (RFC 4998 5.3)
    for (const [number, token] of tokens.entries())
      await this.judge(report, token, number + 1 < tokens.length ? tokens[number + 1].time : at);
  }
}

// Whose word everything stands on: the reader says whether he trusts the root.
function checkAnchors(used, mine) {
  const roots = Array.from(used, ([print, root]) => `«${root.name}» SHA-256 ${print}`).join("; ");
  if (Array.from(used.keys()).every((print) => mine.has(print)))
    return [`raíz en que usted dice confiar: ${roots}`, `the root that you say you trust: ${roots}`];
  throw new Undone(`falta que usted confíe en la raíz: ${roots}`, `you have yet to trust the root: ${roots}`);
}

async function verify(kit, report, at, mine) {
  let chains = null, trust = null;
  const recordOf = async (name) => chainsOf(await kit.read(name));
  await report.do("SUMS", () => checkSums(kit));
  await report.do("DEPOSIT", () => checkDeposit(kit));
  await report.do("REPORTS", () => checkReports(kit));
  await report.do("EVIDENCE", async () => {
    chains = await recordOf(RECORD);
    const own = tokensOf(chains).map((token) => hex(token.der)).sort(), beside = [];
    for (const name of kit.names("evidence/token-")) beside.push(hex(await kit.read(name)));
    if (own.join() !== beside.sort().join())
      throw new Broken("los sellos sueltos no son los del registro", "the tokens beside it are other ones");
    return [`registro RFC 4998 con ${own.length} sello(s)`, `RFC 4998 record with ${own.length} time stamp(s)`];
  });
  await report.do("TRUST", async () => {
    trust = await Trust.read(kit);
    return [`${trust.roots.length} raíz(ces), ${trust.helpers.length} certificado(s) intermedio(s), ${trust.lists.length} lista(s) de revocación`,
            `${trust.roots.length} root(s), ${trust.helpers.length} certificate(s) in between, ${trust.lists.length} revocation list(s)`];
  });
  const digester = (name) => (algorithm) => kit.digest(name, algorithm);
  if (chains && trust) {
    const documents = [...kit.names("object/"), ...kit.names("material/")].map(digester);
    await report.do("TREE", () => checkFirstTree(documents, chains));
    await report.do("RENEWALS", () => checkRenewals(documents, chains));
    await trust.judgeAll(report, tokensOf(chains), at);
  }
  await report.do("LEDGER", () => checkEvents(kit));
  const own = kit.names("evidence/renewal-").filter((name) => name.endsWith(".json"));
  for (const name of [...own, ...kit.names("ledger/heads.json")]) {
    if (!trust) break;
    let tokens = [];
    await report.do("PROVEN", async () => {
      const found = await recordOf(name.replace(/json$/, "ers"));
      tokens = tokensOf(found);
      const [es, en] = await checkFirstTree([digester(name)], found);
      await checkRenewals([digester(name)], found);
      return [`${name}: ${es}`, `${name}: ${en}`];
    });
    await trust.judgeAll(report, tokens, at);
  }
  if (trust && trust.used.size) await report.do("ANCHORS", async () => checkAnchors(trust.used, mine));
  const files = kit.names("object/received/").map((name) => [name.slice(16), kit.blobs.get(name).size]);
  return { since: chains ? tokensOf(chains)[0].time : 0, roots: trust ? trust.used : new Map(), files };
}

// The page.

const page = (id) => document.getElementById(id);

function element(name, words, attributes = {}, ...inside) {
  const made = document.createElement(name);
  if (words) made.textContent = words;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function showStep(told) {
  const [mark, word, look] = MARKS[told.ok], [es, en] = STEPS[told.step];
  page("steps").append(element("li", "", { class: look },
    element("span", mark, { class: "mark", "aria-hidden": "true" }), element("span", `${word}: `, { class: "hidden" }),
    element("div", "", {}, element("h3", es, {}, " ", element("small", en, { lang: "en" })), element("p", told.es),
      element("p", told.en, { lang: "en" }))));
}

async function trusted() { // fingerprints that the reader pasted, or those of the certificates that he did
  const said = page("mine").value, found = new Set();
  for (const der of dersIn(said)) found.add(await new Certificate(der).fingerprint());
  const bare = said.replace(/-----BEGIN[^]*?-----END[^-]*-----/g, "").toUpperCase();
  for (const match of bare.matchAll(/[0-9A-F]{2}(?:[: ]?[0-9A-F]{2}){31}/g))
    found.add(match[0].replace(/[: ]/g, "").match(/../g).join(":"));
  return found;
}

let given = null; // the files that were chosen last

async function run() {
  const report = new Report(showStep), bar = page("progress");
  page("steps").replaceChildren();
  page("result").hidden = true;
  page("work").hidden = false;
  let found = { since: 0, roots: new Map(), files: [] };
  try {
    const blobs = given.length === 1 && !given[0].webkitRelativePath ? await unzip(given[0]) : unpacked(given);
    const kit = new Kit(blobs, (done, total) => { bar.max = total; bar.value = done; });
    const at = page("at").value ? Date.parse(`${page("at").value}T00:00:00Z`) : Date.now();
    found = await verify(kit, report, at, await trusted());
  } catch (problem) {
    await report.do("KIT", async () => { throw problem; });
  }
  show(report, found);
}

function show(report, found) {
  const verdict = report.verdict(), said = VERDICTS[verdict], result = page("result");
  const worst = report.steps.filter((told) => told.ok === (verdict === "BROKEN" ? false : null));
  page("work").hidden = true;
  result.className = `verdict ${verdict}`;
  page("verdict").replaceChildren(element("span", said.mark, { class: "mark", "aria-hidden": "true" }),
    ` ${said.es} `, element("small", said.en, { lang: "en" }));
  page("why").replaceChildren(element("p", said.why[0]), element("p", said.why[1], { lang: "en" }),
    element("ul", "", worst.length ? {} : { hidden: "" },
      ...worst.map((told) => element("li", `${STEPS[told.step][0]}: ${told.es}`))));
  page("since").textContent = verdict === "VALID" ? `Existe desde / Existed since ${shown(found.since)}` : "";
  page("about").replaceChildren(...found.files.map(([name, size]) =>
    element("li", `${name} · ${size.toLocaleString("es")} bytes`)));
  page("roots").replaceChildren(...Array.from(found.roots, ([print, root]) =>
    element("li", "", {}, element("strong", root.name), element("code", print))));
  page("trust").hidden = !found.roots.size;
  result.hidden = false;
  page("details").hidden = false;
  document.documentElement.dataset.verdict = verdict;
  page("verdict").focus();
}

function take(files) {
  given = Array.from(files).filter((file) => file.name !== ".DS_Store");
  if (given.length) run();
}

async function dropped(transfer) { // a file, or a folder with all that is inside it
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter(Boolean), found = [];
  const ask = (target, method) => new Promise((yes, no) => { target[method](yes, no); });
  const walk = async (entry) => {
    if (entry.isFile) {
      const file = await ask(entry, "file");
      if (entry.fullPath.split("/").length > 2)
        Object.defineProperty(file, "webkitRelativePath", { value: entry.fullPath.slice(1) });
      found.push(file);
      return;
    }
    const reader = entry.createReader();
    for (let page_ = await ask(reader, "readEntries"); page_.length; page_ = await ask(reader, "readEntries"))
      for (const each of page_) await walk(each);
  };
  for (const entry of entries) await walk(entry);
  take(found);
}

if (globalThis.crypto && crypto.subtle) {
  page("zip").addEventListener("change", (event) => take(event.target.files));
  page("folder").addEventListener("change", (event) => take(event.target.files));
  page("again").addEventListener("click", () => given && run());
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => { event.preventDefault(); dropped(event.dataTransfer); });
} else {
  page("unable").hidden = false;
}
