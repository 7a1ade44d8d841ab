/* Two open-addressed tables: strings to atom numbers, and (node, atom) to node. */
#include "modules/code/phrases.h"

#include <string.h>

#include "base/chars.h"

enum { ATOM_BYTES_MAX = 64, FIRST_SIZE = 1024 };

struct atom_slot {
        const char *text;       /* NULL: free */
        uint32_t hash, id;
};

struct edge_slot {
        uint64_t key;           /* 0: free */
        uint32_t node;
};

struct node {
        const struct phrases_payload *payloads;
        uint8_t shapes[1];      /* of the first atom: what the text must show */
};

struct phrases {
        struct arena *arena;
        struct atom_slot *atoms;
        struct edge_slot *edges;
        struct node *nodes;             /* nodes[0] is the root */
        size_t atoms_size, n_atoms, edges_size, n_edges, nodes_size, n_nodes, n_phrases;
};

struct phrases *phrases_new(struct arena *arena)
{
        struct phrases *p = arena_new(arena, struct phrases);

        p->arena = arena;
        p->atoms_size = p->edges_size = p->nodes_size = FIRST_SIZE;
        p->atoms = arena_array(arena, struct atom_slot, FIRST_SIZE);
        p->edges = arena_array(arena, struct edge_slot, FIRST_SIZE);
        p->nodes = arena_array(arena, struct node, FIRST_SIZE);
        p->n_nodes = 1;
        return p;
}

size_t phrases_count(const struct phrases *phrases)
{
        return phrases->n_phrases;
}

static uint32_t hash_bytes(const char *s, size_t n)
{
        uint32_t h = 2166136261u;

        for (size_t i = 0; i < n; i++)
                h = (h ^ (unsigned char)s[i]) * 16777619u;
        return h;
}

static struct atom_slot *atom_slot(struct atom_slot *atoms, size_t size, const char *s, size_t n, uint32_t hash)
{
        size_t i = hash & (size - 1);

        while (atoms[i].text && (atoms[i].hash != hash || strncmp(atoms[i].text, s, n) != 0 || atoms[i].text[n]))
                i = (i + 1) & (size - 1);
        return &atoms[i];
}

static uint32_t atom_intern(struct phrases *p, const char *s, size_t n)
{
        uint32_t hash = hash_bytes(s, n);
        struct atom_slot *slot = atom_slot(p->atoms, p->atoms_size, s, n, hash);

        if (slot->text)
                return slot->id;
        if (p->n_atoms * 2 >= p->atoms_size) {
                struct atom_slot *old = p->atoms;
                size_t old_size = p->atoms_size;

                p->atoms_size *= 2;
                p->atoms = arena_array(p->arena, struct atom_slot, p->atoms_size);
                for (size_t i = 0; i < old_size; i++)
                        if (old[i].text)
                                *atom_slot(p->atoms, p->atoms_size, old[i].text, strlen(old[i].text), old[i].hash) =
                                        old[i];
                slot = atom_slot(p->atoms, p->atoms_size, s, n, hash);
        }
        slot->text = arena_strndup(p->arena, s, n);
        slot->hash = hash;
        slot->id = (uint32_t)++p->n_atoms;
        return slot->id;
}

static struct edge_slot *edge_slot(struct edge_slot *edges, size_t size, uint64_t key)
{
        size_t i = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (size - 1);

        while (edges[i].key && edges[i].key != key)
                i = (i + 1) & (size - 1);
        return &edges[i];
}

static uint32_t edge_add(struct phrases *p, uint32_t node, uint32_t atom)
{
        uint64_t key = (uint64_t)node << 32 | atom;
        struct edge_slot *slot = edge_slot(p->edges, p->edges_size, key);

        if (slot->key)
                return slot->node;
        if (p->n_edges * 2 >= p->edges_size) {
                struct edge_slot *old = p->edges;
                size_t old_size = p->edges_size;

                p->edges_size *= 2;
                p->edges = arena_array(p->arena, struct edge_slot, p->edges_size);
                for (size_t i = 0; i < old_size; i++)
                        if (old[i].key)
                                *edge_slot(p->edges, p->edges_size, old[i].key) = old[i];
                slot = edge_slot(p->edges, p->edges_size, key);
        }
        if (p->n_nodes == p->nodes_size) {
                struct node *nodes = arena_array(p->arena, struct node, p->nodes_size * 2);

                memcpy(nodes, p->nodes, p->nodes_size * sizeof *nodes);
                p->nodes = nodes;
                p->nodes_size *= 2;
        }
        p->n_edges++;
        slot->key = key;
        slot->node = (uint32_t)p->n_nodes++;
        return slot->node;
}

/* Latin letters without their accents: "Türkiye" is "Turkiye", "São" is "Sao"; what is not listed stays. */
static uint32_t fold(uint32_t cp)
{
        static const char latin1[] = "aaaaaaaceeeeiiiidnooooo.ouuuuyts";        /* U+00E0 to U+00FF */
        static const char latin_a[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkklllllllllln"
                                      "nnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";   /* U+0100 */

        if (cp >= 0xE0 && cp <= 0xFF && latin1[cp - 0xE0] != '.')
                return (uint32_t)latin1[cp - 0xE0];
        if (cp >= 0x100 && cp < 0x100 + sizeof latin_a - 1 && latin_a[cp - 0x100] != '.')
                return (uint32_t)latin_a[cp - 0x100];
        if (cp == 0x1E25 || cp == 0x2BF || cp == 0x2BE)
                return cp == 0x1E25 ? 'h' : '\'';
        return cp;
}

/* Cut one atom off s[*at, n). False at the end. A symbol or punctuation that no name has sets *barrier. */
static bool next_atom(const char *s, size_t n, size_t *at, char out[ATOM_BYTES_MAX + 4], size_t *length, uint8_t *shape,
                      bool *barrier)
{
        size_t o = 0, letters = 0, uppers = 0;

        *barrier = false;
        *shape = 0;
        while (*at < n) {
                size_t k;
                uint32_t cp = chars_decode(s + *at, n - *at, &k);
                enum char_class class = chars_class(cp);

                if (chars_is_word(class)) {
                        if (class == CHAR_UPPER) {
                                if (letters == 0)
                                        *shape |= PHRASES_CAPITAL;
                                uppers++;
                        }
                        letters += class != CHAR_DIGIT && class != CHAR_MARK;
                        if (o <= ATOM_BYTES_MAX - 4)
                                o += chars_encode(fold(chars_lower(cp)), out + o);
                } else if (cp == '.' && o > 0) {
                        /* inside an abbreviation */
                } else if (o > 0) {
                        break;
                } else if (!chars_is_hyphen(cp) && !chars_is_apostrophe(cp) && class != CHAR_SPACE && cp != '.') {
                        *at += k;
                        *barrier = true;
                        *length = 0;
                        return true;
                }
                *at += k;
        }
        if (uppers == letters && uppers >= 2)
                *shape |= PHRASES_CAPITALS;
        *length = o;
        return o > 0;
}

bool phrases_fold(const char *text, size_t n, char *out, size_t size)
{
        char atom[ATOM_BYTES_MAX + 4];
        size_t at = 0, length, used = strlen(out);
        uint8_t shape;
        bool barrier;

        while (next_atom(text, n, &at, atom, &length, &shape, &barrier)) {
                if (barrier)
                        continue;
                if (used + length + 2 > size)
                        return false;
                if (used > 0)
                        out[used++] = ' ';
                memcpy(out + used, atom, length);
                used += length;
                out[used] = '\0';
        }
        return true;
}

bool phrases_add(struct phrases *phrases, const char *text, uint32_t payload)
{
        uint32_t node = 0;
        size_t n = strlen(text), at = 0, length, count = 0;
        char atom[ATOM_BYTES_MAX + 4];
        uint8_t shape, first = 0;
        struct phrases_payload *p;
        bool barrier;

        while (next_atom(text, n, &at, atom, &length, &shape, &barrier)) {
                if (barrier)
                        continue;
                if (count == 0)
                        first = shape;
                if (++count > PHRASES_ATOMS_MAX)
                        return false;
                node = edge_add(phrases, node, atom_intern(phrases, atom, length));
        }
        if (count == 0)
                return false;
        /* Whole names in capitals ("NATO") may be written "Nato"; short ones ("US", "IS") may not. */
        if (count > 1 || strlen(text) > 4)
                first &= (uint8_t)~PHRASES_CAPITALS;
        p = arena_new(phrases->arena, struct phrases_payload);
        p->next = phrases->nodes[node].payloads;
        p->payload = payload;
        if (!p->next)
                phrases->nodes[node].shapes[0] = first;
        else
                phrases->nodes[node].shapes[0] &= first;
        phrases->nodes[node].payloads = p;
        phrases->n_phrases++;
        return true;
}

size_t phrases_atomise(const struct phrases *phrases, const struct reading_token *tokens, size_t first, size_t last,
                       struct phrases_atom *atoms)
{
        size_t n = 0;

        for (size_t t = first; t < last; t++) {
                const char *form = tokens[t].form;
                size_t bytes = strlen(form), at = 0, length;
                char text[ATOM_BYTES_MAX + 4];
                uint8_t shape;
                bool barrier;

                for (int i = 0; i < 4 && next_atom(form, bytes, &at, text, &length, &shape, &barrier); i++) {
                        struct atom_slot *slot = barrier ? NULL
                                                         : atom_slot(phrases->atoms, phrases->atoms_size, text, length,
                                                                     hash_bytes(text, length));

                        atoms[n++] = (struct phrases_atom){ slot && slot->text ? slot->id : 0, (uint32_t)t, shape };
                }
        }
        return n;
}

const struct phrases_payload *phrases_find(const struct phrases *phrases, const struct phrases_atom *atoms, size_t n,
                                           size_t *length)
{
        const struct phrases_payload *found = NULL;
        uint32_t node = 0;

        for (size_t i = 0; i < n && i < PHRASES_ATOMS_MAX && atoms[i].id; i++) {
                const struct edge_slot *slot =
                        edge_slot(phrases->edges, phrases->edges_size, (uint64_t)node << 32 | atoms[i].id);
                uint8_t want;

                if (!slot->key)
                        break;
                node = slot->node;
                want = phrases->nodes[node].shapes[0];
                if (!phrases->nodes[node].payloads)
                        continue;
                if ((want & PHRASES_CAPITALS) ? !(atoms[0].shape & PHRASES_CAPITALS)
                                              : (want & PHRASES_CAPITAL) && !(atoms[0].shape & PHRASES_CAPITAL))
                        continue;
                found = phrases->nodes[node].payloads;
                *length = i + 1;
        }
        return found;
}
