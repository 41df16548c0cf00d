# SPDX-License-Identifier: EUPL-1.2
"""Who asks, and what he may: one Principal value, one table of roles. Knows neither web nor documents."""

from archive.identity.principal import ANONYMOUS, LOCAL, Kind, Principal
from archive.identity.roles import RIGHTS, Right, Role

__all__ = ["ANONYMOUS", "LOCAL", "RIGHTS", "Kind", "Principal", "Right", "Role"]
