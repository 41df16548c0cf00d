# SPDX-License-Identifier: EUPL-1.2
"""One file per step; a published step is never edited."""
