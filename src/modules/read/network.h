/*
 * The network at work: features of a few sentences to tags, heads and relations. What it is made of stands in
 * train/net.h and doc/reading.md.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "modules/read/kernel.h"
#include "modules/read/model.h"
#include "modules/read/reading.h"

/* Sentences that are read side by side, so that a weight once fetched serves them all. */
enum { NETWORK_SENTENCES = KERNEL_ROWS };

struct network;

struct network_sentence {
        struct reading_token *tokens;   /* forms and spaces in, tags and heads out */
        size_t n;                       /* at most SENTENCE_MAX */
};

/* Scratch memory for one thread, all of it. -ENOMEM or 0. */
int network_new(struct network **out, const struct read_model *model, const struct kernel *kernel);
void network_free(struct network *network);

/* Reads up to NETWORK_SENTENCES sentences, longest first. What comes out for one does not depend on the others. */
void network_read(struct network *network, const struct network_sentence *sentences, size_t n);
/* After network_read(): what stands for the tag of a word in the keys of the lemma rules. */
uint32_t network_lemma_tag(const struct network *network, size_t sentence, size_t word);
