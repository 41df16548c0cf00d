# SPDX-License-Identifier: EUPL-1.2
"""XMLDSig and XAdES: read, signed, augmented."""
