# SPDX-License-Identifier: EUPL-1.2
"""Pages about people: entering and leaving, one's own account, and who may do what in a municipality."""

from archive.web.people.entering import blueprint as entering

BLUEPRINTS = (entering,)
"""In the order of the address list."""

__all__ = ["BLUEPRINTS"]
