/* A reader of tab-separated files as programs of researchers read them: by the published names of the columns, in
 * their order, with the published number of columns. A line that does not fit fails the test. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "output/format.h"

enum { READER_COLUMNS = 64, READER_ROWS = 128 };

struct reader {
        char *text;
        const char *const *names;       /* ended by NULL */
        size_t n_columns, n_rows;
        char *cells[READER_ROWS][READER_COLUMNS];
};

static inline void reader_init(struct reader *reader, const char *const *names, const struct buf *file)
{
        char *at, *line;

        memset(reader, 0, sizeof(*reader));
        reader->names = names;
        while (names[reader->n_columns] != NULL)
                reader->n_columns++;
        reader->text = strndup(file->n != 0 ? file->data : "", file->n);
        assert_non_null(reader->text);
        if (file->n != 0)
                assert_int_equal(file->data[file->n - 1], '\n');
        at = reader->text;
        while (*at != '\0') {
                size_t n = 0;

                line = strsep(&at, "\n");
                assert_true(reader->n_rows < READER_ROWS);
                while (line != NULL) {
                        char *cell = strsep(&line, "\t");

                        assert_true(n < reader->n_columns);
                        for (const char *c = cell; *c != '\0'; c++)
                                assert_true((unsigned char)*c >= 32 && *c != 127);
                        reader->cells[reader->n_rows][n++] = cell;
                }
                assert_int_equal(n, reader->n_columns);
                reader->n_rows++;
        }
}

static inline void reader_deinit(struct reader *reader)
{
        free(reader->text);
}

static inline const char *reader_get(const struct reader *reader, size_t row, const char *name)
{
        for (size_t i = 0; i < reader->n_columns; i++)
                if (strcmp(reader->names[i], name) == 0) {
                        assert_true(row < reader->n_rows);
                        return reader->cells[row][i];
                }
        fail_msg("there is no column %s", name);
        return NULL;
}

/* Column by column: pairs of name and value; all columns must be told, in their order. */
static inline void reader_expect(const struct reader *reader, size_t row, const char *const (*expected)[2], size_t n)
{
        assert_int_equal(n, reader->n_columns);
        for (size_t i = 0; i < n; i++) {
                assert_string_equal(expected[i][0], reader->names[i]);
                if (strcmp(reader->cells[row][i], expected[i][1]) != 0)
                        fail_msg("row %zu, %s: '%s', expected '%s'", row, expected[i][0], reader->cells[row][i],
                                 expected[i][1]);
        }
}

/* The event of most tests: one source, one target, a place. */
_unused_ static const char reader_event[] =
        "{\"id\":\"42.1.3\",\"story\":\"42.1\",\"seq\":30,\"change\":\"new\",\"revision\":1,\"number\":17,\"sentence\":"
        "5,\"event\":\"SUPPORT\",\"cameo\":\"057\",\"mode\":null,"
        "\"context\":[\"diplomatic\",\"military\"],\"quad\":1,\"goldstein\":8.0,"
        "\"source\":[{\"code\":\"PRKGOV\",\"name\":\"Choe Son Hui\",\"title\":\"Foreign Minister\","
        "\"text\":\"North Korean Foreign Minister Choe Son Hui\",\"span\":[210,252]}],"
        "\"target\":[{\"code\":\"RUSGOV\",\"name\":\"Sergei\\tLavrov\\n\",\"text\":\"his "
        "counterpart\",\"span\":[270,285]}],"
        "\"reciprocal\":false,\"trigger\":{\"text\":\"signed a "
        "plan\",\"span\":[254,267]},\"status\":\"happened\",\"attribution\":[],"
        "\"quote\":null,\"when\":{\"start\":\"2023-10-19\",\"end\":\"2023-10-19\",\"text\":\"yesterday\"},"
        "\"where\":{\"name\":\"Pyongyang\",\"country\":\"PRK\",\"lat\":39.03,\"lon\":125.75},\"confidence\":0.91,"
        "\"reports\":3,\"stories\":1,\"publishers\":2,\"origins\":[\"KCNA\"],\"first_seen\":\"2023-10-20T08:07:46.5Z\","
        "\"watch\":\"inbox\"}";

/* Format one record; `changes` (JSON, NULL: none) is laid over it. out: FORMAT_PARTS_MAX buffers. */
static inline void reader_format(const struct format *format, const char *record, const char *changes, struct buf *out)
{
        json_t *event = json_loads(record, 0, NULL),
               *over = changes != NULL ? json_loads(changes, 0, NULL) : json_object();
        char *text;

        assert_non_null(event);
        assert_non_null(over);
        assert_int_equal(json_object_update(event, over), 0);
        text = json_dumps(event, JSON_COMPACT);
        assert_int_equal(format->lines(event, text, strlen(text), out), 0);
        free(text);
        json_decref(event);
        json_decref(over);
}
