// SPDX-License-Identifier: EUPL-1.2
// The files of a kit: out of a ZIP without compression, or out of the folder it was unpacked into.
"use strict";

const LIMIT = 512 * 1024 * 1024; // bytes of one file; a browser digests only what it holds in memory

// A statement of the kit is false; the two texts say which, in Spanish and English.
class Broken extends Error {
  constructor(es, en) { super(en); this.es = es; this.en = en; }
}

// Something could not be checked here, or is not for this page to decide.
class Undone extends Error {
  constructor(es, en) { super(en); this.es = es; this.en = en; }
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const text = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
const utf8 = (value) => new TextEncoder().encode(value);

function joined(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((at, piece) => { whole.set(piece, at); return at + piece.length; }, 0);
  return whole;
}

const WEB = { sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512", sha1: "SHA-1" };

async function digest(algorithm, bytes) {
  if (!WEB[algorithm])
    throw new Undone(`${algorithm} no se comprueba en un navegador: use verify.py`,
                     `${algorithm} is not checked in a browser: use verify.py`);
  return new Uint8Array(await crypto.subtle.digest(WEB[algorithm], bytes));
}

class Kit {
  // `blobs`: a Map from names to Blobs. `progress` hears how many bytes were digested, of how many.
  constructor(blobs, progress) {
    this.blobs = blobs;
    this.progress = progress;
    this.known = new Map();
    this.done = 0;
    this.total = Array.from(blobs.values()).reduce((sum, blob) => sum + blob.size, 0);
  }

  names(start = "") {
    return Array.from(this.blobs.keys()).filter((name) => name.startsWith(start)).sort();
  }

  has(name) { return this.blobs.has(name); }

  async read(name) {
    const blob = this.blobs.get(name);
    if (!blob) throw new Broken(`falta ${name}`, `${name} is missing`);
    if (blob.size > LIMIT)
      throw new Undone(`${name} pasa de 512 MB, demasiado para un navegador: use verify.py`,
                       `${name} has more than 512 MB, too much for a browser: use verify.py`);
    return new Uint8Array(await blob.arrayBuffer());
  }

  async json(name) { return JSON.parse(text(await this.read(name))); }

  // Read once for the two usual algorithms.
  async digest(name, algorithm) {
    const key = `${algorithm} ${name}`;
    if (!this.known.has(key)) {
      const bytes = await this.read(name);
      for (const each of new Set(["sha256", "sha512", algorithm]))
        this.known.set(`${each} ${name}`, await digest(each, bytes));
      this.done += bytes.length;
      this.progress(this.done, this.total);
    }
    return this.known.get(key);
  }
}

// The entries of a ZIP as parts of the file, unread (APPNOTE 4.3). Kits are stored, never compressed.
async function unzip(file) {
  const part = async (from, to) => new DataView(await file.slice(from, to).arrayBuffer());
  const nothing = new Broken("no es un kit: no es un ZIP entero", "not a kit: this is no whole ZIP");
  if (file.size < 22) throw nothing;
  const end = await part(file.size - 22, file.size);
  if (end.getUint32(0, true) !== 0x06054b50)
    throw new Broken("no es un ZIP, o hay algo detrás de él", "this is no ZIP, or something stands after it");
  let count = end.getUint16(10, true), size = end.getUint32(12, true), from = end.getUint32(16, true);
  if (count === 0xffff || size === 0xffffffff || from === 0xffffffff) { // ZIP64
    const locator = await part(file.size - 42, file.size - 22);
    const at = Number(locator.getBigUint64(8, true)), large = await part(at, at + 56);
    if (large.getUint32(0, true) !== 0x06064b50) throw nothing;
    count = Number(large.getBigUint64(32, true));
    size = Number(large.getBigUint64(40, true));
    from = Number(large.getBigUint64(48, true));
  }
  const view = await part(from, from + size), found = new Map();
  let first = Infinity;
  for (let at = 0, left = count; left > 0; left -= 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw nothing;
    const lengths = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const name = text(new Uint8Array(view.buffer, view.byteOffset + at + 46, lengths[0]));
    let bytes = view.getUint32(at + 24, true), offset = view.getUint32(at + 42, true);
    for (let extra = at + 46 + lengths[0], to = extra + lengths[1]; extra < to;) { // ZIP64 sizes
      let place = extra + 4;
      if (view.getUint16(extra, true) === 1) {
        if (bytes === 0xffffffff) {
          bytes = Number(view.getBigUint64(place, true));
          place += view.getUint32(at + 20, true) === 0xffffffff ? 16 : 8;
        }
        if (offset === 0xffffffff) offset = Number(view.getBigUint64(place, true));
      }
      extra += 4 + view.getUint16(extra + 2, true);
    }
    if (view.getUint16(at + 10, true) !== 0)
      throw new Broken(`${name} está comprimido: este no es el ZIP que dio el archivo`,
                       `${name} is compressed: this is not the ZIP that the archive gave`);
    if (found.has(name)) throw new Broken("el ZIP repite un nombre", "the ZIP repeats a name");
    const local = await part(offset, offset + 30);
    const data = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    if (!name.endsWith("/")) found.set(name, file.slice(data, data + bytes));
    first = Math.min(first, offset);
    at += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  if (first !== 0) throw new Broken("hay algo delante del ZIP", "something stands before the ZIP");
  return found;
}

// The files of a folder, by their paths inside it.
function unpacked(files) {
  const path = (file) => file.webkitRelativePath || file.name;
  const root = path(files[0]).split("/")[0] + "/";
  const inside = files.every((file) => path(file).startsWith(root));
  return new Map(files.map((file) => [inside ? path(file).slice(root.length) : path(file), file]));
}
