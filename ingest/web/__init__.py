# SPDX-License-Identifier: EUPL-1.2
"""How people bring packages, and how archivists settle what waits: pages."""
