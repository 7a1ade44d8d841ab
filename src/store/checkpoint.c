/* See checkpoint.h. */
#include "store/checkpoint.h"

#include <uv.h>

#include "base/error.h"

enum { STACK = 256 << 10 };

struct checkpoint {
        uv_thread_t thread;
        uv_mutex_t mutex;
        uv_cond_t changed;
        struct db *db;          /* the thread's; the writer never touches it */
        bool asked, ending;
        int64_t done;           /* pages of the log as it is now that are in the file */
};

static void take(struct checkpoint *c, struct db *db)
{
        int64_t pages, done;

        if (db_checkpoint(db, &pages, &done) == 0)
                c->done = done;
}

static void run(void *user)
{
        struct checkpoint *c = user;

        uv_mutex_lock(&c->mutex);
        for (;;) {
                int64_t pages, done = 0;

                while (!c->asked && !c->ending)
                        uv_cond_wait(&c->changed, &c->mutex);
                if (c->ending)
                        break;
                uv_mutex_unlock(&c->mutex);
                if (db_checkpoint(c->db, &pages, &done) < 0)
                        done = 0;
                uv_mutex_lock(&c->mutex);
                c->done = done;
                c->asked = false;
                uv_cond_signal(&c->changed);
        }
        uv_mutex_unlock(&c->mutex);
}

void checkpoint_follow(struct checkpoint *c, struct db *db)
{
        int64_t pages = db_log_pages(db);

        if (pages < CHECKPOINT_START)
                return;
        uv_mutex_lock(&c->mutex);
        while (c->asked && pages >= CHECKPOINT_MOST)
                uv_cond_wait(&c->changed, &c->mutex);
        if (!c->asked) {
                if (pages < c->done)            /* the log started anew since */
                        c->done = 0;
                if (c->done < pages && (pages - c->done <= CHECKPOINT_FINISH || pages >= CHECKPOINT_MOST)) {
                        take(c, db);
                } else if (c->done < pages) {
                        c->asked = true;
                        uv_cond_signal(&c->changed);
                }
        }
        uv_mutex_unlock(&c->mutex);
}

int checkpoint_open(struct checkpoint **out, const char *path, char **error)
{
        const uv_thread_options_t options = { .flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK };
        struct checkpoint *c = calloc(1, sizeof(*c));
        int r;

        *error = NULL;
        if (c == NULL)
                return error_origin(-ENOMEM);
        r = db_open(&c->db, path, false, error);
        if (r != 0) {
                free(c);
                return error_trace(r);
        }
        if (uv_mutex_init(&c->mutex) < 0 || uv_cond_init(&c->changed) < 0 ||
            uv_thread_create_ex(&c->thread, &options, run, c) < 0) {
                db_close(c->db);
                free(c);
                return error_origin(-ENOMEM);
        }
        *out = c;
        return 0;
}

void checkpoint_free(struct checkpoint *c)
{
        if (c == NULL)
                return;
        uv_mutex_lock(&c->mutex);
        c->ending = true;
        uv_cond_signal(&c->changed);
        uv_mutex_unlock(&c->mutex);
        uv_thread_join(&c->thread);
        db_close(c->db);
        uv_cond_destroy(&c->changed);
        uv_mutex_destroy(&c->mutex);
        free(c);
}
