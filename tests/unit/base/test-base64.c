/* Base64: RFC 4648, section 10, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"

static const char *const vectors[][2] = {
        { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba",
                                                                                                    "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
};

static void rfc_vectors(void **state _unused_)
{
        for (size_t i = 0; i < N_ELEMENTS(vectors); i++) {
                _cleanup_(buf_deinit) struct buf text = BUF_NULL, bytes = BUF_NULL;

                buf_append(&text, "<", 1);
                buf_append(&bytes, "<", 1);
                assert_int_equal(base64_encode(&text, vectors[i][0], strlen(vectors[i][0])), 0);
                assert_string_equal(text.data + 1, vectors[i][1]);
                assert_int_equal(base64_decode(&bytes, vectors[i][1], strlen(vectors[i][1])), 0);
                assert_string_equal(bytes.data + 1, vectors[i][0]);
        }
}

static void all_bytes_round_trip(void **state _unused_)
{
        unsigned char all[768];

        for (size_t i = 0; i < sizeof(all); i++)
                all[i] = (unsigned char)(i * 7);
        for (size_t n = 0; n <= sizeof(all); n++) {
                _cleanup_(buf_deinit) struct buf text = BUF_NULL, bytes = BUF_NULL;

                assert_int_equal(base64_encode(&text, all, n), 0);
                assert_int_equal(text.n, (n + 2) / 3 * 4);
                assert_int_equal(base64_decode(&bytes, text.data, text.n), 0);
                assert_int_equal(bytes.n, n);
                assert_memory_equal(bytes.data, all, n);
        }
}

static void white_space_and_nonsense(void **state _unused_)
{
        static const char *const bad[] = {
                "Z",    "Zg",    "Zg=",  "Zg===", "=",    "====",     "Z===",  "Zg==Zg==",
                "Zg=g", "Zm9v!", "Zm-_", "Zh==",  "Zm9=", "Zm9v\x80", "Zg==x",
        };
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;
        struct buf small = BUF_BOUNDED(3);

        assert_int_equal(base64_decode(&out, " Zm9v\r\nYg\t==\n", 13), 0);
        assert_string_equal(out.data, "foob");
        for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
                if (base64_decode(&out, bad[i], strlen(bad[i])) != BASE64_E_BAD)
                        fail_msg("taken: %s", bad[i]);
                assert_int_equal(out.n, 4);
        }
        assert_int_equal(base64_encode(&small, "foo", 3), BUF_E_FULL);
        buf_deinit(&small);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(rfc_vectors), cmocka_unit_test(all_bytes_round_trip),
                cmocka_unit_test(white_space_and_nonsense),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
