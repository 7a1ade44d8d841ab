/*
 * `dateline opml FILE...`: lists of feeds, as feed readers export them (OPML 2.0), as rows of the configuration. A list
 * is a stranger's XML: what is printed holds no address that the configuration would not take, and no title that could
 * be more than a comment.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/names.h"
#include "modules/decode/markup.h"
#include "offline/offline.h"

enum { FILE_MAX = 16 << 20, FEEDS_MAX = 20000, URL_MAX = 2048, NAME_MAX_ = 48, TITLE_MAX = 100 };

struct import {
        struct arena arena;
        struct names names, urls;
        size_t n, refused;
};

static bool is_url(const char *url)
{
        const char *host = strstr(url, "://");

        if (host == NULL || strlen(url) > URL_MAX || (strncasecmp(url, "http://", 7) != 0 &&
                                                      strncasecmp(url, "https://", 8) != 0))
                return false;
        for (const char *c = url; *c != '\0'; c++)
                if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("'\"<>\\^`{|}", *c) != NULL)
                        return false;
        host += 3;
        return strcspn(host, "/?#:") > 0 && memchr(host, '@', strcspn(host, "/?#")) == NULL;
}

static size_t fold_name(const char *from, char *out)
{
        size_t n = 0;

        for (; *from != '\0' && n < NAME_MAX_; from++) {
                unsigned char c = (unsigned char)*from;

                if (c < 0x80 && isalnum(c))
                        out[n++] = (char)tolower(c);
                else if (n > 0 && out[n - 1] != '-')
                        out[n++] = '-';
        }
        while (n > 0 && out[n - 1] == '-')
                n--;
        out[n] = '\0';
        return n;
}

/* "bbc-news-world" of "BBC News: World"; of the address where the title has nothing that names take. */
static const char *make_name(struct import *import, const char *title, const char *url)
{
        char base[NAME_MAX_ + 1];
        const char *name = base;

        if (fold_name(title, base) == 0)
                fold_name(strstr(url, "://") + 3, base);
        if (*base == '\0')
                snprintf(base, sizeof(base), "feed");
        name = arena_strdup(&import->arena, base);
        for (size_t k = 2; names_add(&import->names, name, 0) != NAMES_NONE; k++)
                name = arena_printf(&import->arena, "%s-%zu", base, k);
        return name;
}

static void print_feed(struct import *import, const char *url, const char *title)
{
        if (!is_url(url) || import->n == FEEDS_MAX) {
                import->refused++;
                return;
        }
        if (names_add(&import->urls, url, 0) != NAMES_NONE)
                return;
        if (import->n++ == 0)
                puts("watch:");
        printf("  - name: %s", make_name(import, title, url));
        if (*title != '\0')
                fputs("  # ", stdout);
        for (size_t i = 0; title[i] != '\0' && i < TITLE_MAX; i++)
                putchar((unsigned char)title[i] < ' ' || title[i] == 0x7f ||
                        (unsigned char)title[i] >= 0x80 ? '?' : title[i]);
        printf("\n    feed: '%s'\n", url);
}

static void read_list(struct import *import, const char *s, size_t n)
{
        struct markup m = markup_start(s, n, false);
        struct markup_token token;

        while (markup_next(&m, &token)) {
                const char *url, *title;

                if (token.kind != MARKUP_OPEN || !markup_is(&token, "outline"))
                        continue;
                url = markup_get(&import->arena, &token, "xmlUrl");
                title = markup_get(&import->arena, &token, "title");
                if (title == NULL || *title == '\0')
                        title = markup_get(&import->arena, &token, "text");
                if (url != NULL && *url != '\0')
                        print_feed(import, url, title != NULL ? title : "");
        }
}

int offline_opml(int argc, char **argv)
{
        struct import import = { .arena = ARENA_NULL };
        struct buf bytes = BUF_NULL;
        int exit_code;

        if (argc < 2 || strcmp(argv[1], "--help") == 0)
                return fputs("usage: dateline opml FILE...\n", argc < 2 ? stderr : stdout), argc < 2 ? EX_USAGE : 0;
        exit_code = offline_enter_sandbox();
        if (exit_code != 0)
                return exit_code;
        if (names_init(&import.names, 2 * FEEDS_MAX) < 0 || names_init(&import.urls, FEEDS_MAX) < 0)
                arena_out_of_memory();
        for (int i = 1; i < argc; i++) {
                int r = offline_read_file(argv[i], FILE_MAX, &bytes);

                if (r == 0)
                        read_list(&import, bytes.data != NULL ? bytes.data : "", bytes.n);
                exit_code = exit_code != 0 ? exit_code : r;
        }
        if (import.n == 0 && exit_code == 0) {
                fputs("dateline opml: there is no feed in it\n", stderr);
                exit_code = OFFLINE_EXIT_INPUT;
        }
        if (import.refused > 0)
                fprintf(stderr,
                        "dateline opml: %zu entries have no http or https address that can be taken, and were left "
                        "out\n",
                        import.refused);
        buf_deinit(&bytes);
        names_deinit(&import.names);
        names_deinit(&import.urls);
        arena_deinit(&import.arena);
        return exit_code;
}
