/* SPDX-License-Identifier: GPL-2.0 */
/*
 * irqfd_private.h - struct vic_irqfd, for the files of irqfd/ alone.
 */
#ifndef VIC_IRQFD_PRIVATE_H
#define VIC_IRQFD_PRIVATE_H

#include "irqfd/irqfd.h"
#include "routing/routing.h"

#include <linux/atomic.h>
#include <linux/eventfd.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>

struct file;
struct vic_resampler;

/**
 * struct vic_irqfd - an eventfd bound to a GSI
 * @link: in by_ctx; under irqfds.lock. Being in there is being alive
 * @rcu: frees it after wake-ups and resamplers can no longer see it
 * @vm: set once; the VM outlives its irqfds
 * @ctx: the eventfd, a reference; set once
 * @file: the eventfd's file, no reference, so that its last close is seen. Valid
 *	while we are on its wait queue and have seen no EPOLLHUP there, so only
 *	under @wqh's lock (hold_file())
 * @gsi: the VMM's GSI; set once
 * @walk: the last walk of home.c that has met it; under irqfds.lock
 * @kvm_gsi: KVM's GSI if KVM injects it, or VIC_NO_KVM_GSI if we do; under
 *	routing.lock
 * @wqh: the eventfd's wait queue; set once, by vfs_poll()
 * @wait: our place in it: first in line if we inject, else behind KVM, where
 *	only EPOLLHUP arrives because KVM consumes the signals; its role changes
 *	under routing.lock and @wqh's lock, while @file is held
 * @poll: how we get onto @wqh; only while assigning
 * @wait_error: why @wait could not be put there
 * @resampler: of a resampling irqfd, else NULL; set once
 * @resample_link: in the resampler's list; RCU, under irqfds.lock
 * @resamplefd: signalled when the guest acknowledges; a reference; set once
 * @injected: signals that we injected; a wake-up and an assignment may both
 *	count at the same time
 */
struct vic_irqfd {
	struct hlist_node link;
	struct rcu_head rcu;
	struct vic_vm *vm;
	struct eventfd_ctx *ctx;
	struct file *file;
	u32 gsi;
	int kvm_gsi;
	u64 walk;

	wait_queue_head_t *wqh;
	wait_queue_entry_t wait;
	poll_table poll;
	int wait_error;

	struct vic_resampler *resampler;
	struct list_head resample_link;
	struct eventfd_ctx *resamplefd;
	atomic64_t injected;
};

/**
 * struct vic_eventfd - an eventfd that a VMM has named
 * @file: its file; the caller has a reference
 * @fd: the descriptor, where the VMM may have put another file since
 */
struct vic_eventfd {
	struct file *file;
	u32 fd;
};

/* irqfd.c */
void vic_irqfd_inject(struct vic_irqfd *irqfd);
int vic_irqfd_listen(struct vic_irqfd *irqfd, struct file *file);
int vic_irqfd_listen_hup(struct vic_irqfd *irqfd, struct file *file);
void vic_irqfd_take_over(struct vic_irqfd *irqfd);
void vic_irqfd_stand_by(struct vic_irqfd *irqfd);
void vic_irqfd_make_way(struct vic_irqfd *irqfd);
void vic_irqfd_unlisten(struct vic_irqfd *irqfd);
void vic_irqfd_unlisten_and_empty(struct vic_irqfd *irqfd);
bool vic_irqfd_bury(struct vic_irqfd *irqfd);
void vic_irqfd_free(struct vic_irqfd *irqfd);
void vic_irqfd_end(struct vic_irqfd *irqfd);

/* home.c */
int vic_irqfd_call_kvm_for(struct vic_irqfd *irqfd, u32 flags,
			   const struct vic_eventfd *eventfd, int kvm_gsi);

/* resampler.c; under irqfds.lock */
int vic_resampler_join(struct vic_irqfd *irqfd, struct vic_resampler *fresh);
void vic_resampler_leave(struct vic_irqfd *irqfd);
struct vic_resampler *vic_resampler_alloc(struct vic_vm *vm, u32 gsi);
void vic_resampler_free(struct vic_resampler *resampler);

#endif /* VIC_IRQFD_PRIVATE_H */
