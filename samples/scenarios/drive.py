"""Drives baresip phones over their ctrl_tcp module, from a script of steps read on standard input.

A step is one line:
    wait SECONDS
    NAME do COMMAND [PARAMETERS]     e.g. alice do dial sip:bob@198.51.100.20
    NAME sees EVENT                  e.g. bob sees CALL_INCOMING (waits until it happens)
"""

import ctypes
import json
import os
import socket
import sys
import time

PATIENCE = 45.0  # seconds an event may take: longer than Timer B


def connect(name):
    """A socket opened inside the phone's namespace: a socket stays in the one it was made in."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as home, open(f"/run/netns/siplens-{name}") as there:
        if libc.setns(there.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        try:
            for _ in range(50):
                try:
                    return socket.create_connection(("127.0.0.1", 4444), timeout=5)
                except ConnectionRefusedError:
                    time.sleep(0.1)
            raise TimeoutError(f"{name} takes no commands")
        finally:
            libc.setns(home.fileno(), 0)


class Phone:
    """One baresip; messages are JSON in netstrings (`LENGTH:JSON,`)."""

    def __init__(self, name):
        self.name, self.socket, self.unread, self.seen = name, connect(name), b"", []

    def do(self, command, parameters):
        text = json.dumps({"command": command, "params": parameters}).encode()
        self.socket.sendall(b"%d:%s," % (len(text), text))

    def sees(self, event):
        deadline = time.monotonic() + PATIENCE
        while event not in self.seen:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self.name} never saw {event}, only {self.seen}")
            self.socket.settimeout(left)
            self.read()
        del self.seen[: self.seen.index(event) + 1]

    def read(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError(f"{self.name} is gone")
        self.unread += data
        while b":" in self.unread:
            length, rest = self.unread.split(b":", 1)
            end = int(length)
            if len(rest) <= end:
                return
            message, self.unread = json.loads(rest[:end]), rest[end + 1 :]
            if message.get("event"):
                self.seen.append(message["type"])


def main():
    steps = [line.split(maxsplit=3) for line in sys.stdin if line.strip()]
    phones = {name: Phone(name) for name in {step[0] for step in steps} - {"wait"}}
    for step in steps:
        if step[0] == "wait":
            time.sleep(float(step[1]))
        elif step[1] == "do":
            phones[step[0]].do(step[2], step[3].strip() if len(step) > 3 else "")
        elif step[1] == "sees":
            phones[step[0]].sees(step[2])
        else:
            raise ValueError(f"no such step: {step}")


main()
