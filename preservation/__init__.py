# SPDX-License-Identifier: EUPL-1.2
"""How it stays proven: signatures, trust, time stamps, evidence, renewal and audit."""
