# SPDX-License-Identifier: GPL-2.0
"""The host's end of the guest's second serial port: runs shell commands in the guest (see init)."""

import re
import time

from trouble import Trouble

ANSWER = re.compile(r"@answer (\d+)")
# Emulated CPUs on a busy machine: long enough never to be the reason.
ANSWER_SECONDS = 180


class Agent:
    """One command at a time; a guest that does not answer in time is in trouble."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def wait_ready(self, timeout):
        """Wait until the guest's init serves; the seconds its kernel says that took."""
        deadline = time.monotonic() + timeout
        while True:
            words = self.read_line(deadline, "guest does not reach user space").split()
            # Before init sets the port up, and in the firmware, anything may come out of it.
            if len(words) == 2 and words[0] == "ready":
                return float(words[1])

    def run(self, command, timeout=ANSWER_SECONDS):
        """Run a command in the guest, which must succeed; what it printed."""
        status, output = self.attempt(command, timeout)
        if status:
            raise Trouble(f"guest: {command}: status {status}: {output.strip()[-200:]}")
        return output

    def attempt(self, command, timeout=ANSWER_SECONDS):
        """Run a command in the guest: (status, what it printed)."""
        self.send(command)
        deadline = time.monotonic() + timeout
        late = f"guest does not finish in {timeout} s: {command}"
        lines = []
        while True:
            line = self.read_line(deadline, late)
            if match := ANSWER.fullmatch(line):
                return int(match[1]), "\n".join(lines)
            lines.append(line)

    def send(self, command):
        """Have a command run without waiting for an answer: the guest is about to go away."""
        try:
            self.sock.sendall(command.encode() + b"\n")
        except OSError as error:
            raise Trouble("QEMU ended") from error

    def fill(self, deadline, late):
        """Take in what has come, at least one byte; the deadline passed means trouble."""
        self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self.sock.recv(65536)
        except TimeoutError as error:
            raise Trouble(late) from error
        except ConnectionError:
            data = b""
        if not data:
            raise Trouble("QEMU ended: " + late)
        self.buffer += data

    def read_line(self, deadline, late):
        while b"\n" not in self.buffer:
            self.fill(deadline, late)
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode(errors="replace").rstrip("\r")
