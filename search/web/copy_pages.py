# SPDX-License-Identifier: EUPL-1.2
"""Every page about certified copies: for who asks, for who resolves, and the registers behind them."""

from __future__ import annotations

from typing import Final

from search.web.certifications import blueprint as certifications
from search.web.copies import blueprint as copies
from search.web.copy_registers import blueprint as copy_registers
from search.web.own_requests import blueprint as asking

BLUEPRINTS: Final = (asking, copies, copy_registers, certifications)
