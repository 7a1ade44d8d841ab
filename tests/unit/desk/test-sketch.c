/* Sketches: what of a copy is found and what of another text is not, and sketches as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "desk/sketch.h"

/* `paragraphs` of forty words each, numbered from `first`: the same numbers are the same words. */
static void write_text(char *out, size_t size, int first, int paragraphs)
{
        size_t n = 0;

        out[0] = '\0';
        for (int p = first; p < first + paragraphs; p++)
                for (int w = 0; w < 40; w++)
                        n += (size_t)snprintf(out + n, size - n, "%s%c%c%c%d%s", w == 0 && p > first ? "\n" : "",
                                              'a' + (p * 7 + w) % 26, 'a' + (p * 3 + w * 5) % 26, 'a' + w % 26, p,
                                              w == 39 ? "." : " ");
}

static struct sketch sketch_of(int first, int paragraphs, const char *end)
{
        char text[16384];
        struct sketch sketch;

        write_text(text, sizeof(text), first, paragraphs);
        strcat(text, end);
        sketch_make(&sketch, "A headline", text, strlen(text));
        return sketch;
}

static void test_copies(void **state _unused_)
{
        struct sketch whole = sketch_of(0, 10, ""), cut = sketch_of(0, 4, ""), end = sketch_of(5, 5, ""), own, half;
        size_t runs;

        assert_true(sketch_is_copy(&whole, &whole));
        assert_true(sketch_is_copy(&whole, &cut));
        assert_true(sketch_is_copy(&cut, &whole));
        assert_true(sketch_is_copy(&whole, &end));
        assert_true(sketch_contained(&cut, &whole, &runs) > 0.9);
        assert_false(sketch_is_copy(&cut, &end));
        assert_true(sketch_contained(&cut, &end, &runs) < 0.05);
        own = sketch_of(0, 9, "\nA paragraph that this paper wrote by itself stands at the end of what all the others have, too.");
        assert_true(sketch_is_copy(&whole, &own));
        half = sketch_of(7, 10, "");    /* three of ten paragraphs in common */
        assert_false(sketch_is_copy(&whole, &half));
}

static void test_small(void **state _unused_)
{
        struct sketch none, few;
        size_t runs;

        sketch_make(&none, NULL, "", 0);
        assert_int_equal(none.n_prints + none.n_words, 0);
        assert_false(sketch_is_copy(&none, &none));
        assert_true(sketch_contained(&none, &none, &runs) == 0);
        sketch_make(&few, "Oil prices", "Oil prices rose on Monday.", 26);
        assert_int_equal(few.n_prints, 2);
        assert_false(sketch_is_copy(&few, &few));       /* too little to say */
}

static void test_words(void **state _unused_)
{
        static const char text[] = "The Governor of Kherson said on Wednesday that 3 people of Kherson were there";
        uint32_t words[8], names[8], other[8];
        size_t n = sketch_take_words(text, strlen(text), words, 8);

        assert_int_equal(n, 3);         /* governor, kherson, 3 */
        for (size_t i = 1; i < n; i++)
                assert_true(words[i - 1] < words[i]);
        assert_int_equal(sketch_take_words("GOVERNORS, kherson!", 19, other, 8), 2);
        assert_true(sketch_overlap(words, n, other, 2) == 1);
        assert_true(sketch_overlap(words, n, other, 0) == 0);
        assert_int_equal(sketch_take_words(text, strlen(text), names, 1), 1);
        assert_int_equal(sketch_take_words("\xff\xfe\xc3\xa9t\xc3\xa9", 7, names, 8), 1);
}

static bool is_governor(const char *word, size_t n)
{
        return n == 8 && memcmp(word, "governor", n) == 0;
}

static void test_names(void **state _unused_)
{
        static const char text[] = "Officials told Governor Prokudin of Kherson about Kherson";
        uint32_t names[8], kherson;

        assert_int_equal(sketch_take_names(text, strlen(text), is_governor, names, 8), 2);
        assert_int_equal(sketch_take_words("kherson", 7, &kherson, 1), 1);
        assert_true(names[0] == kherson || names[1] == kherson);
}

static void test_bytes(void **state _unused_)
{
        struct sketch sketch = sketch_of(0, 10, ""), back;
        struct buf bytes = BUF_NULL;

        assert_int_equal(sketch_encode(&sketch, &bytes), 0);
        assert_true(bytes.n <= SKETCH_BYTES_MAX);
        assert_true(sketch_decode(&back, bytes.data, bytes.n));
        assert_int_equal(back.n_prints, SKETCH_PRINTS);
        assert_memory_equal(&back, &sketch, sizeof(sketch));
        for (size_t n = 0; n < bytes.n; n++)
                assert_false(sketch_decode(&back, bytes.data, n));
        bytes.data[0] = (char)200;
        assert_false(sketch_decode(&back, bytes.data, bytes.n));
        buf_deinit(&bytes);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_copies), cmocka_unit_test(test_small), cmocka_unit_test(test_words),
                cmocka_unit_test(test_names),  cmocka_unit_test(test_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
