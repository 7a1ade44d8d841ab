/*
 * See decode.h. A new format is a file and a row of formats[]; `auto` takes the first row that says the bytes are its. gzip
 * and WARC hold documents of these formats and are unpacked before.
 */
#include "modules/decode/decode.h"

#include <string.h>
#include <strings.h>
#include <syslog.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"
#include "modules/decode/anpa.h"
#include "modules/decode/atom.h"
#include "modules/decode/charset.h"
#include "modules/decode/country.h"
#include "modules/decode/dateline.h"
#include "modules/decode/doctype.h"
#include "modules/decode/html.h"
#include "modules/decode/iptc7901.h"
#include "modules/decode/jsonfeed.h"
#include "modules/decode/language.h"
#include "modules/decode/mail.h"
#include "modules/decode/markup.h"
#include "modules/decode/newsml.h"
#include "modules/decode/newsml1.h"
#include "modules/decode/ninjs.h"
#include "modules/decode/nitf.h"
#include "modules/decode/plain.h"
#include "modules/decode/records.h"
#include "modules/decode/rss.h"
#include "modules/decode/stream.h"
#include "modules/decode/text.h"
#include "modules/decode/warc.h"

struct decode_format {
        const char *name;
        bool (*matches)(const struct decode_input *input);
        int (*decode)(const struct decode_input *input, struct job *job);
};

static const struct decode_format formats[] = {
        { "rss", rss_matches, rss_decode },
        { "atom", atom_matches, atom_decode },
        { "jsonfeed", jsonfeed_matches, jsonfeed_decode },
        { "ninjs", ninjs_matches, ninjs_decode },
        { "nitf", nitf_matches, nitf_decode },
        { "newsml", newsml_matches, newsml_decode },
        { "newsml1", newsml1_matches, newsml1_decode },
        { "anpa", anpa_matches, anpa_decode },
        { "iptc7901", iptc7901_matches, iptc7901_decode },
        { "html", html_matches, html_decode },
        { "mail", mail_matches, mail_decode },
        { "plain", plain_matches, plain_decode },
};

enum { GUID_MAX = 1000 };       /* bytes */

enum identity { IDENTITY_GUID, IDENTITY_URL, IDENTITY_CONTENT };

struct decode_identity {
        const char *source;
        int by;
};

struct decode_settings {
        int64_t max_size;
        const char *languages;
        struct schema_list identity;    /* of struct decode_identity */
};

struct decode {
        const struct decode_settings *settings;
        struct charsets *charsets;
        struct language *language;
};

static const char *const identity_names[] = { "guid", "url", "content", NULL };

static const struct schema_item identity_items[] = {
        { .name = "source", .type = SCHEMA_STRING, .offset = offsetof(struct decode_identity, source), .required = true,
          .min = 1, .max = 256, .help = "The watcher's name." },
        { .name = "by", .type = SCHEMA_ENUM, .offset = offsetof(struct decode_identity, by), .required = true,
          .names = identity_names, .help = "What tells its stories apart: the identity that the sender gives (guid, what is "
          "done where nothing is said), the link (url), or headline and text alone (content)." },
        { 0 },
};

static const struct schema identity_schema = {
        .name = "identity", .size = sizeof(struct decode_identity), .items = identity_items,
        .help = "A source whose identifiers cannot be relied on.",
};

static const struct schema_item items[] = {
        { .name = "max_size", .type = SCHEMA_SIZE, .offset = offsetof(struct decode_settings, max_size), .fallback = "8M",
          .min = 1024, .max = 256 << 20, .help = "The largest document that is decoded; a larger one is refused." },
        { .name = "languages", .type = SCHEMA_PATH, .offset = offsetof(struct decode_settings, languages),
          .fallback = "/usr/share/libexttextcat", .help = "The folder of libexttextcat's language models; those that "
          "data/languages.conf names are read. Where it is missing, only English and what a story says of itself are known." },
        { .name = "identity", .type = SCHEMA_LIST, .offset = offsetof(struct decode_settings, identity),
          .section = &identity_schema, .help = "Sources whose stories are not known by the identity that the sender gives." },
        { 0 },
};

static const struct schema settings_schema = {
        .name = "decode", .size = sizeof(struct decode_settings), .items = items,
        .help = "Turns the bytes of a delivery into stories. It reads plain text, HTML pages (html), RSS 0.9x, 1.0 and 2.0 "
                "(rss), Atom (atom), JSON Feed (jsonfeed), ninjs 1 to 3 (ninjs), NITF 3 (nitf), NewsML-G2 (newsml), NewsML 1 "
                "(newsml1), IPTC 7901 (iptc7901), ANPA 1312 (anpa), mail (mail) and WARC (warc), gzipped or not; auto tells them apart "
                "by content.",
};

void decode_apply_dateline(struct arena *arena, struct story *story, char *text, size_t n)
{
        struct dateline line;

        if (!dateline_parse(arena, text, n, &line))
                return;
        if (line.length > 0 && text[line.length - 1] == ' ')
                text[line.length - 1] = '\n';
        if (!story->dateline.place)
                story->dateline.place = line.place;
        if (!story->dateline.agency)
                story->dateline.agency = line.agency;
        if (!story->dateline.date)
                story->dateline.date = line.date;
        if (!story->agency)
                story->agency = line.agency;
        if (!story->dateline.country && line.region)
                story->dateline.country = country_code(line.region, strlen(line.region));
}

void decode_located(struct arena *arena, struct story *story, char *text, size_t n, const char *place, const char *country)
{
        if (text != NULL && n > 0)
                decode_apply_dateline(arena, story, text, n);
        if (story->dateline.place == NULL)
                story->dateline.place = place;
        if (story->dateline.country == NULL)
                story->dateline.country = country;
}

bool decode_dateline_alone(struct arena *arena, struct story *story, const char *line)
{
        char *text = line ? arena_printf(arena, "%s - .....", line) : NULL;

        if (text != NULL)
                decode_apply_dateline(arena, story, text, strlen(text));
        return story->dateline.place != NULL;
}

struct story decode_story(const char *format)
{
        return (struct story){ .format = format, .published = CLOCK_NONE, .updated = CLOCK_NONE, .embargoed = CLOCK_NONE };
}

const char *decode_status(const char *word)
{
        static const char *const words[][2] = {
                { "usable", "usable" }, { "canceled", "canceled" }, { "cancelled", "canceled" }, { "killed", "canceled" },
                { "kill", "canceled" }, { "deleted", "canceled" },  { "withheld", "withheld" },  { "embargoed", "embargoed" },
        };
        const char *colon = word ? strrchr(word, ':') : NULL;

        if (colon != NULL)
                word = colon + 1;
        for (size_t i = 0; word != NULL && i < N_ELEMENTS(words); i++)
                if (strcasecmp(words[i][0], word) == 0)
                        return words[i][1];
        return NULL;
}

static void apply_identity(const struct decode *decode, const struct envelope *envelope, struct story *story)
{
        const struct schema_list *list = &decode->settings->identity;
        const struct decode_identity *rows = list->items;

        for (size_t i = 0; envelope != NULL && envelope->source != NULL && i < list->n; i++)
                if (strcmp(rows[i].source, envelope->source) == 0) {
                        if (rows[i].by == IDENTITY_URL && story->url != NULL)
                                story->guid = story->url;
                        else if (rows[i].by == IDENTITY_CONTENT)
                                story->guid = NULL;
                        return;
                }
}

/* Strings that a decoder cut out of the bytes may have been cut within a character. */
static const char *valid(struct arena *arena, const char *s, size_t n, size_t *n_out)
{
        char *out, *o;

        if (s == NULL || utf8_is_valid(s, n)) {
                *n_out = n;
                return s;
        }
        out = o = arena_alloc(arena, n + 1);
        for (size_t i = 0; i < n; i++) {
                size_t k = utf8_valid_prefix(s + i, n - i);

                memcpy(o, s + i, k);
                o += k;
                i += k;
        }
        *o = '\0';
        *n_out = (size_t)(o - out);
        return out;
}

const char *decode_cut(struct arena *arena, const char *text, size_t max)
{
        return text == NULL || strnlen(text, max + 1) <= max ? text : arena_strndup(arena, text, max);
}

/* What a document says once and every story in it would carry, or what is nonsense at such a length. */
static void bound(struct arena *arena, struct story *story)
{
        const struct {
                const char **text;
                size_t max;
                bool drop;              /* a piece of it would be wrong */
        } rows[] = {
                { &story->version, 128, false },
                { &story->byline, DECODE_BYLINE_MAX, false },
                { &story->agency, DECODE_TITLE_MAX, false },
                { &story->language, 64, true },
                { &story->source.title, DECODE_TITLE_MAX, false },
                { &story->source.url, 4096, true },
                { &story->url, 4096, true },
        };

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                const char *cut = decode_cut(arena, *rows[i].text, rows[i].max);

                *rows[i].text = cut != *rows[i].text && rows[i].drop ? NULL : cut;
        }
}

/* A guid that the desk would not take keeps what tells it from others. */
static void bound_guid(struct arena *arena, struct story *story)
{
        if (story->guid != NULL && strnlen(story->guid, GUID_MAX + 1) > GUID_MAX)
                story->guid = arena_printf(arena, "%.*s...%016llx", (int)utf8_valid_prefix(story->guid, GUID_MAX / 2), story->guid,
                                           (unsigned long long)XXH3_64bits(story->guid, strlen(story->guid)));
}

static void validate(struct arena *arena, struct story *story)
{
        const char **texts[] = { &story->guid, &story->version, &story->headline, &story->byline, &story->agency,
                                 &story->dateline.place, &story->dateline.agency, &story->dateline.date, &story->language,
                                 &story->url, &story->summary, &story->source.title, &story->source.url };
        const char **lists[] = { story->keywords, story->subjects, story->links };
        size_t n;

        for (size_t i = 0; i < N_ELEMENTS(texts); i++)
                if (*texts[i] != NULL)
                        *texts[i] = valid(arena, *texts[i], strlen(*texts[i]), &n);
        for (size_t i = 0; i < N_ELEMENTS(lists); i++)
                for (const char **s = lists[i]; s != NULL && *s != NULL; s++)
                        *s = valid(arena, *s, strlen(*s), &n);
        story->text = valid(arena, story->text, story->n_text, &story->n_text);
}

size_t decode_byline_prefix(const char *s, size_t n)
{
        static const char *const words[] = { "By ", "Von ", "Par " };

        /* "von" in small letters is part of a name. */
        for (size_t i = 0; i < N_ELEMENTS(words); i++)
                if (n > strlen(words[i]) && (i == 0 || *s == *words[i]) && strncasecmp(s, words[i], strlen(words[i])) == 0)
                        return strlen(words[i]);
        return 0;
}

/* What formats say in so many ways. */
static void tidy(struct story *story)
{
        if (story->byline != NULL)
                story->byline += decode_byline_prefix(story->byline, strlen(story->byline));
        /* Where a program had no time it wrote its zero. */
        if (story->published == 0)
                story->published = CLOCK_NONE;
        if (story->updated == 0)
                story->updated = CLOCK_NONE;
        /* Whether its hour has come is the desk's to say: it has a clock. */
        if (story->embargoed != CLOCK_NONE && (story->status == NULL || strcmp(story->status, "usable") == 0))
                story->status = "embargoed";
}

int decode_add(const struct decode_input *input, struct job *job, struct story *story, char *text, size_t n)
{
        char language[LANGUAGE_SIZE];
        const char *guess = NULL;

        if (text != NULL && n > 0) {
                decode_apply_dateline(job->arena, story, text, n);
                story->text = text;
                story->n_text = n;
        }
        if (story->language == NULL) {
                if (n >= LANGUAGE_LEAST)
                        guess = language_guess(input->decode->language, text, n, language);
                else if (story->headline != NULL)
                        guess = language_guess(input->decode->language, story->headline, strlen(story->headline), language);
                if (guess != NULL)
                        story->language = arena_strdup(job->arena, guess);
        }
        tidy(story);
        bound(job->arena, story);
        validate(job->arena, story);
        apply_identity(input->decode, job->envelope, story);
        bound_guid(job->arena, story);
        return job->add_story(job->sink, story);
}

bool decode_root_is(const struct decode_input *input, const char *name)
{
        return input->root != NULL && markup_same(input->root, input->n_root, name);
}

/* The first element, where the document begins with one. */
static void find_root(struct decode_input *input)
{
        struct markup m = markup_start(input->s, MIN_OF(input->n, (size_t)262144), true);
        struct markup_token t;
        size_t i = 0;

        while (i < input->n && (input->s[i] == ' ' || input->s[i] == '\n' || input->s[i] == '\r' || input->s[i] == '\t'))
                i++;
        if (i == input->n || input->s[i] != '<')
                return;
        while (markup_next(&m, &t))
                if (t.kind == MARKUP_OPEN) {
                        input->root = markup_local(&t, &input->n_root);
                        return;
                }
}

/*
 * One in fifty is a control character that neither text nor a wire has: of bytes by chance, and of what is compressed or
 * encrypted, one in sixteen is. These have the signs of a wire somewhere, too, and would be taken for thousands of stories.
 */
static bool is_binary(const char *s, size_t n)
{
        /* NUL, ENQ to BEL, VT, SO to DLE, DC5 to ETB without SYN, CAN to RS; not TAB, LF, FF, CR, ESC, SOH to EOT, BS, US */
        static const uint32_t odd = 1U << 0 | 7U << 5 | 1U << 11 | 7U << 14 | 1U << 21 | 1U << 23 | 7U << 24 | 7U << 28;
        size_t bad = 0;

        for (size_t i = 0; i < n; i++) {
                while (i + 8 < n && text_eight_plain(s + i))
                        i += 8;
                bad += (unsigned char)s[i] < 32 && (odd >> s[i] & 1);
        }
        return bad * 50 > n || (n >= 5 && memcmp(s, "%PDF-", 5) == 0);
}

/* A feed's address that answers with a page or with plain text tells of an error, and not of news. */
static bool is_wanted(const struct decode_format *row, const char *format, const struct decode_input *input)
{
        if (strcmp(format, "auto") == 0)
                return row->matches(input);
        if (strcmp(format, "feed") == 0)
                return row->decode != html_decode && row->decode != mail_decode && row->decode != plain_decode && row->matches(input);
        return strcmp(format, row->name) == 0;
}

void decode_text(const struct decode *decode, struct arena *arena, const char **text, size_t *n, const char *encoding)
{
        const char *bytes = *text, *found;
        size_t n_bytes = *n;

        if (charset_to_utf8(decode->charsets, arena, bytes, n_bytes, encoding, text, n, &found) != 0)
                (void)charset_to_utf8(decode->charsets, arena, bytes, n_bytes, NULL, text, n, &found);
}

int decode_document(const struct decode *decode, struct job *job, const char *bytes, size_t n, const char *format,
                    const char *encoding, const char *url)
{
        struct decode_input input = { .decode = decode, .max_size = decode->settings->max_size, .url = url };

        if ((int64_t)n > decode->settings->max_size) {
                job->reason = "larger than max_size";
                return MODULE_E_REFUSED;
        }
        /* What an HTTP server says of its encoding may be nonsense. */
        if (charset_to_utf8(decode->charsets, job->arena, bytes, n, encoding, &input.s, &input.n, &input.charset) != 0 &&
            (strcmp(format, "feed") != 0 || charset_to_utf8(decode->charsets, job->arena, bytes, n, NULL, &input.s, &input.n,
                                                            &input.charset) != 0)) {
                job->reason = "its encoding is not known";
                return MODULE_E_REFUSED;
        }
        if (is_binary(input.s, input.n)) {
                job->reason = "binary data";
                return MODULE_E_REFUSED;
        }
        if (memmem(input.s, MIN_OF(input.n, (size_t)65536), "<!ENTITY", 8) != NULL)
                doctype_expand(job->arena, &input.s, &input.n);
        find_root(&input);
        /* A page behind a feed's item that holds no article is no error: the item has its own text. */
        if (strcmp(format, "page") == 0) {
                int r = html_matches(&input) ? html_decode(&input, job) : 0;

                return r == MODULE_E_REFUSED ? 0 : error_trace(r);
        }
        for (size_t i = 0; i < N_ELEMENTS(formats); i++)
                if (is_wanted(&formats[i], format, &input))
                        return error_trace(formats[i].decode(&input, job));
        if (strcmp(format, "feed") == 0)
                job->reason = html_matches(&input) ? "an HTML page, not a feed" : "not a feed";
        else
                job->reason = strcmp(format, "auto") == 0 ? "its format is not recognised" : "no such format";
        return MODULE_E_REFUSED;
}

static void decode_close(void *state)
{
        struct decode *decode = state;

        charset_close(decode->charsets);
        language_close(decode->language);
        free(decode);
}

static int decode_open(struct module_host *host, const void *settings, void **state)
{
        struct decode *decode = calloc(1, sizeof *decode);
        int r;

        if (decode == NULL)
                return error_origin(-ENOMEM);
        decode->settings = settings;
        r = charset_open(&decode->charsets);
        if (r == 0)
                r = language_open(&decode->language, host->data_path(host->arena, "languages.conf"),
                                  decode->settings->languages);
        if (r < 0) {
                decode_close(decode);
                return error_trace(r);
        }
        if (decode->language == NULL && host->log != NULL)
                host->log(host->user, LOG_NOTICE, "no language models in %s: only English is recognised",
                          decode->settings->languages);
        *state = decode;
        return 0;
}

/* All of a gzipped delivery, up to the bound. */
static int gunzip(const struct decode *decode, struct job *job, struct buf *out)
{
        _cleanup_(stream_closep) struct stream *stream = stream_open(job->bytes, job->n_bytes, job->read, job->read_user);
        const char *bytes;
        size_t n;
        int r;

        if (stream == NULL)
                return error_origin(-ENOMEM);
        out->max = (size_t)decode->settings->max_size;
        while ((r = stream_next(stream, &bytes, &n)) == 0 && n > 0)
                if ((r = buf_append(out, bytes, n)) != 0)
                        break;
        if (r == BUF_E_FULL || out->n == 0) {
                job->reason = r ? "larger than max_size when gunzipped" : "damaged gzip";
                return MODULE_E_REFUSED;
        }
        return error_trace(r);
}

static int decode_delivery(void *state, struct job *job)
{
        const struct decode *decode = state;
        const struct envelope *envelope = job->envelope;
        const char *format = envelope && envelope->format ? envelope->format : "auto";
        const char *encoding = envelope ? envelope->encoding : NULL;
        const char *url = envelope && envelope->name && strncmp(envelope->name, "http", 4) == 0 ? envelope->name : NULL;
        struct buf plain = BUF_NULL;
        int r;

        if (strcmp(format, "warc") == 0 || (strcmp(format, "auto") == 0 && records_begin(job->bytes, job->n_bytes)))
                return error_trace(warc_decode(decode, job, decode->settings->max_size));
        if (!stream_is_gzip(job->bytes, job->n_bytes))
                return error_trace(decode_document(decode, job, job->bytes, job->n_bytes, format, encoding, url));
        r = gunzip(decode, job, &plain);
        if (r == 0)
                r = decode_document(decode, job, plain.data, plain.n, format, encoding, url);
        buf_deinit(&plain);
        return error_trace(r);
}

const struct module module_decode = {
        .abi = MODULE_ABI,
        .name = "decode",
        .version = "2",
        .settings = &settings_schema,
        .open = decode_open,
        .decode = decode_delivery,
        .close = decode_close,
};
