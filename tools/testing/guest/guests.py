# SPDX-License-Identifier: GPL-2.0
"""The guests that `make check-guests` and its like boot: a table of what each is told and what must be seen in it."""

import dataclasses

import devices
import migration
import workloads
from interrupts import IOAPIC, PIC

ACPI_POWER_OFF = "poweroff -f"
# Without ACPI Linux cannot switch a PC off. This is what ACPI would do: SLP_EN into the upper byte of
# PM1a_CNT, where QEMU's firmware puts it on the default machine.
PM1A_CONTROL = 0x604
PORT_POWER_OFF = rf"printf '\040' | dd of=/dev/port bs=1 conv=notrunc seek={PM1A_CONTROL + 1}"

# The PIT as the one source of ticks. Linux reads time off its counter ("clocksource=pit") on 32-bit machines
# only; here, time that is made of the PIT's ticks is as near as it gets.
PIT_TICKS = "no-kvmclock hpet=disable nolapic_timer"
PIT_CLOCK = f"{PIT_TICKS} clocksource=jiffies highres=off nohz=off tsc=unstable"
# HPET in legacy mode, which is how Linux uses it, as the one source of ticks.
HPET_TICKS = "nolapic_timer"

# Memory, in MiB, of a guest that moves: half of it is kernel and initramfs, and all of it is sent each time.
SMALL = ("-m", "128")
# The TSC stands still while a guest moves and KVM's clock does not, on KVM's own node too; Linux would say so.
TSC_STANDS = "tsc=unstable"


@dataclasses.dataclass(frozen=True)
class Guest:
    """
    One row.

    name        in the test's output
    kernel      options on the guest's kernel command line
    cpus        how many
    qemu        QEMU's options beside those that all guests get
    accel       properties of QEMU's accelerator
    controller  who delivers interrupts of ISA and INTx to the guest's kernel
    msi         does it have message-signalled ones beside?
    ours        are the chips the module's? If not, it has no counters of them
    alarm       can it set the clock's alarm? Linux wants ACPI or PnP to tell it the interrupt
    ticks       does it take its ticks from IRQ 0? With a good TSC and a LAPIC timer Linux leaves the PIT alone
    counts_hold does the guest's count go back to the VM's beginning? Nor does Linux count an interrupt that
                comes to one CPU while another serves the same line, as happens when it is moved.
    reboots     may it be reset?
    snapshots   does it get a disk that snapshots can go to?
    alone       is it left to a lane that names it?
    prepare     what is done in the test host before QEMU starts; a function of the machine
    power_off   a shell command
    workload    a function of workloads.py
    """

    name: str
    kernel: str = ""
    cpus: int = 2
    qemu: tuple = ()
    accel: tuple = ()
    controller: str = IOAPIC
    msi: bool = True
    ours: bool = True
    alarm: bool = True
    ticks: bool = False
    counts_hold: bool = True
    reboots: bool = False
    snapshots: bool = False
    alone: bool = False
    prepare: callable = None
    power_off: str = ACPI_POWER_OFF
    workload: callable = workloads.exercise


GUESTS = (
    Guest("default"),
    Guest("noapic", kernel="noapic", controller=PIC),
    Guest("nolapic", kernel="nolapic", controller=PIC, msi=False),
    Guest("acpi-off", kernel="acpi=off", alarm=False, power_off=PORT_POWER_OFF),
    Guest("pit-ticks", kernel=PIT_TICKS, ticks=True, workload=workloads.tick),
    Guest("pit-clock", kernel=PIT_CLOCK, cpus=1, ticks=True, workload=workloads.keep_time),
    Guest("pit-clock-noapic", kernel=f"noapic {PIT_CLOCK}", cpus=1, controller=PIC, ticks=True,
          workload=workloads.keep_time),
    Guest("q35", qemu=("-machine", "q35")),
    Guest("split", accel=("kernel-irqchip=split",), ours=False),
    Guest("off", accel=("kernel-irqchip=off",), ours=False),
    Guest("retarget", cpus=4, counts_hold=False, workload=workloads.retarget),
    Guest("reboot", reboots=True, counts_hold=False, workload=workloads.reboot),
    Guest("savevm", snapshots=True, counts_hold=False, workload=workloads.save_and_load),
    Guest("savevm-pit-noapic", kernel=f"noapic {PIT_CLOCK}", cpus=1, controller=PIC, snapshots=True,
          counts_hold=False, workload=workloads.save_and_load),
    Guest("killed", alone=True, workload=workloads.survive_kills),
    Guest("vhost", qemu=devices.vhost_card(), alone=True, prepare=devices.load_vhost, workload=devices.use_vhost),
    Guest("vhost-intx", qemu=devices.vhost_card(",vectors=0,addr=6"), alone=True,
          prepare=devices.load_vhost, workload=devices.use_vhost),
    # One CPU, for write_rtc().
    Guest("rtc", cpus=1, qemu=("-rtc", "base=utc,driftfix=slew"), alone=True,
          workload=devices.tick_rtc),
    Guest("hpet", kernel=HPET_TICKS, cpus=1, ticks=True, qemu=("-machine", "hpet=on"), alone=True,
          workload=devices.live_on_hpet),
    Guest("vfio-intx", qemu=devices.ASSIGNED_CARD, alone=True, prepare=devices.assign_card,
          workload=devices.use_card_on_intx),
    Guest("vfio-msi", qemu=devices.ASSIGNED_CARD, alone=True, prepare=devices.assign_card,
          workload=devices.use_card_on_msi),
    Guest("vfio-msix", qemu=devices.ASSIGNED_CARD, alone=True, prepare=devices.assign_card,
          workload=devices.use_card_on_msix),
    Guest("migrate", kernel=TSC_STANDS, qemu=SMALL, counts_hold=False, alone=True, workload=migration.round_trips),
    Guest("migrate-pit-noapic", kernel=f"noapic {PIT_CLOCK}", cpus=1, qemu=SMALL, controller=PIC,
          counts_hold=False, alone=True, workload=migration.round_trips),
)
