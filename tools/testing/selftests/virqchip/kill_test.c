// SPDX-License-Identifier: GPL-2.0
/*
 * kill_test.c - a small VMM that does everything at once is killed by SIGKILL
 * at a random microsecond, KILLS times (100). Half of them are killed while
 * they start, half while they are busy. What a VMM leaves behind must go: the
 * directory of its VM in debugfs goes last but one.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_KILLS		100
#define SECONDS_PER_KILL	2
#define MAX_START_US		40000
#define MAX_BUSY_US		20000
#define DEBUGFS			"/sys/kernel/debug/virqchip"
#define LEVEL_PIN		20
#define EDGE_PIN		21
#define MSI_GSI			40
#define MSI_VECTOR		0xc0
#define PIC_GSI			5

FIXTURE(kill) { int unused; };
FIXTURE_SETUP(kill)
{
	self->unused = 0;
}

/* What the threads of the VMM share. */
struct vmm {
	struct vm vm;
	int level, resample, edge, message;
	struct routes *pins, *messages;
};

static void write_events(void *data)
{
	struct vmm *vmm = data;

	eventfd_write(vmm->level, 1);
	eventfd_write(vmm->edge, 1);
	eventfd_write(vmm->message, 1);
}

static void drive_lines(void *data)
{
	struct vmm *vmm = data;
	struct kvm_pit_state2 pit;

	vm_irq_line(&vmm->vm, PIC_GSI, 1);
	vm_ioapic(&vmm->vm);
	vm_irq_line(&vmm->vm, PIC_GSI, 0);
	__vm_signal_msi(&vmm->vm, MSI_ADDRESS(1), MSI_VECTOR + 1);
	vm_get_pit2(&vmm->vm, &pit);
	vm_set_pit2(&vmm->vm, &pit);
}

static void change_routes(void *data)
{
	struct vmm *vmm = data;

	vm_set_routes(&vmm->vm, vmm->messages);
	vm_irqfd_deassign(&vmm->vm, vmm->edge, EDGE_PIN);
	vm_irqfd(&vmm->vm, vmm->edge, EDGE_PIN);
	vm_set_routes(&vmm->vm, vmm->pins);
}

static void other_vms(void *data)
{
	struct vm vm;

	(void)data;
	vm_open(&vm);
	vm_create_irqchip(&vm);
	vm_create_pit2(&vm, 0);
	close(__vm_create_vcpu(&vm, 0));
	close(vm.fd);
	close(vm.dev);
}

static void start_guest(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = vm_add_vcpu(vm, id);

	lapic_enable(vcpu);
	guest_on_vectors(vcpu, IOAPIC_VECTOR(0), UINT8_MAX, GUEST_EOI_LAPIC);
	guest_on_vectors(vcpu, PIC_BASE, PIC_VECTOR(7), GUEST_EOI_PRIMARY);
	if (!id) {
		pic_init(vcpu, 0);
		pit_program(vcpu, 0, 2, PIT_HZ / 1000);
	}
}

static void make_vmm(struct vmm *vmm)
{
	vm_open_with_chips(&vmm->vm);
	vm_create_pit2(&vmm->vm, 0);
	start_guest(&vmm->vm, 0);
	start_guest(&vmm->vm, 1);
	vm_set_rte(&vmm->vm, LEVEL_PIN, IOAPIC_VECTOR(LEVEL_PIN) | RTE_LEVEL);
	vm_set_rte(&vmm->vm, EDGE_PIN, IOAPIC_VECTOR(EDGE_PIN) | RTE_DEST(1));
	vmm->pins = routes_new();
	routes_add_default(vmm->pins);
	routes_add_msi(vmm->pins, MSI_GSI, MSI_ADDRESS(0), MSI_VECTOR);
	vmm->messages = routes_new();
	routes_add_msi(vmm->messages, MSI_GSI, MSI_ADDRESS(1), MSI_VECTOR);
	routes_add_msi(vmm->messages, EDGE_PIN, MSI_ADDRESS(0), MSI_VECTOR);
	routes_add_pin(vmm->messages, LEVEL_PIN, KVM_IRQCHIP_IOAPIC, LEVEL_PIN);
	vmm->level = event_new(0);
	vmm->resample = event_new(0);
	vmm->edge = event_new(0);
	vmm->message = event_new(0);
	vm_irqfd_resample(&vmm->vm, vmm->level, LEVEL_PIN, vmm->resample);
	vm_irqfd(&vmm->vm, vmm->edge, EDGE_PIN);
	vm_irqfd(&vmm->vm, vmm->message, MSI_GSI);
}

/* Never returns. */
static void be_a_vmm(volatile bool *busy)
{
	static struct gang gang;
	static struct vmm vmm;

	make_vmm(&vmm);
	guest_run_in_thread(&vmm.vm.vcpus[0], GUEST_OP_SPIN_UNTIL, UINT32_MAX);
	guest_run_in_thread(&vmm.vm.vcpus[1], GUEST_OP_HALT_UNTIL, UINT32_MAX);
	gang_add(&gang, write_events, &vmm);
	gang_add(&gang, drive_lines, &vmm);
	gang_add(&gang, change_routes, &vmm);
	gang_add(&gang, other_vms, NULL);
	*busy = true;
	for (;;) {
		event_wait(vmm.resample, 10);
		eventfd_write(vmm.level, 1);
	}
}

static unsigned int nr_of_vms(void)
{
	DIR *directory = opendir(DEBUGFS);
	struct dirent *entry;
	unsigned int nr = 0;

	ASSERT_TRUE(directory != NULL);
	while ((entry = readdir(directory)) != NULL)
		nr += entry->d_name[0] != '.';
	closedir(directory);
	return nr;
}

static void kill_one(bool while_busy, volatile bool *busy)
{
	int status = 0;
	pid_t pid;

	*busy = false;
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		be_a_vmm(busy);
	while (while_busy && !*busy && !waitpid(pid, &status, WNOHANG))
		usleep(1000);
	stress_pause(while_busy ? MAX_BUSY_US : MAX_START_US);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	/* Not by an error of its own. */
	ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static unsigned int wanted_kills(void)
{
	const char *env = getenv("KILLS");
	unsigned int kills = env ? strtoul(env, NULL, 10) : 0;

	if (!kills)
		kills = DEFAULT_KILLS;
	alarm(60 + kills * SECONDS_PER_KILL);
	return kills;
}

TEST_F_WITH(kill, vmm_is_killed_at_any_moment, .only = "stacked",
	    .timeout = 3600)
{
	volatile bool *busy = mmap(NULL, sizeof(*busy), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int before = nr_of_vms(), kills = wanted_kills(), busy_ones = 0;
	unsigned int i;

	for (i = 0; i < kills; i++) {
		kill_one(i % 2, busy);
		busy_ones += *busy;
	}
	EXPECT_LE(kills / 2, busy_ones);
	EXPECT_TRUE(EVENTUALLY(nr_of_vms() == before));
	test_note("%u VMMs killed, %u of them busy; the host survived", kills,
		  busy_ones);
}
