# SPDX-License-Identifier: EUPL-1.2
"""Takes chosen pages and zones out of a PDF, for a partial copy (EE04): what is hidden is gone, not covered.

Every page of the result is a picture. Pages share fonts, pictures and structure, so a page that keeps its
own drawing can carry what another was to lose; a picture carries what is seen and nothing else. The price:
no page of a partial copy has text to read aloud or to search.

PDFium works in a process of its own (`search.redaction_worker`): a hostile file ends that one.

Source: NTI de Procedimientos de copiado auténtico VI.1; Ley 19/2013 art. 16; RD 1708/2011 art. 28.4.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from archive.errors import InvalidRequest, LimitExceeded, ServiceError
from search.worker_process import worker_environment

RESOLUTION: Final = 200
"""Dots per inch of the pictures (NTI de Digitalización III: at least 200)."""
MAX_PAGES: Final = 300
MAX_ZONES: Final = 40
"""A page."""
SECONDS: Final = 180
MEMORY: Final = 2 << 30
MAX_RESULT: Final = 200 * 1024 * 1024

_NUMBER: Final = r"\d{1,3}(?:[.,]\d{1,2})?"
_ZONE: Final = re.compile(rf"\s*({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})\s*\Z")


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle of a page as it is seen, in percent of its width and height, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    def __str__(self) -> str:
        return " ".join(f"{value:g}" for value in (self.left, self.top, self.width, self.height))


@dataclass(frozen=True, slots=True)
class Redaction:
    """What a partial copy does not show. Pages count from 1."""

    removed: frozenset[int] = frozenset()
    """Pages of which nothing is shown."""
    zones: Mapping[int, tuple[Zone, ...]] = field(hash=False, default_factory=dict)
    """Zones of other pages."""

    def __bool__(self) -> bool:
        return bool(self.removed or self.zones)

    def check(self, pages: int) -> None:
        """Refuse what makes no sense for a document of so many pages.

        Raises:
            InvalidRequest: Nothing, or everything, would be hidden; a page that is not there; a zone outside.
            LimitExceeded: More than `MAX_PAGES` pages or `MAX_ZONES` zones.
        """
        if pages > MAX_PAGES:
            raise LimitExceeded(f"a partial copy has at most {MAX_PAGES} pages; the document has {pages}")
        named = self.removed | set(self.zones)
        if not named:
            raise InvalidRequest("say what the partial copy leaves out", place="pages")
        if min(named) < 1 or max(named) > pages:
            raise InvalidRequest(f"the document has pages 1 to {pages}", place="pages")
        if len(self.removed) == pages:
            raise InvalidRequest("nothing would be left: refuse the copy instead", place="pages")
        for page, zones in self.zones.items():
            if len(zones) > MAX_ZONES:
                raise LimitExceeded(f"page {page} has more than {MAX_ZONES} zones")
            for zone in zones:
                if zone.width <= 0 or zone.height <= 0:
                    raise InvalidRequest(f"page {page}: a zone without area hides nothing", place="zones")
                if zone.left + zone.width > 100 or zone.top + zone.height > 100:
                    raise InvalidRequest(f"page {page}: the zone {zone} is outside", place="zones")

    def to_json(self) -> dict[str, Any]:
        """Return the form that registers and the worker read."""
        zones = {str(page): [str(zone) for zone in found] for page, found in sorted(self.zones.items())}
        return {"removed": sorted(self.removed), "zones": zones}


def read_zones(text: str) -> tuple[Zone, ...]:
    """Read `10 20 30 5; 12,5 40 20 3`: left, top, width and height of each zone, in percent.

    Raises:
        InvalidRequest: It is written otherwise.
    """
    found = []
    for part in re.split(r"[;\n]", text):
        if not part.strip():
            continue
        numbers = _ZONE.match(part)
        if numbers is None:
            words = f"a zone is four numbers (left, top, width, height in percent), not {part!r}"
            raise InvalidRequest(words, place="zones")
        left, top, width, height = (float(number.replace(",", ".")) for number in numbers.groups())
        found.append(Zone(left, top, width, height))
    return tuple(found)


def redacted(pdf: bytes, redaction: Redaction) -> bytes:
    """Return a PDF of pictures without what is to be hidden.

    Args:
        pdf: The original.
        redaction: What is left out; checked against its pages beforehand (`Redaction.check`).

    Raises:
        InvalidRequest: The PDF cannot be drawn.
        LimitExceeded: The result is larger than `MAX_RESULT`.
        ServiceError: The drawing process cannot be started.
    """
    return _worked(pdf, {"dpi": RESOLUTION, **redaction.to_json()})


def pixels(zone: str, width: int, height: int) -> tuple[int, int, int, int]:
    """Return a zone's corners in a picture, rounded outwards: half a pixel of a letter is still a trace."""
    left, top, across, down = (float(number) for number in zone.split())
    return (
        math.floor(left / 100 * width) - 1,
        math.floor(top / 100 * height) - 1,
        math.ceil((left + across) / 100 * width) + 1,
        math.ceil((top + down) / 100 * height) + 1,
    )


def _worked(pdf: bytes, task: dict[str, Any]) -> bytes:
    limits = {"seconds": SECONDS, "memory": MEMORY}
    try:
        with tempfile.NamedTemporaryFile(prefix="redact-") as file:
            file.write(pdf)
            file.flush()
            done = subprocess.run(
                [sys.executable, "-m", "search.redaction_worker"],
                input=json.dumps({**task, **limits, "path": file.name}).encode(),
                capture_output=True,
                env=worker_environment(),
                timeout=SECONDS + 20,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise ServiceError(f"pages cannot be drawn: {cause}") from cause
    if done.returncode or not done.stdout:
        raise InvalidRequest("the pages of the document cannot be drawn: no partial copy can be made of it")
    if len(done.stdout) > MAX_RESULT:
        raise LimitExceeded("the partial copy would be too large")
    return done.stdout
