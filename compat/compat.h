/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - bends older kernels to the newest one, for which the sources are
 * written. Kbuild includes it before everything else; no other file knows a
 * kernel version. Each shim names the version and the change that made it
 * necessary.
 */
#ifndef VIC_COMPAT_H
#define VIC_COMPAT_H

/* Set once, for every file, before the first header can. */
#define pr_fmt(fmt)	KBUILD_MODNAME ": " fmt

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "virqchip wants Linux 6.1 or newer"
#endif

#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/* 6.2, "driver core: make struct class.devnode() take a const *" */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
typedef struct device vic_devnode_device;
#else
typedef const struct device vic_devnode_device;
#endif

/* 6.3, "mm: introduce vma->vm_flags wrapper functions" */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vic_vm_flags_mod(struct vm_area_struct *vma,
				    unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#define vm_flags_mod	vic_vm_flags_mod
#endif

/* 6.5, "mm/gup: remove vmas parameter from get_user_pages()" */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define get_user_pages(start, nr_pages, gup_flags, pages) \
	get_user_pages(start, nr_pages, gup_flags, pages, NULL)
#endif

/* 6.7, "file: convert to SLAB_TYPESAFE_BY_RCU" brought get_file_active() */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline struct file *vic_get_file_active(struct file **file)
{
	return get_file_rcu(*file) ? *file : NULL;
}
#define get_file_active	vic_get_file_active
#endif

/* 6.8, "eventfd: simplify eventfd_signal()" dropped the count */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
static inline void vic_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx, 1);
}
#define eventfd_signal	vic_eventfd_signal
#endif

/* 6.12, "KVM: x86: Add a hint that immediate_exit is unsafe" renamed the byte */
#ifdef HINT_UNSAFE_IN_KVM
#define vic_run_immediate_exit_ptr(run)	(&(run)->immediate_exit__unsafe)
#else
#define vic_run_immediate_exit_ptr(run)	(&(run)->immediate_exit)
#endif
#define vic_run_immediate_exit(run)	READ_ONCE(*vic_run_immediate_exit_ptr(run))

/* 6.11, "KVM: x86: Add KVM_RUN_X86_GUEST_MODE kvm_run flag" */
#ifndef KVM_RUN_X86_GUEST_MODE
#define KVM_RUN_X86_GUEST_MODE	0
#endif

/* 6.13, "hrtimers: Introduce hrtimer_setup() to replace hrtimer_init()" */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void
vic_hrtimer_setup(struct hrtimer *timer,
		  enum hrtimer_restart (*function)(struct hrtimer *),
		  clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#define hrtimer_setup	vic_hrtimer_setup
#endif

/*
 * 6.17, "workqueue: Add new WQ_PERCPU flag". Before it that was the case if
 * WQ_UNBOUND was not given.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define WQ_PERCPU	0
#endif

/*
 * 6.17, "sched/wait: Add a waitqueue helper for fully exclusive priority
 * waiters". Before it all came, and who had come first was first in line.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
static inline int
vic_add_wait_queue_priority_exclusive(struct wait_queue_head *head,
				      struct wait_queue_entry *entry)
{
	add_wait_queue_priority(head, entry);
	return 0;
}
#define add_wait_queue_priority_exclusive vic_add_wait_queue_priority_exclusive
#endif

#endif /* VIC_COMPAT_H */
