// SPDX-License-Identifier: GPL-2.0
/*
 * ops_process.c - operations on what is around VMs: eventfds, the windows that
 * the module maps into its VMM, file descriptors, processes, signals.
 */
#define _GNU_SOURCE
#include "ops.h"
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEBUGFS	"/sys/kernel/debug/virqchip"

/* ---- eventfds -------------------------------------------------------- */

static volatile int *event(struct world *world, const struct call *call)
{
	return &world->events[call->args[0] % NR_EVENTS];
}

long run_event_new(struct world *world, const struct call *call)
{
	int fd = eventfd(call->args[1] & 1, EFD_CLOEXEC | EFD_NONBLOCK |
			 (call->args[1] & 4 ? EFD_SEMAPHORE : 0));

	if (fd < 0)
		return -errno;
	*event(world, call) = fd;
	return 0;
}

long run_event_write(struct world *world, const struct call *call)
{
	unsigned int i;
	long result = 0;

	for (i = 0; i <= call->args[1] % 31; i++)
		result = eventfd_write(*event(world, call), 1);
	return result;
}

long run_event_read(struct world *world, const struct call *call)
{
	eventfd_t count;

	return eventfd_read(*event(world, call), &count);
}

long run_event_close(struct world *world, const struct call *call)
{
	volatile int *slot = event(world, call);
	int fd = *slot;

	*slot = -1;
	return fd < 0 ? -EBADF : close(fd);
}

/* ---- windows --------------------------------------------------------- */

struct range {
	char *start;
	size_t size;
};

static bool find_window(uint64_t number, struct range *range)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[256];
	bool found = false;

	while (maps && !found && fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "virqchip-window") || (number-- & 3))
			continue;
		found = sscanf(line, "%lx-%lx", &start, &end) == 2;
		*range = (struct range) { (char *)start, end - start };
	}
	if (maps)
		fclose(maps);
	return found;
}

long run_window_protect(struct world *world, const struct call *call)
{
	struct range range;

	(void)world;
	if (!find_window(call->args[0], &range))
		return -ENOENT;
	return mprotect(range.start, range.size, call->args[1]);
}

long run_window_unmap(struct world *world, const struct call *call)
{
	struct range range;

	(void)world;
	if (!find_window(call->args[0], &range))
		return -ENOENT;
	return munmap(range.start, range.size);
}

/* The VMM's own memory in its place, with arguments of the VMM's. */
long run_window_cover(struct world *world, const struct call *call)
{
	struct range range;
	struct random r;

	(void)world;
	if (!find_window(call->args[0], &range))
		return -ENOENT;
	if (mmap(range.start, range.size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	random_seed(&r, call->args[1]);
	random_scatter(&r, range.start, range.size, call->args[2]);
	return 0;
}

long run_window_move(struct world *world, const struct call *call)
{
	struct range range;

	(void)world;
	if (!find_window(call->args[0], &range))
		return -ENOENT;
	return mremap(range.start, range.size, 2 * range.size,
		      MREMAP_MAYMOVE) == MAP_FAILED ? -errno : 0;
}

/* Past the protection, as a debugger writes. */
long run_window_poke(struct world *world, const struct call *call)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	const uint64_t noise = 0x1badc0de;
	struct range range;
	long result = -ENOENT;

	(void)world;
	if (fd < 0)
		return -errno;
	if (find_window(call->args[0], &range))
		result = pwrite(fd, &noise, sizeof(noise),
				(off_t)(uintptr_t)range.start);
	close(fd);
	return result;
}

/* ---- file descriptors ------------------------------------------------ */

static int some_file(struct world *world, unsigned int which)
{
	static const char *const paths[] = { "/dev/null", "/proc/self/maps" };

	switch (which % 6) {
	case 0:
	case 1:
		return open(paths[which % 6], O_RDONLY | O_CLOEXEC);
	case 2:
		return eventfd(0, EFD_CLOEXEC);
	case 3:
		return dup(world->vms[0]);
	case 4:
		return dup(world->vcpus[0].fd);
	default:
		return dup(world->nodes[0]);
	}
}

/* Put another file where somebody may be about to look for his own. */
long run_replace_fd(struct world *world, const struct call *call)
{
	int fd = some_file(world, call->args[1]);
	unsigned int i;
	long result = 0;

	if (fd < 0)
		return -errno;
	for (i = 0; i <= call->args[2] % 31; i++)
		result = dup2(fd, call->args[0] % 40 + FIRST_FD);
	close(fd);
	return result;
}

long run_close_fd(struct world *world, const struct call *call)
{
	(void)world;
	return close(call->args[0] % 40 + FIRST_FD);
}

long run_dup_vm(struct world *world, const struct call *call)
{
	int fd = dup(world->vms[call->args[0] % NR_VMS]);

	if (fd < 0)
		return -errno;
	world->vms[call->args[1] % NR_VMS] = fd;
	return 0;
}

union fds_message {
	struct cmsghdr head;
	char space[CMSG_SPACE(2 * sizeof(int))];
};

/* Sent to ourselves and left unread in a socket that is then closed. */
long run_pass_fds(struct world *world, const struct call *call)
{
	int fds[2] = { world->vms[call->args[0] % NR_VMS],
		       world->vcpus[call->args[1] % NR_VCPUS].fd };
	union fds_message control = {
		.head = { .cmsg_len = CMSG_LEN(sizeof(fds)),
			  .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS },
	};
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int ends[2];
	long result;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	memcpy(CMSG_DATA(&control.head), fds, sizeof(fds));
	result = sendmsg(ends[0], &message, MSG_DONTWAIT);
	if (result == 1)
		result = recvmsg(ends[1], &message, MSG_DONTWAIT);
	close(ends[0]);
	close(ends[1]);
	return result;
}

/* Another address space: every ioctl must refuse, and closing must be safe. */
static void be_a_child(int vm, int vcpu)
{
	struct kvm_irq_level line = { .irq = 4, .level = 1 };
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };
	struct kvm_lapic_state lapic;

	ioctl(vm, KVM_IRQ_LINE, &line);
	ioctl(vm, KVM_GET_IRQCHIP, &chip);
	ioctl(vm, KVM_CREATE_VCPU, 7);
	ioctl(vm, KVM_CREATE_IRQCHIP, 0);
	ioctl(vcpu, KVM_RUN, 0);
	ioctl(vcpu, KVM_GET_LAPIC, &lapic);
	close(vm);
	close(vcpu);
}

long run_fork(struct world *world, const struct call *call)
{
	int vm = world->vms[call->args[0] % NR_VMS];
	int vcpu = world->vcpus[call->args[1] % NR_VCPUS].fd;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		be_a_child(vm, vcpu);
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* No descriptor above it: ioctls that make or need one have to fail. */
long run_limit_fds(struct world *world, const struct call *call)
{
	struct rlimit limit;

	(void)world;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	limit.rlim_cur = call->args[0] & 1 ? limit.rlim_max :
			 call->args[0] % 40 + FIRST_FD;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- the rest -------------------------------------------------------- */

static void read_file(const char *directory, const char *name)
{
	char path[512], bytes[1024];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s", DEBUGFS, directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	close(fd);
}

long run_read_debugfs(struct world *world, const struct call *call)
{
	DIR *dir = opendir(DEBUGFS);
	struct dirent *entry;

	(void)world;
	(void)call;
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		read_file(entry->d_name, "pins");
		read_file(entry->d_name, "routes");
		read_file(entry->d_name, "irqfds");
	}
	closedir(dir);
	return 0;
}

long run_signal(struct world *world, const struct call *call)
{
	return -pthread_kill(world->threads[call->args[0] % (MAX_THREADS + 1)],
			     SIGUSR1);
}

long run_pause(struct world *world, const struct call *call)
{
	(void)world;
	return usleep(call->args[0] * 20);
}
