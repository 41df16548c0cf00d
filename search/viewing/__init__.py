# SPDX-License-Identifier: EUPL-1.2
"""What the record page shows: the tree, readable contents, signatures, evidence and history. Knows no web."""
