# SPDX-License-Identifier: EUPL-1.2
"""How people find, look at, ask for and check: pages."""
