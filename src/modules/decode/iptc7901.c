/*
 *      SOH eca062 4 i 211 ccccb dpa 061 CR LF          source and number, priority, category, words, designator, service
 *      Germany-politics/ CR LF
 *      STX EXTRA CR LF headline = CR LF                the last line of the head ends with "="
 *         Berlin (dpa) - Text ...
 *      ETX 131137 GMT Nov 13 CR LF EOT
 */
#include "modules/decode/iptc7901.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/stamp.h"
#include "modules/decode/strings.h"
#include "modules/decode/text.h"

enum {
        SOH = 1, STX = 2, ETX = 3, EOT = 4,
        SNIFF_MAX = 8192,
        HEAD_LINES_MAX = 8,     /* of a headline */
        TOKENS_MAX = 12,
};

struct span {
        const char *s, *end;
};

static const char *find(struct span in, char c)
{
        return in.s < in.end ? memchr(in.s, c, (size_t)(in.end - in.s)) : NULL;
}

/* SOH and STX, or STX and ETX where the beginning was lost. */
bool iptc7901_matches(const struct decode_input *input)
{
        struct span head = { input->s, input->s + MIN_OF(input->n, (size_t)SNIFF_MAX) }, all = { input->s, input->s + input->n };
        const char *stx = find(head, STX), *soh = find(head, SOH);

        if (stx == NULL || input->root != NULL)
                return false;
        all.s = stx;
        return (soh != NULL && soh < stx) || find(all, ETX) != NULL;
}

/* The next line of `in`, without its end and white space around it; false at the end. */
static bool next_line(struct span *in, struct span *line)
{
        const char *stop;

        if (in->s >= in->end)
                return false;
        stop = find(*in, '\n');
        line->s = in->s;
        line->end = stop ? stop : in->end;
        in->s = stop ? stop + 1 : in->end;
        while (line->s < line->end && (unsigned char)*line->s <= ' ')
                line->s++;
        while (line->end > line->s && (unsigned char)line->end[-1] <= ' ')
                line->end--;
        return true;
}

static size_t length(struct span s)
{
        return (size_t)(s.end - s.s);
}

static bool equals(struct span s, const char *word)
{
        return length(s) > 0 && ((*s.s ^ *word) & ~32) == 0 && strlen(word) == length(s) && strncasecmp(s.s, word, length(s)) == 0;
}

static bool all(struct span s, int (*is)(int))
{
        for (const char *p = s.s; p < s.end; p++)
                if (!is((unsigned char)*p))
                        return false;
        return s.s < s.end;
}

static char *copy(struct arena *arena, struct span s)
{
        return arena_strndup(arena, s.s, length(s));
}

static size_t split(struct span line, struct span tokens[TOKENS_MAX])
{
        size_t n = 0;

        while (n < TOKENS_MAX) {
                while (line.s < line.end && *line.s == ' ')
                        line.s++;
                if (line.s == line.end)
                        break;
                tokens[n].s = line.s;
                while (line.s < line.end && *line.s != ' ')
                        line.s++;
                tokens[n++].end = line.s;
        }
        return n;
}

/* "ccccb", "vvvve", "cccce": which letters and which layout; no news. */
static bool is_designator(struct span s)
{
        return length(s) == 5 && (strncmp(s.s, "cccc", 4) == 0 || strncmp(s.s, "vvvv", 4) == 0);
}

/* "AFP" of "AFP/GB12"; "Suisse/politique" is where it belongs, and not who sends it. */
static const char *service(struct arena *arena, struct span s)
{
        struct span first = { s.s, memchr(s.s, '/', length(s)) };

        if (first.end == NULL)
                return copy(arena, s);
        return length(first) > 0 && length(first) <= 8 && all(first, isupper) ? copy(arena, first) : NULL;
}

/* "eca062 4 i 211 ccccb dpa 061". Returns the name of the message, NULL where this is no such line. */
static char *take_header(struct arena *arena, struct span line, struct story *story, struct strings *subjects)
{
        struct span tokens[TOKENS_MAX];
        size_t n = split(line, tokens), words = 0;
        char *id;

        if (n == 0 || length(tokens[0]) > 16 || !isalnum((unsigned char)tokens[0].s[0]) ||
            !isdigit((unsigned char)tokens[0].end[-1]))
                return NULL;
        id = copy(arena, tokens[0]);
        for (size_t i = 1; i < n; i++) {
                struct span t = tokens[i];

                if (i <= 2 && length(t) == 1 && isdigit((unsigned char)*t.s) && story->urgency == 0)
                        story->urgency = *t.s - '0';
                else if (i <= 2 && length(t) <= 3 && all(t, isalpha) && subjects->n == 0)
                        strings_add(arena, subjects, copy(arena, t));
                else if (all(t, isdigit))
                        words++;
                else if (!is_designator(t) && story->agency == NULL && isalpha((unsigned char)*t.s))
                        story->agency = service(arena, t);
        }
        return id;
}

/* "131137 GMT Nov 13": day, hour, minute, zone, month, year. */
static int64_t take_time(struct arena *arena, struct span in)
{
        struct span line = { in.s, in.s }, tokens[TOKENS_MAX];
        const char *zone = "GMT", *d;
        size_t n, month;

        /* A line before it may name the agency once more. */
        for (unsigned lines = 0;;) {
                if (lines == 4 || !next_line(&in, &line))
                        return CLOCK_NONE;
                n = split(line, tokens);
                lines += n > 0;
                if (n >= 3 && length(tokens[0]) >= 6 && isdigit((unsigned char)tokens[0].s[0]) && isdigit((unsigned char)tokens[0].s[5]))
                        break;
        }
        d = tokens[0].s;
        if (length(tokens[0]) > 6)
                zone = arena_strndup(arena, d + 6, length(tokens[0]) - 6);
        month = 1;
        if (n >= 4) {
                zone = copy(arena, tokens[1]);
                month = 2;
        }
        return stamp_parse(arena_printf(arena, "%.2s %s %s %.2s:%.2s %s", d, copy(arena, tokens[month]),
                                        copy(arena, tokens[month + 1]), d + 2, d + 4, zone));
}

static bool is_tag_word(struct span s)
{
        static const char *const words[] = { "EXTRA", "LEAD", "NET", "URGENT", "EIL", "FLASH", "ALERT", "BULLETIN", "ROUNDUP",
                                             "CORRECTION", "CORRECTED", "KORREKTUR", "KILL", "ADVISORY", "NEWSALERT", "UPDATE", "REPEAT",
                                             "EMBARGO", "SPERRFRIST", "WITHDRAWAL", "VORAB", "ZUSAMMENFASSUNG", "HINTERGRUND" };

        if (isdigit((unsigned char)*s.s))
                return true;
        for (size_t i = 0; i < N_ELEMENTS(words); i++)
                if (equals(s, words[i]))
                        return true;
        return false;
}

/* "EXTRA", "2ND LEAD 3RD NET", "(Achtung)": what the line is, not what it tells. */
static bool take_tag(struct arena *arena, struct span line, struct story *story)
{
        struct span tokens[TOKENS_MAX];
        size_t n = split(line, tokens);
        bool words = false;

        if (line.s < line.end && *line.s == '(' && line.end[-1] == ')' && n <= 2)
                return true;
        if (n == 0 || n > 6)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (!is_tag_word(tokens[i]))
                        return false;
                words = words || !isdigit((unsigned char)*tokens[i].s);
                if (equals(tokens[i], "LEAD"))
                        story->version = arena_printf(arena, "%d", (i > 0 ? atoi(tokens[i - 1].s) : 1) + 1);
                else if (equals(tokens[i], "KILL") || equals(tokens[i], "WITHDRAWAL"))
                        story->status = "canceled";
        }
        return words;
}

/* The headline's lines up to the one that ends with "="; returns where the text begins. */
static const char *take_headline(struct arena *arena, struct span body, struct story *story)
{
        struct span in = body, line;
        const char *after = NULL;
        size_t lines = 0;

        /* Is there a "=" at all? A byline behind it has one too. */
        while (lines < HEAD_LINES_MAX && next_line(&in, &line))
                if (line.s < line.end) {
                        lines++;
                        if (line.end[-1] == '=')
                                after = in.s;
                        else if (after != NULL)
                                break;
                }
        in = body;
        for (lines = 0; next_line(&in, &line) && (after == NULL || in.s <= after);) {
                if (line.s == line.end)
                        continue;
                if (line.end[-1] == '=')
                        for (line.end--; line.end > line.s && line.end[-1] == ' '; line.end--)
                                ;
                if (take_tag(arena, line, story))
                        continue;
                if (length(line) > 3 && strncasecmp(line.s, "by ", 3) == 0 && story->headline != NULL) {
                        line.s += 3;
                        story->byline = copy(arena, line);
                } else if (length(line) > 4 && strncasecmp(line.s, "von ", 4) == 0 && story->headline != NULL) {
                        line.s += 4;
                        story->byline = copy(arena, line);
                } else if (line.s < line.end) {
                        story->headline = story->headline ? arena_printf(arena, "%s %s", story->headline, copy(arena, line)) :
                                                            copy(arena, line);
                }
                if (after == NULL)      /* without "=" the first line alone is taken */
                        return in.s;
        }
        return after ? after : body.s;
}

/* Where what is for editors alone begins: notebooks, contacts. */
static const char *editors_part(struct span body)
{
        struct span in = body, line;

        while (next_line(&in, &line)) {
                if (length(line) > 2 && line.s[0] == '#' && (line.s[1] == ' ' || line.s[1] == '#'))
                        return line.s;
                if (length(line) >= 7 && strncmp(line.s, "* * * *", 7) == 0)
                        return line.s;
                if (length(line) > 40 && (strncmp(line.s, "The following information is not", 32) == 0 ||
                                          strncmp(line.s, "Die folgenden Informationen sind nicht", 38) == 0))
                        return line.s;
        }
        return body.end;
}

/* "dpa wsz jln npr": who worked on it, on the last line. */
static size_t drop_signs(char *text, size_t n, const char *agency)
{
        size_t begin = n;
        struct span line, tokens[TOKENS_MAX];
        size_t k;

        while (begin > 0 && text[begin - 1] != '\n')
                begin--;
        line = (struct span){ text + begin, text + n };
        k = split(line, tokens);
        if (begin == 0 || agency == NULL || k < 2 || k > 7 || length(line) > 40 || !equals(tokens[0], agency))
                return n;
        for (size_t i = 1; i < k; i++)
                if (length(tokens[i]) > 4 || !all(tokens[i], isalnum))
                        return n;
        text[begin - 1] = '\0';
        return begin - 1;
}

/* A message: from behind SOH (or where it should be) to EOT. */
static int read_message(const struct decode_input *input, struct job *job, struct span in, bool whole)
{
        struct arena *arena = job->arena;
        struct story story = decode_story("iptc7901");
        struct strings keywords = { 0 }, subjects = { 0 };
        const char *stx = find(in, STX), *etx, *id = NULL;
        struct span head = { in.s, stx }, body = { stx ? stx + 1 : in.s, in.end }, line;
        char *text;
        size_t n;
        int year, month, day;

        etx = find(body, ETX);
        if (etx != NULL) {
                story.published = take_time(arena, (struct span){ etx + 1, body.end });
                body.end = etx;
        }
        while (stx != NULL && next_line(&head, &line))
                if (id == NULL && (id = take_header(arena, line, &story, &subjects)) != NULL)
                        continue;
                else if (line.s < line.end && line.end - line.s < 120)
                        for (struct span word = line; word.s < line.end; word.s = word.end + 1) {
                                const char *slash = find((struct span){ word.s, line.end }, '/');

                                word.end = slash ? slash : line.end;
                                strings_add(arena, &keywords, copy(arena, word));
                        }
        body.s = take_headline(arena, body, &story);
        body.end = editors_part(body);
        text = copy(arena, body);
        n = text_clean(text, length(body));
        text = text_unwrap(arena, text, n, &n);
        n = drop_signs(text, n, story.agency);
        if (story.headline == NULL && n == 0)
                return job->add_bad(job->sink, "a message without text", id);
        if (id != NULL && story.published != CLOCK_NONE) {
                clock_date(story.published / (86400 * CLOCK_SECOND), &year, &month, &day);
                story.guid = arena_printf(arena, "iptc7901:%s:%04d-%02d-%02d", id, year, month, day);
        } else if (id != NULL) {
                story.guid = arena_printf(arena, "iptc7901:%s", id);
        }
        story.keywords = keywords.items;
        story.subjects = subjects.items;
        story.damaged = !whole || etx == NULL || id == NULL;
        return decode_add(input, job, &story, text, n);
}

/* The next `c` from in.s on. `at` is where it was found last: looked for again only once that is passed, and never where there
 * is none, so that all searches together are one walk. */
static const char *find_next(struct span in, char c, const char *at)
{
        return at == NULL || at >= in.s ? at : find(in, c);
}

int iptc7901_decode(const struct decode_input *input, struct job *job)
{
        struct span in = { input->s, input->s + input->n };
        const char *soh = find(in, SOH), *stx = find(in, STX);
        size_t messages = 0;
        int status = 0;

        for (; status == 0 && in.s < in.end; soh = find_next(in, SOH, soh), stx = find_next(in, STX, stx)) {
                const char *next, *eot;
                bool whole = soh != NULL && (stx == NULL || soh < stx);
                struct span message = { whole ? soh + 1 : in.s, in.end };

                if (!whole && stx == NULL)
                        break;          /* filler, noise */
                next = whole ? find(message, SOH) : soh;
                if (next != NULL)
                        message.end = next;
                eot = find(message, EOT);
                if (eot != NULL)
                        message.end = eot;
                in.s = eot ? eot + 1 : message.end;
                if (find(message, STX) != NULL) {
                        status = read_message(input, job, message, whole);
                } else if (find(message, ETX) != NULL) {
                        status = job->add_bad(job->sink, "a message whose beginning is missing",
                                              arena_printf(job->arena, "byte %td", message.s - input->s));
                }
                messages++;
        }
        if (status == 0 && messages == 0) {
                job->reason = "no message of IPTC 7901 in it";
                return MODULE_E_REFUSED;
        }
        return status;
}
