/* Signatures of Standard Webhooks: its own published vector, one made with Python's hmac, and secrets that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "output/sign.h"

static void test_vectors(void **state _unused_)
{
        static const char body[] = "{\"test\": 2432232314}";
        char out[SIGN_MAX], longest[96] = "whsec_";

        /* The vector of the libraries at github.com/standard-webhooks/standard-webhooks. */
        assert_int_equal(sign_v1("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                                 body, strlen(body), out),
                         0);
        assert_string_equal(out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        /* 64 bytes of zeros, no body. */
        memset(longest + 6, 'A', 86);
        memcpy(longest + 92, "==", 3);
        assert_int_equal(sign_v1(longest, "17-1-2-r1", 1700000000, "", 0, out), 0);
        assert_string_equal(out, "v1,3zo5vqUjFwtxppuB7ehb1tUYxictPQNMaFY9QAFAjM0=");
}

static void test_bad_secrets(void **state _unused_)
{
        static const char *const bad[] = {
                "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La",
                "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        };
        char out[SIGN_MAX], text[128] = "whsec_", id[400];

        for (size_t i = 0; i < N_ELEMENTS(bad); i++)
                if (sign_v1(bad[i], "id", 1, "", 0, out) != SIGN_E_SECRET)
                        fail_msg("'%s' is no secret", bad[i]);
        memset(text + 6, 'A', 88);                      /* 66 bytes */
        assert_int_equal(sign_v1(text, "id", 1, "", 0, out), SIGN_E_SECRET);
        memset(id, 'x', sizeof(id) - 1);
        id[sizeof(id) - 1] = '\0';
        assert_int_equal(sign_v1("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, 1, "", 0, out), SIGN_E_SECRET);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_bad_secrets),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
