/* The learnt splitter, as the shipped model has it. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

/* Sentences and tokens with the model, one sentence a line. */
static void check(void **state, const char *text, const char *expected)
{
        const struct reading *r = fixture_read(*state, text, strlen(text));
        char seen[2048] = "";
        size_t s, i;

        for (s = 0; s < r->n_sentences; s++)
                for (i = 0; i < r->sentences[s].n_tokens; i++)
                        snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%s",
                                 r->tokens[r->sentences[s].first + i].form,
                                 i + 1 < r->sentences[s].n_tokens ? " " : "\n");
        assert_string_equal(seen, expected);
}

static void test_news(void **state)
{
        check(state, "The president met Mr. Smith and Gen. Lee in the U.S. on Monday. They didn't talk.",
              "The president met Mr. Smith and Gen. Lee in the U.S. on Monday .\nThey did n't talk .\n");
        check(state, "\"We will not go,\" he said. \"Never!\"", "\" We will not go , \" he said .\n\" Never ! \"\n");
        check(state, "It cost $5.50, or 10%.\nTROOPS LEAVE CITY", "It cost $ 5.50 , or 10 % .\nTROOPS LEAVE CITY\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_news),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
