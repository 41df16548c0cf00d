# SPDX-License-Identifier: EUPL-1.2
"""Ports of this machine that nobody listens on, for servers that tests start."""

from __future__ import annotations

import socket
from contextlib import ExitStack


def free_ports(number: int) -> list[int]:
    """Return different ones. Somebody may take one before it is used: start again then."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def free_port() -> int:
    """Return one."""
    return free_ports(1)[0]
