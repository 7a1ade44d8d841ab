/* See fixture.h. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"

char *fixture_model_path(void)
{
        const char *top = getenv("top_srcdir");
        char *path = NULL;

        if (asprintf(&path, "%s/data/en.model", top == NULL ? "." : top) < 0)
                abort();
        return path;
}

int fixture_setup(void **state)
{
        _cleanup_free_ char *path = fixture_model_path(), *error = NULL;
        struct fixture *f = calloc(1, sizeof *f);

        if (f == NULL)
                return -1;
        *state = f;
        return read_model_open(&f->model, path, &error);
}

int fixture_teardown(void **state)
{
        struct fixture *f = *state;

        read_model_freep(&f->model);
        arena_deinit(&f->arena);
        free(f);
        return 0;
}

struct reading *fixture_read(struct fixture *f, const char *text, size_t n)
{
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct reading *reading = NULL;

        assert_int_equal(reader_new(&reader, f->model), 0);
        assert_int_equal(reader_read(reader, &f->arena, text, n, &reading), 0);
        return reading;
}
