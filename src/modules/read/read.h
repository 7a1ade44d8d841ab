/*
 * The reader: a story's text in, its reading (reading.h) out. A pure function of model and text: the same result on
 * every machine, whatever kernels it has, whatever was read before.
 *
 * One model is mapped once and shared by all readers of all threads; one reader is the scratch memory of one thread.
 * Without a model there are sentences and tokens by rules, and nothing else.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "modules/read/reading.h"

struct conllu_sentence;
struct kernel;
struct read_model;
struct reader;

enum {
        READ_MODEL_E_OPEN = 1,          /* the file cannot be opened or mapped */
        READ_MODEL_E_DAMAGED,           /* truncated, or the checksum or a table is wrong */
        READ_MODEL_E_VERSION,           /* not a model, of another byte order, or of another version */
};

enum {
        READER_E_TOO_LONG = 1,          /* more than READER_TEXT_MAX bytes, or words in a sentence than SENTENCE_MAX */
};

enum { READER_TEXT_MAX = 16 << 20 };

/* Maps the model read-only and checks it whole. On a positive return *error is the text for a person, to be freed by
 * the caller; negative is a fatal errno. */
int read_model_open(struct read_model **out, const char *path, char **error);
void read_model_free(struct read_model *model);
void read_model_freep(struct read_model **model);
/* "en_ewt+en_gum 1 (2026-11-24)", for people; lives as long as the model. */
const char *read_model_name(const struct read_model *model);

/* `model` may be NULL, and must outlive the reader. -ENOMEM or 0. */
int reader_new(struct reader **out, const struct read_model *model);
/* The same with one kind of kernel (kernel.h), for tests and benchmarks; all give one result. */
int reader_new_with(struct reader **out, const struct read_model *model, const struct kernel *kernel);
void reader_free(struct reader *reader);
void reader_freep(struct reader **reader);

/* Texts are read up to the line, or the 32 KiB, in which they come to so many tokens; `unread` of the reading says
 * where that was. 0, as it is at first: to the end. */
void reader_limit(struct reader *reader, size_t tokens);

/* Reads text[0..n), which must outlive the reading; all else is made in the arena. Allocates nothing but from the
 * arena, once the reader has seen a text as long. */
int reader_read(struct reader *reader, struct arena *arena, const char *text, size_t n, struct reading **out);

/* Reads sentences whose words are given; the text that spans count in is put together from them. */
int reader_read_words(struct reader *reader, struct arena *arena, const struct conllu_sentence *sentences, size_t n,
                      struct reading **out);
