/*
 * An intrusive doubly linked list: the link lives in the element, the owner is recovered with container_of. A link
 * that is in no list points to itself, so list_unlink() may be called twice.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

struct list {
        struct list *next, *prev;
};

#define LIST_INIT(name) ((struct list){ &(name), &(name) })

static inline void list_init(struct list *l)
{
        l->next = l->prev = l;
}

static inline bool list_is_empty(const struct list *l)
{
        return l->next == l;
}

static inline void list_append(struct list *head, struct list *what)
{
        what->prev = head->prev;
        what->next = head;
        head->prev->next = what;
        head->prev = what;
}

static inline void list_prepend(struct list *head, struct list *what)
{
        list_append(head->next, what);
}

static inline void list_unlink(struct list *what)
{
        what->prev->next = what->next;
        what->next->prev = what->prev;
        list_init(what);
}

/* The first element, unlinked; NULL where the list is empty. */
static inline struct list *list_pop(struct list *head)
{
        struct list *first = head->next;

        if (first == head)
                return NULL;
        list_unlink(first);
        return first;
}

/* Move all of `from` behind what `to` holds. */
static inline void list_splice(struct list *to, struct list *from)
{
        if (list_is_empty(from))
                return;
        from->next->prev = to->prev;
        to->prev->next = from->next;
        from->prev->next = to;
        to->prev = from->prev;
        list_init(from);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
/* Safe against unlinking of `it` in the body. */
#define list_for_each(it, head)                                                         \
        for (struct list *it = (head)->next, *it##_next_ = it->next; it != (head);      \
             it = it##_next_, it##_next_ = it->next)
