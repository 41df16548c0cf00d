# SPDX-License-Identifier: EUPL-1.2
"""Namespaces of the ENI schemas, and the forms of them that files in the wild carry.

Source: NTI Documento electrónico and Expediente electrónico, anexos (v1.0); SGAD eeutil (v2.0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

V1: Final = "v1.0"
V2: Final = "v2.0"
VERSIONS: Final = (V1, V2)
BASE: Final = "http://administracionelectronica.gob.es/ENI/XSD/"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
INSIDE: Final = "https://ssweb.seap.minhap.es/Inside/XSD/"


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The eight namespaces of one version; the names of the fields are the usual prefixes."""

    version: str

    def _of(self, suffix: str) -> str:
        return f"{BASE}{self.version}/{suffix}"

    @property
    def enidoc(self) -> str:
        """`documento`."""
        return self._of("documento-e")

    @property
    def enifile(self) -> str:
        """`contenido`."""
        return self._of("documento-e/contenido")

    @property
    def enidocmeta(self) -> str:
        """`metadatos`."""
        return self._of("documento-e/metadatos")

    @property
    def enids(self) -> str:
        """`firmas`."""
        return self._of("firma")

    @property
    def eniexp(self) -> str:
        """`expediente`."""
        return self._of("expediente-e")

    @property
    def eniexpind(self) -> str:
        """`indice` and, local to it, `IndiceContenido`."""
        return self._of("expediente-e/indice-e")

    @property
    def eniconexpind(self) -> str:
        """What stands inside `IndiceContenido`."""
        return self._of("expediente-e/indice-e/contenido")

    @property
    def eniexpmeta(self) -> str:
        """`metadatosExp`."""
        return self._of("expediente-e/metadatos")


SUFFIXES: Final = (
    "documento-e",
    "documento-e/contenido",
    "documento-e/metadatos",
    "firma",
    "expediente-e",
    "expediente-e/indice-e",
    "expediente-e/indice-e/contenido",
    "expediente-e/metadatos",
)
_SLIP: Final = re.compile(
    r"\s*https?://(?:www\.)?administracionelectronica\.gob\.es/ENI/XSD/v?(?P<version>[12])(?:\.0)?"
    r"(?P<rest>(?:/[A-Za-z-]+)*)/?#?\s*",
    re.IGNORECASE,
)


@cache
def namespaces(version: str) -> Namespaces:
    """Return the namespaces of `v1.0` or `v2.0`."""
    return Namespaces(version)


@cache
def is_exact(uri: str) -> bool:
    """Tell whether a namespace is one of the norm's (or of eeutil's v2.0), letter by letter."""
    return any(uri == f"{BASE}{version}/{suffix}" for version in VERSIONS for suffix in SUFFIXES)


@cache
def version_of(uri: str) -> str:
    """Return `v1.0` or `v2.0` where a namespace is the ENI's, also when written with a slip; else empty.

    Slips seen or to be expected: https, www, a final slash, missing `v` or `.0`, other case, a last part
    that is missing or made up.
    """
    found = _SLIP.fullmatch(uri)
    return "" if found is None else f"v{found['version']}.0"


@cache
def is_inside(uri: str) -> bool:
    """Tell whether a namespace belongs to the InSide application (wrappers, external metadata)."""
    return uri.replace("http:", "https:", 1).startswith(INSIDE)
