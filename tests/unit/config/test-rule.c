/* Files of alert rules: what they come to, and each thing that can be wrong with them, by line and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "config/rule.h"

struct parsed {
        struct arena arena;
        struct yaml_errors errors;
        struct rule *rules;
        size_t n;
};

static int parse(struct parsed *p, const char *text)
{
        *p = (struct parsed){ .arena = ARENA_NULL };
        yaml_errors_init(&p->errors, &p->arena);
        return rule_parse(&p->arena, "r.yaml", text, strlen(text), &p->errors, &p->rules, &p->n);
}

static void test_all_keys(void **state)
{
        struct parsed p;
        const struct rule *rule;

        (void)state;
        assert_int_equal(parse(&p, "rules:\n"
                                   "  - name: a\n"
                                   "    severity: critical\n"
                                   "    when:\n"
                                   "      pair: [PRK, KOR]\n"
                                   "      type: [ASSAULT, '18']\n"
                                   "      quad: [material conflict, verbal conflict]\n"
                                   "      status: happened\n"
                                   "      near: {lat: 38.3, lon: -126.9, km: 50}\n"
                                   "      min_origins: 2\n"
                                   "      one_sided: no\n"
                                   "      none: [{text: drill}, {any: [{mode: x}]}]\n"
                                   "    rate: {count: 3, in: 1d, times_usual: 2.5}\n"
                                   "    group: pair\n"
                                   "    hold_off: none\n"
                                   "    text: '{count} {{of}} {usual}'\n"
                                   "  - {name: b, absence: {for: 6h, of: stories}, when: {watch: [x, y]}}\n"
                                   "  - {name: c}\n"), 0);
        assert_int_equal(p.n, 3);
        rule = p.rules;
        assert_int_equal(rule->severity, RULE_CRITICAL);
        assert_string_equal(rule->when.pair.items[1], "KOR");
        assert_int_equal(rule->when.quads, 1 << 4 | 1 << 3);
        assert_int_equal(rule->when.statuses, 1);
        assert_int_equal(rule->when.near.km, 50);
        assert_int_equal(rule->when.min_origins, 2);
        assert_int_equal(rule->when.one_sided, RULE_SIDED_NO);
        assert_int_equal(rule->when.none.n, 2);
        assert_int_equal(rule->rate.count, 3);
        assert_int_equal(rule->rate.in, 86400 * CLOCK_SECOND);
        assert_true(rule->rate.times_usual == 2.5);
        assert_int_equal(rule->rate.windows, 8);
        assert_int_equal(rule->hold_off, 0);
        assert_int_equal(rule->place.line, 2);
        rule++;
        assert_int_equal(rule->rate.count, 0);
        assert_int_equal(rule->absence.of_time, 6 * 3600 * CLOCK_SECOND);
        assert_int_equal(rule->absence.of, RULE_OF_STORIES);
        assert_int_equal(rule->when.watch.n, 2);
        rule++;
        assert_int_equal(rule->severity, RULE_MEDIUM);
        assert_int_equal(rule->hold_off, 3600 * CLOCK_SECOND);
        assert_true(rule->when.min_goldstein == -10 && rule->when.max_goldstein == 10);
        assert_true(rule->enabled);
        arena_deinit(&p.arena);
}

/* What is counted is known again as long as it says the same. */
static void test_fingerprint(void **state)
{
        struct parsed p;

        (void)state;
        assert_int_equal(parse(&p, "rules:\n"
                                   "- {name: a, when: {type: [ASSAULT]}, rate: {in: 1d, count: 2}}\n"
                                   "- {name: b, when: {type:   [ASSAULT]}, rate: {in: 2d, count: 9}, severity: low}\n"
                                   "- {name: c, when: {type: [COERCE]}, rate: {in: 1d, count: 2}}\n"
                                   "- {name: d, when: {type: [ASSAULT]}, rate: {in: 1d, count: 2}, group: pair}\n"), 0);
        assert_true(p.rules[0].fingerprint == p.rules[1].fingerprint);
        assert_true(p.rules[0].fingerprint != p.rules[2].fingerprint);
        assert_true(p.rules[0].fingerprint != p.rules[3].fingerprint);
        arena_deinit(&p.arena);
}

static const char *const wrong[][2] = {
        { "rule: []", "r.yaml:1:1: rule: unknown key (did you mean 'rules'?)\n" },
        { "rules: [{name: a, name: b}]", "r.yaml:1:19: double key 'name' (it stands at 1:10 too)\n" },
        { "rules: [{}]", "r.yaml:1:9: rules[0].name: is missing\n" },
        { "rules: [{name: A b}]",
          "r.yaml:1:16: rules[0].name: 'A b' is no name here: use small letters, digits, '.', '_' and '-'\n" },
        { "rules: [{name: a, wehn: {}}]", "r.yaml:1:19: rules[0].wehn: unknown key (did you mean 'when'?)\n" },
        { "rules: [{name: a, when: {tpye: X}}]",
          "r.yaml:1:26: rules[0].when.tpye: unknown key (did you mean 'type'?)\n" },
        { "rules: [{name: a, when: {type: [ASSAULT, ASSUALT]}}]",
          "r.yaml:1:42: rules[0].when.type: 'ASSUALT' is neither a PLOVER category nor the beginning of a CAMEO code "
          "(did you mean 'ASSAULT'?)\n" },
        { "rules: [{name: a, when: {type: assault}}]",
          "r.yaml:1:32: rules[0].when.type: 'assault' is neither a PLOVER category nor the beginning of a CAMEO code "
          "(did you mean 'ASSAULT'?)\n" },
        { "rules: [{name: a, when: {status: hapened}}]",
          "r.yaml:1:34: rules[0].when.status: 'hapened' is no status (did you mean 'happened'?)\n" },
        { "rules: [{name: a, when: {quad: material conflct}}]",
          "r.yaml:1:32: rules[0].when.quad: 'material conflct' is no kind of act (did you mean 'material "
          "conflict'?)\n" },
        { "rules: [{name: a, when: {pair: [PRK]}}]",
          "r.yaml:1:32: rules[0].when.pair: wants two actors: [PRK, KOR]\n" },
        { "rules: [{name: a, when: {actor: ''}}]",
          "r.yaml:1:33: rules[0].when.actor: is empty: it would hold of everything\n" },
        { "rules: [{name: a, when: {country: [PRK, Korea]}}]",
          "r.yaml:1:41: rules[0].when.country: 'Korea' is no country: three capitals, as in PRK\n" },
        { "rules: [{name: a, when: {near: {lat: 91, lon: 0}}}]",
          "r.yaml:1:32: rules[0].when.near.km: is missing\n"
          "r.yaml:1:38: rules[0].when.near.lat: 91 is out of range (-90 to 90)\n" },
        { "rules: [{name: a, when: {min_origins: 3, max_origins: 2}}]",
          "r.yaml:1:55: rules[0].when.max_origins: is less than min_origins\n" },
        { "rules: [{name: a, when: {all: [{}]}}]",
          "r.yaml:1:32: rules[0].when.all[0]: is empty: give it a condition, or leave it out\n" },
        { "rules: [{name: a, when: {any: [{actor: X}, {actro: Y}]}}]",
          "r.yaml:1:45: rules[0].when.any[1].actro: unknown key (did you mean 'actor'?)\n" },
        { "rules: [{name: a, rate: {in: 1d}}]", "r.yaml:1:25: rules[0].rate: one of count, times_usual is missing\n" },
        { "rules: [{name: a, rate: {count: 5}}]",
          "r.yaml:1:25: rules[0].rate.in: is missing: the window, 24h for instance\n" },
        { "rules: [{name: a, rate: {in: 300d, times_usual: 3}}]",
          "r.yaml:1:49: rules[0].rate.times_usual: looks back over more than 400 days: choose a shorter window (in) or "
          "fewer windows\n" },
        { "rules: [{name: a, rate: {count: 5, in: 1d}, absence: {for: 1h}}]",
          "r.yaml:1:54: rules[0].absence: there is 'rate' already; only one of them can be here\n" },
        { "rules: [{name: a, absence: {of: stories, for: 1h}, when: {watch: x, type: AID}}]",
          "r.yaml:1:69: rules[0].when: 'type' does not go with 'of: stories': only 'watch' does\n" },
        { "rules: [{name: a, absence: {of: events}}]",
          "r.yaml:1:28: rules[0].absence.for: is missing: how long nothing has come, 6h for instance\n" },
        { "rules: [{name: a, text: 'at {plaec}'}]",
          "r.yaml:1:29: rules[0].text: there is no field {plaec} (did you mean {place}?)\n" },
        { "rules:\n- name: a\n  text: at {plaec}\n",
          "r.yaml:3:12: rules[0].text: there is no field {plaec} (did you mean {place}?)\n" },
        { "rules: [{name: a, text: '{usual}'}]",
          "r.yaml:1:26: rules[0].text: {usual} has no value here: it goes only with 'rate'\n" },
        { "rules: [{name: a, severity: hgih}]",
          "r.yaml:1:29: rules[0].severity: expected one of info, low, medium, high, critical, not 'hgih' (did you mean "
          "'high'?)\n" },
        { "rules: [{name: a, hold_off: soon}]",
          "r.yaml:1:29: rules[0].hold_off: expected a span such as 30s, 10m or 365d, or 'none', not 'soon'\n" },
};

static void test_messages(void **state)
{
        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
                _cleanup_free_ char *text = NULL;
                struct parsed p;

                if (parse(&p, wrong[i][0]) != YAML_E_BAD)
                        fail_msg("taken: %s", wrong[i][0]);
                yaml_errors_sort(&p.errors);
                text = yaml_errors_text(&p.errors);
                assert_string_equal(text, wrong[i][1]);
                arena_deinit(&p.arena);
        }
}

static void test_too_deep(void **state)
{
        char text[2048] = "rules: [{name: a, when: ";
        struct parsed p;

        (void)state;
        for (int i = 0; i < 9; i++)
                strcat(text, "{any: [");
        strcat(text, "{actor: X}");
        for (int i = 0; i < 9; i++)
                strcat(text, "]}");
        strcat(text, "}]");
        assert_int_equal(parse(&p, text), YAML_E_BAD);
        assert_int_equal(p.errors.n, 1);
        assert_string_equal(p.errors.first->message, "rules[0]: conditions lie deeper in one another than 8");
        assert_int_equal(p.errors.first->column, 88);
        arena_deinit(&p.arena);
}

static void write_file(const char *directory, const char *name, const char *text)
{
        char path[256];
        FILE *f;

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        fclose(f);
}

/* A folder beside the configuration, with it all or nothing. */
static void test_directory(void **state)
{
        char directory[] = "/tmp/test-rule-XXXXXX", text[256], wanted[1024];
        struct config *config = NULL;
        char *errors;

        (void)state;
        assert_non_null(mkdtemp(directory));
        snprintf(text, sizeof(text), "watch: [{name: inbox, directory: /tmp}]\nrules: %s\n", directory);
        write_file(directory, "b.yaml", "rules: [{name: two, enabled: no}, {name: three}]\n");
        write_file(directory, "a.yaml", "rules: [{name: one, when: {watch: inbox}}]\n");
        write_file(directory, "c.yaml.bak", "rules: [{nonsense\n");
        write_file(directory, ".d.yaml", "rules: [{nonsense\n");
        assert_int_equal(config_parse("d.yaml", text, strlen(text), &config, &errors), 0);
        assert_int_equal(config->n_rules, 2);
        assert_string_equal(config->rules[0].name, "one");
        assert_string_equal(config->rules[1].name, "three");
        config_unref(config);

        write_file(directory, "c.yaml", "rules:\n  - name: two\n    when: {watch: inbxo}\n  - name: one\n");
        write_file(directory, "d.yaml", "rules:\n  - {name: x, text: '{'}\n");
        assert_int_equal(config_parse("d.yaml", text, strlen(text), &config, &errors), CONFIG_E_BAD);
        snprintf(wanted, sizeof(wanted),
                 "%s/c.yaml:2:5: rules[0].name: 'two' is taken already, at %s/b.yaml:1\n"
                 "%s/c.yaml:4:5: rules[1].name: 'one' is taken already, at %s/a.yaml:1\n"
                 "%s/d.yaml:2:22: rules[0].text: '{' without its '}' (write '{{' for a brace)\n",
                 directory, directory, directory, directory, directory);
        assert_string_equal(errors, wanted);
        free(errors);

        write_file(directory, "c.yaml", "rules:\n  - name: four\n    when: {any: [{watch: inbxo}]}\n");
        write_file(directory, "d.yaml", "");
        assert_int_equal(config_parse("d.yaml", text, strlen(text), &config, &errors), CONFIG_E_BAD);
        snprintf(wanted, sizeof(wanted),
                 "%s/c.yaml:3:18: rule 'four': there is no watch 'inbxo' (did you mean 'inbox'?)\n", directory);
        assert_string_equal(errors, wanted);
        free(errors);

        assert_int_equal(config_parse("d.yaml", "rules: no-such", 14, &config, &errors), CONFIG_E_BAD);
        assert_non_null(strstr(errors, "d.yaml:1:8: rules: "));
        assert_non_null(strstr(errors, "no-such: No such file or directory: make the folder, or leave 'rules' out\n"));
        free(errors);
        snprintf(text, sizeof(text), "rm -r %s", directory);
        assert_int_equal(system(text), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_keys), cmocka_unit_test(test_fingerprint), cmocka_unit_test(test_messages),
                cmocka_unit_test(test_too_deep), cmocka_unit_test(test_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
