// SPDX-License-Identifier: EUPL-1.2
// What the page says of a verdict, in Spanish and English.

const VERDICTS = {
  VALID: {
    mark: "✔", es: "VÁLIDO", en: "VALID",
    why: ["Los documentos existían, tal como están, en la fecha indicada, y usted confía en quien la certifica.",
          "The documents existed, as they are, at the time shown, and you trust who certifies it."],
  },
  BROKEN: {
    mark: "✘", es: "NO VÁLIDO", en: "BROKEN",
    why: ["Algo en este kit no es lo que dice ser: abajo se señala qué. No lo dé por bueno.",
          "Something in this kit is not what it says it is: see below. Do not rely on it."],
  },
  INCOMPLETE: {
    mark: "?", es: "INCOMPLETO", en: "INCOMPLETE",
    why: ["Nada es falso, pero falta algo por comprobar o por decidir: abajo se señala qué.",
          "Nothing is false, but something is left to check or to decide: see below."],
  },
};
const STEPS = {
  SUMS: ["Los ficheros", "The files"], DEPOSIT: ["El depósito", "The deposit"],
  REPORTS: ["Los informes de firma", "The signature reports"], EVIDENCE: ["El registro de evidencias", "The evidence record"],
  TRUST: ["Certificados y listas", "Certificates and lists"], TREE: ["El árbol de resúmenes", "The hash tree"],
  RENEWALS: ["Las renovaciones", "The renewals"], TIMESTAMP: ["Sello de tiempo", "Time stamp"],
  REVOCATION: ["Revocación", "Revocation"], LEDGER: ["El registro de eventos", "The ledger"],
  PROVEN: ["Otros ficheros sellados", "Other stamped files"], ANCHORS: ["La raíz de confianza", "The root of trust"],
  KIT: ["El kit", "The kit"],
};
const MARKS = { true: ["✔", "Bien", "ok"], false: ["✘", "Mal", "bad"], null: ["?", "Sin decidir", "open"] };
