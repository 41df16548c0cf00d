# SPDX-License-Identifier: EUPL-1.2
"""The dated register of what protected which objects (NTI Política de firma y sello II.7.5.d).

    spans      one mechanism and its term; what was covered by nothing
    register   for an object, or batch by batch for a tenant and a period
    table      the register as CSV, a row for each object and mechanism

It says what covered an object by the records of the archive; whether that holds, a verdict says
(`preservation.evidence.verification`).
"""
