# SPDX-License-Identifier: GPL-2.0
"""What guests are made to do. Each function takes a machine and raises Trouble if something fails."""

import base64
import random
import signal
import struct
import threading
import time

import interrupts
from trouble import Trouble

DIRECT_BLOCKS = 64
PINGS = 5
KEYS = "virqchip"
# A PC's keyboard holds 16 bytes that nobody fetches; each key takes two or three.
KEYS_AT_ONCE = 4
SNAPSHOTS = 3
KILLS = 6
# A boot takes ten seconds and more: a life ends in QEMU's start, firmware, kernel or workload.
LONGEST_LIFE = 25.0
DEATH_SECONDS = 120
RTC_ALARM = "/sys/class/rtc/rtc0/wakealarm"
ALARM_SECONDS = 5

# struct input_event, and its type for a key.
INPUT_EVENT = struct.Struct("qqHHi")
EV_KEY = 1
# A press and a release, each with scan code, key and end of report.
EVENTS_PER_KEY = 6


def read_disks(machine):
    """Read both disks, the one with MSI-X and the one on INTx, and see that each byte is right."""
    for disk in ("msix", "intx"):
        answer = machine.run(f"echo 1 >/proc/sys/vm/drop_caches; md5sum /dev/disk-{disk}; "
                             f"dd if=/dev/disk-{disk} of=/dev/null bs=4k iflag=direct count={DIRECT_BLOCKS}")
        if machine.media.checksum not in answer:
            raise Trouble(f"disk {disk} reads wrong: {answer.strip()}")


def use_network(machine):
    """Ping QEMU's gateway, and load a file from it."""
    machine.run("ip link set eth0 up && ip addr replace 10.0.2.15/24 dev eth0")
    machine.run(f"ping -q -c {PINGS} -i 0.2 10.0.2.2")
    answer = machine.run("tftp -g -b 1428 -r payload -l /tmp/payload 10.0.2.2 && md5sum /tmp/payload")
    if machine.media.checksum not in answer:
        raise Trouble(f"file from the network is wrong: {answer.strip()}")


def press(machine, key):
    """One key, down and up, on the keyboard of the guest's PC."""
    for down in (True, False):
        event = {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}
        machine.qmp.execute("input-send-event", events=[event])


def wait_until(machine, condition, seconds, trouble):
    """Wait until a shell condition holds in the guest."""
    loop = (f"tries=0; until {condition}; do usleep 100000; "
            f"tries=$((tries + 1)); [ $tries -lt {seconds * 10} ] || exit 1; done")
    if machine.agent.attempt(loop)[0]:
        raise Trouble(trouble)


def type_keys(machine):
    """Press keys, and see that each arrives once, in order."""
    find = "grep -l 'AT Translated' /sys/class/input/event*/device/name"
    wait_until(machine, f"{find} >/dev/null", 20, "guest finds no keyboard")
    device = machine.run(find).strip().split("/")[4]
    # Opened before the first key is pressed, whenever cat comes to run.
    machine.run(f"exec 3</dev/input/{device}; cat <&3 >/tmp/keys & echo $! >/tmp/typist")
    for count, key in enumerate(KEYS, 1):
        press(machine, key)
        if count % KEYS_AT_ONCE == 0:
            expected = count * EVENTS_PER_KEY * INPUT_EVENT.size
            wait_until(machine, f"[ $(wc -c </tmp/keys) -ge {expected} ]", 30, f"key {key} does not arrive")
    data = base64.b64decode(machine.run("kill $(cat /tmp/typist); base64 /tmp/keys"))
    check_keys(data)


def check_keys(data):
    """What the guest read of its keyboard is each key's press and release, and nothing else."""
    values = [value for *_, kind, _, value in INPUT_EVENT.iter_unpack(data) if kind == EV_KEY]
    if values != [1, 0] * len(KEYS):
        raise Trouble(f"{len(KEYS)} keys arrive as {values}")


def await_alarm(machine):
    """
    Set the real-time clock's alarm, and see it go off.

    The clock compares at each full second: an alarm that a guest without a CPU sets too late is one for tomorrow.
    """
    if not machine.guest.alarm:
        return
    machine.run(f"echo 0 >{RTC_ALARM}; echo +{ALARM_SECONDS} >{RTC_ALARM}")
    try:
        wait_until(machine, f'[ -z "$(cat {RTC_ALARM})" ]', 3 * ALARM_SECONDS, "the clock's alarm does not go off")
    except Trouble as trouble:
        seen = machine.run("cat /proc/driver/rtc; grep rtc /proc/interrupts")
        raise Trouble(f"{trouble}: {' '.join(seen.split())}") from None


def print_serial(machine):
    """Print on the first serial port; the second one is how the guest is told to."""
    machine.run("for line in 1 2 3 4 5; do echo workload: serial line $line; done >/dev/ttyS0")


DEVICES = (
    ("disks", read_disks),
    ("network", use_network),
    ("keyboard", type_keys),
    ("real-time clock", await_alarm),
    ("serial ports", print_serial),
)


def exercise(machine):
    """Use every device once."""
    for _, use in DEVICES:
        use(machine)


def timer_count(machine):
    """Ticks of interrupt 0 so far."""
    lines = interrupts.read(machine)
    if 0 not in lines:
        raise Trouble("guest has no interrupt 0")
    return lines[0].total


def tick(machine):
    """Use every device, on a guest whose clock events come from the PIT alone."""
    device = machine.run("cat /sys/devices/system/clockevents/broadcast/current_device "
                         "/sys/devices/system/clockevents/clockevent0/current_device")
    if "pit" not in device:
        raise Trouble(f"guest does not use the PIT but {device.split()}")
    before = timer_count(machine)
    exercise(machine)
    machine.run("sleep 1")
    if timer_count(machine) - before < 100:
        raise Trouble(f"guest saw {timer_count(machine) - before} ticks where there must be hundreds")


def keep_time(machine):
    """The same, and time itself is counted in the PIT's ticks: its seconds must be about as long as ours."""
    clock = machine.run("cat /sys/devices/system/clocksource/clocksource0/current_clocksource").strip()
    if clock != "jiffies":
        raise Trouble(f"guest's clock is {clock}, not ticks")
    tick(machine)
    begin = time.monotonic()
    machine.run("sleep 3")
    seconds = time.monotonic() - begin
    if not 2.5 < seconds < 6:
        raise Trouble(f"three seconds of the guest last {seconds:.1f}")


def start_load(machine, readers=1):
    """Keep the disk on INTx busy in the background."""
    machine.run("rm -f /tmp/stop /tmp/misread; : >/tmp/reads")
    for _ in range(readers):
        machine.run(f"load {machine.media.checksum} >/dev/null 2>&1 &")


def must_progress(machine, seconds=30):
    """The load reads on, and reads right."""
    reads = int(machine.run("wc -c </tmp/reads"))
    wait_until(machine, f"[ $(wc -c </tmp/reads) -gt {reads} ]", seconds, "disk load stands still")
    machine.run("[ ! -e /tmp/misread ]")


def retarget(machine):
    """Move interrupts between CPUs while the disk works; each CPU must get its share of them."""
    disk = intx_disk(machine)
    # Timer, keyboard, both serial ports, clock.
    legacy = "0 1 3 4 8"
    start_load(machine, readers=2)
    machine.run(f"rm -f /tmp/settled; retarget {machine.guest.cpus} {disk.number} {legacy} >/dev/null 2>&1 &")
    exercise(machine)
    for _ in range(5):
        must_progress(machine)
    machine.run(": >/tmp/settled; : >/tmp/stop; sleep 1")
    counts = intx_disk(machine).counts
    if not all(counts):
        raise Trouble(f"the disk's interrupts went to CPUs as {counts}")


def intx_disk(machine):
    """The guest's line of the disk without vectors."""
    return interrupts.handled_by(interrupts.read(machine), "virtio1")[0]


def reboot(machine):
    """Boot twice: the second boot finds the chips as the first one left them."""
    exercise(machine)
    machine.agent.send("reboot -f")
    machine.wait_boot()
    reset = machine.qmp.wait_for("RESET", 10)
    if not reset or not reset["guest"]:
        raise Trouble("guest was not reset by itself")
    exercise(machine)


def save_and_load(machine):
    """Save and load the whole machine with the disk busy; load, clock and devices go on each time."""
    start_load(machine)
    for number in range(SNAPSHOTS):
        must_progress(machine)
        machine.qmp.monitor(f"savevm round{number}")
        must_progress(machine)
        machine.qmp.monitor(f"loadvm round{number}")
        must_progress(machine)
        machine.run("sleep 1", timeout=20)
    machine.run(": >/tmp/stop")
    exercise(machine)


def live(victim):
    """Boot and work for ever; somebody kills QEMU meanwhile."""
    victim.negotiate()
    victim.wait_boot()
    while True:
        exercise(victim)


def kill_one(victim):
    """Start a guest and kill it at a random moment of its life; nothing else may end it."""
    victim.spawn()
    killer = threading.Timer(random.uniform(0, LONGEST_LIFE), victim.process.kill)
    killer.start()
    try:
        live(victim)
    except Trouble:
        killer.join()
    if victim.wait_end(DEATH_SECONDS) != -signal.SIGKILL:
        raise Trouble(f"QEMU ended by itself: {victim.complaint()}")


def survive_kills(machine):
    """Beside a guest at work, others are killed at random moments; it must not notice."""
    start_load(machine)
    for _ in range(KILLS):
        with machine.sibling() as victim:
            kill_one(victim)
        must_progress(machine)
    machine.run(": >/tmp/stop")
    exercise(machine)
