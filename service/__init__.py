# SPDX-License-Identifier: EUPL-1.2
"""WHAT RUNS FOR LONG: the web server and the worker, composed of the rooms below."""
