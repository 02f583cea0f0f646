/* SPDX-License-Identifier: GPL-2.0 */
/*
 * list.h - the doubly linked lists that the module's files use.
 */
#ifndef UNIT_SHIM_LIST_H
#define UNIT_SHIM_LIST_H

#include "shim/base.h"

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct list_head {
	struct list_head *next, *prev;
};

#define DECLARE_HASHTABLE(name, bits)	struct hlist_head name[1 << (bits)]
#define INIT_HLIST_HEAD(h)	((h)->first = NULL)
#define HLIST_HEAD_INIT		{ NULL }

static inline void INIT_HLIST_NODE(struct hlist_node *n)
{
	n->next = NULL;
	n->pprev = NULL;
}

static inline bool hlist_empty(const struct hlist_head *h) { return !h->first; }
static inline bool hlist_unhashed(const struct hlist_node *n)
{
	return !n->pprev;
}

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	if (n->next)
		n->next->pprev = &n->next;
	n->pprev = &h->first;
	h->first = n;
}

static inline void hlist_del(struct hlist_node *n)
{
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
	n->pprev = NULL;
}

static inline void hlist_del_init(struct hlist_node *n)
{
	if (hlist_unhashed(n))
		return;
	hlist_del(n);
	n->next = NULL;
}

#define hlist_add_head_rcu	hlist_add_head
#define hlist_del_rcu		hlist_del
#define hlist_del_init_rcu	hlist_del_init

#define hlist_entry		container_of
#define hlist_entry_safe(p, t, m)					\
	({ __typeof__(p) p_ = (p); p_ ? container_of(p_, t, m) : NULL; })
#define hlist_for_each_entry(pos, head, m)				\
	for (pos = hlist_entry_safe((head)->first, __typeof__(*pos), m); pos; \
	     pos = hlist_entry_safe(pos->m.next, __typeof__(*pos), m))
#define hlist_for_each_entry_rcu(pos, head, m, ...)			\
	hlist_for_each_entry(pos, head, m)
#define hlist_for_each_entry_safe(pos, n, head, m)			\
	for (pos = hlist_entry_safe((head)->first, __typeof__(*pos), m); \
	     pos && (n = pos->m.next, 1);				\
	     pos = hlist_entry_safe(n, __typeof__(*pos), m))
#define hlist_first_rcu(h)	((h)->first)
#define hlist_next_rcu(n)	((n)->next)

#endif /* UNIT_SHIM_LIST_H */
