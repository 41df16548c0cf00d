# SPDX-License-Identifier: EUPL-1.2
"""Thousands of hostile or broken packages from one seed: what an archive may be handed on a very bad day.

    for case in cases(seed, 2000, ground, folder):
        case.path        folder, ZIP, XML or something that is none of them, to deposit
        case.kind        which trick

The same seed and ground give the same packages.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import hostile_names
from fuzz_mutations import FEARED, mutated, random_operations
from hostile_xml import ENI_CHANGES, SIGNATURE_CHANGES, XML_CHANGES, changed_file
from hostile_zips import broken_zip, lying_zip

from demo.hostile import HOSTILE
from demo.hostile.sample import document_names, file_names, first_value, index_name, with_content

_SLOW = {"bomb", "big_text_node"}
"""Builders that write many megabytes each time: tests of their own have them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One package to deposit."""

    kind: str
    path: Path


@dataclass(frozen=True, slots=True)
class Ground:
    """Good things to spoil."""

    plains: Sequence[Path]
    """Folders of expedientes with CSV alone, each with its own identifiers."""
    signed: Path
    """Folder of a small one with a sealed index."""
    full: Path
    """Folder of the sample expediente with all its signatures."""
    corpus: Sequence[Path] = field(default=())
    """Any files: signatures, PDFs, XML of other makers."""
    turn: int = 0
    """Which of the plain ones is spoilt."""

    @property
    def plain(self) -> Path:
        """Folder of an expediente with CSV alone."""
        return self.plains[self.turn % len(self.plains)]


Maker = Callable[[random.Random, Ground, Path], Path]


def cases(seed: int, count: int, ground: Ground, folder: Path) -> Iterator[Case]:
    """Make packages one after the other in a folder; each is the caller's to delete."""
    dice = random.Random(seed)
    for number in range(count):
        kind, make = dice.choice(_MAKERS)
        own = folder / f"{number:05d}"
        own.mkdir(parents=True)
        turned = replace(ground, turn=dice.randrange(len(ground.plains)))
        yield Case(kind, make(random.Random(dice.getrandbits(64)), turned, own))


def _sample(dice: random.Random, ground: Ground) -> Path:
    return ground.plain if dice.random() < 0.7 else ground.signed


def _copy(dice: random.Random, ground: Ground, folder: Path) -> Path:
    return Path(shutil.copytree(_sample(dice, ground), folder / "p"))


def _packed(dice: random.Random, package: Path) -> Path:
    """Return a folder as it is, or as a ZIP."""
    if dice.random() < 0.6:
        return package
    return Path(shutil.make_archive(str(package.parent / "z"), "zip", package))


def _zip(dice: random.Random, ground: Ground, folder: Path) -> Path:
    return lying_zip(dice, ground.plain, folder / "p.zip")


def _cut_zip(dice: random.Random, ground: Ground, folder: Path) -> Path:
    return broken_zip(dice, ground.plain, folder / "p.zip")


def _changing(changes: tuple[Callable[[random.Random, bytes], bytes], ...], *, signed: bool = False) -> Maker:
    def make(dice: random.Random, ground: Ground, folder: Path) -> Path:
        source = dice.choice((ground.signed, ground.full)) if signed else _sample(dice, ground)
        package = Path(shutil.copytree(source, folder / "p"))
        for _ in range(dice.choice((1, 1, 1, 2, 4))):
            changed_file(dice, package, changes)
        return _packed(dice, package)

    return make


def _single(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """One XML alone, changed."""
    sample = _sample(dice, ground)
    data = (sample / dice.choice([index_name(sample), *document_names(sample)])).read_bytes()
    change = dice.choice(XML_CHANGES + ENI_CHANGES + SIGNATURE_CHANGES)
    target = folder / dice.choice(("uno.xml", "uno.XML", "uno", "uno.zip", "uno.txt"))
    target.write_bytes(change(dice, data))
    return target


def _missing(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """Members that are not there, are there twice or are somebody else's."""
    package = _copy(dice, ground, folder)
    for _ in range(dice.randint(1, 3)):
        names = file_names(package)
        if not names:
            break
        one, other = package / dice.choice(names), package / dice.choice(names)
        what = dice.randrange(5)
        if what == 0:
            one.unlink()
        elif what == 1:
            shutil.copy(one, package / f"copia-{one.name}")
        elif what == 2 and one != other:
            first, second = one.read_bytes(), other.read_bytes()
            one.write_bytes(second)
            other.write_bytes(first)
        elif what == 3:
            one.write_bytes(b"")
        else:
            one.rename(package / "sin nombre.xml")
    return _packed(dice, package)


def _named(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """Files with impossible names beside a good package, or good files under them."""
    package = os.fsencode(_copy(dice, ground, folder))
    for _ in range(dice.randint(1, 4)):
        target = os.path.join(package, hostile_names.on_disk(dice))
        if dice.random() < 0.5:
            source = dice.choice(os.listdir(package))
            if os.path.isfile(os.path.join(package, source)):
                os.rename(os.path.join(package, source), target)
        elif not os.path.exists(target):
            with open(target, "wb") as out:
                out.write(dice.randbytes(dice.randrange(200)))
    return Path(os.fsdecode(package))


def _called(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """A package whose own name is the trick."""
    target = os.path.join(os.fsencode(folder), hostile_names.on_disk(dice))
    os.rename(_copy(dice, ground, folder), target)
    return Path(os.fsdecode(target))


def _no_files(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """Links, pipes, sockets, devices, or nothing at all."""
    package = _copy(dice, ground, folder)
    odd = package / "raro.xml"
    what = dice.randrange(7)
    if what == 0:
        odd.symlink_to(dice.choice(("/etc/passwd", "/dev/zero", "raro.xml", "../..", "no-such")))
    elif what == 1:
        os.mkfifo(odd)
    elif what == 2:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(os.path.relpath(odd))
    elif what == 3:
        shutil.rmtree(package)
        package.mkdir()
    elif what == 4:
        os.mkfifo(folder / "tubo")
        return folder / "tubo"
    elif what == 5:
        (folder / "enlace").symlink_to("/dev/zero")
        return folder / "enlace"
    else:
        deep = package.joinpath(*["d"] * dice.choice((20, 200)))
        deep.mkdir(parents=True)
        (deep / "a.xml").write_bytes(b"<a/>")
    return package


def _contents(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """A well-formed ENI document whose content is broken: PDFs, signatures, pictures, anything."""
    if ground.corpus and dice.random() < 0.6:
        data = dice.choice(ground.corpus).read_bytes()
    else:
        data = b"%PDF-1.7\n" + b"".join(dice.choice(FEARED) for _ in range(30)) + b"\n%%EOF"
    if dice.random() < 0.7:
        data = mutated([data], 0, random_operations(dice))
    claim = dice.choice(("PDF", "XML", "XSIG", "CSIG", "BIN", "TXT", "DOCX", "JPEG"))
    return with_content(ground.plain, folder, "p", data, claim)


def _foreign(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """A file of another maker as the package, or inside one."""
    target = folder / dice.choice(("f.zip", "f.xml", "f.pdf", "f"))
    data = dice.choice(ground.corpus).read_bytes() if ground.corpus else dice.randbytes(3_000)
    target.write_bytes(data if dice.random() < 0.4 else mutated([data], 0, random_operations(dice)))
    return target


def _noise(dice: random.Random, _: Ground, folder: Path) -> Path:
    target = folder / dice.choice(("n.zip", "n.xml", "n"))
    head = dice.choice(
        (b"", b"PK\x03\x04", b"PK\x05\x06", b"<?xml version='1.0'?>", b"\xff\xfe<\x00", b"%PDF-")
    )
    target.write_bytes(head + dice.choice((b"", bytes(5_000), dice.randbytes(5_000), b"<" * 5_000, b"\n")))
    return target


def _spoilt_base64(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """Base64 as nobody writes it: odd padding, other alphabets, references, comments between."""
    package = Path(shutil.copytree(ground.plain, folder / "p"))
    file = package / dice.choice(document_names(package))
    xml = file.read_bytes()
    start, end = first_value(xml)
    plain = xml[start:end]
    spoilt = dice.choice((
        plain.rstrip(b"=") + b"====", plain[:10] + b"&#x0D;\n" + plain[10:], plain.replace(b"+", b"-").replace(b"/", b"_"),
        plain[:20] + b"<!-- -->" + plain[20:], b"<![CDATA[" + plain + b"]]>", plain[:-1], b"=" + plain, b" " * 100_000 + plain,
        b64encode(b64encode(plain)), plain[:50] + "ñ".encode() + plain[50:],
    ))  # fmt: skip
    file.write_bytes(xml[:start] + spoilt + xml[end:])
    return _packed(dice, package)


def _known(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """One of the named bad packages."""
    hostile = dice.choice([each for each in HOSTILE if each.name not in _SLOW])
    return hostile.build(folder, ground.full if hostile.signed else ground.plain)


def _untouched(dice: random.Random, ground: Ground, folder: Path) -> Path:
    """A good package among the bad ones."""
    return _packed(dice, Path(shutil.copytree(_sample(dice, ground), folder / "p")))


_MAKERS: tuple[tuple[str, Maker], ...] = (
    ("lying zip", _zip), ("lying zip", _zip), ("lying zip", _zip), ("broken zip", _cut_zip),
    ("hostile XML", _changing(XML_CHANGES)), ("hostile XML", _changing(XML_CHANGES)), ("single XML", _single),
    ("contradicting ENI", _changing(ENI_CHANGES)), ("contradicting ENI", _changing(ENI_CHANGES)),
    ("spoilt signatures", _changing(SIGNATURE_CHANGES, signed=True)), ("wrong members", _missing),
    ("hostile names", _named), ("hostile names", _called), ("no files", _no_files), ("broken contents", _contents),
    ("broken contents", _contents), ("foreign file", _foreign), ("noise", _noise), ("spoilt base64", _spoilt_base64),
    ("known trick", _known), ("good", _untouched),
)  # fmt: skip
