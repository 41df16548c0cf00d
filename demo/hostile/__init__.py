# SPDX-License-Identifier: EUPL-1.2
"""Bad packages, each made from a good one: what arrives on ordinary days and what an attacker would send.

for hostile in HOSTILE:
    path = hostile.build(folder, sample)      # folder, ZIP or XML to deposit
    hostile.codes                             # findings that it should provoke
"""

from demo.hostile import containers, contents, tampered, wrapping
from demo.hostile.catalogue import Hostile, registered

HOSTILE = registered()
"""All of them, in the order of their modules."""

__all__ = ["HOSTILE", "Hostile", "containers", "contents", "tampered", "wrapping"]
