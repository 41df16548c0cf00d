# SPDX-License-Identifier: EUPL-1.2
"""Machines to order: network namespaces on a bridge, from which a server of this machine can be reached."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import threading
from contextlib import suppress


class MachinesAbsent(Exception):
    """This system gives no network namespaces."""


class Machines:
    """So many machines with addresses of their own. A server on the loopback is offered to them by `offer`."""

    def __init__(self, number: int) -> None:
        if os.getuid() != 0 or shutil.which("ip") is None:
            raise MachinesAbsent("network namespaces need root and the command ip")
        self._tag = secrets.token_hex(2)
        self._net = f"10.{secrets.randbelow(200) + 20}.{secrets.randbelow(250)}"
        self._bridge = f"lvb{self._tag}"
        self.names = [f"lv{self._tag}n{index}" for index in range(number)]
        self._relays: list[socket.socket] = []
        try:
            self._build()
        except BaseException:
            self.remove()
            raise

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return the command that runs something on a machine."""
        return ["ip", "netns", "exec", name, *arguments]

    def offer(self, port: int) -> tuple[str, int]:
        """Offer a server of the loopback to the machines; returns address and port as they see it."""
        listening = socket.create_server((f"{self._net}.1", 0), backlog=128)
        self._relays.append(listening)
        threading.Thread(target=_relay, args=(listening, port), daemon=True).start()
        return f"{self._net}.1", listening.getsockname()[1]

    def cut(self, name: str) -> None:
        """Pull a machine's cable."""
        _ip("link", "set", f"{name}h", "down")

    def mend(self, name: str) -> None:
        """Put it back."""
        _ip("link", "set", f"{name}h", "up")

    def remove(self) -> None:
        """Take everything down."""
        for listening in self._relays:
            listening.close()
        for name in self.names:
            with suppress(MachinesAbsent):
                _ip("netns", "del", name)
        with suppress(MachinesAbsent):
            _ip("link", "del", self._bridge)

    def _build(self) -> None:
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("addr", "add", f"{self._net}.1/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for number, name in enumerate(self.names, 2):
            _ip("netns", "add", name)
            _ip("link", "add", f"{name}h", "type", "veth", "peer", "name", f"{name}g")
            _ip("link", "set", f"{name}h", "master", self._bridge)
            _ip("link", "set", f"{name}h", "up")
            _ip("link", "set", f"{name}g", "netns", name)
            _ip("-n", name, "addr", "add", f"{self._net}.{number}/24", "dev", f"{name}g")
            for device in ("lo", f"{name}g"):
                _ip("-n", name, "link", "set", device, "up")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MachinesAbsent(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def _relay(listening: socket.socket, port: int) -> None:
    while True:
        try:
            near, _ = listening.accept()
        except OSError:
            return
        try:
            far = socket.create_connection(("127.0.0.1", port))
        except OSError:
            near.close()
            continue
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=_pour, args=(source, target), daemon=True).start()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
