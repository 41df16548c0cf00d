# SPDX-License-Identifier: EUPL-1.2
"""ASiC containers (ETSI EN 319 162)."""
