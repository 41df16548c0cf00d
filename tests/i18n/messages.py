# SPDX-License-Identifier: EUPL-1.2
"""Brings the catalogues of the pages up to date with their code: `make messages`, or `python -m tests.i18n.messages`.

Messages come from the templates, from `gettext`, `ngettext` and `message` in code, from the norm's code lists and
from the titles of errors.
New ones are added untranslated, old ones go; nothing is guessed from something similar.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from archive import errors
from archive.eni.lists import entries
from archive.web.i18n import DEFAULT, LANGUAGES, locale_of

PROJECT = Path(__file__).resolve().parents[2]
CATALOGUES = PROJECT / "archive" / "web" / "translations"
ROOMS = ("archive", "ingest", "preservation", "search", "service")
TRANSLATED = tuple(tag for tag in LANGUAGES if tag != DEFAULT)
COMPLETE = TRANSLATED
"""Languages of which every message is translated; a test holds them to it."""
NOT_OURS = ("archive/findings.py", "archive/xml.py")
"""Where `message` is something else."""
CODE_LISTS = ("tipo_documental", "estado_elaboracion", "estado_expediente", "tipo_firma")
"""Lists of the norm whose names are shown in words."""

_UNSAID = tuple(
    f'"{name}'.encode()
    for name in ("Project-Id", "Report-Msgid", "POT-", "PO-", "Last-Tr", "Language-Team", "Generated")
)
"""Lines of a catalogue's head that would say nothing, or change each time."""

_CALLS = {"gettext": None, "_": None, "message": None, "ngettext": (1, 2)}
_TEMPLATES = {
    "extensions": "jinja2.ext.i18n",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}


def extracted() -> Catalog:
    """Return every message of the code, with the files it is in."""
    catalogue = Catalog(project="Longeva", charset="utf-8", fuzzy=False)
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*")):
            if path.suffix in {".py", ".html"} and "node_modules" not in path.parts:
                where = path.relative_to(PROJECT).as_posix()
                for words in () if where in NOT_OURS else _messages(path):
                    catalogue.add(words, locations=[(where, 1)])
    for code_list in CODE_LISTS:
        for named in entries(code_list).values():
            catalogue.add(named.name, locations=[("archive/eni/lists.json", 1)])
    for each in _every(errors.LongevaError):
        catalogue.add(each.titulo, locations=[("archive/errors.py", 1)])
    return catalogue


def update(tag: str) -> Catalog:
    """Return a language's catalogue with the messages that the code has today, and keep it."""
    path = CATALOGUES / f"{tag}.po"
    known = load(tag)
    fresh = extracted()
    new = Catalog(locale=str(locale_of(tag)), project="Longeva", charset="utf-8", fuzzy=False)
    new.header_comment = f"# SPDX-License-Identifier: EUPL-1.2\n# Longeva: {LANGUAGES[tag]}"
    for entry in fresh:
        if entry.id:
            old = known.get(entry.id[0] if isinstance(entry.id, tuple) else entry.id)
            string = old.string if old and isinstance(old.id, tuple) == isinstance(entry.id, tuple) else None
            new.add(
                entry.id,
                string,
                locations=[(name, 1) for name in sorted({name for name, _ in entry.locations})],
            )
    CATALOGUES.mkdir(exist_ok=True)
    written = io.BytesIO()
    write_po(written, new, width=110, include_lineno=False, omit_header=False, sort_by_file=True)
    lines = written.getvalue().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(_UNSAID)))
    return new


def load(tag: str) -> Catalog:
    """Return a language's catalogue as it is kept; empty where there is none."""
    path = CATALOGUES / f"{tag}.po"
    if not path.exists():
        return Catalog(locale=str(locale_of(tag)))
    with path.open("rb") as stream:
        return read_po(stream, locale=str(locale_of(tag)))


def _messages(path: Path) -> Iterator[str | tuple[str, str]]:
    if path.suffix == ".html":
        found = extract_from_file("jinja2.ext:babel_extract", path, options=_TEMPLATES)
    else:
        found = extract_from_file("python", path, keywords=_CALLS)
    for _, words, _, _ in found:
        if isinstance(words, tuple):
            yield (words[0], words[1])
        elif words:
            yield words


def _every(kind: type[errors.LongevaError]) -> Iterator[type[errors.LongevaError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _every(each)


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages that lack their words in some form."""
    return [
        entry.id[0] if isinstance(entry.id, tuple) else entry.id
        for entry in catalogue
        if entry.id and not all(entry.string if isinstance(entry.string, tuple) else (entry.string,))
    ]


if __name__ == "__main__":
    for tag in TRANSLATED:
        catalogue = update(tag)
        print(f"{tag}: {len(catalogue)} messages, {len(untranslated(catalogue))} to translate")  # noqa: T201
