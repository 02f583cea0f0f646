// SPDX-License-Identifier: GPL-2.0
/*
 * sender_test.c - who is disturbed when a message goes out, and that it goes
 * out whatever the vCPUs' threads do. How soon, on a busy machine, is another
 * question: sender_starve.c.
 *
 * KVM counts how often a signal, or the module's mark, has ended KVM_RUN; the
 * module counts whom it kicked, and what its work item did.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define GSI		20
#define VECTOR		IOAPIC_VECTOR(GSI)
#define PIC_PIN		3
#define NR_EVENTS	50
#define NR_UNMASKINGS	200
#define NR_SIGNALS	400
#define NR_LATE		11	/* more vCPUs than are looked at */
#define NR_CLOSED	40
#define PAGE		4096
#define HELD_PAGE	0x00200000	/* of guest memory */
#define LDR(bit)	(1u << (24 + (bit)))
#define DEBUGFS		"/sys/kernel/debug/virqchip"

FIXTURE(sender) { struct vm vm; int event; };
FIXTURE_SETUP(sender)
{
	vm_open_with_chips(&self->vm);
	self->event = event_new(0);
	vm_irqfd(&self->vm, self->event, GSI);
}

/* A vCPU whose logical id has just this bit. */
static struct vcpu *add_vcpu(struct vm *vm, unsigned int id, unsigned int bit)
{
	struct vcpu *vcpu = vm_add_vcpu(vm, id);

	lapic_enable(vcpu);
	lapic_set(vcpu, LAPIC_LDR, LDR(bit));
	guest_on_vectors(vcpu, VECTOR, VECTOR, GUEST_EOI_LAPIC);
	return vcpu;
}

static void add_vcpus(struct vm *vm, unsigned int nr)
{
	unsigned int id;

	for (id = 0; id < nr; id++)
		add_vcpu(vm, id, id);
}

static void send_to_bit(struct vm *vm, unsigned int bit)
{
	vm_set_rte(vm, GSI, VECTOR | RTE_LOGICAL | RTE_DEST(1 << bit));
}

/* ---- what was counted ------------------------------------------------ */

/* For nr_thrown_out(); KVM makes none while the vCPU runs. */
static int stats_of(struct vcpu *vcpu)
{
	int fd = __sys_ioctl(vcpu->fd, KVM_GET_STATS_FD, NULL);

	ASSERT_LE(0, fd);
	return fd;
}

/* A vCPU's signal_exits. */
static unsigned long long nr_thrown_out(int stats)
{
	struct kvm_stats_header header;
	unsigned long long value = 0;
	struct kvm_stats_desc *desc;
	bool found = false;
	unsigned int i;
	size_t size;

	ASSERT_EQ(sizeof(header), pread(stats, &header, sizeof(header), 0));
	size = sizeof(*desc) + header.name_size;
	desc = malloc(size);
	for (i = 0; i < header.num_desc && !found; i++) {
		ASSERT_EQ(size, pread(stats, desc, size,
				      header.desc_offset + i * size));
		found = !strcmp(desc->name, "signal_exits");
	}
	ASSERT_TRUE(found);
	ASSERT_EQ(sizeof(value), pread(stats, &value, sizeof(value),
				       header.data_offset + desc->offset));
	free(desc);
	return value;
}

/* VMs are numbered upwards, and ours is the last. */
static long newest_vm(void)
{
	DIR *directory = opendir(DEBUGFS);
	struct dirent *entry;
	long newest = -1;

	ASSERT_TRUE(directory != NULL);
	while ((entry = readdir(directory))) {
		char *end;
		long id = strtol(entry->d_name, &end, 10);

		if (end != entry->d_name && !*end && id > newest)
			newest = id;
	}
	closedir(directory);
	return newest;
}

struct counts { unsigned long kicks, sent, told; };

/* What the module itself says; KVM has nothing of the kind. */
static struct counts counts(void)
{
	struct counts counts = { 0 };
	unsigned long id, nr;
	char path[100];
	FILE *file;

	if (!variant->stacked)
		return counts;
	snprintf(path, sizeof(path), DEBUGFS "/%ld/senders", newest_vm());
	file = fopen(path, "r");
	ASSERT_TRUE(file != NULL);
	while (fscanf(file, "vcpu %lu kicked %lu\n", &id, &nr) == 2)
		counts.kicks += nr;
	EXPECT_EQ(2, fscanf(file, "last resort sent %lu told of INTR %lu",
			    &counts.sent, &counts.told));
	fclose(file);
	return counts;
}

/* ---- threads --------------------------------------------------------- */

/* A vCPU's thread that halts, or spins, for ever. */
struct runner { struct vcpu *vcpu; pthread_t thread; volatile pid_t tid; };

static void *run(void *data)
{
	struct runner *runner = data;

	runner->tid = syscall(SYS_gettid);
	while (__guest_run(runner->vcpu) == -EINTR)
		;
	return NULL;
}

static void start(struct runner *runner, struct vcpu *vcpu, unsigned int kind)
{
	runner->vcpu = vcpu;
	guest_begin(vcpu, kind, 0, UINT32_MAX / 2);
	ASSERT_EQ(0, pthread_create(&runner->thread, NULL, run, runner));
}

/* The thread does nothing that sleeps but KVM_RUN. */
static bool is_asleep(const struct runner *runner)
{
	char path[64], state = 0;
	FILE *stat;

	if (!runner->tid)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", runner->tid);
	stat = fopen(path, "r");
	ASSERT_TRUE(stat != NULL);
	EXPECT_EQ(1, fscanf(stat, "%*d (%*[^)]) %c", &state));
	fclose(stat);
	return state == 'S';
}

static void expect_taken(struct vcpu *vcpu, unsigned int nr)
{
	EXPECT_TRUE(EVENTUALLY(guest_nr_new(vcpu) == nr));
}

/* ---- whom it disturbs ------------------------------------------------ */

/* All halt, and each event finds them so. */
static void expect_others_sleep(struct fixture_sender *self,
				unsigned int nr_vcpus, unsigned int destination)
{
	struct runner runners[VM_MAX_VCPUS] = { 0 };
	struct vcpu *vcpus = self->vm.vcpus;
	int stats[VM_MAX_VCPUS];
	unsigned int id, i;

	for (id = 0; id < nr_vcpus; id++)
		stats[id] = stats_of(&vcpus[id]);
	for (id = 0; id < nr_vcpus; id++)
		start(&runners[id], &vcpus[id], GUEST_OP_HALT_UNTIL);
	for (i = 0; i < NR_EVENTS; i++) {
		for (id = 0; id < nr_vcpus; id++)
			ASSERT_TRUE(EVENTUALLY(is_asleep(&runners[id])));
		event_signal(self->event);
		expect_taken(&vcpus[destination], i + 1);
	}
	for (id = 0; id < nr_vcpus; id++)
		if (id != destination)
			EXPECT_EQ(0, nr_thrown_out(stats[id]));
}

TEST_F(sender, physical_destination_sends_to_itself)
{
	add_vcpus(&self->vm, 4);
	vm_set_rte(&self->vm, GSI, VECTOR | RTE_DEST(3));
	expect_others_sleep(self, 4, 3);
}

TEST_F(sender, logical_destination_sends_to_itself)
{
	add_vcpus(&self->vm, 4);
	send_to_bit(&self->vm, 3);
	expect_others_sleep(self, 4, 3);
}

/*
 * A request waits; the guest unmasks its pin, takes it and masks the pin again.
 * INTR rises by what the vCPU does that will look at it. Only while that one
 * gets no CPU are the others told.
 */
TEST_F(sender, intr_by_the_guests_own_access_disturbs_nobody)
{
	struct vcpu *vcpu = add_vcpu(&self->vm, 0, 0);
	struct vcpu *other = add_vcpu(&self->vm, 1, 1);
	struct runner runner = { 0 };
	int stats = stats_of(other);
	unsigned int i;

	pic_init(vcpu, 0);
	guest_out8(vcpu, PIC_ELCR_PRIMARY, 1 << PIC_PIN);
	vm_irq_line(&self->vm, PIC_PIN, 1);
	guest_on_vectors(vcpu, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY | GUEST_ONCE);
	start(&runner, other, GUEST_OP_SPIN_UNTIL);
	EXPECT_TRUE(EVENTUALLY(guest_cpu(other)->spins));
	for (i = 0; i < NR_UNMASKINGS; i++) {
		const struct guest_op ops[] = {
			{ GUEST_OP_OUT8, PIC_PRIMARY_DATA, 1 << PIC_PIN },
			{ GUEST_OP_STI },
			{ GUEST_OP_OUT8, PIC_PRIMARY_DATA, 0 },
			{ GUEST_OP_CLI },
		};

		guest_batch(vcpu, ops, 4);
		guest_run(vcpu);
	}
	test_note("%u vectors", guest_nr_new(vcpu));
	EXPECT_LE(NR_UNMASKINGS, guest_nr_new(vcpu));
	EXPECT_LE(nr_thrown_out(stats), counts().told);
}

/* ---- when there is nobody -------------------------------------------- */

TEST_F(sender, first_to_enter_sends)
{
	unsigned int i;

	add_vcpus(&self->vm, 2);
	send_to_bit(&self->vm, 1);
	for (i = 0; i < NR_EVENTS; i++)
		event_signal(self->event);
	guest_take(&self->vm.vcpus[1]);
	EXPECT_EQ(1, guest_nr_new(&self->vm.vcpus[1]));
	EXPECT_EQ(0, counts().kicks);
	EXPECT_EQ(0, counts().sent);
}

/* A tracer of this process's threads, which has to be another process. */
static pid_t trace(pid_t tid)
{
	int ready[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid) {
		int status;

		if (ptrace(PTRACE_SEIZE, tid, 0, 0) ||
		    ptrace(PTRACE_INTERRUPT, tid, 0, 0) ||
		    waitpid(tid, &status, __WALL) != tid)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	close(ready[0]);
	return pid;
}

static void end_trace(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The destination is not where the message says, and all but it are stopped. */
TEST_F(sender, stopped_threads_hold_up_nobody)
{
	struct runner runners[2] = { 0 };
	unsigned int i;
	pid_t pid;

	add_vcpu(&self->vm, 0, 1);
	add_vcpu(&self->vm, 1, 0);
	send_to_bit(&self->vm, 0);
	start(&runners[0], &self->vm.vcpus[0], GUEST_OP_SPIN_UNTIL);
	start(&runners[1], &self->vm.vcpus[1], GUEST_OP_HALT_UNTIL);
	EXPECT_TRUE(EVENTUALLY(guest_cpu(&self->vm.vcpus[0])->spins));
	pid = trace(runners[0].tid);
	for (i = 0; i < NR_EVENTS; i++) {
		event_signal(self->event);
		expect_taken(&self->vm.vcpus[1], i + 1);
	}
	end_trace(pid);
}

/*
 * Only the last of many vCPUs is there to send, and to take it; the message
 * names another. That is not found out with interrupts off.
 */
TEST_F(sender, one_of_many_vcpus)
{
	struct runner runner = { 0 };
	unsigned int i, id;

	for (id = 0; id < NR_LATE; id++)
		vm_add_vcpu(&self->vm, id);
	add_vcpu(&self->vm, NR_LATE, 0);
	send_to_bit(&self->vm, 0);
	start(&runner, &self->vm.vcpus[NR_LATE], GUEST_OP_HALT_UNTIL);
	for (i = 0; i < NR_EVENTS; i++) {
		ASSERT_TRUE(EVENTUALLY(is_asleep(&runner)));
		event_signal(self->event);
		expect_taken(&self->vm.vcpus[NR_LATE], i + 1);
	}
	if (variant->stacked)
		EXPECT_LE(1, counts().sent);
}

/* ---- page faults that the VMM handles -------------------------------- */

/* Faults of a page of guest memory go to the descriptor, and no further. */
static int hold_up_page(struct vm *vm)
{
	struct uffdio_register reg = {
		.range = { (unsigned long)vm->ram + HELD_PAGE, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		test_skip("no userfaultfd");
	ASSERT_EQ(0, ioctl(fd, UFFDIO_API, &api));
	ASSERT_TRUE(mmap(vm->ram + HELD_PAGE, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) != MAP_FAILED);
	ASSERT_EQ(0, ioctl(fd, UFFDIO_REGISTER, &reg));
	return fd;
}

static unsigned int nr_faults(int fd)
{
	struct uffd_msg message;
	unsigned int nr = 0;

	while (read(fd, &message, sizeof(message)) == sizeof(message))
		nr++;
	return nr;
}

static void let_page_in(struct vm *vm, int fd)
{
	struct uffdio_zeropage zero = {
		.range = { (unsigned long)vm->ram + HELD_PAGE, PAGE },
	};

	ASSERT_EQ(0, ioctl(fd, UFFDIO_ZEROPAGE, &zero));
}

/* Reads the page, then waits for an interrupt. */
static void *read_page(void *data)
{
	struct vcpu *vcpu = data;
	const struct guest_op ops[] = {
		{ GUEST_OP_READ32, HELD_PAGE },
		{ GUEST_OP_HALT_UNTIL, 0, 1 },
	};

	guest_batch(vcpu, ops, 2);
	guest_run(vcpu);
	return NULL;
}

/* @signal happens while the vCPU waits for the page, which is a few faults. */
static void expect_few_faults(struct fixture_sender *self,
			      void (*signal)(struct fixture_sender *self))
{
	int fd = hold_up_page(&self->vm);
	unsigned int i, faults = 0;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, read_page,
				    &self->vm.vcpus[0]));
	EXPECT_TRUE(EVENTUALLY((faults += nr_faults(fd))));
	for (i = 0; i < NR_SIGNALS; i++) {
		signal(self);
		usleep(500);
		faults += nr_faults(fd);
	}
	test_note("%u faults", faults);
	EXPECT_LE(faults, 4);
	let_page_in(&self->vm, fd);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_LE(1, guest_nr_new(&self->vm.vcpus[0]));
}

static void send_message(struct fixture_sender *self)
{
	event_signal(self->event);
}

TEST_F(sender, messages_leave_a_page_fault_alone)
{
	add_vcpu(&self->vm, 0, 0);
	vm_set_rte(&self->vm, GSI, VECTOR);
	expect_few_faults(self, send_message);
}

/* INTR falls and rises. */
static void pulse_intr(struct fixture_sender *self)
{
	vm_irq_line(&self->vm, PIC_PIN, 0);
	vm_irq_line(&self->vm, PIC_PIN, 1);
}

TEST_F(sender, intr_leaves_a_page_fault_alone)
{
	struct vcpu *vcpu = add_vcpu(&self->vm, 0, 0);

	pic_init(vcpu, 0);
	guest_out8(vcpu, PIC_ELCR_PRIMARY, 1 << PIC_PIN);
	guest_on_vectors(vcpu, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY | GUEST_ONCE);
	expect_few_faults(self, pulse_intr);
}

/* ---- the end --------------------------------------------------------- */

/* Its work item may be under way when the VM's last file goes. */
TEST_F(sender, vm_is_closed_while_it_sends)
{
	unsigned int i, id, rounds = stress_rounds(NR_CLOSED);

	for (i = 0; i < rounds; i++) {
		int event = event_new(0), vcpus[NR_LATE];
		struct vm vm;

		vm_open(&vm);
		vm_create_irqchip(&vm);
		for (id = 0; id < NR_LATE; id++) {
			vcpus[id] = __vm_create_vcpu(&vm, id);
			ASSERT_LE(0, vcpus[id]);
		}
		vm_set_rte(&vm, GSI, VECTOR);
		vm_irqfd(&vm, event, GSI);
		event_signal(event);
		for (id = 0; id < NR_LATE; id++)
			close(vcpus[id]);
		close(vm.fd);
		close(vm.dev);
		event_signal(event);
		close(event);
	}
}
