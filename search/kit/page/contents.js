// SPDX-License-Identifier: EUPL-1.2
// What the kit holds: every file as listed, the object as deposited, the reports as they were recorded.

const RECORD = "evidence/evidence.ers", DEPOSIT = "object/metadata/deposit.json";
const LISTED = "object/metadata/material.json";
const KNOWN = [
  "LEEME.txt", "README.txt", "verify.py", "verify.html", "kit.json", RECORD, "trust/anchors.pem",
  "trust/intermediates.pem", "ledger/events.jsonl", "ledger/proofs.json", "ledger/opening.json",
  "ledger/heads.json", "ledger/heads.ers",
];
const FOLDERS = [
  "object/", "material/", "reports/", "evidence/token-", "evidence/renewal-", "trust/crls/", "trust/ocsp/",
  "trust/lists/",
];

// RFC 8785, of what occurs in a kit.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

async function checkSums(kit) {
  const lines = text(await kit.read("SHA256SUMS")).split("\n").filter(Boolean);
  const listed = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  const names = kit.names().filter((name) => name !== "SHA256SUMS");
  const odd = [...names.filter((name) => !listed.has(name)), ...Array.from(listed.keys()).filter((name) => !kit.has(name))];
  if (odd.length || lines.length !== listed.size)
    throw new Broken(`no coincide la lista de ficheros: ${odd.slice(0, 3).join(", ")}`,
                     `the list of files differs: ${odd.slice(0, 3).join(", ")}`);
  const large = [];
  for (const name of names) {
    if (!KNOWN.includes(name) && !FOLDERS.some((folder) => name.startsWith(folder)))
      throw new Broken(`${name} no es parte de un kit`, `${name} is no part of a kit`);
    if (kit.blobs.get(name).size > LIMIT) large.push(name);
    else if (hex(await kit.digest(name, "sha256")) !== listed.get(name))
      throw new Broken(`${name} ha cambiado`, `${name} has changed`);
  }
  if (large.length)
    throw new Undone(`pasan de 512 MB y no se han leído: ${large.join(", ")}; use verify.py`,
                     `larger than 512 MB and not read: ${large.join(", ")}; use verify.py`);
  return [`${names.length} ficheros coinciden con SHA256SUMS`, `${names.length} files agree with SHA256SUMS`];
}

const materialOf = async (kit) => (kit.has(LISTED) ? (await kit.json(LISTED)).material : []);

async function checkDeposit(kit) {
  const record = await kit.json(DEPOSIT), told = await kit.json("kit.json"), about = record.object;
  if (!["longeva-kit/1", "longeva-kit/2"].includes(told.format))
    throw new Broken(`kit de formato ${told.format}`, `a kit of format ${told.format}`);
  if (about.object_id !== told.object || about.eni_id !== told.eni_id)
    throw new Broken("el registro de depósito es de otro objeto", "the deposit record is of another object");
  for (const entry of record.files)
    for (const algorithm of ["sha256", "sha512"]) {
      const name = `object/${entry.path}`;
      if (hex(await kit.digest(name, algorithm)) !== entry.digests[algorithm])
        throw new Broken(`${name} no es el depositado`, `${name} is not what was deposited`);
    }
  const names = kit.names("material/"), listed = (await materialOf(kit)).map((piece) => `material/${piece.sha256}`);
  const digests = [];
  for (const name of names) digests.push(`material/${hex(await kit.digest(name, "sha256"))}`);
  if (canonical(names) !== canonical(listed) || canonical(names) !== canonical(digests))
    throw new Broken("el material de validación no es el citado", "the validation material is not that named");
  const count = record.files.length, pieces = names.length;
  return [`${count} fichero(s) recibidos, como dice el depósito; ${pieces} pieza(s) de material de validación`,
          `${count} received file(s), as deposited; ${pieces} piece(s) of validation material`];
}

async function checkReports(kit) {
  const judged = (await kit.json(DEPOSIT)).signatures.filter((one) => one.indication !== "NOT_APPLICABLE"), shownOnes = [];
  for (const name of kit.names("reports/").filter((each) => each.endsWith(".json"))) {
    const told = await kit.json(name);
    shownOnes.push(...told.signatures.map((one) => ({ ...one, path: told.file })));
  }
  const order = (list) => canonical(list.map(canonical).sort());
  if (shownOnes.length && order(shownOnes) !== order(judged))
    throw new Broken("un informe no es el del depósito", "a report is not that of the deposit");
  return [`${judged.length} informe(s) de firma, los del depósito (no se juzgan otra vez)`,
          `${judged.length} report(s) of signatures, those of the deposit (not judged again)`];
}
