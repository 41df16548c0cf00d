# SPDX-License-Identifier: EUPL-1.2
"""The whole main job on a made-up building licence; also the builders that the tests use."""
