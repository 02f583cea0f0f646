// SPDX-License-Identifier: GPL-2.0
/*
 * life_test.c - many VMs, and processes that tamper with what the module mapped
 * into them. An error or a clean end, never a crash, a hang or a leak: whoever
 * runs this looks at the kernel's log. Processes that die are in kill_test.c.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR_VMS			200
#define NR_VMS_AT_ONCE		20
#define MAX_WINDOWS		16
#define PIN			20
#define VECTOR			IOAPIC_VECTOR(PIN)
#define MSI_GSI			40
#define PAGE			4096
#define NR_VCPUS		200

FIXTURE(life) { struct vm vm; };
FIXTURE_SETUP(life)
{
	vm_open_with_chips(&self->vm);
}

static void vm_close(struct vm *vm)
{
	close(vm->fd);
	close(vm->dev);
	if (vm->ram)
		munmap(vm->ram, VM_RAM_SIZE);
}

TEST_F(life, two_hundred_vms_one_after_the_other)
{
	unsigned int i;

	for (i = 0; i < NR_VMS; i++) {
		int vcpu;

		vm_open(&self->vm);
		vm_create_irqchip(&self->vm);
		if (i % 2)
			vm_create_pit2(&self->vm, 0);
		vcpu = __vm_create_vcpu(&self->vm, 0);
		ASSERT_LE(0, vcpu);
		vm_irq_line(&self->vm, 4, 1);
		if (i % 3)
			close(vcpu);
		vm_close(&self->vm);
		if (i % 3 == 0)
			close(vcpu);
	}
}

TEST_F(life, many_vms_at_once)
{
	static struct vm vms[NR_VMS_AT_ONCE];
	unsigned int i;

	for (i = 0; i < NR_VMS_AT_ONCE; i++) {
		vm_open(&vms[i]);
		vm_create_irqchip(&vms[i]);
		vm_create_pit2(&vms[i], 0);
		ASSERT_LE(0, __vm_create_vcpu(&vms[i], 0));
	}
	vm_irq_line(&vms[7], 4, 1);
	for (i = 0; i < NR_VMS_AT_ONCE; i++)
		EXPECT_EQ(i == 7 ? 1 << 4 : 0, vm_pic(&vms[i], 0).irr);
}

#define NR_REPLACED	3
#define NR_TRIES	100

struct replacer {
	int first;
	int file;
	volatile bool stop;
};

static void *replace_for_ever(void *data)
{
	struct replacer *replacer = data;
	int i;

	for (i = 0; !replacer->stop; i = (i + 1) % NR_REPLACED)
		dup2(replacer->file, replacer->first + i);
	return NULL;
}

/*
 * A thread that puts another file where a new VM's, or vCPU's, is to be: a
 * pipe's, which has ioctls and no module, as KVM's where KVM is built in.
 */
TEST_F(life, descriptors_replaced_while_they_are_made)
{
	int i, fd, ends[2], tries = stress_rounds(NR_TRIES);
	struct replacer replacer = { .stop = false };
	pthread_t thread;

	ASSERT_EQ(0, pipe(ends));
	replacer.file = ends[0];
	replacer.first = dup(replacer.file);
	ASSERT_EQ(0, pthread_create(&thread, NULL, replace_for_ever,
				    &replacer));
	for (i = 0; i < tries; i++) {
		for (fd = 0; fd < NR_REPLACED; fd++)
			close(replacer.first + fd);
		fd = i % 2 ? __sys_ioctl_value(self->vm.dev, KVM_CREATE_VM, 0) :
		     __vm_create_vcpu(&self->vm, i % 1000);
		if (fd < 0 && fd != -EBADF && fd != -EEXIST)
			EXPECT_EQ(0, fd);
		/* Perhaps not what was made; then this is an error, too. */
		if (fd >= 0)
			__sys_ioctl_value(fd, KVM_CHECK_EXTENSION, 0);
	}
	replacer.stop = true;
	pthread_join(thread, NULL);
}

TEST_F(life, eventfds_outlive_their_vm)
{
	int event = event_new(0), resample = event_new(0);

	vm_irqfd(&self->vm, event, PIN);
	vm_irqfd_resample(&self->vm, event_new(0), PIN + 1, resample);
	vm_close(&self->vm);
	sleep_ms(20);
	event_signal(event);
	EXPECT_TRUE(event_is_signalled(event));
	event_signal(resample);
}

TEST_F(life, child_that_closes_everything_harms_nobody)
{
	struct vcpu *vcpu = vm_add_vcpu(&self->vm, 0);
	int event = event_new(0);
	pid_t pid;

	vm_set_rte(&self->vm, PIN, VECTOR);
	lapic_enable(vcpu);
	vm_irqfd(&self->vm, event, PIN);
	pid = fork();
	if (!pid) {
		close(vcpu->fd);
		close(event);
		vm_close(&self->vm);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	event_signal(event);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(vcpu, VECTOR)));
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, VECTOR);
}

TEST_F(life, program_that_was_started_has_no_vm)
{
	char path[] = "/proc/self/exe", list[] = "-l";
	struct vcpu *vcpu = vm_add_vcpu(&self->vm, 0);
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		execl(path, path, list, NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(IOAPIC_VERSION_24_PINS, ioapic_read(vcpu, IOAPIC_VERSION));
}

/* exec() in the process that made the VM: its memory goes, then its files. */
TEST_F(life, maker_may_exec_while_a_vcpu_runs)
{
	char path[] = "/proc/self/exe", list[] = "-l";
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct vm vm;
		struct vcpu *vcpu;

		vm_open_with_chips(&vm);
		vm_create_pit2(&vm, 0);
		vcpu = vm_add_vcpu(&vm, 0);
		guest_run_in_thread(vcpu, GUEST_OP_SPIN_UNTIL, UINT32_MAX);
		sleep_ms(10);
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		execl(path, path, list, NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

/* What the module has mapped into this process, by /proc/self/maps. */
struct window {
	void *start;
	size_t size;
};

static unsigned int find_windows(struct window *windows)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned int nr = 0;
	char line[512];

	ASSERT_TRUE(maps != NULL);
	while (nr < MAX_WINDOWS && fgets(line, sizeof(line), maps)) {
		unsigned long start, end;

		if (!strstr(line, "virqchip") || strstr(line, "_test"))
			continue;
		if (sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		windows[nr++] = (struct window) {
			(void *)start, end - start,
		};
	}
	fclose(maps);
	return nr;
}

/* Everything that may need an argument in the process's memory. */
static void use_everything(struct vm *vm)
{
	struct routes *r = routes_new();
	struct vcpu *vcpu = &vm->vcpus[0];
	struct kvm_lapic_state lapic;
	struct kvm_irqchip chip;
	int status, event = event_new(1);

	routes_add_default(r);
	routes_add_msi(r, 40, MSI_ADDRESS(0), VECTOR);
	__vm_set_routes(vm, r);
	__vm_irq_line_status(vm, PIN, 1, &status);
	__vm_irq_line_status(vm, PIN, 0, &status);
	__vm_irq_line_status(vm, 5, 1, &status);
	__vm_irqfd(vm, event, PIN, 0, 0);
	__vm_irqfd(vm, event_new(1), 40, 0, 0);
	__sys_ioctl(vcpu->fd, KVM_GET_LAPIC, &lapic);
	__vm_get_irqchip(vm, KVM_IRQCHIP_IOAPIC, &chip);
	__vm_set_irqchip(vm, &chip);
	guest_batch(vcpu, (const struct guest_op[]) {
		{ GUEST_OP_WRITE32, IOAPIC_SELECT, IOAPIC_RTE_LOW(PIN) },
		{ GUEST_OP_WRITE32, IOAPIC_WINDOW, VECTOR | RTE_LEVEL },
		{ GUEST_OP_TAKE },
	}, 3);
	for (status = 0; status < 20; status++)
		__vcpu_run(vcpu);
	close(event);
	sleep_ms(5);
}

static void make_busy_vm(struct vm *vm)
{
	vm_open_with_chips(vm);
	vm_create_pit2(vm, 0);
	lapic_enable(vm_add_vcpu(vm, 0));
	guest_on_vectors(&vm->vcpus[0], 0, UINT8_MAX, GUEST_EOI_LAPIC);
	vm_set_rte(vm, PIN, VECTOR | RTE_LEVEL);
	use_everything(vm);
}

/* In a child: whatever happens to it, it must not be the kernel's fault. */
static void tamper(void (*with)(struct window *window))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct window windows[MAX_WINDOWS];
		static struct vm vm, other;
		unsigned int nr, i;

		make_busy_vm(&vm);
		nr = find_windows(windows);
		for (i = 0; i < nr; i++)
			with(&windows[i]);
		use_everything(&vm);
		/* A VM that nobody tampered with works in the same process. */
		make_busy_vm(&other);
		EXPECT_EQ(1, __vm_signal_msi(&other, MSI_ADDRESS(0), VECTOR));
		fflush(stdout);
		_exit(test_failed());
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

static void unmap(struct window *window)
{
	EXPECT_EQ(0, munmap(window->start, window->size));
}

static void map_over(struct window *window)
{
	EXPECT_TRUE(mmap(window->start, window->size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
		    MAP_FAILED);
	memset(window->start, UINT8_MAX, window->size);
}

static void forbid(struct window *window)
{
	EXPECT_EQ(0, mprotect(window->start, window->size, PROT_NONE));
}

static void make_writable(struct window *window)
{
	EXPECT_EQ(-1, mprotect(window->start, window->size,
			       PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
}

static void advise(struct window *window)
{
	static const int advices[] = {
		MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_HUGEPAGE,
		MADV_MERGEABLE, MADV_DOFORK, MADV_PAGEOUT,
	};
	unsigned int i;

	for (i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		madvise(window->start, window->size, advices[i]);
}

static void grow_and_move(struct window *window)
{
	EXPECT_TRUE(mremap(window->start, window->size, window->size + PAGE,
			   MREMAP_MAYMOVE) == MAP_FAILED);
	mremap(window->start, window->size, window->size, MREMAP_MAYMOVE |
	       MREMAP_FIXED, (char *)bytes_before_hole(PAGE) - 64 * PAGE);
}

TEST_F_WITH(life, window_is_unmapped, .only = "stacked")
{
	tamper(unmap);
}

static struct routes *messages(unsigned int nr)
{
	struct routes *r = routes_new();
	unsigned int i;

	for (i = 0; i < nr; i++)
		routes_add_msi(r, 40 + i, MSI_ADDRESS(0), VECTOR);
	return r;
}

/* A window that becomes too small is unmapped, but not what is there instead. */
TEST_F_WITH(life, window_is_mapped_over_in_part, .only = "stacked")
{
	struct window windows[MAX_WINDOWS];
	unsigned int nr;
	char *own = NULL;

	vm_set_routes(&self->vm, messages(100));
	nr = find_windows(windows);
	while (nr--) {
		if (windows[nr].size < 2 * PAGE)
			continue;
		own = mmap(windows[nr].start + PAGE, PAGE,
			   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
			   MAP_FIXED, -1, 0);
	}
	ASSERT_TRUE(own != NULL && own != MAP_FAILED);
	*own = 1;
	vm_set_routes(&self->vm, messages(1000));
	EXPECT_EQ(0, msync(own, PAGE, MS_ASYNC));
	EXPECT_EQ(1, *own);
}

/* The VMM is told, and the pair has not lost what KVM did not get. */
TEST_F_WITH(life, window_is_unmapped_before_a_vector, .only = "stacked")
{
	struct window windows[MAX_WINDOWS];
	struct vcpu *vcpu;
	unsigned int nr;

	vm_open_with_chips(&self->vm);
	vcpu = vm_add_vcpu(&self->vm, 0);
	pic_init(vcpu, 0);
	guest_op(vcpu, GUEST_OP_STI, 0, 0);
	nr = find_windows(windows);
	while (nr--)
		unmap(&windows[nr]);
	vm_irq_pulse(&self->vm, 5);
	guest_begin(vcpu, GUEST_OP_TAKE, 0, 0);
	EXPECT_EQ(-EFAULT, __vcpu_run(vcpu));
	EXPECT_EQ(1 << 5, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).isr);
}

TEST_F_WITH(life, window_is_mapped_over, .only = "stacked")
{
	tamper(map_over);
}

TEST_F_WITH(life, window_is_made_inaccessible, .only = "stacked")
{
	tamper(forbid);
}

TEST_F_WITH(life, window_cannot_be_made_writable, .only = "stacked")
{
	tamper(make_writable);
}

TEST_F_WITH(life, window_is_advised_about, .only = "stacked")
{
	tamper(advise);
}

TEST_F_WITH(life, window_is_moved, .only = "stacked")
{
	tamper(grow_and_move);
}

static void each_window(void (*change)(struct window *window))
{
	struct window windows[MAX_WINDOWS];
	unsigned int nr = find_windows(windows), i;

	EXPECT_TRUE(nr > 0);
	for (i = 0; i < nr; i++)
		change(&windows[i]);
}

static void allow(struct window *window)
{
	EXPECT_EQ(0, mprotect(window->start, window->size, PROT_READ));
}

static struct vcpu *make_vm_with_message(struct vm *vm)
{
	struct routes *r = routes_new();
	struct vcpu *vcpu = vm_add_vcpu(vm, 0);

	routes_add_default(r);
	routes_add_msi(r, MSI_GSI, MSI_ADDRESS(0), VECTOR - 1);
	vm_set_routes(vm, r);
	lapic_enable(vcpu);
	guest_on_vectors(vcpu, 0, UINT8_MAX, GUEST_EOI_LAPIC);
	vm_set_rte(vm, PIN, VECTOR);
	guest_take(vcpu);
	return vcpu;
}

/* Whoever asks for the line is told, KVM_RUN need not be; nothing is lost. */
TEST_F_WITH(life, line_whose_message_cannot_be_sent_fails_and_stays_due,
	    .only = "stacked")
{
	struct vcpu *vcpu = make_vm_with_message(&self->vm);
	int status;

	each_window(forbid);
	EXPECT_EQ(-EFAULT, __vm_irq_line(&self->vm, PIN, 1));
	EXPECT_EQ(-EFAULT, __vm_irq_line_status(&self->vm, MSI_GSI, 1,
						&status));
	guest_take(vcpu);
	EXPECT_NO_VECTORS(vcpu);
	each_window(allow);
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, VECTOR, VECTOR - 1);
}

TEST_F_WITH(life, vcpu_hears_once_of_a_message_that_cannot_be_sent,
	    .only = "stacked")
{
	struct vcpu *vcpu = make_vm_with_message(&self->vm);
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };
	int event = event_new(0);

	vm_irqfd(&self->vm, event, PIN);
	each_window(forbid);
	event_signal(event);
	guest_begin(vcpu, GUEST_OP_TAKE, 0, 0);
	EXPECT_EQ(-EFAULT, __vcpu_run(vcpu));
	EXPECT_EQ(0, __guest_run(vcpu));
	guest_take(vcpu);
	/* A state without it would not be the state. */
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_GET_IRQCHIP, &chip));
	EXPECT_NO_VECTORS(vcpu);
	each_window(allow);
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, VECTOR);
	each_window(forbid);
	event_signal(event);
	guest_begin(vcpu, GUEST_OP_TAKE, 0, 0);
	EXPECT_EQ(-EFAULT, __vcpu_run(vcpu));
}

TEST_F_WITH(life, window_is_not_inherited, .only = "stacked")
{
	struct window windows[MAX_WINDOWS];
	pid_t pid;
	int status;

	make_busy_vm(&self->vm);
	EXPECT_TRUE(find_windows(windows) > 0);
	pid = fork();
	if (!pid)
		_exit(find_windows(windows));
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

TEST_F_WITH(life, window_does_not_hold_the_vm, .only = "stacked")
{
	struct window windows[MAX_WINDOWS];

	make_busy_vm(&self->vm);
	munmap(self->vm.vcpus[0].run, self->vm.vcpus[0].run_size);
	close(self->vm.vcpus[0].fd);
	vm_close(&self->vm);
	/* Whatever is left of it can be read, and tells nothing. */
	test_note("%u windows are left", find_windows(windows));
	make_busy_vm(&self->vm);
}

/* The whole process shares kvm_run: somebody may write it at any time. */
static void *scribble(void *data)
{
	struct kvm_run *run = data;

	for (;;) {
		run->io.data_offset = random();
		run->io.count = random();
		run->io.size = random();
		run->io.port = random();
		run->mmio.len = random();
		run->mmio.phys_addr = random();
		run->exit_reason = random() % 40;
		run->eoi.vector = random();
		run->request_interrupt_window = random();
		run->ready_for_interrupt_injection = random();
		run->immediate_exit = random() & 1;
	}
	return NULL;
}

static void run_scribbled(void)
{
	static struct vm vm;
	struct vcpu *vcpu;
	uint64_t end = now_ms() + 1000;
	pthread_t thread;

	vm_open_with_chips(&vm);
	vm_create_pit2(&vm, KVM_PIT_SPEAKER_DUMMY);
	vcpu = vm_add_vcpu(&vm, 0);
	lapic_enable(vcpu);
	pthread_create(&thread, NULL, scribble, vcpu->run);
	while (now_ms() < end) {
		unsigned int i;

		guest_batch(vcpu, (const struct guest_op[]) {
			{ GUEST_OP_OUTS8, PIC_PRIMARY_DATA, 200 },
			{ GUEST_OP_INS8, PIT_CHANNEL(0), 200 },
			{ GUEST_OP_IN16, PIC_ELCR_PRIMARY },
			{ GUEST_OP_READ32, IOAPIC_WINDOW },
			{ GUEST_OP_WRITE32, IOAPIC_SELECT, 1 },
		}, 5);
		vm_irq_line(&vm, 3, now_ms() & 1);
		for (i = 0; i < 50; i++)
			__vcpu_run(vcpu);
	}
	_exit(0);
}

TEST_F(life, run_page_is_scribbled_over)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		run_scribbled();
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

/* Memory over the place where the next mapping will be, and away again. */
static void map_at(void *place)
{
	mmap(place, 2 * PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	munmap(place, 2 * PAGE);
}

/* With ready_for_interrupt_injection the module leaves its mark. */
static bool has_right_run_page(int fd, struct kvm_run *run, size_t size)
{
	ASSERT_TRUE(mmap(run, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, fd, 0) == run);
	run->immediate_exit = 1;
	run->ready_for_interrupt_injection = 0;
	EXPECT_EQ(-EINTR, __sys_ioctl_value(fd, KVM_RUN, 0));
	return run->ready_for_interrupt_injection;
}

/* KVM's run page is found by a mapping that the VMM can change meanwhile. */
TEST_F_WITH(life, run_page_is_mapped_over_while_it_is_looked_up,
	    .only = "stacked")
{
	size_t size = __sys_ioctl_value(self->vm.dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct gang gang = { .stop = false };
	unsigned int id, refused = 0;
	void *run, *place;
	int fd;

	run = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	place = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	gang_add(&gang, map_at, place);
	for (id = 0; id < NR_VCPUS; id++) {
		while ((fd = __vm_create_vcpu(&self->vm, id)) == -EFAULT)
			refused++;
		ASSERT_LE(0, fd);
		EXPECT_TRUE(has_right_run_page(fd, run, size));
		close(fd);
	}
	gang_disband(&gang);
	test_note("refused %u times", refused);
}
