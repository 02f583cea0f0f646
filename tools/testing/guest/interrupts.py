# SPDX-License-Identifier: GPL-2.0
"""The guest's /proc/interrupts, and how it must agree with the module's counters."""

import dataclasses
import re

from trouble import Trouble

IOAPIC = "IO-APIC"
PIC = "XT-PIC"
MSI = "PCI-MSI"
# Linux's name for how it serves level-triggered pins of an IOAPIC; and a driver of edges that wait.
LEVEL = "fasteoi"
KEYBOARD = "i8042"
SECONDARY_FIRST = 8
TIMER = 0


@dataclasses.dataclass(frozen=True)
class Line:
    """One interrupt of the guest: number, controller, the controller's pin, flow and handlers of it."""

    number: int
    controller: str
    pin: int
    flow: str
    names: str
    counts: tuple

    @property
    def total(self):
        return sum(self.counts)


def parse(text):
    """All numbered lines of /proc/interrupts, by number."""
    header, *rows = text.splitlines()
    cpus = len(header.split())
    lines = {}
    for row in rows:
        label, _, rest = row.partition(":")
        words = rest.split()
        if not label.strip().isdigit():
            continue
        number = int(label)
        # IO-APIC prints "2-edge", a MSI "0-edge", the 8259A's chip no pin of its own.
        wired = re.match(r"(\d+)-(\w+)$", words[cpus + 1]) if len(words) > cpus + 1 else None
        pin, flow = (int(wired[1]), wired[2]) if wired else (number, "")
        lines[number] = Line(number, words[cpus], pin, flow, " ".join(words[cpus + 1 + bool(wired):]),
                             tuple(map(int, words[:cpus])))
    return lines


def read(machine):
    """The guest's lines now."""
    return parse(machine.run("grep -E '^ *[0-9]+:|CPU0' /proc/interrupts"))


def handled_by(lines, handler):
    """The lines with a handler whose name matches that pattern, in full."""
    return [line for line in lines.values()
            if any(re.fullmatch(handler, name) for name in re.split(r"[,\s]+", line.names))]


@dataclasses.dataclass
class Snapshot:
    """The guest's counts, and the module's just before and just after (None on another node)."""

    lines: dict
    before: dict
    after: dict


def take(machine):
    """Read the module, the guest, and the module again: a line that was idle meanwhile is known exactly."""
    counters = machine.counters
    before = counters.pins() if counters.exist else None
    lines = read(machine)
    after = counters.pins() if counters.exist else None
    return Snapshot(lines, before, after)


def chip_pin(line):
    """The pin of ours that a guest's line is wired to, as (chip, pin)."""
    if line.controller == IOAPIC:
        return "ioapic", line.pin
    if line.controller == PIC:
        return ("primary" if line.number < SECONDARY_FIRST else "secondary"), line.number
    return None


@dataclasses.dataclass(frozen=True)
class Comparison:
    """
    A guest's line beside the counters of its pin: the guest's count must lie in least..most, which are as
    many as the module had delivered just before and just after the guest was read.

    But a local APIC holds one edge of a vector: further ones that come before the guest has taken it are the
    same interrupt to the guest, and KVM does not tell that it merged them. Who pulses a line without waiting
    for an answer meets that: timers, and serial ports that are written to. There, least does not hold.
    """

    line: Line
    pin: object
    guest: int
    least: int
    most: int

    @property
    def exact(self):
        return self.line.controller == PIC or self.line.flow == LEVEL or self.line.names == KEYBOARD

    @property
    def merged(self):
        return 0 if self.exact else max(self.least - self.guest, 0)

    @property
    def agrees(self):
        return self.guest <= self.most and (self.guest >= self.least or not self.exact)


def by_pic(line, pins):
    """Ticks that came through the PIC: the firmware's, and Linux's own before it has set the IOAPIC up."""
    return pins["primary", TIMER].delivered if line.number == TIMER else 0


def since_boot(snapshot):
    """Compare what an IOAPIC has delivered since there is a VM: firmware does not use it."""
    rows = []
    for line in snapshot.lines.values():
        if line.controller != IOAPIC:
            continue
        key = chip_pin(line)
        most = snapshot.after[key].delivered + by_pic(line, snapshot.after)
        rows.append(Comparison(line, snapshot.after[key], line.total, snapshot.before[key].delivered, most))
    return rows


def between(first, last):
    """Compare what was delivered between two snapshots: for PICs, which firmware uses too."""
    rows = []
    for line in last.lines.values():
        key = chip_pin(line)
        if key is None:
            continue
        earlier = first.lines[line.number].total if line.number in first.lines else 0
        rows.append(Comparison(line, last.after[key], line.total - earlier,
                               last.before[key].delivered - first.after[key].delivered,
                               last.after[key].delivered - first.before[key].delivered))
    return rows


def must_agree(rows):
    """Trouble, naming the lines, unless every comparison holds."""
    wrong = [f"{row.line.number} ({row.line.names}): guest {row.guest}, module {row.least}..{row.most}"
             for row in rows if not row.agrees]
    if wrong:
        raise Trouble("guest and module disagree on " + "; ".join(wrong))
