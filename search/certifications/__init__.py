# SPDX-License-Identifier: EUPL-1.2
"""The Secretary's certificación: an act of a person, approved by another, never made by a machine alone."""
