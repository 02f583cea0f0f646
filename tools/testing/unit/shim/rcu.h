/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rcu.h - RCU: what is freed after a grace period stays until
 * unit_grace_period(), which synchronize_rcu() calls.
 */
#ifndef UNIT_SHIM_RCU_H
#define UNIT_SHIM_RCU_H

#include "shim/lock.h"

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
	void *memory;
};

extern int unit_rcu_readers;
void unit_grace_period(void);
void unit_after_grace_period(struct rcu_head *head, void *memory,
			     void (*func)(struct rcu_head *head));

#define rcu_read_lock()			((void)unit_rcu_readers++)
#define rcu_read_unlock()		((void)unit_rcu_readers--)
#define rcu_dereference(p)		(p)
#define rcu_dereference_protected(p, c)	(p)
#define rcu_dereference_check(p, c)	(p)
#define rcu_access_pointer(p)		(p)
#define rcu_dereference_raw(p)		(p)
#define rcu_assign_pointer(p, v)	((p) = (v))
#define RCU_INIT_POINTER(p, v)		((p) = (v))
#define rcu_replace_pointer(p, v, c)					\
	({ __typeof__(p) old_ = (p); (p) = (v); old_; })
#define call_rcu(head, func)	unit_after_grace_period(head, NULL, func)
#define kfree_rcu(p, m)		unit_after_grace_period(&(p)->m, p, NULL)
#define kvfree_rcu		kfree_rcu
#define rcu_barrier		unit_grace_period
#define synchronize_rcu		unit_grace_period
#define synchronize_rcu_expedited	unit_grace_period
#define get_state_synchronize_rcu()	1UL
#define cond_synchronize_rcu(state)	((void)(state), unit_grace_period())

#endif /* UNIT_SHIM_RCU_H */
