/* Dictionary files: what is wrong is said with its place, the rest is taken; the field's own formats load. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules/code/petrarch.h"

/* Load a text as a file with this ending; *errors is what was said. */
static struct dictionary *load(struct arena *arena, const char *ending, const char *text, char **said)
{
        char path[] = "/tmp/dateline-dictionary-XXXXXX";
        char *named;
        struct yaml_errors errors;
        struct dictionary *d = NULL;
        const char *paths[1];
        FILE *file;
        int fd = mkstemp(path);

        assert_true(fd >= 0);
        close(fd);
        unlink(path);
        named = arena_printf(arena, "%s%s", path, ending);
        file = fopen(named, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        yaml_errors_init(&errors, arena);
        paths[0] = named;
        assert_true(dictionary_load(&d, arena, paths, 1, &errors) >= 0);
        unlink(named);
        *said = yaml_errors_text(&errors);
        return d;
}

/* The entry that a phrase leads to, NULL. */
static const struct dictionary_entry *find(struct dictionary *d, const char *form)
{
        struct reading_token token = { .form = form };
        struct phrases_atom atoms[8];
        size_t length, n = phrases_atomise(d->phrases, &token, 0, 1, atoms);
        const struct phrases_payload *p = n ? phrases_find(d->phrases, atoms, n, &length) : NULL;

        return p && length == n ? &d->entries[p->payload] : NULL;
}

static void test_yaml(void **state)
{
        static const char *const few[] = { "warn", "cry out", "tell" };
        struct arena arena = ARENA_NULL;
        char *said;
        struct dictionary *d = load(
                &arena, ".yaml",
                "states:\n  - {code: ABC, name: Abcland, demonyms: [Abcian], capital: [Bee]}\n"
                "  - {code: AB, name: Short}\n"
                "people:\n  - {code: ABCGOV, name: Ann Bee, from: 2001, to: 1999}\n"
                "agents:\n  - {code: MIL, words: \"army, troop\"}\nfrmes: []\nsets:\n  cue_agains: [warn]\n"
                "  few: \"warn,\n    cry out, tell \"\n",
                &said);

        (void)state;
        assert_non_null(strstr(said, ":3:5: a state needs a code of three letters and a name: 'AB'"));
        assert_non_null(strstr(said, ":5:5: 'from' is later than 'to': '2001'"));
        assert_non_null(strstr(said, ":8:1: no such part of a dictionary: 'frmes'"));
        assert_non_null(strstr(said, ":10:3: no cues are asked for by this name (see cues.yaml): 'cue_agains'"));
        for (size_t i = 0; i < 3; i++)
                assert_true(lexicon_in_set(lexicon_find(d->lexicon, few[i]), lexicon_set(d->lexicon, "few")));
        assert_string_equal(find(d, "Abcians")->code, "ABC");
        assert_int_equal(find(d, "Bee")->via, DICTIONARY_VIA_CAPITAL);
        assert_string_equal(find(d, "armies")->code, "MIL");
        assert_null(find(d, "abcland"));        /* names want their capital */
        free(said);
        arena_deinit(&arena);
}

static void test_frames(void **state)
{
        struct arena arena = ARENA_NULL;
        char *said;
        struct dictionary *d =
                load(&arena, ".yaml",
                     "cameo:\n  - {code: '040', event: CONSULT, quad: 1, goldstein: 1}\n"
                     "sets: {talks: [talk, meeting]}\n"
                     "frames:\n  - {verbs: [hold], object: ['@talks'], code: '040'}\n"
                     "  - {verbs: [hold up], code: '999'}\n  - {verbs: [meet], code: '040', recipocal: yes}\n",
                     &said);
        const struct lexicon_word *hold = lexicon_find(d->lexicon, "hold");

        (void)state;
        assert_non_null(strstr(said, "no such code in the cameo table: '999'"));
        assert_non_null(strstr(said, "unknown key of a frame: 'recipocal'"));
        assert_int_equal(hold->n_frames[LEXICON_VERB], 1);
        assert_non_null(hold->frames[LEXICON_VERB][0]->object);
        assert_true(lexicon_in_bits(lexicon_find(d->lexicon, "meeting"), hold->frames[LEXICON_VERB][0]->object));
        free(said);
        arena_deinit(&arena);
}

/* Every slip of a person is said with its place, and what is right beside it is taken. */
static void test_slips(void **state)
{
        static const char *const says[] = {
                ":2:5: a date is YEAR, YEAR-MONTH or YEAR-MONTH-DAY: '2001-02-30'",
                ":5:24: no such code in the cameo table: '999'",
                ":5:39: must be a list of words: ''",
                ":6:14: must be a word: ''",
                ":6:45: no such status: 'status'",
        };
        struct arena arena = ARENA_NULL;
        char *said;
        struct dictionary *d = load(&arena, ".yaml",
                                    "people:\n  - {code: ABCGOV, name: Ann, from: 2001-02-30}\n"
                                    "  - {code: ABCGOV, name: Bea, from: 2004-02-29}\n"
                                    "frames:\n  - {verbs: [a], code: '999', object: {a: b}}\n"
                                    "  - {verbs: [[b], c], nothing: yes, status: sometimes}\n",
                                    &said);

        (void)state;
        for (size_t i = 0; i < sizeof says / sizeof *says; i++)
                assert_non_null(strstr(said, says[i]));
        assert_null(find(d, "Ann"));
        assert_non_null(find(d, "Bea"));
        assert_int_equal(lexicon_count_frames(d->lexicon), 1);
        free(said);
        arena_deinit(&arena);
}

static void test_petrarch(void **state)
{
        struct arena arena = ARENA_NULL;
        char *said;
        struct dictionary *d;

        (void)state;
        d = load(
                &arena, ".actors",
                "# comment\nRURITANIA_ [RUR]   # with a comment\n+RURITANIAN_\nFLAVIA_ELPHBERG\n+PRINCESS_FLAVIA\n"
                "\t[RURGOV >18940101]\n\t[RURELI <18931231]\n<!-- a\nNOBODY_ [XXX]\n-->\nBROKEN_ [RUR\n"
                "ODD_ [RUR 1894]\n",
                &said);
        assert_non_null(strstr(said, ":11:1: a bracket is not closed; the line is skipped"));
        assert_non_null(strstr(said, ":12:1: a date is"));
        assert_string_equal(find(d, "Ruritanian")->code, "RUR");
        assert_non_null(find(d, "Flavia Elphberg"));
        assert_null(find(d, "Nobody"));
        free(said);

        d = load(&arena, ".agents.txt",
                 "!PERSON! = MAN, MEN\nFISHER!PERSON! [~AGR]\nARMY {ARMIES} [~MIL]\nCAVALRY {} [~MIL]\n", &said);
        assert_string_equal(said, "");
        assert_string_equal(find(d, "fisher man")->code, "AGR");
        assert_string_equal(find(d, "armies")->code, "MIL");
        assert_null(find(d, "cavalries"));
        free(said);

        d = load(&arena, ".discards", "WORLD_CUP\n+ATP_TOUR\n", &said);
        assert_int_equal(find(d, "World Cup")->kind, DICTIONARY_DISCARD);
        free(said);
        arena_deinit(&arena);
}

/* The public dictionaries, where they lie beside the tree. */
static void test_public(void **state)
{
        const char *shared = getenv("DATELINE_SHARED"), *top = getenv("top_srcdir");
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        struct dictionary *d = NULL;
        const char *path;

        (void)state;
        path = shared ? arena_printf(&arena, "%s/dictionaries", shared)
                      : arena_printf(&arena, "%s/../shared/dictionaries", top ? top : ".");
        if (access(path, R_OK) != 0) {
                arena_deinit(&arena);
                skip();
        }
        yaml_errors_init(&errors, &arena);
        assert_true(dictionary_load(&d, &arena, &path, 1, &errors) >= 0);
        assert_true(phrases_count(d->phrases) > 50000);
        assert_string_equal(find(d, "Afghanistan")->code, "AFG");
        arena_deinit(&arena);
}

static void test_shipped(void **state)
{
        struct fixture *f = *state;

        assert_true(lexicon_count_frames(f->state.dictionary->lexicon) > 500);
        assert_string_equal(find(f->state.dictionary, "Ouagadougou")->code, "BFA");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_yaml), cmocka_unit_test(test_frames), cmocka_unit_test(test_slips),
                cmocka_unit_test(test_petrarch), cmocka_unit_test(test_public), cmocka_unit_test(test_shipped),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
