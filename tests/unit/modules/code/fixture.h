/* What the coder's tests share: the shipped dictionaries, sentences as CoNLL-U, and one story coded. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "modules/code/code.h"

struct fixture {
        struct arena arena;
        struct code_state state;
        struct story story;
};

/* cmocka's group set-up: *state is a fixture with data/dictionaries loaded without a complaint. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A reading with one sentence a blank line; a line is "form lemma upos xpos head deprel", tabs or spaces between. Words
 * are joined by one space each, but behind a line that ends in "join"; a line "paragraph" begins one. */
struct reading *fixture_reading(struct fixture *f, const char *conllu);
/* Plain text, one paragraph a line, read without a model and coded. */
struct coding *fixture_story(struct fixture *f, const char *text);
/* Coded as of the day "YYYY-MM-DD"; NULL: no day. */
struct coding *fixture_code(struct fixture *f, const char *conllu, const char *day);
/* "AGREE KGZGOV>TJK planned" for each event, joined by "; ". Actors of one side are joined by "+", "-" is nobody. */
const char *fixture_events(struct fixture *f, const struct coding *coding);
/* "Tokyo: said: mixed: that it "will"" for each statement; the parts of its content are joined by " .. ", statements by
 * a new line; one within another begins with "> ". */
const char *fixture_statements(struct fixture *f, const struct coding *coding);
