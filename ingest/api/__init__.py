# SPDX-License-Identifier: EUPL-1.2
"""How machines bring packages: `/api/v1`, deposits and uploads."""
