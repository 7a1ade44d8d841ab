/*
 * `dateline code FILE...`: one JSON line a story, in the order of the input. Files are decoded like deliveries;
 * `--input jsonl` takes stories that are decoded already, and their text as it is.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "modules/code/code.h"
#include "modules/decode/decode.h"
#include "offline/backfill.h"
#include "offline/explain.h"
#include "offline/misses.h"
#include "offline/offline.h"
#include "offline/status.h"

enum { FILE_MAX = 256 << 20, LINE_BYTES_MAX = 64 << 20, WRONG_MAX = 20 };

struct run {
        struct chain *chain;
        struct arena *arena;            /* of one story */
        struct backfill *backfill;
        struct job *delivery;           /* the one that stories come out of */
        const char *path;
        unsigned *foreign;              /* stories of another language than English */
        unsigned wrong;                 /* lines of this file */
        bool explain;
        struct misses *misses;  /* NULL: not asked for */
        int exit_code;
};

static void complain(struct run *run, const char *what)
{
        fprintf(stderr, "dateline: %s: %s\n", run->path, what);
        run->exit_code = OFFLINE_EXIT_INPUT;
}

/* {"story", "dateline", "published", "statements", "actors", "events"} */
static void print_coded(const struct run *run, const struct story *story, json_t *coded)
{
        json_t *line = json_object(), *known = story_to_json(story, false), *value;
        static const char *const kept[] = { "dateline", "published" };
        char *text;

        if (!line || !known)
                arena_out_of_memory();
        json_object_set_new(line, "story", json_string(story->id));
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
                if ((value = json_object_get(known, kept[i])) != NULL)
                        json_object_set(line, kept[i], value);
        json_object_update(line, coded);
        text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6));
        json_decref(line);
        json_decref(known);
        if (!text)
                arena_out_of_memory();
        backfill_hold(run->backfill);
        puts(text);
        backfill_release(run->backfill);
        free(text);
}

/* Codes the story once more, to have the structs instead of their JSON. */
static void look_inside(struct run *run, const struct job *job)
{
        const struct coding *coding;
        void *state;

        if (!chain_find(run->chain, "code", &state))
                return;
        coding = code_story(state, run->arena, job->story, job->reading);
        if (run->explain) {
                backfill_hold(run->backfill);
                explain_print(coding);
                backfill_release(run->backfill);
        } else {
                misses_add(run->misses, state, coding);
        }
}

static int take_through(struct run *run, struct story *story)
{
        struct job job = { .arena = run->arena, .story = story };
        int r = 0;

        *run->foreign += story->language != NULL && strncasecmp(story->language, "en", 2) != 0;

        for (size_t segment = 0; r == 0 && segment < chain_segments(run->chain); segment++)
                r = chain_process(run->chain, segment, &job);
        if (r == 0 && (run->explain || run->misses))
                look_inside(run, &job);
        else if (r == 0 && job.coded)
                print_coded(run, story, job.coded);
        json_decref(job.coded);
        if (r != 0)
                complain(run, r > 0 && job.reason ? job.reason : strerror(-r));
        return 0;
}

/* From decode: a delivery may hold many stories; they are numbered from the second on. */
static int take_story(void *user, const struct story *story)
{
        struct run *run = user;
        struct story copy = *story;
        int r;

        if (!backfill_take(run->backfill, &run->delivery->position))
                return -EINTR;
        copy.id = backfill_story_id(run->backfill, run->arena);
        r = take_through(run, &copy);
        arena_reset(run->arena);
        return r;
}

static int take_bad(void *user, const char *reason, const char *what)
{
        (void)what;
        complain(user, reason);
        return 0;
}

static int code_file(struct run *run, struct arena *arena, struct buf *bytes)
{
        struct envelope envelope = { .format = "auto", .source = "offline", .name = run->path };
        struct job job = {
                .arena = arena, .envelope = &envelope, .sink = run, .add_story = take_story, .add_bad = take_bad
        };
        int r, exit_code;

        run->delivery = &job;
        exit_code = backfill_decode(run->backfill, run->chain, &job, FILE_MAX, bytes, &r);
        if (exit_code == 0 && r != 0 && !backfill_stopped(run->backfill))
                complain(run, r > 0 && job.reason ? job.reason : strerror(-r));
        return exit_code;
}

/* One line of JSON Lines. */
static int code_line(void *user, const char *line, size_t n, unsigned number)
{
        struct run *run = user;
        json_error_t error;
        json_t *object = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error), *id;
        struct story story = { .published = CLOCK_NONE, .updated = CLOCK_NONE, .embargoed = CLOCK_NONE };
        const char *reason = "not a JSON object";
        char *text;

        if (!json_is_object(object) || story_from_json(run->arena, object, &story, &reason) != 0 || !story.text) {
                if (run->wrong++ < WRONG_MAX)
                        fprintf(stderr, "dateline: %s:%u: %s\n", run->path, number,
                                !object ? error.text : story.text || !json_is_object(object) ? reason : "no text");
                run->exit_code = OFFLINE_EXIT_INPUT;
                json_decref(object);
                arena_reset(run->arena);
                return 0;
        }
        id = json_object_get(object, "id");
        story.id = json_is_string(id)    ? arena_strdup(run->arena, json_string_value(id))
                   : json_is_integer(id) ? arena_printf(run->arena, "%lld", (long long)json_integer_value(id))
                                         : arena_printf(run->arena, "%s:%u", run->path, number);
        json_decref(object);
        text = arena_strndup(run->arena, story.text, story.n_text);
        story.text = text;
        decode_apply_dateline(run->arena, &story, text, story.n_text);
        take_through(run, &story);
        arena_reset(run->arena);
        return 0;
}

/* The treebank's own tags and dependencies, with a status for every verb. */
static int code_conllu(struct run *run, struct buf *bytes)
{
        int r = offline_read_file(run->path, (size_t)FILE_MAX * 8, bytes);
        void *state;

        if (r == 0 && bytes->n > 0 && chain_find(run->chain, "code", &state))
                status_print(run->backfill, state, run->arena, bytes->data, bytes->n);
        return r;
}

enum input { INPUT_TEXT, INPUT_JSONL, INPUT_CONLLU };

struct choices {
        struct backfill_options backfill;
        enum input input;
        bool explain, misses, status;
};

static const char usage[] =
        "usage: dateline code [--input text|jsonl] [--dictionaries PATH]... [--model FILE] [--min-confidence N]\n"
        "                     [--explain|--misses] [--quiet] [--output FILE [--resume]] [--progress] FILE...\n"
        "       dateline code --input conllu --status FILE...\n\n"
        "Files as they come (text, feeds, wires, HTML, WARC; gzipped or not) or folders of them; - is standard "
        "input.\n\n"
        "  --input jsonl        a story a line: {\"id\": ..., \"text\": ...}, as 'dateline decode' writes them\n"
        "  --dictionaries PATH  a file or folder instead of those that come with dateline; up to 16 times\n"
        "  --model FILE         the reader's model\n"
        "  --min-confidence N   leave out events below it, from 0 to 1\n"
        "  --explain            for people: each sentence, and why each event is what it is\n"
        "  --misses             the verbs between two actors that no frame covers\n"
        "  --quiet              no warnings\n"
        "  --output FILE        write there; what is interrupted goes on with --resume\n"
        "  --progress           say how far it is, on standard error\n";

static bool take_input(const char *name, struct choices *choices)
{
        static const char *const names[] = { "text", "jsonl", "conllu" };

        for (int i = 0; i < 3; i++)
                if (strcmp(name, names[i]) == 0) {
                        choices->input = (enum input)i;
                        return true;
                }
        return false;
}

static int parse(int argc, char **argv, struct offline_options *opened, struct choices *choices)
{
        static const struct option options[] = {
                { "input", required_argument, NULL, 'i' },      { "dictionaries", required_argument, NULL, 'd' },
                { "model", required_argument, NULL, 'm' },      { "min-confidence", required_argument, NULL, 'c' },
                { "quiet", no_argument, NULL, 'q' },            { "explain", no_argument, NULL, 'x' },
                { "status", no_argument, NULL, 's' },           { "misses", no_argument, NULL, 'l' },
                BACKFILL_OPTIONS,
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        int c;

        while ((c = getopt_long(argc, argv, "qh", options, NULL)) != -1)
                if ((c == 'i' && take_input(optarg, choices)) || backfill_option(&choices->backfill, c, optarg))
                        continue;
                else if (c == 'd' && opened->n_dictionaries < N_ELEMENTS(opened->dictionaries))
                        opened->dictionaries[opened->n_dictionaries++] = optarg;
                else if (c == 'm')
                        opened->model = optarg;
                else if (c == 'c')
                        opened->min_confidence = optarg;
                else if (c == 'q')
                        opened->quiet = true;
                else if (c == 'x')
                        choices->explain = true;
                else if (c == 'l')
                        choices->misses = true;
                else if (c == 's')
                        choices->status = true;
                else
                        return fputs(usage, c == 'h' ? stdout : stderr), c == 'h' ? -1 : EX_USAGE;
        if (choices->status != (choices->input == INPUT_CONLLU))
                return fputs("dateline code: --input conllu and --status go together\n", stderr), EX_USAGE;
        if (optind == argc)
                return fputs("dateline code: name a file, or - for standard input\n", stderr), EX_USAGE;
        return 0;
}

static int code_input(struct run *run, enum input input, struct arena *arena, struct buf *bytes)
{
        int r = input == INPUT_JSONL    ? backfill_lines(run->backfill, LINE_BYTES_MAX, bytes, code_line, run)
                : input == INPUT_CONLLU ? code_conllu(run, bytes)
                                        : code_file(run, arena, bytes);

        return MAX_OF(r, run->exit_code);
}

/* All the inputs, in order. */
static int code_inputs(const struct run *blank, enum input input, int n, char **paths)
{
        struct arena delivery = ARENA_NULL, story = ARENA_NULL;
        struct buf bytes = BUF_NULL;
        int exit_code = 0;

        for (int i = 0; i < n && !backfill_stopped(blank->backfill); i++) {
                struct run run = *blank;
                int r = backfill_begin(run.backfill, i, paths[i]);

                run.path = paths[i];
                run.arena = &story;
                if (r == 0)
                        r = code_input(&run, input, &delivery, &bytes);
                if (run.wrong > WRONG_MAX)
                        fprintf(stderr, "dateline: %s: %u lines in all are no stories in JSON\n", run.path, run.wrong);
                exit_code = MAX_OF(exit_code, r);
                backfill_end(run.backfill);
                arena_reset(&delivery);
                arena_reset(&story);
        }
        buf_deinit(&bytes);
        arena_deinit(&delivery);
        arena_deinit(&story);
        return exit_code;
}

static int print_misses(const struct misses *misses)
{
        misses_print(misses);
        if (fflush(stdout) == 0 && !ferror(stdout))
                return 0;
        fprintf(stderr, "dateline: the output cannot be written: %s\n", strerror(errno));
        return EX_IOERR;
}

int offline_code(int argc, char **argv)
{
        struct arena forever = ARENA_NULL;
        struct offline_options opened = { 0 };
        _cleanup_(chain_closep) struct chain *chain = NULL;
        struct choices choices = { .input = INPUT_TEXT };
        struct backfill backfill = { 0 };
        struct misses *misses = NULL;
        int exit_code = parse(argc, argv, &opened, &choices);

        if (exit_code != 0)
                return exit_code < 0 ? 0 : exit_code;
        choices.backfill.n = argc - optind;
        choices.backfill.paths = argv + optind;
        exit_code = offline_files(&forever, &choices.backfill.n, &choices.backfill.paths);
        if (exit_code == 0)
                exit_code = offline_open(&chain, &forever, &opened);
        if (exit_code == 0)
                exit_code = backfill_open(&backfill, &choices.backfill);
        if (exit_code == 0)
                exit_code = offline_enter_sandbox();
        if (choices.misses)
                misses = misses_new(&forever);
        if (exit_code == 0) {
                unsigned foreign = 0;
                const struct run run = { .chain = chain, .backfill = &backfill, .explain = choices.explain,
                                         .misses = misses, .foreign = &foreign };

                exit_code = code_inputs(&run, choices.input, choices.backfill.n, choices.backfill.paths);
                exit_code = backfill_close(&backfill, exit_code);
                if (foreign > 0 && !opened.quiet)
                        fprintf(stderr,
                                "dateline: %u of %u stories are not in English: nothing that is found in them can be "
                                "relied on\n",
                                foreign, backfill.all_stories);
        }
        if (misses)
                exit_code = MAX_OF(exit_code, print_misses(misses));
        chain_close(STEAL(chain));
        arena_deinit(&forever);
        return MAX_OF(exit_code, 0);
}
