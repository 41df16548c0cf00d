# SPDX-License-Identifier: EUPL-1.2
"""A reader at a browser: a window of his own, with his cookies and his language, that notes what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from served import Served

WIDTHS = (320, 360, 768, 1280)
"""CSS pixels: 400 % zoom of 1280, a phone, a tablet, a desk."""


@dataclass(slots=True)
class Reader:
    """One window."""

    page: Any
    base_url: str
    troubles: list[str] = field(default_factory=list)
    """What the browser complained of: what the policy stopped, what did not load."""

    def open(self, address: str) -> int:
        """Go to an address of the site; return the status."""
        answer = self.page.goto(self.base_url + address)
        return int(answer.status)

    def resize(self, width: int, height: int = 800) -> None:
        """Make the window so wide."""
        self.page.set_viewport_size({"width": width, "height": height})


@contextmanager
def reading(browser: Any, served: Served, reader: str, language: str = "es", **how: Any) -> Iterator[Reader]:
    """Open a window as somebody; `how` is what playwright's contexts take: color_scheme, forced_colors."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **how)
    cookies = {**served.cookies[reader], "idioma": language}
    context.add_cookies(
        [{"name": name, "value": value, "url": served.base_url} for name, value in cookies.items()]
    )
    window = Reader(context.new_page(), served.base_url)
    window.page.on(
        "console",
        lambda told: window.troubles.append(told.text) if told.type in {"error", "warning"} else None,
    )
    window.page.on("requestfailed", lambda asked: window.troubles.extend(_failure(asked)))
    try:
        yield window
    finally:
        context.close()


def _failure(asked: Any) -> list[str]:
    """Say what did not load; what was left half read by going on to the next page failed in nothing."""
    return [] if asked.failure == "net::ERR_ABORTED" else [f"not loaded: {asked.url}: {asked.failure}"]
