/*
 * The best tree over arc scores: Chu and Liu (1965), Edmonds (1967), with exactly one word under the root.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { TREE_MAX = 256 };        /* words; SENTENCE_MAX fits */

/* Scratch memory, about 1 MiB, of which short sentences touch little. */
struct tree;

/* -ENOMEM or 0. */
int tree_new(struct tree **out);
void tree_free(struct tree *tree);

/*
 * scores[d * stride + h] for dependent d in 0..n-1 and head h in 0..n: h < n is a word, h == n the root.
 * heads[d] = the head's index, or -1 for the root. n <= TREE_MAX. Ties go to the lower index. O(n^2).
 */
void tree_best(struct tree *tree, const float *scores, size_t stride, size_t n, int32_t *heads);
