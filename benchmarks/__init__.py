# SPDX-License-Identifier: EUPL-1.2
"""Figures, each beside its limit or peer in the same run, as JSON."""
