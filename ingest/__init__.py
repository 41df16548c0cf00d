# SPDX-License-Identifier: EUPL-1.2
"""How it comes in: packages, checks, the deposit and its receipt."""
