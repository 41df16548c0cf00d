# SPDX-License-Identifier: EUPL-1.2
"""What is kept: values, bytes, catalogue and ledger. Imports no sibling package."""

__version__ = "0.1.0"
