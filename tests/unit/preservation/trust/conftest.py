# SPDX-License-Identifier: EUPL-1.2
"""The signed material of these tests."""

from signing import plain_pdf, plain_xml, world

__all__ = ["plain_pdf", "plain_xml", "world"]
