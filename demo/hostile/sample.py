# SPDX-License-Identifier: EUPL-1.2
"""How the hostile builders read and change a good package. A sample is the folder of its files."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pybase64

_VALUE = re.compile(rb"<enifile:ValorBinario>([^<]*)</enifile:ValorBinario>")
_CLAIM = re.compile(rb"(<enifile:NombreFormato>)[^<]*")


def index_name(sample: Path) -> str:
    """Return the name of the expediente's file."""
    return next(path.name for path in sorted(sample.iterdir()) if "_EXP_" in path.name)


def document_names(sample: Path) -> list[str]:
    """Return the names of the ENI documents, sorted."""
    index = index_name(sample)
    return sorted(path.name for path in sample.glob("*.xml") if path.name != index)


def file_names(sample: Path) -> list[str]:
    """Return the names of all files, sorted."""
    return sorted(path.name for path in sample.iterdir())


def copied(sample: Path, folder: Path, name: str) -> Path:
    """Copy the package into a new folder `name` of `folder` and return it."""
    target = folder / name
    shutil.copytree(sample, target)
    return target


def edited(sample: Path, folder: Path, name: str, file: str, change: Callable[[bytes], bytes]) -> Path:
    """Copy the package and change one file of it.

    Raises:
        ValueError: The change changed nothing, so the package would not be bad.
    """
    target = copied(sample, folder, name)
    before = (target / file).read_bytes()
    after = change(before)
    if after == before:
        raise ValueError(f"{name}: nothing to change in {file}")
    (target / file).write_bytes(after)
    return target


def with_content(sample: Path, folder: Path, name: str, content: bytes, claim: str) -> Path:
    """Copy the package, give its first document other content, and mend the index's huella.

    What is wrong is then the content alone. Meant for packages whose index is not signed.
    """
    file = document_names(sample)[0]
    target = copied(sample, folder, name)
    xml = (target / file).read_bytes()
    start, end = first_value(xml)
    before = hashlib.sha512(pybase64.b64decode(xml[start:end])).hexdigest().encode()
    after = hashlib.sha512(content).hexdigest().encode()
    written = xml[:start] + pybase64.b64encode(content) + xml[end:]
    claimed = _CLAIM.sub(rb"\g<1>" + claim.encode(), written, count=1)
    (target / file).write_bytes(claimed)
    index = target / index_name(target)
    index.write_bytes(index.read_bytes().replace(before, after))
    return target


def first_value(xml: bytes) -> tuple[int, int]:
    """Return where the text of the first ValorBinario begins and ends."""
    found = _VALUE.search(xml)
    if found is None:
        raise ValueError("no ValorBinario")
    return found.start(1), found.end(1)
