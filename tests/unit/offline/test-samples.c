/*
 * The sample stories through the whole of dateline(1): decoded, read with the model, coded. Each must give its key
 * events, the story about a fair none at all, and every line fits the JSON Schema. Skipped where there is no model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Codes are compared by their first letters; "" is anybody. */
struct expected {
        const char *story, *event, *source, *target, *status;
        const char *attribution;        /* name or words of the outermost source holds this; NULL: not looked at */
};

static const struct expected expected[] = {
        { "01-border-talks", "CONSULT", "KGZGOV", "", "happened", "foreign ministry" },
        { "01-border-talks", "SUPPORT", "KGZ", "", "happened", "ministry" },
        { "01-border-talks", "ACCUSE", "KGZLEG", "", "happened", NULL },
        { "01-border-talks", "AGREE", "TJK", "", "planned", NULL },
        { "02-sanctions", "SANCTION", "IGO", "BLR", "happened", NULL },
        { "02-sanctions", "THREATEN", "BLRGOV", "POL", "happened", NULL },
        { "02-sanctions", "MOBILIZE", "POL", "", "happened", "Polish defence ministry" },
        { "03-harbour-strike", "PROTEST", "GRCLAB", "", "happened", NULL },
        { "03-harbour-strike", "COERCE", "GRCCOP", "", "happened", "police spokesman" },
        { "04-ceasefire", "AGREE", "SDN", "", "happened", "mediators" },
        { "05-parliament", "ACCUSE", "PERLEG", "PERGOV", "happened", NULL },
        { "05-parliament", "REJECT", "PER", "", "happened", NULL },
        { "06-earthquake-aid", "AID", "TUR", "ARM", "happened", "Turkish officials" },
        { "06-earthquake-aid", "SUPPORT", "ARMGOV", "TUR", "happened", NULL },
        { "06-earthquake-aid", "AGREE", "JPN", "", "planned", NULL },
        { "07-missile-test", "MOBILIZE", "PRK", "", "happened", "military" },
        { "07-missile-test", "ACCUSE", "JPN", "PRK", "happened", NULL },
        { "08-spies", "SANCTION", "CZE", "RUS", "happened", "foreign minister" },
        { "08-spies", "SUPPORT", "SVK", "CZE", "happened", NULL },
        { "09-fishing", "RETREAT", "SEN", "ESP", "happened", NULL },
        { "09-fishing", "COERCE", "SENMIL", "ESP", "background", NULL },
        { "10-election", "REQUEST", "KENJUD", "KENGOV", "happened", NULL },
        { "10-election", "SUPPORT", "KENOPP", "KENJUD", "happened", NULL },
        { "12-kashmir", "ASSAULT", "IND", "", "happened", NULL },
        { "12-kashmir", "ACCUSE", "PAK", "IND", "happened", NULL },
};

static const char *const stories[] = {
        "01-border-talks", "02-sanctions", "03-harbour-strike", "04-ceasefire", "05-parliament", "06-earthquake-aid",
        "07-missile-test", "08-spies", "09-fishing", "10-election", "11-market-day", "12-kashmir",
};

enum { STORIES = sizeof stories / sizeof *stories };

static const char *folder(const char *name, const char *fallback)
{
        const char *value = getenv(name);

        return value ? value : fallback;
}

static int setup(void **state)
{
        json_t *coded = json_object();
        char command[4096];
        char *line = NULL;
        size_t size = 0;
        FILE *out;

        snprintf(command, sizeof command, "'%s/dateline' code '%s'/data/samples/*.txt", folder("top_builddir", "."),
                 folder("top_srcdir", "."));
        out = popen(command, "r");
        assert_non_null(out);
        while (getline(&line, &size, out) > 0) {
                json_t *object = json_loads(line, 0, NULL);

                assert_non_null(object);
                json_object_set_new(coded, json_string_value(json_object_get(object, "story")), object);
        }
        free(line);
        assert_int_equal(pclose(out), 0);
        *state = coded;
        return 0;
}

static int teardown(void **state)
{
        json_decref(*state);
        return 0;
}

static bool has_code(json_t *actors, const char *code)
{
        size_t i;
        json_t *actor;

        if (!*code)
                return true;
        json_array_foreach(actors, i, actor)
                if (strncmp(json_string_value(json_object_get(actor, "code")), code, strlen(code)) == 0)
                        return true;
        return false;
}

static bool is_said_by(json_t *event, const char *who)
{
        json_t *first = json_array_get(json_object_get(event, "attribution"), 0);
        const char *text = json_string_value(json_object_get(first, "text"));

        return !who || (text && strstr(text, who));
}

static bool fits(json_t *event, const struct expected *e)
{
        return strcmp(json_string_value(json_object_get(event, "event")), e->event) == 0 &&
               strcmp(json_string_value(json_object_get(event, "status")), e->status) == 0 &&
               has_code(json_object_get(event, "source"), e->source) &&
               has_code(json_object_get(event, "target"), e->target) && is_said_by(event, e->attribution);
}

static void test_key_events(void **state)
{
        size_t missing = 0;

        for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
                json_t *events = json_object_get(json_object_get(*state, expected[i].story), "events"), *event;
                bool found = false;
                size_t k;

                json_array_foreach(events, k, event)
                        found = found || fits(event, &expected[i]);
                if (!found)
                        print_message("missing: %s %s %s > %s\n", expected[i].story, expected[i].event,
                                      expected[i].source, expected[i].target);
                missing += !found;
        }
        assert_int_equal(missing, 0);
}

static void test_every_story(void **state)
{
        for (size_t i = 0; i < STORIES; i++)
                assert_non_null(json_object_get(*state, stories[i]));
        assert_int_equal(json_object_size(*state), STORIES);
        assert_int_equal(json_array_size(json_object_get(json_object_get(*state, "11-market-day"), "events")), 0);
}

static bool is_type(json_t *value, const char *type)
{
        return (strcmp(type, "object") == 0 && json_is_object(value)) ||
               (strcmp(type, "array") == 0 && json_is_array(value)) ||
               (strcmp(type, "string") == 0 && json_is_string(value)) ||
               (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
               (strcmp(type, "number") == 0 && json_is_number(value)) ||
               (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
               (strcmp(type, "null") == 0 && json_is_null(value));
}

static void validate_as(json_t *root, json_t *schema, json_t *value, const char *where);

/* The words of JSON Schema that ours uses: type, enum, required, properties, items, and $ref to its own $defs. A member
 * that the schema does not name is wrong where it names any. */
static void validate(json_t *root, json_t *schema, json_t *value, const char *where)
{
        static const char prefix[] = "#/$defs/";
        const char *ref = json_string_value(json_object_get(schema, "$ref"));

        if (ref) {
                assert_int_equal(strncmp(ref, prefix, strlen(prefix)), 0);
                schema = json_object_get(json_object_get(root, "$defs"), ref + strlen(prefix));
                assert_non_null(schema);
        }
        validate_as(root, schema, value, where);
}

static void validate_as(json_t *root, json_t *schema, json_t *value, const char *where)
{
        json_t *type = json_object_get(schema, "type"), *allowed = json_object_get(schema, "enum"), *item;
        json_t *properties = json_object_get(schema, "properties"), *items = json_object_get(schema, "items");
        const char *key;
        bool good = !type && !allowed;
        size_t i;

        json_array_foreach(allowed, i, item)
                good = good || json_equal(item, value);
        json_array_foreach(type, i, item)
                good = good || is_type(value, json_string_value(item));
        good = good || (json_is_string(type) && is_type(value, json_string_value(type)));
        if (!good)
                print_message("%s does not fit\n", where);
        assert_true(good);
        if (json_is_object(value)) {
                json_array_foreach(json_object_get(schema, "required"), i, item)
                        assert_non_null(json_object_get(value, json_string_value(item)));
                json_object_foreach(value, key, item)
                        if (properties) {
                                if (!json_object_get(properties, key))
                                        print_message("%s.%s is not in the schema\n", where, key);
                                assert_non_null(json_object_get(properties, key));
                                validate(root, json_object_get(properties, key), item, key);
                        }
        }
        if (items)
                json_array_foreach(value, i, item)
                        validate(root, items, item, where);
}

static void test_schema(void **state)
{
        char path[4096];
        json_t *schema, *story;
        const char *name;

        snprintf(path, sizeof path, "%s/data/dateline-events.schema.json", folder("top_srcdir", "."));
        schema = json_load_file(path, 0, NULL);
        assert_non_null(schema);
        json_object_foreach(*(json_t **)state, name, story)
                validate(schema, schema, story, name);
        json_decref(schema);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_key_events), cmocka_unit_test(test_every_story),
                                              cmocka_unit_test(test_schema) };
        char path[4096];

        snprintf(path, sizeof path, "%s/data/en.model", folder("top_srcdir", "."));
        if (access(path, R_OK) != 0) {
                printf("SKIP: there is no %s\n", path);
                return 77;
        }
        return cmocka_run_group_tests(tests, setup, teardown);
}
