# SPDX-License-Identifier: EUPL-1.2
"""Names that file systems, terminals and programs do not expect, as text and as bytes."""

from __future__ import annotations

import random

NAMES = (
    "../../etc/longeva.xml", "/etc/longeva.xml", "C:\\expedientes\\doc.xml", "\\\\servidor\\recurso\\doc.xml",
    "a/../../b.xml", "./a.xml", "a//b.xml", "a/./b.xml", "a/", "/", ".", "..", "", " ", "a\x00b.xml",
    "a\x07\x1b[2Jb.xml", "a\nb.xml", "a\r\nSet-Cookie: x.xml", "acta\u202egpj.xml", "\u200b.xml", "\ufeff.xml",
    "resolución.xml", "resolucio\u0301n.xml", "RESOLUCIÓN.XML", "\U0001f5c4\U0001f3db.xml", "𝔡𝔬𝔠.xml",
    "CON", "nul.xml", "aux.xml ", "a.xml.", "-rf", "--help", "$(id).xml", "`id`.xml", "'; DROP TABLE objects;--",
    "<script>alert(1)</script>.xml", "%2e%2e%2fetc%2fpasswd", "%s%n%x", "{0.__class__}", "a" * 255, "a" * 256,
    "é" * 200, "x/" * 400 + "a.xml", "a" * 65_000, "inventory.json", "metadata/deposit.json", "received/a.xml",
    "v1/content/a", "0=ocfl_object_1.1", "inventory.json.sha256", "__MACOSX/._a.xml", ".DS_Store", "Thumbs.db",
    "\ud7ff.xml", "\ue000.xml", "\U0010ffff.xml", "ﬁchero.xml", "K.xml", "a\u0301\u0301\u0301\u0301.xml", "\\", ":", '*?|<>"',
)  # fmt: skip
RAW = (
    b"\xff\xfe.xml", b"\xc0\xae\xc0\xae/a.xml", b"\xed\xa0\x80.xml", b"resoluci\xf3n.xml", b"\x80\x81.xml", b"a\x00b",
    b"\xf4\x90\x80\x80.xml",
)  # fmt: skip
TWINS = (
    ("resolución.xml", "resolucio\u0301n.xml"), ("a.xml", "A.xml"), ("a.xml", "a.xml "), ("a.xml", "./a.xml"),
    ("a.xml", "a.xml"), ("ﬁ.xml", "fi.xml"), ("K.xml", "K.xml"), ("a/b.xml", "a\\b.xml"), ("a", "a/b.xml"),
    ("ß.xml", "ss.xml"), ("a.xml", "a\u200b.xml"), ("é.xml", "É.xml"),
)  # fmt: skip


def name(dice: random.Random) -> str:
    """Return one of them, or two of them joined."""
    one = dice.choice(NAMES)
    return one if dice.random() < 0.7 else f"{one[:80]}/{dice.choice(NAMES)[:80]}"


def on_disk(dice: random.Random) -> bytes:
    """Return a name that Linux takes for one file."""
    while True:
        raw = dice.choice(RAW) if dice.random() < 0.3 else name(dice).encode("utf-8", "surrogatepass")
        raw = raw.replace(b"/", b"_").replace(b"\x00", b"_")[:255]
        if raw not in {b"", b".", b".."}:
            return raw
