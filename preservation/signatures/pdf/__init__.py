# SPDX-License-Identifier: EUPL-1.2
"""PAdES and signatures of PDF: read, signed, augmented."""
