# SPDX-License-Identifier: GPL-2.0
"""A VM without a VMM, by KVM's ioctls: enough to make and drop all that hangs off one."""

import fcntl
import os
import struct

KVMIO = 0xAE
IOC_WRITE = 1


def ioctl_number(number, size=0):
    """_IO(KVMIO, number), or _IOW of an argument with that size."""
    return (IOC_WRITE if size else 0) << 30 | size << 16 | KVMIO << 8 | number


# struct kvm_pit_config: flags, padding. struct kvm_irqfd: fd, gsi, flags, resamplefd, padding.
PIT_CONFIG = struct.Struct("I60x")
IRQFD = struct.Struct("IIII16x")
# struct kvm_irq_routing: count, flags; entries: gsi, type, flags, padding and 32 bytes by type.
ROUTING = struct.Struct("II")
ROUTING_ENTRY = struct.Struct("IIIIII24x")
ROUTING_IRQCHIP, CHIP_IOAPIC = 1, 2
IRQFD_RESAMPLE = 2

CREATE_VM = ioctl_number(0x01)
CREATE_VCPU = ioctl_number(0x41)
CREATE_IRQCHIP = ioctl_number(0x60)
SET_GSI_ROUTING = ioctl_number(0x6A, ROUTING.size)
SET_IRQFD = ioctl_number(0x76, IRQFD.size)
CREATE_PIT2 = ioctl_number(0x77, PIT_CONFIG.size)

VCPUS = 2
IOAPIC_PINS = 24
RESAMPLED_GSI, PLAIN_GSI = 10, 11


class Vm:
    """Open while in its context."""

    def __init__(self, node):
        self.node = node
        self.fds = []

    def __enter__(self):
        node = os.open(self.node, os.O_RDWR | os.O_CLOEXEC)
        try:
            self.vm = fcntl.ioctl(node, CREATE_VM, 0)
        finally:
            os.close(node)
        self.fds.append(self.vm)
        return self

    def __exit__(self, *_):
        for fd in self.fds:
            os.close(fd)

    def furnish(self):
        """Chips, timer, vCPUs, routes, a plain and a resampling irqfd."""
        fcntl.ioctl(self.vm, CREATE_IRQCHIP, 0)
        fcntl.ioctl(self.vm, CREATE_PIT2, PIT_CONFIG.pack(0))
        for number in range(VCPUS):
            self.fds.append(fcntl.ioctl(self.vm, CREATE_VCPU, number))
        entries = [ROUTING_ENTRY.pack(gsi, ROUTING_IRQCHIP, 0, 0, CHIP_IOAPIC, gsi)
                   for gsi in range(IOAPIC_PINS)]
        # Python takes more than a kilobyte only where it could be written to.
        fcntl.ioctl(self.vm, SET_GSI_ROUTING, bytearray(ROUTING.pack(len(entries), 0) + b"".join(entries)))
        self.add_irqfd(PLAIN_GSI)
        self.add_irqfd(RESAMPLED_GSI, resample=True)

    def add_irqfd(self, gsi, resample=False):
        trigger = os.eventfd(0)
        answer = os.eventfd(0) if resample else 0
        self.fds += [trigger, answer] if resample else [trigger]
        flags = IRQFD_RESAMPLE if resample else 0
        fcntl.ioctl(self.vm, SET_IRQFD, IRQFD.pack(trigger, gsi, flags, answer))
        os.eventfd_write(trigger, 1)
