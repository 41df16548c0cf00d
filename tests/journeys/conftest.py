# SPDX-License-Identifier: EUPL-1.2
"""Journeys travel through the test PKI."""

from pki_fixture import pki

__all__ = ["pki"]
