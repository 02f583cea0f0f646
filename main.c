// SPDX-License-Identifier: GPL-2.0
/* main.c - loading, unloading, and nothing else. */
#include "virqchip.h"
#include "objects.h"
#include "vm/vm.h"

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

/* Every file is closed and every callback has run: nothing may be left. */
static void report_left_objects(void)
{
	enum vic_object kind;

	for (kind = 0; kind < VIC_NR_OBJECTS; kind++) {
		int nr = atomic_read(&vic_objects[kind]);

		if (nr)
			pr_err("BUG: %d objects left of kind %s\n", nr,
			       vic_object_name(kind));
	}
}

static int __init vic_init(void)
{
	int ret;

	vic_debugfs_init();
	ret = vic_resort_start();
	if (ret)
		goto err_debugfs;
	ret = vic_node_init();
	if (ret)
		goto err_resort;
	return 0;

err_resort:
	vic_resort_drain();
err_debugfs:
	vic_debugfs_exit();
	return ret;
}

static void __exit vic_exit(void)
{
	vic_node_exit();
	/* A work item that is still under way may be a VM's last user. */
	vic_resort_drain();
	/* VMs, vCPUs, irqfds and tables are freed by RCU callbacks of ours. */
	rcu_barrier();
	vic_debugfs_exit();
	report_left_objects();
}

module_init(vic_init);
module_exit(vic_exit);

MODULE_DESCRIPTION("KVM's x86 interrupt controllers as a module of their own");
MODULE_AUTHOR("The virqchip developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
