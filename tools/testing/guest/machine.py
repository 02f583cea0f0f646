# SPDX-License-Identifier: GPL-2.0
"""One guest: an unmodified QEMU, its monitor, its console and the agent in it."""

import glob
import hashlib
import itertools
import os
import re
import socket
import subprocess
import tempfile
import time

import initramfs
import qcow2
from agent import ANSWER_SECONDS, Agent
from counters import Counters
from qmp import Qmp
from trouble import Refused, Trouble

QEMU = "qemu-system-x86_64"
# The second line spares a guest of an emulated host minutes: PCI scans before there is a PCI driver, and
# tests of cryptography.
KERNEL_OPTIONS = ("console=ttyS0 quiet panic=-1 rdinit=/init rcupdate.rcu_cpu_stall_timeout=120 tsc=reliable "
                  "pci=noearly nokaslr cryptomgr.notests initcall_blacklist=jent_mod_init")
NUMBERS = itertools.count(1)
PAYLOAD_BYTES = 256 << 10
# Emulated CPUs on a busy machine: long enough never to be the reason, short enough to wait for.
START_SECONDS = 120
BOOT_SECONDS = 150
END_SECONDS = 120


# What a machine has of its QEMU alone.
OF_QEMU = ("node", "counters", "console", "complaints", "process", "qmp", "agent")


class Media:
    """What all guests of a run share: kernel, initramfs, and the bytes their devices deliver."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="guest-")
        self.release, self.kernel = initramfs.kernel()
        self.initramfs = self.path("initramfs")
        initramfs.build(self.initramfs, self.release)
        payload = os.urandom(PAYLOAD_BYTES)
        self.checksum = hashlib.md5(payload).hexdigest()
        os.mkdir(self.path("net"))
        self.payload = self.path("net/payload")
        with open(self.payload, "wb") as file:
            file.write(payload)

    def path(self, name):
        return os.path.join(self.directory.name, name)


class Machine:
    """A running guest, described by a row of guests.py."""

    def __init__(self, guest, node, media):
        self.guest = guest
        self.node = node
        self.media = media
        self.counters = Counters(node)
        name = f"{guest.name}-{next(NUMBERS)}"
        self.console = media.path(f"{name}.console")
        self.complaints = media.path(f"{name}.stderr")
        self.snapshots = media.path(f"{name}.qcow2")
        self.process = None
        self.qmp = None
        self.agent = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            for end in (self.qmp.sock, self.agent.sock):
                end.close()
            self.kill()

    def accelerator(self):
        return ",".join(["kvm", f"device={self.node}", *self.guest.accel])

    def command_line(self, qmp, agent):
        """QEMU's arguments; qmp and agent are file descriptors of sockets."""
        guest, media = self.guest, self.media
        kernel = f"{KERNEL_OPTIONS} {guest.kernel}".rstrip()
        disk = f"if=none,format=raw,readonly=on,file={media.payload}"
        return [
            QEMU, "-machine", "pc,hpet=off", "-accel", self.accelerator(), "-smp", str(guest.cpus), "-m", "256", "-display", "none",
            "-kernel", media.kernel, "-initrd", media.initramfs, "-append", kernel,
            "-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control",
            "-chardev", f"socket,id=agent,fd={agent}",
            "-serial", f"file:{self.console}", "-serial", "chardev:agent",
            "-drive", f"id=msix,{disk}", "-device", "virtio-blk-pci,drive=msix,serial=msix",
            "-drive", f"id=intx,{disk}", "-device", "virtio-blk-pci,drive=intx,serial=intx,vectors=0",
            "-netdev", f"user,id=net,tftp={media.path('net')}", "-device", "virtio-net-pci,netdev=net",
            *([] if guest.reboots else ["-no-reboot"]),
            *(self.snapshot_disk() if guest.snapshots else []),
            *guest.qemu,
        ]

    def snapshot_disk(self):
        """A disk that can take the machine's state; qcow2 is what QEMU puts snapshots in."""
        qcow2.create(self.snapshots)
        return ["-drive", f"if=none,id=snapshots,format=qcow2,file={self.snapshots}",
                "-device", "virtio-blk-pci,drive=snapshots,serial=snapshots"]

    def spawn(self, *options):
        """Start QEMU, with further options, and do not wait for it."""
        qmp, qmp_end = socket.socketpair()
        agent, agent_end = socket.socketpair()
        ends = (qmp_end.fileno(), agent_end.fileno())
        self.counters.forget_others()
        with qmp_end, agent_end, open(self.complaints, "wb") as complaints:
            self.process = subprocess.Popen([*self.command_line(*ends), *options], pass_fds=ends,
                                            stdin=subprocess.DEVNULL, stdout=complaints, stderr=complaints)
        self.qmp = Qmp(qmp)
        self.agent = Agent(agent)

    def negotiate(self):
        """Wait until QEMU runs; Refused if it will not in this configuration."""
        try:
            self.qmp.negotiate(START_SECONDS)
        except Trouble as error:
            self.wait_end(START_SECONDS)
            raise Refused(self.complaint() or str(error)) from error

    def boot(self):
        """Start QEMU and wait for the guest's user space; seconds that took."""
        begin = time.monotonic()
        self.spawn()
        self.negotiate()
        self.counters.find()
        self.wait_boot()
        return time.monotonic() - begin

    def wait_boot(self):
        """Wait for user space, also for that of a second boot."""
        self.agent.wait_ready(BOOT_SECONDS)

    def sibling(self, node=None):
        """Another machine like this one, not yet started; on another node if one is named."""
        return Machine(self.guest, node or self.node, self.media)

    def exchange_qemu(self, other):
        """Each goes on with the QEMU of the other, and with its ends of that QEMU's sockets."""
        for part in OF_QEMU:
            mine, its = getattr(self, part), getattr(other, part)
            setattr(self, part, its)
            setattr(other, part, mine)

    def run(self, command, timeout=ANSWER_SECONDS):
        """Run a command in the guest, which must succeed; what it printed."""
        return self.agent.run(command, timeout)

    def power_off(self):
        """Have the guest switch itself off, and see that it was the guest who did."""
        self.agent.send(self.guest.power_off)
        shutdown = self.qmp.wait_for("SHUTDOWN", END_SECONDS)
        if shutdown is None:
            raise Trouble("guest does not power itself off")
        if shutdown["reason"] != "guest-shutdown":
            raise Trouble(f"guest ended by {shutdown['reason']}, not by its own power-off")
        if status := self.wait_end(END_SECONDS):
            raise Trouble(f"QEMU exited with {status}: {self.complaint()}")

    def wait_end(self, seconds):
        """QEMU's exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise Trouble("QEMU does not end") from error

    def kill(self):
        """End QEMU wherever it is; one that the kernel does not let go of is left behind."""
        self.process.kill()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Trouble(f"QEMU cannot be killed: {', '.join(self.whereabouts())}") from error

    def whereabouts(self):
        """What each thread of QEMU is in, by its name, state and the function it sleeps in."""
        for thread in glob.glob(f"/proc/{self.process.pid}/task/[0-9]*"):
            try:
                with open(f"{thread}/stat", encoding="ascii", errors="replace") as stat:
                    name, state = re.search(r"\((.*)\) (\S)", stat.read()).groups()
                with open(f"{thread}/wchan", encoding="ascii") as function:
                    yield f"{name} {state} {function.read()}"
            except (FileNotFoundError, ProcessLookupError):
                pass

    def complaint(self):
        """The last line that QEMU printed, without its name."""
        lines = tail(self.complaints, 1)
        return lines[-1].removeprefix(f"{QEMU}: ") if lines else ""

    def last_words(self, count=15):
        """How far the guest came: the last lines of its console and of QEMU."""
        yield from (f"console: {line}" for line in tail(self.console, count))
        yield from (f"QEMU: {line}" for line in tail(self.complaints, count))
        for shutdown in self.shutdowns():
            yield f"QEMU: shutdown, {shutdown['reason']}"
        if self.process.poll() is not None:
            yield f"QEMU exited with {self.process.returncode}"

    def shutdowns(self):
        """Why QEMU says that it ends or has ended, if it does."""
        try:
            self.qmp.wait_for("SHUTDOWN", 2)
        except Trouble:
            pass
        return self.qmp.seen("SHUTDOWN")


def tail(path, count):
    """The last lines of a file that need not exist."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.rstrip() for line in file if line.strip()][-count:]
    except FileNotFoundError:
        return []
