# SPDX-License-Identifier: EUPL-1.2
"""The script that travels in kits, in parts that are read and tested one by one.

An export joins them into one file, `verify.py` (`search.kit.script`): Python 3.8 with its standard library,
and the `openssl` command. Nothing here imports anything of the archive.
"""
