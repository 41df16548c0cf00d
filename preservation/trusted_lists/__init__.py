# SPDX-License-Identifier: EUPL-1.2
"""Trusted lists of the Union and of its states (ETSI TS 119 612): read, verified, kept, made anchors."""
