# SPDX-License-Identifier: GPL-2.0
"""
Message-signalled interrupts, counted on both sides: KVM's tracepoints beside the guest's /proc/interrupts.

KVM delivers these itself, on either node. A message that comes while one with the same vector still waits
in the LAPIC is merged with that. So there are two counts of the host's: messages that were sent, of which
the guest may see fewer, and vectors that KVM put into the vCPU, of which it must see each one.
"""

import collections
import dataclasses
import re

import interrupts
from trouble import Trouble

EVENTS = "/sys/kernel/tracing/events/kvm"
SENT = f"{EVENTS}/kvm_msi_set_irq"
TAKEN = f"{EVENTS}/kvm_inj_virq"
HISTOGRAMS = ((SENT, "hist:keys=address,data,common_pid"), (TAKEN, "hist:keys=common_pid,vector if reinjected==0"))

CAPABILITIES = 0x34
MSI, MSIX = 0x05, 0x11
MSI_64BIT = 1 << 7
MSIX_ENTRY_BYTES = 16
LOGICAL = 1 << 2


@dataclasses.dataclass(frozen=True)
class Message:
    """Where an interrupt of the guest goes, as its device has been told."""

    address: int
    data: int

    @property
    def vector(self):
        return self.data & 0xFF

    @property
    def cpu(self):
        destination = self.address >> 12 & 0xFF
        return destination.bit_length() - 1 if self.address & LOGICAL else destination


def histogram(event):
    """Counts of an event by its keys, in the order that HISTOGRAMS names them."""
    counts = {}
    with open(f"{event}/hist", encoding="ascii") as file:
        for line in file:
            if match := re.match(r"\{(.*)\} hitcount: +(\d+)", line):
                keys = tuple(int(key) for key in re.findall(r": +(\d+)", match[1]))
                counts[keys] = int(match[2])
    return counts


class Watch:
    """KVM's messages and injections are counted in this context."""

    def __enter__(self):
        for event, trigger in HISTOGRAMS:
            write(f"{event}/trigger", trigger)
        return self

    def __exit__(self, *_):
        for event, trigger in HISTOGRAMS:
            write(f"{event}/trigger", f"!{trigger}")


def write(path, text):
    """Into a file of the test host's kernel."""
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise Trouble(f"test host: {text} into {path}: {error.strerror}") from error


def little_endian(config, offset, size):
    return int.from_bytes(config[offset:offset + size], "little")


def capabilities(config):
    """A PCI function's capabilities, by their numbers: where they are."""
    offsets, offset = {}, config[CAPABILITIES]
    while offset:
        offsets[config[offset]] = offset
        offset = config[offset + 1]
    return offsets


def msix_entry(machine, function, config, offset, number):
    """An entry of a table, which QEMU emulates: its monitor reads it."""
    table = little_endian(config, offset + 4, 4)
    bars = machine.run(f"cat /sys/bus/pci/devices/{function}/resource").splitlines()
    entry = int(bars[table & 7].split()[0], 16) + (table & ~7) + number * MSIX_ENTRY_BYTES
    words = machine.qmp.execute("human-monitor-command", **{"command-line": f"xp /3xw {entry:#x}"})
    low, high, data = (int(word, 16) for word in words.partition(":")[2].split())
    return Message(low | high << 32, data)


def message_of(machine, line):
    """What the device of a guest's line sends."""
    match = re.fullmatch(r"PCI-MSIX?-([0-9a-f:.]+)", line.controller)
    if not match:
        raise Trouble(f"{line.names} is no message-signalled interrupt but of {line.controller}")
    config = bytes.fromhex(machine.run(f"xxd -p /sys/bus/pci/devices/{match[1]}/config"))
    offsets = capabilities(config)
    if "MSIX" in line.controller:
        return msix_entry(machine, match[1], config, offsets[MSIX], line.pin)
    offset = offsets[MSI]
    wide = bool(little_endian(config, offset + 2, 2) & MSI_64BIT)
    return Message(little_endian(config, offset + 4, 8 if wide else 4),
                   little_endian(config, offset + (12 if wide else 8), 2))


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """The guest's lines, and the histograms just before and just after they were read."""

    lines: dict
    sent: tuple
    taken: tuple


def take(machine):
    before = histogram(SENT), histogram(TAKEN)
    lines = interrupts.read(machine)
    return Snapshot(lines, *zip(before, (histogram(SENT), histogram(TAKEN))))


@dataclasses.dataclass(frozen=True)
class Growth:
    """
    Of one line between two snapshots: the guest's count, how often KVM has put its vector into the vCPU at
    least and at most, and how many messages were sent at most, by which threads.
    """

    name: str
    guest: int
    least: int
    most: int
    sent: int
    senders: set

    @property
    def agrees(self):
        return self.least <= self.guest <= self.most <= self.sent

    def __str__(self):
        return f"{self.name}: {self.sent} sent, {self.least}..{self.most} put in, guest {self.guest}"


def messages_by_sender(snapshot, when, message):
    """How many of a message have been sent, by thread."""
    return collections.Counter({sender: count for (address, data, sender), count in snapshot.sent[when].items()
                                if (address, data) == (message.address, message.data)})


def growth(machine, first, last, line):
    """That of a line of the guest."""
    message = message_of(machine, line)
    vcpus = {vcpu["cpu-index"]: vcpu["thread-id"] for vcpu in machine.qmp.execute("query-cpus-fast")}
    key = vcpus[message.cpu], message.vector
    begin, end = ([taken.get(key, 0) for taken in snapshot.taken] for snapshot in (first, last))
    senders = messages_by_sender(last, 1, message) - messages_by_sender(first, 0, message)
    earlier = first.lines[line.number].total if line.number in first.lines else 0
    return Growth(line.names, line.total - earlier, end[0] - begin[1], end[1] - begin[0],
                  senders.total(), set(senders))


def between(machine, first, last, handlers):
    """What KVM put into vCPUs between two snapshots must be what the guest counted; growth of each line."""
    lines = interrupts.handled_by(last.lines, handlers)
    if not lines:
        raise Trouble(f"guest has no interrupt of {handlers}")
    grown = [growth(machine, first, last, line) for line in lines]
    if wrong := [str(line) for line in grown if not line.agrees]:
        raise Trouble("guest and KVM disagree on " + "; ".join(wrong))
    return grown
