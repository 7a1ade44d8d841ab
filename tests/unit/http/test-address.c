/* Addresses and origins by table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "base/error.h"
#include "http/address.h"

static bool is_private(const char *text)
{
        struct sockaddr_in v4 = { .sin_family = AF_INET };
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

        if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
                return address_is_private((struct sockaddr *)&v4);
        assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
        return address_is_private((struct sockaddr *)&v6);
}

static void test_private(void **state _unused_)
{
        static const char *const private[] = {
                "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
                "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1",
                "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
                "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
                "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001::1", "2001:db8::1", "fc00::1", "fd12:3456::1",
                "fe80::1", "fec0::1", "ff02::1", "100::1",
        };
        static const char *const public[] = {
                "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1", "172.15.255.255",
                "172.32.0.0", "192.0.1.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
                "223.255.255.255", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::", "2a00::1",
                "2001:200::1",
        };
        struct sockaddr_un local = { .sun_family = AF_UNIX };

        for (size_t i = 0; i < N_ELEMENTS(private); i++)
                if (!is_private(private[i]))
                        fail_msg("%s is private", private[i]);
        for (size_t i = 0; i < N_ELEMENTS(public); i++)
                if (is_private(public[i]))
                        fail_msg("%s is public", public[i]);
        assert_true(address_is_private((struct sockaddr *)&local));
}

static void test_origin(void **state _unused_)
{
        static const struct {
                const char *url, *origin;
        } rows[] = {
                { "http://News.Example/a", "http://news.example:80" },
                { "HTTPS://news.example", "https://news.example:443" },
                { "https://news.example:8443?x", "https://news.example:8443" },
                { "http://news.example:/", "http://news.example:80" },
                { "http://[::1]:81/", "http://[::1]:81" },
                { "http://[::1]/", "http://[::1]:80" },
                { "http://a@b/", NULL },        { "http://a:b@c/", NULL },      { "http:///x", NULL },
                { "http://a:8x/", NULL },       { "ftp://a/", NULL },           { "file:///etc/passwd", NULL },
                { "", NULL },                   { "http://", NULL },            { "//a/", NULL },
                { "http://a\\@b/", NULL },      { "http://[::1/", NULL },       { "http://:80/", NULL },
        };
        char origin[4096], small[16];

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                bool good = address_origin(rows[i].url, origin, sizeof(origin));

                if (good != (rows[i].origin != NULL) || (good && strcmp(origin, rows[i].origin) != 0))
                        fail_msg("%s: %s", rows[i].url, good ? origin : "none");
        }
        assert_false(address_origin("http://news.example/", small, sizeof(small)));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_private),
                cmocka_unit_test(test_origin),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
