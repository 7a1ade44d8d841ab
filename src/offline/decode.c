/* `dateline decode FILE...`: one JSON line a story. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "offline/backfill.h"
#include "offline/offline.h"

enum { FILE_MAX = 256 << 20 };

struct sink {
        struct backfill *backfill;
        const struct job *job;
        int exit_code;
};

static int print_story(void *user, const struct story *story)
{
        struct sink *sink = user;
        struct story copy = *story;
        json_t *object;
        char *line;

        if (!backfill_take(sink->backfill, &sink->job->position))
                return -EINTR;
        copy.id = backfill_story_id(sink->backfill, sink->job->arena);
        object = story_to_json(&copy, true);
        line = object ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
        json_decref(object);
        if (!line)
                arena_out_of_memory();
        backfill_hold(sink->backfill);
        puts(line);
        backfill_release(sink->backfill);
        free(line);
        return 0;
}

static int print_bad(void *user, const char *reason, const char *what)
{
        struct sink *sink = user;

        fprintf(stderr, "dateline: %s: %s%s%s\n", sink->backfill->path, reason, what ? ": " : "", what ? what : "");
        sink->exit_code = OFFLINE_EXIT_INPUT;
        return 0;
}

static int decode_file(struct backfill *b, struct chain *chain, struct arena *arena, struct buf *bytes,
                       const struct envelope *given)
{
        struct envelope envelope = *given;
        struct sink sink = { .backfill = b };
        struct job job = {
                .arena = arena, .envelope = &envelope, .sink = &sink, .add_story = print_story, .add_bad = print_bad
        };
        int r, exit_code;

        sink.job = &job;
        envelope.name = b->path;
        exit_code = backfill_decode(b, chain, &job, FILE_MAX, bytes, &r);
        if (exit_code != 0)
                return exit_code;
        if (r != 0 && !backfill_stopped(b)) {
                print_bad(&sink, r > 0 && job.reason ? job.reason : strerror(-r), NULL);
                return OFFLINE_EXIT_INPUT;
        }
        return sink.exit_code;
}

static const char usage[] =
        "usage: dateline decode [--format F] [--encoding E] [--output FILE [--resume]] [--progress] FILE...\n\n"
        "Files or folders of them; - is standard input. With --output, what is interrupted goes on with --resume.\n\n"
        "formats: auto, plain, html, rss, atom, jsonfeed, ninjs, nitf, newsml, newsml1, iptc7901, anpa, mail, warc\n";

int offline_decode(int argc, char **argv)
{
        static const struct option options[] = {
                { "format", required_argument, NULL, 'f' },
                { "encoding", required_argument, NULL, 'e' },
                BACKFILL_OPTIONS,
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        struct arena forever = ARENA_NULL, arena = ARENA_NULL;
        struct offline_options opened = { .quiet = true };
        struct envelope envelope = { .format = "auto", .source = "offline" };
        _cleanup_(chain_closep) struct chain *chain = NULL;
        struct backfill_options backfill_options = { 0 };
        struct backfill backfill = { 0 };
        struct buf bytes = BUF_NULL;
        int c, exit_code;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1)
                if (c == 'f')
                        envelope.format = optarg;
                else if (c == 'e')
                        envelope.encoding = optarg;
                else if (!backfill_option(&backfill_options, c, optarg))
                        return fputs(usage, c == 'h' ? stdout : stderr), c == 'h' ? 0 : EX_USAGE;
        if (optind == argc)
                return fputs("dateline decode: name a file, or - for standard input\n", stderr), EX_USAGE;
        backfill_options.n = argc - optind;
        backfill_options.paths = argv + optind;
        exit_code = offline_files(&forever, &backfill_options.n, &backfill_options.paths);
        if (exit_code == 0)
                exit_code = offline_open(&chain, &forever, &opened);
        if (exit_code == 0)
                exit_code = backfill_open(&backfill, &backfill_options);
        if (exit_code == 0)
                exit_code = offline_enter_sandbox();
        if (exit_code == 0) {
                for (int i = 0; i < backfill_options.n && !backfill_stopped(&backfill); i++) {
                        int r = backfill_begin(&backfill, i, backfill_options.paths[i]);

                        if (r == 0)
                                r = decode_file(&backfill, chain, &arena, &bytes, &envelope);
                        exit_code = MAX_OF(exit_code, r);
                        backfill_end(&backfill);
                        arena_reset(&arena);
                }
                exit_code = backfill_close(&backfill, exit_code);
        }
        buf_deinit(&bytes);
        arena_deinit(&arena);
        chain_close(STEAL(chain));
        arena_deinit(&forever);
        return MAX_OF(exit_code, 0);
}
