/*
 * How fast the decode module is, a core: for each format a delivery of several megabytes is made and decoded again and
 * again for a second. Made text, so that nobody's copy is needed; its words and lengths are those of news. Answers are thrown
 * away, as nothing of the daemon is measured here.
 *
 *      bench-decode [FORMAT]...
 *
 * With --hostile: what the worst costs. Each document of hostile.c is decoded once with half of MB (16) and once with all of it,
 * each in a process with a worker's memory: time and memory a byte, and how much more the larger one took; 2.0 is linear.
 *
 *      bench-decode --hostile [NAME]...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "hostile.h"
#include "worker/chain.h"
#include "worker/serve.h"

enum { STORIES = 1500, PARAGRAPHS = 12, WORDS = 45 };

static const char *const words[] = {
        "The", "foreign", "minister", "said", "on", "Monday", "that", "the", "two", "countries", "had", "agreed", "to", "reopen", "the",
        "border", "crossing,", "which", "was", "closed", "in", "March", "after", "a", "clash", "between", "soldiers", "of", "both",
        "sides,", "and", "that", "talks", "about", "trade", "would", "go", "on", "for", "as", "long", "as", "it", "takes,", "although",
        "officials", "in", "the", "capital", "warned", "that", "people", "from", "villages", "near", "the", "river", "have", "not",
        "been", "able", "to", "return", "with", "their", "families", "since", "the", "floods", "of", "last", "year,", "and", "police",
        "were", "sent", "by", "the", "government", "to", "help", "them.",
};

struct counter {
        size_t stories, bad;
};

static int take_story(void *user, const struct story *story)
{
        struct counter *c = user;

        c->stories += story->text != NULL && story->headline != NULL;
        return 0;
}

static int take_bad(void *user, const char *reason, const char *what)
{
        struct counter *c = user;

        (void)reason;
        (void)what;
        c->bad++;
        return 0;
}

/* A paragraph of the same words each time the program runs. */
static void paragraph(struct buf *out, unsigned *seed, size_t wrap)
{
        size_t column = 0;

        for (unsigned i = 0; i < WORDS; i++) {
                const char *word;

                word = words[(*seed)++ % N_ELEMENTS(words)];
                if (wrap != 0 && column + strlen(word) > wrap) {
                        buf_append_string(out, "\r\n");
                        column = 0;
                } else if (i > 0) {
                        buf_append_string(out, " ");
                }
                buf_append_string(out, word);
                column += strlen(word) + 1;
        }
        buf_append_string(out, ".");
}

static void paragraphs(struct buf *out, unsigned *seed, const char *before, const char *after, size_t wrap)
{
        for (unsigned i = 0; i < PARAGRAPHS; i++) {
                buf_append_string(out, before);
                if (i == 0)
                        buf_append_string(out, "SEOUL, Oct 20 (Example) - ");
                paragraph(out, seed, wrap);
                buf_append_string(out, after);
        }
}

static void make_rss(struct buf *out, unsigned *seed)
{
        buf_append_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" xmlns:content="
                               "\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
                               "<channel><title>Example</title><link>https://news.example/</link>");
        for (unsigned i = 0; i < STORIES; i++) {
                buf_printf(out, "<item><title>Headline number %u of the day</title><link>https://news.example/%u</link><guid>"
                                "https://news.example/%u</guid><pubDate>Fri, 20 Oct 2023 08:%02u:00 +0200</pubDate><dc:creator>"
                                "Jane Doe</dc:creator><category>World</category><description>&lt;p&gt;", i, i, i, i % 60);
                paragraph(out, seed, 0);
                buf_append_string(out, "&lt;/p&gt;</description><content:encoded><![CDATA[");
                paragraphs(out, seed, "<p>", " It&rsquo;s <a href=\"/more\">more</a>.</p>\n", 0);
                buf_append_string(out, "]]></content:encoded></item>\n");
        }
        buf_append_string(out, "</channel></rss>");
}

static void make_atom(struct buf *out, unsigned *seed)
{
        buf_append_string(out, "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><title>Example</title>");
        for (unsigned i = 0; i < STORIES; i++) {
                buf_printf(out, "<entry><id>urn:x:%u</id><title>Headline number %u</title><link href=\"https://news.example/%u\"/>"
                                "<updated>2023-10-20T08:%02u:00Z</updated><author><name>Jane Doe</name></author>"
                                "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">", i, i, i, i % 60);
                paragraphs(out, seed, "<p>", "</p>\n", 0);
                buf_append_string(out, "</div></content></entry>\n");
        }
        buf_append_string(out, "</feed>");
}

static void make_newsml(struct buf *out, unsigned *seed)
{
        buf_append_string(out, "<newsMessage xmlns=\"http://iptc.org/std/nar/2006-10-01/\"><header><sender>example</sender></header><itemSet>");
        for (unsigned i = 0; i < STORIES; i++) {
                buf_printf(out, "<newsItem guid=\"urn:newsml:example:%u\" version=\"1\" xml:lang=\"en\"><itemMeta><itemClass qcode="
                                "\"ninat:text\"/><provider literal=\"example\"/><versionCreated>2023-10-20T08:%02u:00Z</versionCreated>"
                                "<pubStatus qcode=\"stat:usable\"/></itemMeta><contentMeta><urgency>4</urgency><headline>Headline %u"
                                "</headline><by>By Jane Doe</by><subject qcode=\"medtop:11000000\"/></contentMeta><contentSet>"
                                "<inlineXML contenttype=\"application/xhtml+xml\"><html xmlns=\"http://www.w3.org/1999/xhtml\"><body>",
                           i, i % 60, i);
                paragraphs(out, seed, "<p>", "</p>\n", 0);
                buf_append_string(out, "</body></html></inlineXML></contentSet></newsItem>\n");
        }
        buf_append_string(out, "</itemSet></newsMessage>");
}

static void make_nitf(struct buf *out, unsigned *seed)
{
        buf_append_string(out, "<nitf><head><docdata management-status=\"usable\"><doc-id id-string=\"x.1\"/><urgency ed-urg=\"3\"/>"
                               "<date.issue norm=\"20231020T080000Z\"/></docdata></head><body><body.head><hedline><hl1>Headline</hl1>"
                               "</hedline><byline>By Jane Doe</byline></body.head><body.content>");
        paragraphs(out, seed, "<p>", " <person>Jane Doe</person> agreed.</p>\n", 0);
        buf_append_string(out, "</body.content></body></nitf>");
}

static void make_iptc7901(struct buf *out, unsigned *seed)
{
        for (unsigned i = 0; i < STORIES; i++) {
                buf_printf(out, "\x01" "exa%04u 4 i 211 exa 061\r\n\r\nKorea/politics/\r\n\x02Headline number %u =\r\n\r\n", i, i);
                paragraphs(out, seed, "   ", "\r\n\r\n", 68);
                buf_append_string(out, "\x03" "201137 GMT Oct 23\r\n\x7f\r\n\x04");
        }
}

static void make_anpa(struct buf *out, unsigned *seed)
{
        for (unsigned i = 0; i < STORIES; i++) {
                buf_printf(out, "\x16\x16\x01W%04u\x1f_asian\r\nr i\x13\x11 BC-XX--Story-%u   10-20 0411\r\n\x02^BC-XX--Story %u,411<\r\n"
                                "^Headline number %u<\r\n^By JANE DOE=\r\n", i, i, i, i);
                paragraphs(out, seed, "\t   ", "\r\n", 68);
                buf_append_string(out, "\x03" "EX-WF-10-20-23 1137GMT<\r\n\x0c\r\n\x04");
        }
}

static void make_ninjs(struct buf *out, unsigned *seed)
{
        for (unsigned i = 0; i < STORIES; i++) {
                buf_printf(out, "{\"uri\":\"urn:x:%u\",\"type\":\"text\",\"version\":\"1\",\"versioncreated\":\"2023-10-20T08:%02u:00Z\","
                                "\"headline\":\"Headline %u\",\"byline\":\"Jane Doe\",\"language\":\"en\",\"body_text\":\"", i, i % 60, i);
                for (unsigned k = 0; k < PARAGRAPHS * WORDS; k++) {
                        const char *word = words[(*seed)++ % N_ELEMENTS(words)];

                        buf_printf(out, "%s%s", word, k % WORDS == WORDS - 1 ? ".\\n" : " ");
                }
                buf_append_string(out, "\"}\n");
        }
}

static void make_page(struct buf *out, unsigned *seed)
{
        buf_append_string(out, "<!DOCTYPE html><html lang=\"en\"><head><title>Headline of the page | Example</title><link rel=\"canonical\" "
                               "href=\"https://news.example/1\"><meta property=\"article:published_time\" content=\"2023-10-20T08:00:00Z\">"
                               "<style>body{margin:0}</style><script>var a = 1; for (;;) { if (a < 2) break; }</script></head><body><nav><ul>");
        for (unsigned i = 0; i < 40; i++)
                buf_printf(out, "<li class=\"menu-item\"><a href=\"/section/%u\">Section %u</a></li>\n", i, i);
        buf_append_string(out, "</ul></nav><main><article><h1>Headline of the page</h1><div class=\"article-body\">");
        paragraphs(out, seed, "<p class=\"text\">", " See <a href=\"/more\">more</a>.</p>\n", 0);
        buf_append_string(out, "</div></article><aside>");
        for (unsigned i = 0; i < 20; i++)
                buf_printf(out, "<div class=\"teaser\"><a href=\"/t/%u\"><span>Another headline of the day</span></a></div>\n", i);
        buf_append_string(out, "</aside></main><footer><p>All rights reserved by the publisher.</p></footer></body></html>");
}

static void make_warc(struct buf *out, unsigned *seed)
{
        for (unsigned i = 0; i < 300; i++) {
                struct buf page = BUF_NULL, record = BUF_NULL;
                static char packed[1 << 20];
                z_stream z = { 0 };

                make_page(&page, seed);
                buf_printf(&record, "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://news.example/%u\r\nContent-Length: %zu\r\n\r\n",
                           i, page.n + 44);
                buf_append_string(&record, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
                buf_append(&record, page.data, page.n);
                buf_append_string(&record, "\r\n\r\n");
                deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
                z.next_in = (Bytef *)record.data;
                z.avail_in = (uInt)record.n;
                z.next_out = (Bytef *)packed;
                z.avail_out = sizeof packed;
                deflate(&z, Z_FINISH);
                buf_append(out, packed, sizeof packed - z.avail_out);
                deflateEnd(&z);
                buf_deinit(&page);
                buf_deinit(&record);
        }
}

static const struct bench {
        const char *name;
        void (*make)(struct buf *out, unsigned *seed);
} benches[] = {
        { "rss", make_rss },           { "atom", make_atom }, { "newsml", make_newsml }, { "nitf", make_nitf },
        { "iptc7901", make_iptc7901 }, { "anpa", make_anpa }, { "ninjs", make_ninjs },   { "html", make_page },
        { "warc", make_warc },
};

/* This process's own time: what others do on the machine does not count. */
static int64_t cpu_us(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

static int run(struct chain *chain, const struct bench *bench)
{
        struct buf bytes = BUF_NULL;
        struct arena arena = ARENA_NULL;
        struct counter counter = { 0 };
        struct envelope envelope = { .format = "auto" };
        unsigned seed = 1, rounds = 0;
        int64_t begin, spent;
        double seconds;

        bench->make(&bytes, &seed);
        begin = cpu_us();
        do {
                struct job job = { .arena = &arena, .envelope = &envelope, .bytes = bytes.data, .n_bytes = bytes.n, .sink = &counter,
                                   .add_story = take_story, .add_bad = take_bad };

                if (chain_decode(chain, &job) != 0 || counter.stories == 0 || counter.bad > 0) {
                        fprintf(stderr, "bench-decode: %s: %s\n", bench->name, job.reason ? job.reason : "not decoded");
                        return 1;
                }
                arena_reset(&arena);
                rounds++;
                spent = cpu_us() - begin;
        } while (spent < CLOCK_SECOND);
        seconds = (double)spent / CLOCK_SECOND;
        printf("%-10s %8.1f MB/s %9.0f stories/s a core, %6.1f kB a story\n", bench->name, (double)bytes.n * rounds / seconds / 1e6,
               (double)counter.stories / seconds, (double)bytes.n * rounds / 1e3 / (double)counter.stories);
        buf_deinit(&bytes);
        arena_deinit(&arena);
        return 0;
}

/* ---- the worst ---- */

/* As a worker has it. */
static int take_some(void *user, const struct story *story)
{
        struct counter *c = user;

        (void)story;
        return ++c->stories > SERVE_STORIES_MAX ? MODULE_E_REFUSED : 0;
}

static int take_some_bad(void *user, const char *reason, const char *what)
{
        struct counter *c = user;

        (void)reason;
        (void)what;
        return ++c->bad > SERVE_STORIES_MAX ? MODULE_E_REFUSED : 0;
}

enum { WORKER_MEMORY = 512 << 20, PATIENCE_S = 30 };    /* as a worker has by default, and three times its deadline */

struct cost {
        double seconds, bytes;
        bool ended;
};

/* In a process of its own, since it may take too much. */
static struct cost measure(struct chain *chain, const struct hostile *hostile, size_t n)
{
        struct cost cost = { 0 };
        int fds[2], status;
        pid_t pid;

        if (pipe(fds) < 0 || (pid = fork()) < 0)
                return cost;
        if (pid == 0) {
                struct arena arena = ARENA_NULL;
                struct counter counter = { 0 };
                struct envelope envelope = { .format = hostile->format };
                struct job job = { .arena = &arena, .envelope = &envelope, .sink = &counter, .add_story = take_some,
                                   .add_bad = take_some_bad };
                struct buf bytes = BUF_NULL;
                int64_t begin;

                setrlimit(RLIMIT_AS, &(struct rlimit){ WORKER_MEMORY, WORKER_MEMORY });
                setrlimit(RLIMIT_CPU, &(struct rlimit){ PATIENCE_S, PATIENCE_S });
                if (hostile_make(hostile, n, &bytes) != 0)
                        _exit(1);
                job.bytes = bytes.data;
                job.n_bytes = bytes.n;
                begin = cpu_us();
                if (chain_decode(chain, &job) < 0)
                        _exit(1);
                cost = (struct cost){ .seconds = (double)(cpu_us() - begin) / CLOCK_SECOND, .bytes = (double)arena.used, .ended = true };
                _exit(write(fds[1], &cost, sizeof cost) == (ssize_t)sizeof cost ? 0 : 1);
        }
        close(fds[1]);
        if (read(fds[0], &cost, sizeof cost) != (ssize_t)sizeof cost)
                cost.ended = false;
        close(fds[0]);
        waitpid(pid, &status, 0);
        return cost;
}

static void run_hostile(struct chain *chain, const struct hostile *hostile)
{
        const char *text = getenv("MB");
        size_t n = (size_t)(text != NULL ? atoi(text) : 16) << 20;
        struct cost half = measure(chain, hostile, n / 2), whole = measure(chain, hostile, n);
        double ratio = whole.seconds / (half.seconds > 0.001 ? half.seconds : 0.001);

        if (!half.ended || !whole.ended)
                printf("%-22s %s\n", hostile->name, half.ended ? "too much time or memory" : "too much time or memory, half of it too");
        else
                printf("%-22s %8.1f ns a byte, %5.2f times the half's; %6.1f bytes a byte%s\n", hostile->name,
                       1e9 * whole.seconds / (double)n, ratio, whole.bytes / (double)n,
                       ratio > 3 && whole.seconds > 0.1 ? "  <-- not linear" : "");
        fflush(stdout);
}

static void say(void *user, int level, const char *format, ...)
{
        (void)user;
        (void)level;
        (void)format;
}

int main(int argc, char **argv)
{
        static const char text[] = "modules:\n  - decode: {max_size: 64M}\n";
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        struct yaml_node *root = NULL;
        struct chain *chain = NULL;
        struct rusage usage;
        bool hostile = argc > 1 && strcmp(argv[1], "--hostile") == 0;
        int failed = 0;

        yaml_errors_init(&errors, &arena);
        if (yaml_parse(&arena, "bench", text, sizeof text - 1, &root, &errors) != 0 ||
            chain_open(&chain, &arena, "bench", yaml_get(root, "modules"), &errors, say, NULL) != 0)
                return fputs("bench-decode: the module cannot be opened\n", stderr), 1;
        for (size_t i = 0; i < n_hostiles && hostile; i++) {
                bool wanted = argc == 2;

                for (int k = 2; k < argc; k++)
                        wanted = wanted || strcmp(argv[k], hostiles[i].name) == 0;
                if (wanted)
                        run_hostile(chain, &hostiles[i]);
        }
        for (size_t i = 0; i < N_ELEMENTS(benches) && !hostile; i++) {
                bool wanted = argc == 1;

                for (int k = 1; k < argc; k++)
                        wanted = wanted || strcmp(argv[k], benches[i].name) == 0;
                if (wanted)
                        failed += run(chain, &benches[i]);
        }
        getrusage(RUSAGE_SELF, &usage);
        printf("peak memory %ld kB\n", usage.ru_maxrss);
        chain_close(chain);
        arena_deinit(&arena);
        return failed != 0;
}
