/* See left.h. Open addressing by a hash of the name; 64 bits tell names apart well enough, a clash costs a log line. */
#include "watch/left.h"

#include <stdlib.h>

#include "base/cleanup.h"

enum { SLOTS = 2 * LEFT_MAX };

struct left_entry {
        uint64_t hash;          /* 0: the slot is free */
        uint64_t inode;
        int64_t changed;
        unsigned seen;          /* the generation in which it was last met */
};

void left_deinit(struct left *left)
{
        free(left->entries);
        *left = (struct left){ 0 };
}

/* FNV-1a, never 0. */
static uint64_t hash_name(const char *name)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        for (; *name != '\0'; name++)
                hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
        return hash != 0 ? hash : 1;
}

static struct left_entry *find(struct left_entry *entries, uint64_t hash)
{
        size_t i = (size_t)hash % SLOTS;

        while (entries[i].hash != 0 && entries[i].hash != hash)
                i = (i + 1) % SLOTS;
        return &entries[i];
}

bool left_add(struct left *left, const char *name, uint64_t inode, int64_t changed)
{
        struct left_entry *entry;
        uint64_t hash = hash_name(name);
        bool is_new;

        if (left->entries == NULL)
                left->entries = calloc(SLOTS, sizeof(left->entries[0]));
        if (left->entries == NULL)
                return false;
        entry = find(left->entries, hash);
        if (entry->hash == 0) {
                if (left->n == LEFT_MAX)
                        return false;
                left->n++;
        }
        is_new = entry->hash == 0 || entry->inode != inode || entry->changed != changed;
        *entry = (struct left_entry){ hash, inode, changed, left->generation };
        return is_new;
}

void left_scan_begin(struct left *left)
{
        left->generation++;
}

void left_scan_end(struct left *left)
{
        struct left_entry *old = left->entries, *kept;

        if (old == NULL)
                return;
        kept = calloc(SLOTS, sizeof(kept[0]));
        if (kept == NULL)
                return;
        left->n = 0;
        for (size_t i = 0; i < SLOTS; i++) {
                if (old[i].hash == 0 || old[i].seen != left->generation)
                        continue;
                *find(kept, old[i].hash) = old[i];
                left->n++;
        }
        free(old);
        left->entries = kept;
        if (left->n == 0) {
                free(left->entries);
                left->entries = NULL;
        }
}
