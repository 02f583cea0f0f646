# SPDX-License-Identifier: GPL-2.0
"""The module's own counters of a VM, as debugfs shows them."""

import dataclasses
import os

from trouble import Trouble

ROOT = "/sys/kernel/debug/virqchip"


@dataclasses.dataclass(frozen=True)
class Pin:
    """A line of a VM's "pins": one input of a chip, and what became of its assertions."""

    chip: str
    pin: int
    gsi: int
    asserted: int
    delivered: int
    coalesced: int
    masked: int


def vms():
    """The VMs that the module has now, by the names of their directories."""
    try:
        return {name for name in os.listdir(ROOT) if os.path.exists(os.path.join(ROOT, name, "pins"))}
    except FileNotFoundError:
        return set()


class Counters:
    """Those of the VM that appears after forget_others()."""

    def __init__(self, node):
        self.exist = os.path.basename(node) == "virqchip"
        self.others = set()
        self.vm = None

    def forget_others(self):
        """Call just before QEMU starts."""
        self.others = vms()

    def find(self):
        """Call when QEMU runs, before anybody starts another one."""
        if not self.exist:
            return
        mine = vms() - self.others
        if len(mine) != 1:
            raise Trouble(f"debugfs shows {len(mine)} new VMs where there is one")
        self.vm = mine.pop()

    def pins(self):
        """All pins, by chip and number."""
        with open(os.path.join(ROOT, self.vm, "pins"), encoding="ascii") as file:
            header, *rows = [line.split() for line in file]
        pins = {}
        for row in rows:
            named = dict(zip(header, row))
            pin = Pin(named["chip"], *(int(named[field.name]) for field in dataclasses.fields(Pin)[1:]))
            pins[pin.chip, pin.pin] = pin
        return pins

    def gone(self):
        """Is nothing left in debugfs of what came since forget_others()?"""
        return not vms() - self.others
