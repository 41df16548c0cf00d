# SPDX-License-Identifier: EUPL-1.2
"""Oracles are asked about files of the test PKI too."""

from pki_fixture import pki

__all__ = ["pki"]
