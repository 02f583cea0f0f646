# SPDX-License-Identifier: GPL-2.0
"""A running guest moves from QEMU to QEMU: from the node under test to KVM's own, and back."""

import itertools
import os
import re
import time

import checks
import interrupts
import workloads
from trouble import Trouble

KVM_NODE = "/dev/kvm"
ROUND_TRIPS = int(os.environ.get("ROUND_TRIPS", "2"))
MOVE_SECONDS = 180
POLL_SECONDS = 0.1
# The whole of a small guest may be sent while it stands still: on an emulated host the load may well
# write faster than QEMU sends.
DOWNTIME_MS = 2000
BANDWIDTH = 4 << 30
NUMBERS = itertools.count(1)

# What the load counts, a file of dots each. See programs/migration-load.
COUNTED = ("reads-msix", "reads-intx", "sleeps")
PROGRESS_SECONDS = 60
# What a guest that stood still notices of that, if it happened while it looked at its clocks; a busy host does
# the same to it. And what has nothing to do with moving.
HARMLESS = re.compile("|".join((
    "clocksource: Long readout interval, skipping watchdog check",
    "hrtimer: interrupt took",
    "random: crng init done")))


def send(machine, target):
    """Have QEMU send its guest to the other one, where it goes on; whoever waits for an answer waits in vain."""
    address = f"unix:{machine.media.path(f'migration-{next(NUMBERS)}')}"
    target.qmp.execute("migrate-incoming", uri=address)
    machine.qmp.execute("migrate-set-parameters", **{"downtime-limit": DOWNTIME_MS,
                                                       "max-bandwidth": BANDWIDTH})
    machine.qmp.execute("migrate", uri=address)
    wait_for_status(machine, "query-migrate", "completed", ("failed", "cancelled"))
    wait_for_status(target, "query-status", "running", ("internal-error", "io-error"))


def wait_for_status(machine, query, wanted, bad):
    """Ask QEMU until it says so."""
    deadline = time.monotonic() + MOVE_SECONDS
    while (answer := machine.qmp.execute(query)).get("status") != wanted:
        if answer.get("status") in bad or time.monotonic() > deadline:
            raise Trouble(f"{query} says {answer.get('status')}: {answer.get('error-desc', '')}")
        time.sleep(POLL_SECONDS)


def end_source(source):
    """A QEMU whose guest has left ends when it is told to, and leaves nothing in the module."""
    source.qmp.execute("quit")
    if status := source.wait_end(MOVE_SECONDS):
        raise Trouble(f"the QEMU that the guest has left exits with {status}: {source.complaint()}")
    checks.after_end(source)


def move(machine, node):
    """Move the guest to a new QEMU on that node, which is the machine's from then on."""
    with machine.sibling(node) as target:
        target.spawn("-incoming", "defer")
        target.negotiate()
        target.counters.find()
        try:
            send(machine, target)
        except Trouble as trouble:
            raise Trouble(f"{trouble}; the new QEMU says: {target.complaint() or 'nothing'}") from trouble
        machine.exchange_qemu(target)
        end_source(target)


class Load:
    """programs/migration-load in the guest."""

    def __init__(self, machine):
        self.machine = machine
        machine.run(f"migration-load {machine.media.checksum} >/dev/null 2>&1 &")
        self.counts = (0,) * len(COUNTED)

    def must_progress(self):
        """Each part of it has gone on since the last time, and read right."""
        files = [f"/tmp/{name}" for name in COUNTED]
        condition = " && ".join(f"[ $(wc -c <{file}) -gt {count} ]" for file, count in zip(files, self.counts))
        workloads.wait_until(self.machine, condition, PROGRESS_SECONDS, "the load stands still")
        answer = self.machine.run(f"[ ! -e /tmp/misread ] && wc -c {' '.join(files)}")
        self.counts = tuple(int(line.split()[0]) for line in answer.split("\n") if "/tmp/" in line)

    def end(self):
        """It ends when it is told to, and has read right to the end."""
        self.machine.run(": >/tmp/stop")
        workloads.wait_until(self.machine, "[ -e /tmp/load-ended ]", PROGRESS_SECONDS, "the load does not end")
        self.machine.run("[ ! -e /tmp/misread ]")


class Stay:
    """From a guest's coming to a node until it leaves: there, the module counts what the guest counts."""

    def __init__(self, machine):
        self.machine = machine
        self.first = interrupts.take(machine) if machine.counters.exist else None

    def end(self):
        if self.first:
            interrupts.must_agree(interrupts.between(self.first, interrupts.take(self.machine)))


def say(machine, text):
    print(f"# {machine.guest.name}: {text}", flush=True)


def log_lines(machine):
    """How much the guest's kernel has said so far."""
    return int(machine.run("dmesg | wc -l"))


def log_stands(machine, lines):
    """The guest's kernel has had nothing to say since: no moving is worth a message to it."""
    for line in machine.run(f"dmesg | tail -n +{lines + 1}").splitlines():
        if line.strip() and not HARMLESS.search(line):
            raise Trouble(f"guest says: {line.strip()}")


def round_trips(machine):
    """To KVM's node and back, as often as $ROUND_TRIPS says, with disks and timers busy."""
    workloads.exercise(machine)
    home = machine.node
    log = log_lines(machine)
    load = Load(machine)
    for trip in range(1, ROUND_TRIPS + 1):
        begin = time.monotonic()
        for node in (KVM_NODE, home):
            stay = Stay(machine)
            load.must_progress()
            stay.end()
            move(machine, node)
        say(machine, f"round trip {trip}: {time.monotonic() - begin:.0f} s")
    load.must_progress()
    load.end()
    log_stands(machine, log)
    counts = ", ".join(f"{count} {name}" for count, name in zip(load.counts, COUNTED))
    say(machine, f"{2 * ROUND_TRIPS} moves; in the guest {counts}")
    workloads.exercise(machine)
