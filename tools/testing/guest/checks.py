# SPDX-License-Identifier: GPL-2.0
"""What must hold of a guest after its workload: who interrupted it, how often, and what it logged."""

import re
import time

import interrupts
import workloads
from trouble import Trouble

# Names of handlers in /proc/interrupts: the disk without vectors is virtio1 alone; then disk and network.
CLOCK_HANDLER = "rtc0"
LEGACY_HANDLERS = ("i8042", "ttyS0", "ttyS1", CLOCK_HANDLER, "virtio1")
TICK_HANDLER = "timer"
MSI_HANDLERS = (r"virtio0-req\.\d+", r"virtio2-(in|out)put\.\d+")

# What a kernel says when interrupts go wrong, or anything else badly; a pattern for the guest's grep, since
# a whole log takes its time over a serial port.
COMPLAINTS = "|".join((
    "nobody cared", "Disabling IRQ", "No irq handler", "unexpected (IRQ|vector)", "[Ss]purious",
    "[Ll]ost .*(interrupt|tick)", "MP-BIOS bug", "timer not connected", "[Tt]imed out", "[Tt]imeout",
    "BUG:", "WARNING:", "Call Trace", "Oops", "soft lockup", "hung task", "blocked for more than",
    "detected stalls"))
# Words of ours on the command line; and a busy machine may well keep the emulation of the RTC waiting.
HARMLESS = re.compile(r"rcu_cpu_stall_timeout|hpet: Lost \d+ RTC interrupts")


def total(lines, handler):
    """How many interrupts the lines of a handler have had."""
    return sum(line.total for line in interrupts.handled_by(lines, handler))


def legacy_interrupts_arrived(machine, lines):
    """Each legacy device interrupted the guest, through the controller that it must use."""
    ticks = (TICK_HANDLER,) if machine.guest.ticks else ()
    for handler in (*LEGACY_HANDLERS, *ticks):
        if not total(lines, handler) and (machine.guest.alarm or handler != CLOCK_HANDLER):
            raise Trouble(f"no interrupt of {handler}")
        for line in interrupts.handled_by(lines, handler):
            if line.controller != machine.guest.controller:
                raise Trouble(f"{handler} comes from {line.controller}, not from {machine.guest.controller}")


def messages_arrived(machine, lines):
    """Where there are message-signalled interrupts, disk and network used them."""
    messages = {line.number: line for line in lines.values() if line.controller.startswith(interrupts.MSI)}
    if not machine.guest.msi:
        if messages:
            raise Trouble("guest has message-signalled interrupts where it cannot have any")
        return
    for handler in MSI_HANDLERS:
        if not total(messages, handler):
            raise Trouble(f"no message-signalled interrupt of {handler}")


def counters_agree(machine, since_boot):
    """What the guest counted is what the module delivered."""
    first = interrupts.take(machine)
    workloads.read_disks(machine)
    workloads.type_keys(machine)
    last = interrupts.take(machine)
    interrupts.must_agree(interrupts.between(first, last))
    if since_boot:
        interrupts.must_agree(interrupts.since_boot(last))


def log_is_clean(machine):
    """The guest's kernel has nothing to complain of."""
    for line in machine.run(f"dmesg | grep -E '{COMPLAINTS}' || :").splitlines():
        if not HARMLESS.search(line):
            raise Trouble(f"guest says: {line.strip()}")


def after_workload(machine):
    """All checks of a running guest."""
    lines = interrupts.read(machine)
    legacy_interrupts_arrived(machine, lines)
    messages_arrived(machine, lines)
    if machine.counters.exist and machine.guest.ours:
        counters_agree(machine, machine.guest.counts_hold and machine.guest.controller == interrupts.IOAPIC)
    log_is_clean(machine)


def after_end(machine, seconds=5):
    """Nothing of the VM remains in the module."""
    deadline = time.monotonic() + seconds
    while machine.counters.exist and not machine.counters.gone():
        if time.monotonic() > deadline:
            raise Trouble("the VM is still in debugfs though QEMU has ended")
        time.sleep(0.1)
