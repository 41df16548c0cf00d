# SPDX-License-Identifier: EUPL-1.2
"""The composition root: joins the rooms of the house into one command."""

from __future__ import annotations

import click


@click.group()
def main() -> None:
    """Longeva: the archive that keeps closed files provable for decades."""
