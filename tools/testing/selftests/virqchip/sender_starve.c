// SPDX-License-Identifier: GPL-2.0
/*
 * sender_starve.c - how soon a vCPU that halts on a CPU with nothing else to do
 * gets the interrupt of an irqfd, while the others' threads cannot come by.
 *
 * A lane of its own and no test of the gate, since it goes by the clock: each
 * case measures KVM and then the module, in a process each, prints mean and
 * worst of both, and fails if the module's mean is more than twice KVM's, or
 * its worst more than four times, three times running. Some time is granted to
 * both, which is an emulator's.
 *
 * CPU 0 has whoever signals and whoever takes it; CPU 1 has the others, and who
 * takes it from them. Run by: run-all sender_starve
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GSI		20
#define VECTOR		IOAPIC_VECTOR(GSI)
#define DESTINATION	1
#define NR_EVENTS	60
#define TRIES		3
#define PAUSE_MS	4
#define FEW		2
#define MANY		8
#define PAGE		4096
#define HELD_PAGE	0x00200000	/* of guest memory */
#define DEBUGFS		"/sys/kernel/debug/virqchip"
#define LDR(bit)	(1u << (24 + (bit)))
#define GRANTED_MEAN_US	1000
#define GRANTED_WORST_US 20000

FIXTURE(starve) { int unused; };
FIXTURE_SETUP(starve)
{
	self->unused = 0;
}

/* How the RTE names the destination; CROSSED: by a bit that is not its id. */
enum naming { PHYSICAL, LOGICAL, CROSSED };

static const char *const namings[] = { "physical", "logical", "crossed" };

struct machine;

/**
 * struct plight - what the other vCPUs suffer
 * @begin: once, before their threads start
 * @run: what each of their threads does
 * @then: once, after that
 */
struct plight {
	void (*begin)(struct machine *machine);
	void *(*run)(void *vcpu);
	void (*then)(struct machine *machine);
};

struct machine {
	struct vm vm;
	unsigned int nr_vcpus;
	int event;
	volatile pid_t tids[VM_MAX_VCPUS];
};

/* @sent: by the module's work item */
struct result { uint64_t mean_us, worst_us, sent; };

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

static void stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(set), &set));
}

static void be(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	ASSERT_EQ(0, sched_setscheduler(0, policy, &param));
}

static void start_thread(void *(*run)(void *), void *data)
{
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, run, data));
}

/* ---- what the others suffer ------------------------------------------ */

static void *hog(void *policy)
{
	volatile unsigned long rounds = 0;

	stay_on(1);
	be((long)policy, policy ? 1 : 0);
	for (;;)
		rounds++;
	return NULL;
}

static void run_for_ever(struct vcpu *vcpu, const struct guest_op *ops,
			 unsigned int nr)
{
	struct machine *machine = (struct machine *)vcpu->vm;

	stay_on(1);
	machine->tids[vcpu->id] = syscall(SYS_gettid);
	guest_batch(vcpu, ops, nr);
	while (__guest_run(vcpu) == -EINTR)
		;
}

static void *spin(void *vcpu)
{
	const struct guest_op op = { GUEST_OP_SPIN_UNTIL, 0, UINT32_MAX };

	run_for_ever(vcpu, &op, 1);
	return NULL;
}

static void *spin_idly(void *vcpu)
{
	be(SCHED_IDLE, 0);
	return spin(vcpu);
}

static void *halt(void *vcpu)
{
	const struct guest_op op = { GUEST_OP_HALT_UNTIL, 0, UINT32_MAX };

	run_for_ever(vcpu, &op, 1);
	return NULL;
}

static void *read_page(void *vcpu)
{
	const struct guest_op op = { GUEST_OP_READ32, HELD_PAGE };

	run_for_ever(vcpu, &op, 1);
	return NULL;
}

static void hog_by_share(struct machine *machine)
{
	(void)machine;
	start_thread(hog, (void *)SCHED_OTHER);
}

static void hog_by_right(struct machine *machine)
{
	(void)machine;
	start_thread(hog, (void *)SCHED_FIFO);
}

static void hold_up_page(struct machine *machine)
{
	void *page = machine->vm.ram + HELD_PAGE;
	struct uffdio_register reg = {
		.range = { (unsigned long)page, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, UFFDIO_API, &api));
	ASSERT_TRUE(mmap(page, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) != MAP_FAILED);
	ASSERT_EQ(0, ioctl(fd, UFFDIO_REGISTER, &reg));
}

/* In another process, which a tracer has to be. */
static void stop_threads(const struct machine *machine, int ready)
{
	unsigned int id;
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (id = 0; id < machine->nr_vcpus; id++) {
		pid_t tid = machine->tids[id];

		if (id != DESTINATION &&
		    (ptrace(PTRACE_SEIZE, tid, 0, 0) ||
		     ptrace(PTRACE_INTERRUPT, tid, 0, 0) ||
		     waitpid(tid, &status, __WALL) != tid))
			_exit(1);
	}
	if (write(ready, "x", 1) == 1)
		pause();
	_exit(1);
}

static void stop_all(struct machine *machine)
{
	int ready[2];
	char byte;

	ASSERT_EQ(0, pipe(ready));
	if (!fork())
		stop_threads(machine, ready[1]);
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
}

static const struct plight nothing = { .run = halt };
static const struct plight sched_idle = { hog_by_share, spin_idly };
static const struct plight sched_fifo = { .run = spin, .then = hog_by_right };
static const struct plight stopped = { .run = spin, .then = stop_all };
static const struct plight userfault = { hold_up_page, read_page };
static const struct plight outside = { NULL };

/* ---- measuring ------------------------------------------------------- */

static sem_t taken;
static volatile uint64_t taken_us;

static void take_time(struct vcpu *vcpu, unsigned int vector)
{
	(void)vcpu;
	(void)vector;
	taken_us = now_us();
	sem_post(&taken);
}

static void *take(void *vcpu)
{
	stay_on(0);
	guest_begin(vcpu, GUEST_OP_HALT_UNTIL, 0, UINT32_MAX);
	guest_run(vcpu);
	return NULL;
}

static void make_machine(struct machine *machine, enum naming naming)
{
	unsigned int id;

	vm_open_with_chips(&machine->vm);
	for (id = 0; id < machine->nr_vcpus; id++) {
		struct vcpu *vcpu = vm_add_vcpu(&machine->vm, id);

		lapic_enable(vcpu);
		lapic_set(vcpu, LAPIC_LDR, LDR(naming == CROSSED ? id ^ 1 : id));
		guest_on_vectors(vcpu, VECTOR, VECTOR,
				 GUEST_EXIT | GUEST_EOI_LAPIC);
		vcpu->on_irq = take_time;
	}
	if (naming == PHYSICAL)
		vm_set_rte(&machine->vm, GSI, VECTOR | RTE_DEST(DESTINATION));
	else
		vm_set_rte(&machine->vm, GSI, VECTOR | RTE_LOGICAL |
			   RTE_DEST(naming == CROSSED ? 1 << (DESTINATION ^ 1) :
							1 << DESTINATION));
	machine->event = event_new(0);
	vm_irqfd(&machine->vm, machine->event, GSI);
}

static void start_others(struct machine *machine, const struct plight *plight)
{
	unsigned int id;

	if (plight->begin)
		plight->begin(machine);
	for (id = 0; plight->run && id < machine->nr_vcpus; id++) {
		if (id == DESTINATION)
			continue;
		start_thread(plight->run, &machine->vm.vcpus[id]);
		ASSERT_TRUE(EVENTUALLY(machine->tids[id]));
	}
	/* Until they are where they are to be. */
	sleep_ms(100);
	if (plight->then)
		plight->then(machine);
}

/* VMs are numbered upwards, and ours is the last. */
static uint64_t sent_by_work_item(void)
{
	unsigned long newest = 0, sent = 0;
	DIR *directory = opendir(DEBUGFS);
	struct dirent *entry;
	char path[100];
	FILE *file;

	ASSERT_TRUE(directory != NULL);
	while ((entry = readdir(directory))) {
		unsigned long id = strtoul(entry->d_name, NULL, 10);

		if (id > newest)
			newest = id;
	}
	closedir(directory);
	snprintf(path, sizeof(path), DEBUGFS "/%lu/senders", newest);
	file = fopen(path, "r");
	if (!file)
		return 0;
	while (fscanf(file, "vcpu %*u kicked %*u\n") != EOF &&
	       fscanf(file, "last resort sent %lu", &sent) != 1)
		;
	fclose(file);
	return sent;
}

static struct result measure(const struct plight *plight, enum naming naming,
			     unsigned int nr_vcpus)
{
	static struct machine machine;
	struct result result = { 0 };
	uint64_t sum_us = 0;
	unsigned int i;

	stay_on(0);
	ASSERT_EQ(0, sem_init(&taken, 0, 0));
	machine.nr_vcpus = nr_vcpus;
	make_machine(&machine, naming);
	start_others(&machine, plight);
	start_thread(take, &machine.vm.vcpus[DESTINATION]);
	for (i = 0; i < NR_EVENTS; i++) {
		uint64_t start, us;

		sleep_ms(PAUSE_MS + i % 3);
		start = now_us();
		event_signal(machine.event);
		sem_wait(&taken);
		us = taken_us - start;
		sum_us += us;
		if (us > result.worst_us)
			result.worst_us = us;
	}
	result.mean_us = sum_us / NR_EVENTS;
	result.sent = variant->stacked ? sent_by_work_item() : 0;
	return result;
}

/* In a process of its own: it takes its threads and its VM with it. */
static struct result measure_on(const struct variant *on,
				const struct plight *plight,
				enum naming naming, unsigned int nr_vcpus)
{
	struct result result;
	int pipes[2];
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid) {
		variant = on;
		result = measure(plight, naming, nr_vcpus);
		_exit(write(pipes[1], &result, sizeof(result)) !=
		      sizeof(result));
	}
	close(pipes[1]);
	ASSERT_EQ(sizeof(result), read(pipes[0], &result, sizeof(result)));
	close(pipes[0]);
	waitpid(pid, NULL, 0);
	return result;
}

static bool is_as_good(const struct result *ours, const struct result *theirs)
{
	return ours->mean_us <= 2 * theirs->mean_us + GRANTED_MEAN_US &&
	       ours->worst_us <= 4 * theirs->worst_us + GRANTED_WORST_US;
}

static bool compare(const struct plight *plight, enum naming naming,
		    unsigned int nr_vcpus)
{
	static const struct variant kvm = { "kvm", "/dev/kvm", false };
	struct result theirs = measure_on(&kvm, plight, naming, nr_vcpus);
	struct result ours = measure_on(variant, plight, naming, nr_vcpus);

	test_note("%u vCPUs, %s: us on KVM %llu worst %llu, here %llu worst %llu, work item %llu",
		  nr_vcpus, namings[naming],
		  (unsigned long long)theirs.mean_us,
		  (unsigned long long)theirs.worst_us,
		  (unsigned long long)ours.mean_us,
		  (unsigned long long)ours.worst_us,
		  (unsigned long long)ours.sent);
	return is_as_good(&ours, &theirs);
}

/* An emulator that stands still for a moment does so for either of them. */
static void expect_as_good(const struct plight *plight, enum naming naming,
			   unsigned int nr_vcpus)
{
	unsigned int tries;

	for (tries = 0; tries < TRIES; tries++)
		if (compare(plight, naming, nr_vcpus))
			return;
	EXPECT_LT(tries, TRIES);
}

static void compare_all(const struct plight *plight)
{
	enum naming naming;

	for (naming = PHYSICAL; naming <= CROSSED; naming++) {
		expect_as_good(plight, naming, FEW);
		expect_as_good(plight, naming, MANY);
	}
}

TEST_F_WITH(starve, while_the_others_halt, .only = "stacked")
{
	compare_all(&nothing);
}

TEST_F_WITH(starve, while_the_others_are_sched_idle, .only = "stacked")
{
	compare_all(&sched_idle);
}

TEST_F_WITH(starve, while_the_others_are_below_sched_fifo, .only = "stacked")
{
	compare_all(&sched_fifo);
}

TEST_F_WITH(starve, while_the_others_are_stopped, .only = "stacked")
{
	compare_all(&stopped);
}

TEST_F_WITH(starve, while_the_others_wait_for_a_page, .only = "stacked")
{
	compare_all(&userfault);
}

TEST_F_WITH(starve, while_the_others_are_with_their_vmm, .only = "stacked")
{
	compare_all(&outside);
}
