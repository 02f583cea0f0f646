# SPDX-License-Identifier: GPL-2.0
"""QEMU's machine protocol: commands, their results, and events as they come."""

import json
import time

from trouble import Trouble


class Qmp:
    """One monitor connection. Events are kept until somebody asks for them."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.events = []

    def negotiate(self, timeout):
        """Wait for QEMU's greeting, and leave the mode in which nothing else works."""
        if self.read_message(time.monotonic() + timeout) is None:
            raise Trouble("QEMU does not greet")
        self.execute("qmp_capabilities")

    def read_message(self, deadline):
        """One message, or None at the deadline."""
        while b"\n" not in self.buffer:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                return None
            except ConnectionError:
                data = b""
            if not data:
                raise Trouble("QEMU ended")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return json.loads(line)

    def execute(self, command, timeout=120, **arguments):
        """Run a command and return its result."""
        request = {"execute": command, "arguments": arguments}
        try:
            self.sock.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise Trouble("QEMU ended") from error
        deadline = time.monotonic() + timeout
        while message := self.read_message(deadline):
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise Trouble(f"QEMU refuses {command}: {message['error']['desc']}")
            elif "return" in message:
                return message["return"]
        raise Trouble(f"QEMU does not answer {command}")

    def monitor(self, line, timeout=120):
        """Run a line of the human monitor; silence is success."""
        if answer := self.execute("human-monitor-command", timeout, **{"command-line": line}).strip():
            raise Trouble(f"{line}: {answer}")

    def seen(self, name):
        """Data of the events of that name so far."""
        return [event.get("data", {}) for event in self.events if event["event"] == name]

    def wait_for(self, name, timeout):
        """Data of the first event of that name, or None at the time-out."""
        deadline = time.monotonic() + timeout
        while not self.seen(name):
            message = self.read_message(deadline)
            if message is None:
                return None
            if "event" in message:
                self.events.append(message)
        return self.seen(name)[0]
