# SPDX-License-Identifier: EUPL-1.2
"""The preservation protocol of ETSI TS 119 512 V1.2.1, in its JSON binding, as a thin layer over the archive.

Scheme: with storage, based on evidence records (annex F.1, `pds+pgd+aug+wst+ers`). One profile for each
municipality. What the protocol leaves open is told in docs/api.md.
"""

from search.api.preservation.views import DEPOSITOR, Depositor, blueprint

__all__ = ["DEPOSITOR", "Depositor", "blueprint"]
