# SPDX-License-Identifier: EUPL-1.2
"""Joins the parts of the two verifiers into the two files that travel in kits.

    verify.py     search/kit/verifier/*.py, one after the other, without what they import of each other
    verify.html   search/kit/page: page.html with the style and the scripts in it, allowed by their digests

They are read as files, never imported. The same parts give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import Final

PARTS: Final = ("reading", "evidence", "authority", "contents", "ledger", "main")
"""Of `verify.py`, in the order in which each finds what it needs."""
SCRIPTS: Final = ("reading", "der", "evidence", "authority", "contents", "ledger", "words", "main")
"""Of `verify.html`."""
_OWN: Final = re.compile(r"^from search\.kit\.verifier\.\w+ import (?:\([^)]*\)|[^\n(]*)\n", re.MULTILINE)
_ONCE: Final = re.compile(r"\A# SPDX[^\n]*\n|^from __future__ import annotations\n", re.MULTILINE)


@cache
def verifier_source() -> bytes:
    """Return `verify.py`."""
    first, *rest = (_OWN.sub("", _part("verifier", f"{name}.py")) for name in PARTS)
    return "\n\n".join(
        [first.rstrip("\n") + "\n", *(_ONCE.sub("", each).strip("\n") + "\n" for each in rest)]
    ).encode()


@cache
def verifier_page() -> bytes:
    """Return `verify.html`: nothing but what it brings may run in it, and nothing may be fetched."""
    style = "\n" + _part("page", "style.css")
    script = "\n" + "\n".join(_part("page", f"{name}.js") for name in SCRIPTS)
    page = _part("page", "page.html")
    for name, text in (("style", style), ("script", script)):
        page = page.replace(f"@{name}-digest@", _digest(text)).replace(f"@{name}@", text)
    return page.encode()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _part(folder: str, name: str) -> str:
    return resources.files("search.kit").joinpath(folder, name).read_text("utf-8")
