# SPDX-License-Identifier: EUPL-1.2
"""Package readers: a ZIP, a folder or one XML becomes the same list of files."""
