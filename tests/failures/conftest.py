# SPDX-License-Identifier: EUPL-1.2
"""Hostile files are signed in the test PKI."""

from pki_fixture import pki

__all__ = ["pki"]
