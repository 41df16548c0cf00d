# SPDX-License-Identifier: EUPL-1.2
"""How things stay proven, from the terminal."""
