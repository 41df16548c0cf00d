# SPDX-License-Identifier: EUPL-1.2
"""How it is found, given and certified: index, query, retrieval, exports, certified copies."""
