# SPDX-License-Identifier: EUPL-1.2
"""The judge: ETSI EN 319 102-1, the same for every format."""
