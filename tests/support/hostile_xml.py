# SPDX-License-Identifier: EUPL-1.2
"""XML that reads files, eats memory or is not what it says; and ENI papers that contradict themselves."""

from __future__ import annotations

import random
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from fuzz_mutations import mutated, random_operations

from demo.hostile.sample import document_names, index_name

Change = Callable[[random.Random, bytes], bytes]
_DIGEST = re.compile(rb"(<[\w:]*ValorHuella>)([^<]*)")
_IDENTIFIER = re.compile(rb"ES_[A-Z]\w{8}_\d{4}_[\w-]{10,32}")
_SIGNATURE = re.compile(
    rb"(<[\w:]*(?:FirmaBase64|SignatureValue|DigestValue|X509Certificate|ValorCSV)[^>]*>)([^<]+)"
)
_VALUE = re.compile(rb"(<[\w:]*ValorBinario>)([^<]*)")
_WORDS = (
    "", " ", "\t\n", "A" * 5_000, "<b>", "ñ" * 300, "\u202e", "\U0001f3db", "' OR 1=1 --", "{0}", "%s", "-1", "0",
    "2025-02-30T25:61:61", "0000-00-00", "9999-12-31T23:59:59+14:00", "1900-01-01", "ES_", "L0199001", "A" * 32,
    "ES_L01990019_2025_EXP_" + "Ñ" * 30, "urn:longeva:otra:x", "../../otra", "EE99", "TD99", "TF99", "true", "NaN",
    "http://169.254.169.254/latest", "file:///etc/passwd", "&#x41;&#x1F600;",
)  # fmt: skip


def with_prolog(before: str, use: str = "&x;") -> Change:
    """Put a document type before the root, and use its entity in the first text of a document."""

    def change(_: random.Random, data: bytes) -> bytes:
        head, mark, rest = data.partition(b"?>")
        body = rest if mark else data
        used = re.sub(rb">([^<>]{3,40})<", b">" + use.encode() + b"<", body, count=1)
        return (head + mark if mark else b"") + before.encode() + used

    return change


def _laughs(dice: random.Random, data: bytes) -> bytes:
    levels = "".join(
        f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ja'}'>" for n in range(dice.choice((9, 20)))
    )
    return with_prolog(f"<!DOCTYPE a [{levels}<!ENTITY x '&l8;'>]>")(dice, data)


def _deep(dice: random.Random, data: bytes) -> bytes:
    depth = dice.choice((300, 5_000, 200_000))
    return data.replace(b"</", b"<d>" * depth + b"</d>" * depth + b"</", 1)


def _attributes(dice: random.Random, data: bytes) -> bytes:
    count = dice.choice((50, 2_000, 60_000))
    return re.sub(
        rb"<([\w:]+)", lambda m: m[0] + b"".join(b' a%d="1"' % n for n in range(count)), data, count=1
    )


def _one_attribute(dice: random.Random, data: bytes) -> bytes:
    return re.sub(
        rb"<([\w:]+)", lambda m: m[0] + b' a="' + b"x" * dice.choice((10**4, 2 * 10**7)) + b'"', data, count=1
    )


def _namespaces(dice: random.Random, data: bytes) -> bytes:
    count = dice.choice((100, 20_000))
    return re.sub(
        rb"<([\w:]+)",
        lambda m: m[0] + b"".join(b' xmlns:n%d="u:%d"' % (n, n) for n in range(count)),
        data,
        count=1,
    )


def _encoded(dice: random.Random, data: bytes) -> bytes:
    """Say one encoding and write another."""
    said = dice.choice(
        ("utf-16", "utf-7", "cp037", "utf-32", "iso-8859-1", "windows-1252", "big5", "x-no-such")
    )
    real = dice.choice(("utf-8", "utf-16", "utf-16-le", "utf-32", "cp037", "latin-1", "utf-7", "utf-8-sig"))
    body = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", data).decode("utf-8", "replace")
    return f'<?xml version="1.0" encoding="{said}"?>{body}'.encode(real, "replace")


def _somewhere(piece: bytes) -> Change:
    def change(dice: random.Random, data: bytes) -> bytes:
        at = dice.randrange(len(data) + 1)
        return data[:at] + piece + data[at:]

    return change


XML_CHANGES: tuple[Change, ...] = (
    with_prolog("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
    with_prolog("<!DOCTYPE a [<!ENTITY x SYSTEM 'http://127.0.0.1:9/x'>]>"),
    with_prolog("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/p'> %p;]>"),
    with_prolog("<!DOCTYPE a SYSTEM 'file:///dev/zero'>", "x"),
    with_prolog("<!DOCTYPE html>", "x"),
    with_prolog("<!DOCTYPE a [<!ENTITY x '" + "y" * 100_000 + "'>]>", "&x;" * 5_000),
    with_prolog("<?xml-stylesheet href='http://127.0.0.1:9/x.xsl' type='text/xsl'?><!-- <!DOCTYPE a> -->", "x"),
    with_prolog("<?php system('id'); ?>", "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd'/>"),
    _laughs, _deep, _attributes, _one_attribute, _namespaces, _encoded, _encoded,
    _somewhere(b"\x00"), _somewhere(b"\x08"), _somewhere(b"&#0;"), _somewhere(b"&#xD800;"), _somewhere(b"]]>"),
    _somewhere(b"<!--"), _somewhere(b"<![CDATA["), _somewhere(b"\xed\xa0\x80"), _somewhere(b"\xff"), _somewhere(b"<"),
    _somewhere(b"&nada;"), _somewhere("\u2028\u0085".encode()), _somewhere(b"<a xml:id='Firma' Id='Firma'/>"),
    lambda dice, data: b"\xef\xbb\xbf" + data,
    lambda dice, data: data + data,
    lambda dice, data: data[: dice.randrange(len(data) + 1)],
    lambda dice, data: b" \n" * 5_000 + data,
    lambda dice, data: data.replace(b'version="1.0"', b'version="1.1"', 1),
    lambda dice, data: mutated([data], 0, random_operations(dice)),
    lambda dice, data: mutated([data], 0, random_operations(dice)),
)  # fmt: skip


def _swapped(pattern: re.Pattern[bytes]) -> Change:
    """Exchange what two places say."""

    def change(dice: random.Random, data: bytes) -> bytes:
        found = list(pattern.finditer(data))
        if len(found) < 2:
            return data + b" "
        one, other = sorted(dice.sample(found, 2), key=lambda match: match.start())
        group = pattern.groups or 0
        (a, b), (c, d) = one.span(group), other.span(group)
        return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]

    return change


def _said(pattern: re.Pattern[bytes]) -> Change:
    """Let one place say something else."""

    def change(dice: random.Random, data: bytes) -> bytes:
        found = list(pattern.finditer(data))
        if not found:
            return data + b" "
        a, b = dice.choice(found).span(pattern.groups or 0)
        word = dice.choice(_WORDS).encode().replace(b"<", b"&lt;")
        return data[:a] + dice.choice((word, data[a:b][::-1], data[a:b] * 2, data[a:b][:-3])) + data[b:]

    return change


_TEXT = re.compile(rb">([^<>]{1,200})<")
ENI_CHANGES: tuple[Change, ...] = (
    _swapped(_DIGEST), _swapped(_IDENTIFIER), _said(_DIGEST), _said(_IDENTIFIER), _said(_TEXT), _said(_TEXT),
    _swapped(_TEXT),
    lambda dice, data: _IDENTIFIER.sub(b"ES_L01990024_2025_EXP_" + b"0" * 30, data, count=1),
    lambda dice, data: data.replace(b"v2.0", b"v1.0") if b"v2.0" in data else data.replace(b"v1.0", b"v9.9"),
    lambda dice, data: data.replace(b"administracionelectronica.gob.es", b"administracionelectronica.example"),
    lambda dice, data: re.sub(rb"</?[\w]+:", lambda m: m[0][:-1] + b"x:", data),
    lambda dice, data: _VALUE.sub(lambda m: m[1] + b64encode(dice.randbytes(50)), data),
    lambda dice, data: _VALUE.sub(lambda m: m[1] + m[2][: len(m[2]) // 2] + b"*!", data),
    lambda dice, data: _VALUE.sub(lambda m: m[1], data),
    lambda dice, data: re.sub(rb"(<[\w:]*NombreFormato>)[^<]*", rb"\g<1>EXE", data),
    lambda dice, data: re.sub(rb"<([\w:]*)Contenido.*?</\1Contenido>", b"", data, flags=re.DOTALL),
)  # fmt: skip
SIGNATURE_CHANGES: tuple[Change, ...] = (
    _said(_SIGNATURE), _said(_SIGNATURE), _swapped(_SIGNATURE), _swapped(_SIGNATURE),
    lambda dice, data: re.sub(rb"<([\w]+:)?Signature [^>]*Id=", b"<ds:Object/>\\g<0>", data, count=1),
    lambda dice, data: re.sub(rb'URI="#[^"]*"', b'URI=""', data, count=1),
    lambda dice, data: re.sub(rb'URI="#[^"]*"', b'URI="http://127.0.0.1:9/"', data, count=1),
    lambda dice, data: re.sub(rb'Algorithm="[^"]*"', b'Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"', data, count=1),
    lambda dice, data: _SIGNATURE.sub(lambda m: m[1] + b64encode(dice.randbytes(len(m[2]) // 2)), data, count=1),
    lambda dice, data: _SIGNATURE.sub(lambda m: m[1] + b64encode(b"\x30\x80" * 2_000), data, count=1),
)  # fmt: skip


def changed_file(dice: random.Random, folder: Path, changes: tuple[Change, ...]) -> None:
    """Change one XML of a package that is to be spoilt, the index as often as a document."""
    name = index_name(folder) if dice.random() < 0.5 else dice.choice(document_names(folder))
    file = folder / name
    file.write_bytes(dice.choice(changes)(dice, file.read_bytes()))
