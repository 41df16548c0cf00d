# SPDX-License-Identifier: EUPL-1.2
"""The CSV Broker of the administrations: this archive answers for the codes that it keeps, in SOAP."""
