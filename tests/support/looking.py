# SPDX-License-Identifier: EUPL-1.2
"""Looks at a page as axe does, and measures whether it fits its window."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def violations(page: Any, rules: list[str] | None = None, *, without: tuple[str, ...] = ()) -> list[str]:
    """Return what axe finds wrong in the page that is open, one line each: rule, and where.

    Args:
        page: Playwright's.
        rules: Ids of axe's rules; by default those of `TAGS`.
        without: Rules of these that are not asked.
    """
    page.evaluate(_axe())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    left_out = {rule: {"enabled": False} for rule in without}
    options = {"runOnly": only, "rules": left_out, "resultTypes": ["violations"], "elementRef": False}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:160]} — {node['failureSummary'].splitlines()[-1].strip()}"
        for each in found
        for node in each["nodes"][:3]
    ]


def overflowing(page: Any) -> list[str]:
    """Return the elements that reach beyond the right edge of the window, were the page to scroll sideways."""
    return page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          return [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > wide + 1)
            .slice(-4).map(e => e.outerHTML.slice(0, 120));
        }"""
    )
