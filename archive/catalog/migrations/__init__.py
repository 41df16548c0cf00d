# SPDX-License-Identifier: EUPL-1.2
"""Steps of the schema, run by `archive.catalog.versions`."""
