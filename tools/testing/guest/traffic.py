# SPDX-License-Identifier: GPL-2.0
"""
Traffic between the test host and a guest, such that nothing is lost unless an interrupt is.

Echoes are numbered, and each must be answered once. Never are more under way than the guest's kernel answers
at once, which is less than any ring between the two holds. One at a time, each needs an interrupt of its own in the guest: nothing that comes later would make
up for one that was lost.
"""

import os
import select
import socket
import struct
import threading
import time

from trouble import Trouble

# struct icmphdr of an echo: type, code, checksum, identifier, number.
ECHO = struct.Struct("!BBHHH")
REQUEST, REPLY = 8, 0
IP_HEADER_WORDS = 0x0F
FILLING = bytes(range(256)) * 4
# Emulated CPUs on a busy machine: long enough never to be the reason.
LATE_SECONDS = 20
# Of sixteen that it takes in one go Linux answers ten and discards six answers (Ip: OutDiscards in /proc/net/snmp).
AT_ONCE = 8
PORT = 7777


def checksum(data):
    """RFC 1071, of an even number of bytes."""
    total = sum(word for word, in struct.iter_unpack("!H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Echoes:
    """Echo requests to an address, and which of them have been answered."""

    def __init__(self, address):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.sock.connect((address, 0))
        self.identifier = os.getpid() & 0xFFFF
        self.sent = 0
        self.waiting = set()
        self.slowest = 0.0

    def send(self):
        header = ECHO.pack(REQUEST, 0, 0, self.identifier, self.sent)
        header = ECHO.pack(REQUEST, 0, checksum(header + FILLING), self.identifier, self.sent)
        self.waiting.add(self.sent)
        self.sent += 1
        self.sock.send(header + FILLING)

    def receive(self):
        """Wait for one more answer."""
        begin = time.monotonic()
        while True:
            left = begin + LATE_SECONDS - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise Trouble(f"no answer to echoes {sorted(self.waiting)} of {self.sent}")
            packet = self.sock.recv(65536)
            if self.take(packet[4 * (packet[0] & IP_HEADER_WORDS):]):
                self.slowest = max(self.slowest, time.monotonic() - begin)
                return

    def take(self, message):
        """Was that an answer of ours?"""
        kind, _, _, identifier, number = ECHO.unpack_from(message)
        if kind != REPLY or identifier != self.identifier:
            return False
        if message[ECHO.size:] != FILLING:
            raise Trouble(f"answer to echo {number} is wrong")
        if number not in self.waiting:
            raise Trouble(f"echo {number} is answered twice")
        self.waiting.remove(number)
        return True

    def run(self, count, at_once):
        """Send so many, with so many under way, and see each answered."""
        for _ in range(count):
            self.send()
            if len(self.waiting) == at_once:
                self.receive()
        while self.waiting:
            self.receive()

    def nothing_more(self):
        """An answer that comes now is one too many."""
        while select.select([self.sock], [], [], 0.5)[0]:
            packet = self.sock.recv(65536)
            self.take(packet[4 * (packet[0] & IP_HEADER_WORDS):])


def echo(address, singly, flood):
    """So many echoes one at a time, so many in a flood; the seconds that the slowest answer took."""
    echoes = Echoes(address)
    with echoes.sock:
        echoes.run(singly, 1)
        echoes.run(flood, AT_ONCE)
        echoes.nothing_more()
    return echoes.slowest


def serve(path, listener):
    """Send a file to whoever connects, until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, open(path, "rb") as file:
            connection.sendfile(file)


def load_from_host(machine, address, times):
    """Have the guest load the payload from the test host, as fast as it goes, and check each byte."""
    with socket.create_server((address, PORT)) as listener:
        threading.Thread(target=serve, args=(machine.media.payload, listener), daemon=True).start()
        answer = machine.run(f"for time in $(seq {times}); do nc {address} {PORT} </dev/null | md5sum; done")
        listener.shutdown(socket.SHUT_RDWR)
    if answer.split().count(machine.media.checksum) != times:
        raise Trouble(f"guest loads {answer.split()} where {machine.media.checksum} is right")
