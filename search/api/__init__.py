# SPDX-License-Identifier: EUPL-1.2
"""How machines find and are given: `/api/v1`, and the services that Spain already speaks."""
