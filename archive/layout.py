# SPDX-License-Identifier: EUPL-1.2
"""Where an object lies under its OCFL storage root: arithmetic on names, without IO.

OCFL extension 0004-hashed-n-tuple-storage-layout with its defaults (sha256, three tuples of three
characters, whole digest as the last folder): any identifier gives a path of `0-9a-f` only, so no identifier
can climb out of the root, and a folder never has more than 4,096 siblings.

    object_root("object-01") == "3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4"

Logical and content paths are checked here too, once, for everybody who makes one from received names.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from archive.errors import InvalidRequest

OCFL_VERSION: Final = "1.1"
BATCH_PREFIX: Final = "urn:longeva:evidence:"
"""How the object ids of evidence batches begin."""
EXTENSION: Final = "0004-hashed-n-tuple-storage-layout"
TUPLE_SIZE: Final = 3
TUPLES: Final = 3

ROOT_DECLARATION: Final = f"0=ocfl_{OCFL_VERSION}"
"""Name of the file that says that a folder is a storage root (OCFL 1.1 section 4.1)."""
OBJECT_DECLARATION: Final = f"0=ocfl_object_{OCFL_VERSION}"
"""Name of the file that says that a folder is an object (OCFL 1.1 section 3.3)."""
INVENTORY: Final = "inventory.json"
SIDECAR: Final = "inventory.json.sha256"
"""`sha256sum -c` reads it."""
CONTENT: Final = "content"
"""Folder of the bytes inside a version folder (the default of OCFL 1.1 section 3.3.1)."""
LAYOUT_FILE: Final = "ocfl_layout.json"
EXTENSION_FILE: Final = f"extensions/{EXTENSION}/config.json"

MAX_NAME: Final = 255
"""Bytes of one path element in UTF-8: what ext4, XFS and NTFS take."""
MAX_PATH: Final = 800
"""Bytes of a logical path: with root, object folder and version it stays under the 1,024 of an S3 key."""

OBJECT_ROOT: Final = re.compile(r"[0-9a-f]{3}/[0-9a-f]{3}/[0-9a-f]{3}/[0-9a-f]{64}\Z")
"""What `object_root` gives, for those who walk a root without knowing its objects."""
_VERSION: Final = re.compile(r"v[1-9][0-9]*\Z")
_UNWANTED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


def object_root(object_id: str) -> str:
    """Return the folder of an object, relative to its storage root, without slash at the end.

    Args:
        object_id: Any text that is not empty. The same id always gives the same folder.

    Raises:
        InvalidRequest: The id is empty or cannot be written in UTF-8.

    Source:
        OCFL Community Extension 0004, section "Procedure", steps 1 to 5.
    """
    if not object_id:
        raise InvalidRequest("an object needs an identifier")
    digest = hashlib.sha256(_utf8(object_id)).hexdigest()
    ends = range(TUPLE_SIZE, TUPLE_SIZE * TUPLES + 1, TUPLE_SIZE)
    return "/".join([*(digest[end - TUPLE_SIZE : end] for end in ends), digest])


def version_name(number: int) -> str:
    """Return the folder of a version: `v1`, `v2`, without zeros in front (OCFL 1.1 section 3.3.2, W001)."""
    if number < 1:
        raise ValueError(number)
    return f"v{number}"


def parse_version_name(name: str) -> int:
    """Read what `version_name` wrote: `parse_version_name(version_name(n)) == n`.

    Raises:
        ValueError: Not `v` and a positive number without zeros in front.
    """
    if not _VERSION.match(name):
        raise ValueError(name)
    return int(name[1:])


def content_path(version: int, path: str) -> str:
    """Return where the bytes of a logical path first stored in `version` lie, relative to the object."""
    return f"{version_name(version)}/{CONTENT}/{check_path(path)}"


def check_path(path: str) -> str:
    r"""Return `path` if it may name a file inside an object.

    Raises:
        InvalidRequest: Empty, absolute, with `.`, `..` or empty parts, with a backslash (a separator for
            a stranger on Windows), with control characters (they break every listing), not UTF-8, or longer
            than `MAX_NAME` an element or `MAX_PATH` in all.

    Source:
        OCFL 1.1 sections 3.5.2 and 3.5.3.1 (E051 to E053, E098 to E100); the rest is ours.
    """
    if len(_utf8(path)) > MAX_PATH:
        raise InvalidRequest(f"the path is longer than {MAX_PATH} bytes: {path[:80]!r}…")
    if _UNWANTED.search(path):
        raise InvalidRequest(f"the path has a backslash or a control character: {path!r}")
    for part in path.split("/"):
        if part in {"", ".", ".."}:
            raise InvalidRequest(f"the path is empty, absolute or climbs: {path!r}")
        if len(part.encode()) > MAX_NAME:
            raise InvalidRequest(f"a name is longer than {MAX_NAME} bytes: {path[:80]!r}…")
    return path


def check_paths(paths: Iterable[str]) -> None:
    """Check each path, and that none is a folder of another.

    Raises:
        InvalidRequest: A path is not good, occurs twice, or is the first part of another one.

    Source:
        OCFL 1.1 section 3.5.3.1 (E095) and 3.5.2 (E101).
    """
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        check_path(path)
        if path in seen:
            raise InvalidRequest(f"the path occurs twice: {path!r}")
        seen.add(path)
        folders.update(folders_of(path))
    if clash := seen & folders:
        raise InvalidRequest(f"a file and a folder have the same path: {min(clash)!r}")


def folders_of(path: str) -> list[str]:
    """Return every folder that a path stands in: `a/b/c` gives `a` and `a/b`."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def root_files() -> dict[str, bytes]:
    """Return the files that make a folder a storage root, by path: declaration, layout, its parameters."""
    layout = {
        "extension": EXTENSION,
        "description": "sha256 of the object id in hexadecimal; three folders of three characters of it,"
        " then a folder with all of it",
    }
    parameters = {
        "extensionName": EXTENSION,
        "digestAlgorithm": "sha256",
        "tupleSize": TUPLE_SIZE,
        "numberOfTuples": TUPLES,
        "shortObjectRoot": False,
    }
    return {
        LAYOUT_FILE: _json(layout),
        EXTENSION_FILE: _json(parameters),
        ROOT_DECLARATION: f"ocfl_{OCFL_VERSION}\n".encode(),
    }


def object_declaration() -> bytes:
    """Return the content of the object's declaration file (OCFL 1.1 section 3.3, E007)."""
    return f"ocfl_object_{OCFL_VERSION}\n".encode()


def _json(body: Mapping[str, object]) -> bytes:
    return (json.dumps(body, indent=2) + "\n").encode()


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as cause:
        raise InvalidRequest(f"not a text that UTF-8 can write: {text[:80]!r}") from cause
