/* `dateline decode FILE...`: one JSON line a story. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "offline/offline.h"

enum { FILE_MAX = 256 << 20 };

struct sink {
        const char *path;
        int exit_code;
};

static int print_story(void *user, const struct story *story)
{
        json_t *object = story_to_json(story, true);
        char *line = object ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;

        (void)user;
        json_decref(object);
        if (!line)
                arena_out_of_memory();
        puts(line);
        free(line);
        return 0;
}

static int print_bad(void *user, const char *reason, const char *what)
{
        struct sink *sink = user;

        fprintf(stderr, "dateline: %s: %s%s%s\n", sink->path, reason, what ? ": " : "", what ? what : "");
        sink->exit_code = OFFLINE_EXIT_INPUT;
        return 0;
}

static int decode_file(struct chain *chain, struct arena *arena, struct buf *bytes, const struct envelope *given)
{
        struct envelope envelope = *given;
        struct sink sink = { .path = given->name };
        struct job job = {
                .arena = arena, .envelope = &envelope, .sink = &sink, .add_story = print_story, .add_bad = print_bad
        };
        int r, exit_code = offline_decode_file(chain, &job, given->name, FILE_MAX, bytes, &r);

        if (exit_code != 0)
                return exit_code;
        if (r != 0) {
                print_bad(&sink, r > 0 && job.reason ? job.reason : strerror(-r), NULL);
                return OFFLINE_EXIT_INPUT;
        }
        return sink.exit_code;
}

int offline_decode(int argc, char **argv)
{
        static const struct option options[] = {
                { "format", required_argument, NULL, 'f' },
                { "encoding", required_argument, NULL, 'e' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        struct arena forever = ARENA_NULL, arena = ARENA_NULL;
        struct offline_options opened = { .quiet = true };
        struct envelope envelope = { .format = "auto", .source = "offline" };
        _cleanup_(chain_closep) struct chain *chain = NULL;
        struct buf bytes = BUF_NULL;
        int c, exit_code;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1)
                if (c == 'f')
                        envelope.format = optarg;
                else if (c == 'e')
                        envelope.encoding = optarg;
                else
                        return fputs("usage: dateline decode [--format F] [--encoding E] FILE...\n\n"
                             "formats: auto, plain, html, rss, atom, jsonfeed, ninjs, nitf, newsml, newsml1, iptc7901, anpa, warc\n",
                                     c == 'h' ? stdout : stderr),
                               c == 'h' ? 0 : EX_USAGE;
        if (optind == argc)
                return fputs("dateline decode: name a file, or - for standard input\n", stderr), EX_USAGE;
        exit_code = offline_open(&chain, &forever, &opened);
        if (exit_code == 0)
                exit_code = offline_enter_sandbox();
        if (exit_code == 0)
                for (int i = optind; i < argc; i++) {
                        int r;

                        envelope.name = argv[i];
                        r = decode_file(chain, &arena, &bytes, &envelope);
                        if (r > exit_code)
                                exit_code = r;
                        arena_reset(&arena);
                }
        buf_deinit(&bytes);
        arena_deinit(&arena);
        chain_close(STEAL(chain));
        arena_deinit(&forever);
        return exit_code;
}
