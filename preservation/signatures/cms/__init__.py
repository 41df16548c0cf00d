# SPDX-License-Identifier: EUPL-1.2
"""CMS and CAdES: read, signed, augmented."""
