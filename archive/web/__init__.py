# SPDX-License-Identifier: EUPL-1.2
"""The web shell: an application factory that is given its pages. It knows no page of its own but errors."""
