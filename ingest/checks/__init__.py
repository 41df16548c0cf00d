# SPDX-License-Identifier: EUPL-1.2
"""Checks of a deposit before anything is stored; each gives findings."""
