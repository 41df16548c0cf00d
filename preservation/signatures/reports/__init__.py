# SPDX-License-Identifier: EUPL-1.2
"""Reports written: for programs, for a clerk in Spanish, and for another archive. None decides anything."""
