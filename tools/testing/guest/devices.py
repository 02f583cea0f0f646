# SPDX-License-Identifier: GPL-2.0
"""
What guests with real devices are made to do. Each workload may return a line of figures.

Real: interrupts of a network card that the test host gives away (VFIO), and of one whose other end is a
thread of its kernel (vhost); a real-time clock at 1024 Hz; HPET as the source of ticks.
"""

import glob
import os
import re
import subprocess
import time

import interrupts
import messages
import traffic
import workloads
from initramfs import ON_REQUEST
from trouble import Trouble

SINGLY, FLOOD, LOADS = 200, 1000, 4


def host(*command):
    """Run a command in the test host, which must succeed."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Trouble(f"test host: {' '.join(command)}: {ended.stderr.strip()}")


# The network between the test host and a guest's second card.
HOST_ADDRESS, GUEST_ADDRESS, PREFIX = "192.168.77.1", "192.168.77.2", 24
SECOND_CARD = "eth1"


def connect(machine, interface):
    """Give both ends their addresses."""
    host("ip", "address", "replace", f"{HOST_ADDRESS}/{PREFIX}", "dev", interface)
    host("ip", "link", "set", interface, "up")
    machine.run(f"ip link set {SECOND_CARD} up && ip addr replace {GUEST_ADDRESS}/{PREFIX} dev {SECOND_CARD}")
    workloads.wait_until(machine, f"ping -q -c 1 -W 1 {HOST_ADDRESS} >/dev/null", 30, "no way to the test host")


def card_statistics(machine):
    """How many packets the guest's second card has had, and which it says it lost."""
    return machine.run(f"cd /sys/class/net/{SECOND_CARD}/statistics; grep -v '^0$' rx_* tx_*").replace("\n", " ")


def talk(machine):
    """Traffic both ways; some words on it."""
    try:
        slowest = traffic.echo(GUEST_ADDRESS, SINGLY, FLOOD)
    except Trouble as trouble:
        raise Trouble(f"{trouble}; guest's card: {card_statistics(machine)}") from trouble
    traffic.load_from_host(machine, HOST_ADDRESS, LOADS)
    return f"{SINGLY + FLOOD} echoes, slowest {1000 * slowest:.0f} ms"


TAP = "vhost0"


def vhost_card(options=""):
    """QEMU's options for it."""
    return ("-netdev", f"tap,id=vhost,ifname={TAP},script=no,downscript=no,vhost=on",
            "-device", f"virtio-net-pci,netdev=vhost{options}")


def load_vhost(_):
    """The test host's modules for it."""
    host("modprobe", "-a", "vhost_net", "tun")


def vhost_threads(machine):
    """The kernel's threads that serve the card."""
    comms = glob.glob(f"/proc/{machine.process.pid}/task/*/comm") + glob.glob("/proc/[0-9]*/comm")
    for path in comms:
        try:
            with open(path, encoding="ascii", errors="replace") as comm:
                if comm.read().startswith(f"vhost-{machine.process.pid}"):
                    yield int(path.split("/")[-2])
        except (FileNotFoundError, ProcessLookupError):
            pass


def counted_on_messages(machine, handlers, work):
    """Do work with messages counted on both sides: (what it said, and the counts; growth of each line)."""
    with messages.Watch():
        first = messages.take(machine)
        said = work(machine)
        time.sleep(1)
        grown = messages.between(machine, first, messages.take(machine), handlers)
    return "; ".join([said, *map(str, grown)]), grown


def counted_on_pin(machine, handler, work):
    """Do work with the interrupts of one pin counted on both sides: (what it said, the guest's line, its row)."""
    first = interrupts.take(machine)
    said = work(machine)
    time.sleep(1)
    last = interrupts.take(machine)
    line, = interrupts.handled_by(last.lines, handler)
    if line.controller != machine.guest.controller:
        raise Trouble(f"{handler} comes from {line.controller}")
    grown = line.total - sum(old.total for old in interrupts.handled_by(first.lines, handler))
    if not machine.counters.exist:
        return f"{said}; pin {line.pin}: guest {grown}", grown, None
    rows = interrupts.between(first, last)
    interrupts.must_agree(rows)
    row, = (row for row in rows if row.line.number == line.number)
    return f"{said}; pin {line.pin}: {row.least}..{row.most} delivered, guest {grown}", grown, row


def use_vhost(machine):
    """Traffic through a card whose interrupts are signalled by a thread of the kernel."""
    workloads.exercise(machine)
    connect(machine, TAP)
    if "vectors=0" in " ".join(machine.guest.qemu):
        return counted_on_pin(machine, "virtio3", talk)[0]
    said, grown = counted_on_messages(machine, r"virtio3-(in|out)put\.\d+", talk)
    senders = set().union(*(line.senders for line in grown))
    if not senders & set(vhost_threads(machine)):
        raise Trouble(f"threads {senders} sent the messages, none of them vhost's")
    return said


CARD = "0000:00:10.0"
ASSIGNED_CARD = ("-device", f"vfio-pci,host={CARD},rombar=0,addr=6")
# The test host's own card on the same cable.
PEER = "eth0"


def assign_card(_):
    """Take the test host's spare card from it; it needs an IOMMU."""
    if not os.path.exists(f"/sys/bus/pci/devices/{CARD}/iommu_group"):
        raise Trouble(f"test host has no card {CARD} behind an IOMMU (lane guest-vfio makes one that has)")
    host("modprobe", "-a", "virtio_net", "vfio-pci", "vfio_iommu_type1")
    messages.write(f"/sys/bus/pci/devices/{CARD}/driver_override", "vfio-pci")
    messages.write("/sys/bus/pci/drivers_probe", CARD)


# What the network says by itself between two reads: neighbours and routers are asked for.
STRAY = 3
# The driver's parameter IntMode.
INTX, MSI, MSIX = 0, 1, 2


def load_driver(machine, mode):
    """Load the guest's driver of the card, which is told how to be interrupted; others ignore that."""
    machine.run(f"for module in /{ON_REQUEST}/*; do parameter=; case $module in *{ON_REQUEST}.ko) "
                f"parameter=IntMode={mode};; esac; insmod $module $parameter; done")
    workloads.wait_until(machine, f"[ -e /sys/class/net/{SECOND_CARD} ]", 20, "guest finds no card")


def host_interrupts():
    """How often the card has interrupted the test host, by the names of its lines."""
    with open("/proc/interrupts", encoding="ascii") as file:
        lines = interrupts.parse(file.read()).values()
    return {line.names: line.total for line in lines if CARD in line.names}


def use_card(machine, mode):
    workloads.exercise(machine)
    load_driver(machine, mode)
    connect(machine, PEER)


def unhandled(machine, number):
    """Interrupts of a line that no driver of the guest took for its own."""
    return int(re.search(r"unhandled (\d+)", machine.run(f"cat /proc/irq/{number}/spurious"))[1])


def use_card_on_intx(machine):
    """
    Each interrupt of the card masks it in the test host, until the guest's EOI is signalled back. If the
    card still asks then, the next signal comes without an interrupt of the host's.
    """
    use_card(machine, INTX)
    line, = interrupts.handled_by(interrupts.read(machine), SECOND_CARD)
    before = host_interrupts()
    said, grown, _ = counted_on_pin(machine, SECOND_CARD, talk)
    came = host_interrupts()[f"vfio-intx({CARD})"] - before[f"vfio-intx({CARD})"]
    if not 0 < came <= grown:
        raise Trouble(f"card interrupted the test host {came} times, the guest {grown}")
    stray = unhandled(machine, line.number)
    if stray * 10 > grown:
        raise Trouble(f"{stray} of {grown} interrupts of the card were nobody's")
    return f"{said}, test host {came}, {stray} nobody's"


def use_card_on_messages(machine, mode):
    """Each interrupt that the card makes in the test host is one message to the guest."""
    use_card(machine, mode)
    before = host_interrupts()
    said, grown = counted_on_messages(machine, rf"{SECOND_CARD}(-rx-0|-tx-0)?", talk)
    came = sum(host_interrupts().values()) - sum(before.values())
    # Counted a moment apart, and from before the first message to after the last one.
    if abs(came - sum(line.sent for line in grown)) > STRAY:
        raise Trouble(f"{said}, but the card interrupted the test host {came} times")
    return f"{said}; test host {came}"


def use_card_on_msi(machine):
    return use_card_on_messages(machine, MSI)


def use_card_on_msix(machine):
    return use_card_on_messages(machine, MSIX)


# Registers of the clock. A: 32768 Hz, divided; B: 24 hours a day, and the periodic interrupt on or off. Linux
# leaves the periodic interrupt alone: its own programs get one that is made of a timer. Its handler leaves
# the index on register B when it is done, so that what is written to B goes nowhere else whenever that is
# interrupted; but a handler on another CPU may have it on C just then, so the guest has one CPU.
RTC_A, RTC_B, DIVIDER, PERIODIC, DAY_OF_24_HOURS = 0x0A, 0x0B, 0x20, 0x40, 0x02
RTC_PORT, RTC_GSI = 0x70, 8
# Slow enough for an emulated machine to keep up with, and the rate that guests with drift are known for.
SLOW, FAST = 64, 1024
TICKING_SECONDS, STOPPED_SECONDS, CATCH_UP_SECONDS = 5, 2, 30


def write_rtc(machine, register, value):
    machine.run(rf"printf '\{register:03o}\{value:03o}' | "
                rf"dd of=/dev/port bs=2 seek={RTC_PORT // 2} conv=notrunc 2>/dev/null")


def start_ticks(machine, hertz):
    """Between the two writes nothing ticks."""
    write_rtc(machine, RTC_A, DIVIDER | 17 - hertz.bit_length())
    write_rtc(machine, RTC_B, PERIODIC | DAY_OF_24_HOURS)


def stop_ticks(machine):
    """What QEMU still owes is forgotten then."""
    write_rtc(machine, RTC_B, DAY_OF_24_HOURS)


def rtc_count(machine):
    return interrupts.read(machine)[RTC_GSI].total


def tick_slowly(machine):
    """Stop the guest while its clock ticks; then it must be given what it missed, and no more."""
    begin, first = time.monotonic(), rtc_count(machine)
    start_ticks(machine, SLOW)
    started = time.monotonic()
    machine.qmp.execute("stop")
    time.sleep(STOPPED_SECONDS)
    machine.qmp.execute("cont")
    resumed = time.monotonic()
    while True:
        due = (time.monotonic() - started) * SLOW
        ticks = rtc_count(machine) - first
        if ticks > (time.monotonic() - begin + 1) * SLOW:
            raise Trouble(f"{ticks} ticks where {due:.0f} are due")
        if ticks >= 0.98 * due and time.monotonic() - resumed > TICKING_SECONDS:
            break
        if time.monotonic() - resumed > CATCH_UP_SECONDS:
            raise Trouble(f"{ticks} ticks where {due:.0f} are due: missed ones do not come")
        time.sleep(0.3)
    stop_ticks(machine)
    return f"{SLOW} Hz: {ticks} ticks where {due:.0f} are due, with {STOPPED_SECONDS} s stood still"


def tick_fast(machine):
    """As many as the emulated machine can take; of each one QEMU is told whether it was."""
    begin, first = time.monotonic(), rtc_count(machine)
    start_ticks(machine, FAST)
    time.sleep(TICKING_SECONDS)
    stop_ticks(machine)
    ticks, seconds = rtc_count(machine) - first, time.monotonic() - begin
    if not SLOW * TICKING_SECONDS / 2 < ticks < (seconds + 1) * FAST:
        raise Trouble(f"{ticks} ticks at {FAST} Hz in {seconds:.1f} s")
    return f"{FAST} Hz: {ticks} in {seconds:.1f} s"


def ticks_told(machine, work, must_merge):
    """What QEMU was told was delivered is what the guest counted: nothing was merged without telling."""
    before = machine.counters.pins() if machine.counters.exist else None
    said, grown, row = counted_on_pin(machine, "rtc0", work)
    if row is None:
        return said
    if not row.least == row.most == grown:
        raise Trouble(f"{said}: ticks were merged, and QEMU was not told")
    coalesced = machine.counters.pins()["ioapic", RTC_GSI].coalesced - before["ioapic", RTC_GSI].coalesced
    if must_merge and not coalesced:
        raise Trouble(f"{said}: no tick was merged")
    return f"{said}, {coalesced} times told that it was merged"


def tick_rtc(machine):
    """Each tick reaches the guest, or QEMU is told that it was merged, and sends it later (driftfix=slew)."""
    workloads.exercise(machine)
    return "; ".join((ticks_told(machine, tick_slowly, False), ticks_told(machine, tick_fast, True)))


def live_on_hpet(machine):
    """Use every device where ticks and the clock's alarm are HPET's, on the wires of PIT and RTC."""
    device = machine.run("cat /sys/devices/system/clockevents/broadcast/current_device "
                         "/sys/devices/system/clockevents/clockevent0/current_device")
    if "hpet" not in device:
        raise Trouble(f"guest does not use HPET but {device.split()}")
    before = workloads.timer_count(machine)
    begin = time.monotonic()
    workloads.exercise(machine)
    asleep = time.monotonic()
    machine.run("sleep 3")
    seconds = time.monotonic() - asleep
    if not 2.5 < seconds < 6:
        raise Trouble(f"three seconds of the guest last {seconds:.1f}")
    ticks = workloads.timer_count(machine) - before
    if ticks < 100:
        raise Trouble(f"guest saw {ticks} ticks where there must be hundreds")
    return f"{ticks} ticks in {time.monotonic() - begin:.0f} s"
