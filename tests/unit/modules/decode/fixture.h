/* What the tests of decoders share: the decode module open, a delivery in, its stories out as JSON. */
#pragma once

#include "worker/chain.h"

struct fixture {
        struct arena lasting, arena;
        struct chain *chain;
        json_t *stories;        /* of the last delivery */
        json_t *bad;            /* [{"reason", "what"}] */
        const char *reason;     /* why it was refused; NULL: it was not */
        struct job_hints hints;
        struct job_links links;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Decode; the return is chain_decode()'s. `encoding` may be NULL. */
int fixture_decode(struct fixture *f, const char *format, const char *encoding, const void *bytes, size_t n);

/* The same as `auto`, from a source of this name. */
int fixture_decode_from(struct fixture *f, const char *source, const char *text);

/* Decode a text as `auto` and compare with a JSON array: story after story, each with at least these members; null means that
 * the member is absent. */
void fixture_expect(struct fixture *f, const char *text, const char *stories);
/* The same for a delivery that was decoded. */
void fixture_check(struct fixture *f, const char *stories);
