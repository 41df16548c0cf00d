# SPDX-License-Identifier: EUPL-1.2
"""The index in a cluster of Elasticsearch or OpenSearch (ADR-0015, docs/engines/search.md)."""
