// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - bench NODE [PREFIX]: every measurement whose name begins so.
 *
 * A line each: name, median, least and most, separated by tabs; or name and
 * n/a, with the reason on stderr.
 */
#include "bench.h"
#include "chips.h"
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds; an interrupt that is lost must not hang the run. */
#define TIMEOUT		120

/* What the borrowed helpers open. */
const struct variant *variant;

static const struct bench *const groups[] = {
	base_benches, line_benches, chip_benches, eventfd_benches,
	route_benches, life_benches, exit_benches, rtrip_benches,
};

/** bench_vm() - chips with everything masked, and one vCPU with its LAPIC on */
void bench_vm(struct vm *vm)
{
	struct kvm_pic_state pic;
	unsigned int chip;

	vm_open_with_chips(vm);
	lapic_enable(vm_add_vcpu(vm, 0));
	for (chip = KVM_IRQCHIP_PIC_MASTER; chip <= KVM_IRQCHIP_PIC_SLAVE;
	     chip++) {
		pic = vm_pic(vm, chip);
		pic.imr = 0xff;
		vm_set_pic(vm, chip, &pic);
	}
}

/** bench_route_pin() - the pin is the IOAPIC's alone; one GSI is a message */
void bench_route_pin(struct vm *vm)
{
	struct routes *routes = routes_new();

	routes_add_pin(routes, BENCH_PIN, KVM_IRQCHIP_IOAPIC, BENCH_PIN);
	routes_add_msi(routes, BENCH_MSI_GSI, MSI_ADDRESS(0), BENCH_VECTOR);
	vm_set_routes(vm, routes);
	free(routes);
}

/* True if it printed its result. */
static bool run_child(const struct bench *bench)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		alarm(TIMEOUT);
		bench->run(bench->arg);
		exit(EXIT_SUCCESS);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	if (WIFSIGNALED(status))
		fprintf(stderr, "%s %s: signal %d\n", variant->node,
			bench->name, WTERMSIG(status));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void run_group(const struct bench *bench, const char *prefix)
{
	for (; bench->name; bench++) {
		if (strncmp(bench->name, prefix, strlen(prefix)))
			continue;
		printf("%s\t", bench->name);
		if (!run_child(bench))
			printf("n/a\n");
	}
}

int main(int argc, char **argv)
{
	static struct variant node = { .name = "bench" };
	struct rlimit files = { .rlim_cur = 8192, .rlim_max = 8192 };
	unsigned int i;

	if (argc < 2) {
		fprintf(stderr, "usage: bench NODE [PREFIX]\n");
		return 2;
	}
	node.node = argv[1];
	variant = &node;
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		run_group(groups[i], argc > 2 ? argv[2] : "");
	return 0;
}
