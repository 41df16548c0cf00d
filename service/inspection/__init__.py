# SPDX-License-Identifier: EUPL-1.2
"""Looks at an installation from outside and says in words what is well, what is not, and what to do about it.

Each part is looked at by itself: one that fails hides no other. Opening the home finishes
what a crash left, as it does for every command; a time-stamping authority gives a stamp that nobody keeps.
"""

from service.inspection.found import Found, State
from service.inspection.inspect import inspect_installation

__all__ = ["Found", "State", "inspect_installation"]
