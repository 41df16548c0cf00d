# SPDX-License-Identifier: EUPL-1.2
"""How things are found, given and certified, from the terminal."""
