# SPDX-License-Identifier: EUPL-1.2
"""ENI documents and expedientes: reading, checking and writing them (NTI Documento-e, Expediente-e)."""
