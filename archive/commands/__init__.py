# SPDX-License-Identifier: EUPL-1.2
"""The commands of this room."""
