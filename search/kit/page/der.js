// SPDX-License-Identifier: EUPL-1.2
// DER (ITU-T X.690), as far as time stamps and certificates need it.

class Der {
  constructor(data, at = 0) {
    const cut = new Broken("DER truncado", "truncated DER");
    if (data.length < at + 2) throw cut;
    let length = data[at + 1], start = at + 2;
    this.tag = data[at];
    if (length >= 0x80) {
      const count = length & 0x7f;
      length = data.subarray(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0);
      start += count;
    }
    this.end = start + length;
    if (this.end > data.length) throw cut;
    this.value = data.subarray(start, this.end);
    this.raw = data.subarray(at, this.end);
  }

  parts() {
    const found = [];
    for (let at = 0; at < this.value.length; at = found[found.length - 1].end)
      found.push(new Der(this.value, at));
    return found;
  }

  part(...path) { // the element inside at these numbers
    return path.reduce((der, number) => {
      const found = der.parts()[number];
      if (!found) throw new Broken("DER incompleto", "incomplete DER");
      return found;
    }, this);
  }

  oid() {
    const numbers = [];
    let number = 0;
    for (const byte of this.value) {
      number = number * 128 + (byte & 0x7f);
      if (byte < 0x80) { numbers.push(number); number = 0; }
    }
    const first = Math.min(Math.floor(numbers[0] / 40), 2);
    return [first, numbers[0] - 40 * first, ...numbers.slice(1)].join(".");
  }

  time() { // GeneralizedTime or UTCTime, as milliseconds; fractions of a second are left out
    let digits = text(this.value).split(/[.Z]/)[0];
    if (this.tag === 0x17) digits = (digits < "50" ? "20" : "19") + digits;
    const [year, month, ...rest] = digits.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/).slice(1).map(Number);
    return Date.UTC(year, month - 1, ...rest);
  }
}

function whole(data) {
  const found = new Der(data);
  if (found.tag !== 0x30) throw new Broken("no es una SEQUENCE", "this is no SEQUENCE");
  if (found.end !== data.length) throw new Broken("sobran bytes tras el DER", "bytes follow the DER");
  return found;
}

function sequenceOf(elements) {
  const body = joined(...elements), size = [];
  for (let left = body.length; left > 0; left = Math.floor(left / 256)) size.unshift(left % 256);
  const head = body.length < 0x80 ? [body.length] : [0x80 | size.length, ...size];
  return joined(Uint8Array.of(0x30, ...head), body);
}

function dersIn(pem, kind = "CERTIFICATE") {
  const blocks = pem.matchAll(new RegExp(`-----BEGIN ${kind}-----([^-]*)-----END ${kind}-----`, "g"));
  return Array.from(blocks, (block) => {
    const bytes = Uint8Array.from(atob(block[1].replace(/\s/g, "")), (char) => char.charCodeAt(0));
    return whole(bytes).raw;
  });
}

const shown = (time) => new Date(time).toISOString().replace(".000Z", "Z");
