/* Keys of families, and the order of versions. */
#include "../store/fixture.h"

#include "desk/family.h"

static void test_versions(void **state _unused_)
{
        static const char *const ascending[] = {
                NULL, "", "0", "1", "9", "10", "0011", "99999999999999999999999", "a", "b",
        };

        for (size_t i = 0; i < N_ELEMENTS(ascending); i++)
                for (size_t j = 0; j < N_ELEMENTS(ascending); j++) {
                        int c = family_compare_versions(ascending[i], ascending[j]);

                        assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
                }
        assert_int_equal(family_compare_versions("007", "7"), 0);
        assert_true(family_compare_versions("2026-11-24T08:00:00Z", "2026-11-24T07:59:00Z") > 0);
}

static struct family_key key(int64_t source, const char *guid, const char *headline, const char *text,
                             const char *status)
{
        const struct story story = { .guid = guid, .headline = headline, .text = text, .n_text = strlen(text),
                                     .status = status };
        struct family_key k;

        family_key_init(&k, source, &story);
        assert_in_range(k.identity, 0, (INT64_C(1) << 48) - 1);
        return k;
}

static bool same_hash(struct family_key a, struct family_key b)
{
        return memcmp(a.hash, b.hash, FAMILY_HASH) == 0;
}

static void test_content(void **state _unused_)
{
        struct family_key a = key(1, NULL, "Head", "one two", NULL);

        assert_true(same_hash(a, key(2, NULL, " Head\n", "\tone \r\n two ", "usable")));
        assert_false(same_hash(a, key(1, NULL, "Head", "onetwo", NULL)));
        assert_false(same_hash(a, key(1, NULL, "Head one", "two", NULL)));
        assert_false(same_hash(a, key(1, NULL, NULL, "Head one two", NULL)));
        assert_false(same_hash(a, key(1, NULL, "Head", "one two", "canceled")));
        assert_false(same_hash(a, key(1, NULL, "Head", "One two", NULL)));
        assert_true(key(1, NULL, "", "", "canceled").canceled);
        assert_false(a.canceled);
}

static void test_identities(void **state _unused_)
{
        struct family_key a = key(1, "g", "Head", "text", NULL);

        assert_true(a.identity == key(1, "g", "Other", "words", NULL).identity);
        assert_true(a.identity != key(2, "g", "Head", "text", NULL).identity);
        assert_true(a.identity != key(1, "h", "Head", "text", NULL).identity);
        assert_true(key(1, NULL, "Head", "text", NULL).identity == key(2, "", "Head", "text", NULL).identity);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_versions),
                cmocka_unit_test(test_content),
                cmocka_unit_test(test_identities),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
