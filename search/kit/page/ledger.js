// SPDX-License-Identifier: EUPL-1.2
// The ledger: each event whole in itself, its place in the tree of its municipality, the stamped head.

async function rootFrom(data, index, size, path) { // RFC 9162 2.1.3.2
  let node = await digest("sha256", joined(Uint8Array.of(0), data)), at = index, last = size - 1;
  const wrong = new Broken("una prueba del registro no encaja", "a proof of the ledger does not fit");
  if (!(at >= 0 && at <= last)) throw wrong;
  const half = (number) => Math.floor(number / 2);
  for (const each of path) {
    const sibling = unhex(each);
    if (last === 0) throw wrong;
    if (at % 2 || at === last) {
      node = await digest("sha256", joined(Uint8Array.of(1), sibling, node));
      while (at % 2 === 0 && at) [at, last] = [half(at), half(last)];
    } else {
      node = await digest("sha256", joined(Uint8Array.of(1), node, sibling));
    }
    [at, last] = [half(at), half(last)];
  }
  if (last) throw wrong;
  return hex(node);
}

async function eventsOf(kit) {
  const lines = text(await kit.read("ledger/events.jsonl")).split("\n");
  if (lines.pop() !== "") throw new Broken("el registro de eventos está cortado", "the ledger's events are cut off");
  const events = lines.map((line) => JSON.parse(line));
  for (const [number, event] of events.entries()) {
    const { digest: own, position, ...covered } = event;
    if (hex(await digest("sha256", utf8(canonical(covered)))) !== own || canonical(event) !== lines[number])
      throw new Broken(`el asiento ${event.sequence} del registro ha cambiado`, `event ${event.sequence} of the ledger has changed`);
  }
  return events;
}

async function checkEvents(kit) {
  const events = await eventsOf(kit), count = events.length;
  if (!kit.has("ledger/proofs.json"))
    return [`${count} asiento(s) del registro de eventos, cada uno íntegro; sin prueba de su lugar`,
            `${count} ledger event(s), each whole; no proof of their place`];
  const told = await kit.json("ledger/proofs.json"), within = events.filter((event) => event.sequence <= told.size);
  const opening = await kit.json("ledger/opening.json"), heads = await kit.json("ledger/heads.json"), head = opening.head;
  const proven = within.map((event) => String(event.sequence)).sort();
  if (canonical(Object.keys(told.paths).sort()) !== canonical(proven) || events.some((event) => event.tenant_id !== told.tenant))
    throw new Broken("las pruebas son de otros asientos", "the proofs are of other events");
  for (const event of within)
    if (await rootFrom(unhex(event.digest), event.sequence - 1, told.size, told.paths[event.sequence]) !== told.root)
      throw new Broken(`el asiento ${event.sequence} no está en el árbol`, `event ${event.sequence} is not in the tree`);
  if (head.tenant !== told.tenant || head.size !== told.size || head.root !== told.root || head.at !== heads.at)
    throw new Broken("la cabecera del registro es otra", "the head of the ledger is another one");
  const leaf = await digest("sha256", joined(unhex(opening.nonce), utf8(canonical(head))));
  if (await rootFrom(leaf, opening.index, heads.leaves, opening.path) !== heads.root)
    throw new Broken("la cabecera no lleva a las selladas", "the head does not lead to the stamped ones");
  return [`${count} asiento(s) del registro de eventos; ${within.length}, en su cabecera sellada de ${told.size}`,
          `${count} ledger event(s); ${within.length} in its stamped head of ${told.size}`];
}
