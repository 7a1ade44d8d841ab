/*
 *      SYN SYN SOH W2870 US asian CR LF                                service level, number, selector
 *      f l DC3 DC1 SP BC-LT--Slug 1stLd-Writethru SP 11-13 SP 1049     priority, category, layout, keyword, day, words
 *      STX ^BC-LT--Long Slug, 1st Ld-Writethru,466<                    lines of the head: "^" begins, "<" or "=" ends
 *      ^Headline<   ^AP Photo ...<   ^Eds: ...<   ^By JANE DOE=   ^AP Writer=
 *      TAB CITY (AP) _ Text ...
 *      ETX AP-WF-06-29-17 2350GMT< CR LF FF CR LF EOT
 *
 * A slug names a story within its day: "X", "X, 1st Ld" and "X, 2nd Ld-Writethru" of one day are versions 1, 2, 3 of one
 * story. Alerts share a slug and are stories of their own. Text is made in one pass, since streams are long.
 */
#include "modules/decode/anpa.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/stamp.h"
#include "modules/decode/strings.h"
#include "modules/decode/text.h"

enum {
        SOH = 1, STX = 2, ETX = 3, EOT = 4, TLI = 8, DC1 = 0x11, DC4 = 0x14, SYN = 0x16, US = 0x1F,
        SNIFF_MAX = 65536,
        HEADLINE_MAX = 160,
};

struct span {
        const char *s, *end;
};

static const char *find(struct span in, char c)
{
        return in.s < in.end ? memchr(in.s, c, (size_t)(in.end - in.s)) : NULL;
}

static size_t length(struct span s)
{
        return (size_t)(s.end - s.s);
}

static struct span trim(struct span s)
{
        while (s.s < s.end && (unsigned char)*s.s <= ' ')
                s.s++;
        while (s.end > s.s && (unsigned char)s.end[-1] <= ' ')
                s.end--;
        return s;
}

static bool begins(struct span s, const char *with)
{
        return length(s) >= strlen(with) && strncasecmp(s.s, with, strlen(with)) == 0;
}

/* SOH whose head has a unit separator or a layout character, which IPTC 7901 has not. */
bool anpa_matches(const struct decode_input *input)
{
        struct span head = { input->s, input->s + MIN_OF(input->n, (size_t)SNIFF_MAX) };
        const char *soh;

        if (input->root != NULL)
                return false;
        while ((soh = find(head, SOH)) != NULL) {
                const char *stx;

                head.s = soh + 1;
                stx = find(head, STX);
                if (stx == NULL || stx - soh > 400)
                        continue;
                for (const char *p = soh + 1; p < stx; p++)
                        if (*p == US || (*p >= DC1 && *p <= DC4))
                                return true;
        }
        return false;
}

struct head {
        char number[8];         /* "W2870" */
        char priority, category;
        struct span keyword;
        int month, day;         /* 0: none */
};

/* The second line's end: "... 11-13 1049". */
static void take_day(struct span line, struct head *head)
{
        struct span word = { line.end, line.end };

        for (unsigned words = 0; words < 4 && word.s > line.s; words++) {
                word.end = word.s;
                while (word.end > line.s && word.end[-1] == ' ')
                        word.end--;
                word.s = word.end;
                while (word.s > line.s && word.s[-1] != ' ')
                        word.s--;
                if (length(word) == 5 && word.s[2] == '-' && isdigit((unsigned char)word.s[0]) && isdigit((unsigned char)word.s[1]) &&
                    isdigit((unsigned char)word.s[3]) && isdigit((unsigned char)word.s[4])) {
                        head->month = (word.s[0] - '0') * 10 + word.s[1] - '0';
                        head->day = (word.s[3] - '0') * 10 + word.s[4] - '0';
                        head->keyword.end = MAX_OF(word.s, head->keyword.s);
                        break;
                }
        }
        head->keyword = trim(head->keyword);
}

static struct head take_head(struct span in)
{
        struct head head = { .priority = 0 };
        struct span first = { in.s, find(in, '\n') }, second;
        size_t k = 0;
        const char *p;

        if (first.end == NULL)
                first.end = in.end;
        for (p = first.s; p < first.end && k < 5 && isalnum((unsigned char)*p); p++)
                head.number[k++] = *p;
        second = trim((struct span){ first.end, in.end });
        if (length(second) >= 3 && second.s[1] == ' ') {
                head.priority = second.s[0];
                head.category = second.s[2];
        }
        for (p = second.s + MIN_OF(length(second), (size_t)3); p < second.end && (unsigned char)*p <= ' '; p++)
                ;
        head.keyword = (struct span){ MIN_OF(p, second.end), second.end };
        take_day(second, &head);
        return head;
}

/* "BC-BKN--Heat-Hawks, 1st Ld-Writethru,416": the slug without what follows, which version it is, what it orders. */
struct slug {
        struct span name;
        unsigned version;
        bool add, alert;
        const char *status;
};

static const char *search(struct span in, const char *word)
{
        size_t k = strlen(word);

        for (const char *p = in.s; (size_t)(in.end - p) >= k; p++)
                if (strncasecmp(p, word, k) == 0 && (p == in.s || !isalpha((unsigned char)p[-1])))
                        return p;
        return NULL;
}

static struct slug read_slug(struct span line)
{
        static const char *const chain[] = { "Ld", "Lead", "Writethru", "Correction", "Correctn", "Sub" };
        struct slug slug = { .name = trim(line), .version = 1 };
        struct span rest;
        const char *p, *begin = NULL;

        p = memchr(slug.name.s, ',', length(slug.name));
        rest = (struct span){ p ? p : slug.name.end, slug.name.end };
        if (p == NULL)          /* the keyword of the header has no commas: "GiantLobsterDeath 1stLd-Writethru" */
                for (const char *space = slug.name.s; space < slug.name.end; space++)
                        if (*space == ' ' && (isdigit((unsigned char)space[1]) || strncasecmp(space + 1, "Ld", 2) == 0)) {
                                rest.s = space;
                                break;
                        }
        slug.add = search(rest, "Add") != NULL;
        slug.alert = search(slug.name, "NewsAlert") != NULL || search(slug.name, "APNewsAlert") != NULL;
        if (search(rest, "Kill") != NULL)
                slug.status = "canceled";
        else if (search(rest, "Withhold") != NULL)
                slug.status = "withheld";
        for (size_t i = 0; i < N_ELEMENTS(chain) && begin == NULL; i++)
                for (const char *q = rest.s; q < rest.end && begin == NULL; q++)
                        if ((size_t)(rest.end - q) >= strlen(chain[i]) && strncasecmp(q, chain[i], strlen(chain[i])) == 0)
                                begin = q;
        if (begin != NULL) {
                int number = 1;

                for (p = begin; p > rest.s && (isalpha((unsigned char)p[-1]) || p[-1] == ' '); p--)
                        ;
                for (; p > rest.s && isdigit((unsigned char)p[-1]); p--)
                        ;
                if (isdigit((unsigned char)*p))
                        number = atoi(p);
                slug.version = (unsigned)number + 1;
        }
        if (!slug.add)
                slug.name.end = rest.s;
        slug.name = trim(slug.name);
        return slug;
}

static char *copy(struct arena *arena, struct span s)
{
        char *out;
        size_t n, o = 0;

        s = trim(s);
        out = arena_strndup(arena, s.s, length(s));
        n = text_clean(out, length(s));
        /* `` and '' are quotation marks, " _ " is a dash. */
        for (size_t i = 0; i < n; i++) {
                char c = out[i];

                if ((c == '`' || c == '\'') && i + 1 < n && out[i + 1] == c) {
                        c = '"';
                        i++;
                } else if (c == '_' && i > 0 && i + 1 < n && out[i - 1] == ' ' && out[i + 1] == ' ') {
                        c = '-';
                }
                out[o++] = c;
        }
        out[o] = '\0';
        return out;
}

/* One line of the body without its end. False at the end. */
static bool next_line(struct span *in, struct span *line)
{
        const char *stop;

        if (in->s >= in->end)
                return false;
        stop = find(*in, '\n');
        *line = (struct span){ in->s, stop ? stop : in->end };
        in->s = stop ? stop + 1 : in->end;
        while (line->end > line->s && (unsigned char)line->end[-1] <= ' ')
                line->end--;
        return true;
}

/* "^By JANE DOE=": its inside; *mark is the character that ended it. */
static struct span head_line(struct span line, char *mark)
{
        line = trim(line);
        *mark = 0;
        if (line.s < line.end && *line.s == '^')
                line.s++;
        if (line.s < line.end && (line.end[-1] == '<' || line.end[-1] == '=')) {
                *mark = line.end[-1];
                line.end--;
        }
        return trim(line);
}

static bool is_for_editors(struct span line)
{
        static const char *const words[] = { "AP Photo", "AP Graphic", "AP Video", "Eds:", "Eds.", "Eds ", "Editors", "With AP",
                                             "With:", "Photo", "UPI Photo", "For use", "$Adv" };

        for (size_t i = 0; i < N_ELEMENTS(words); i++)
                if (begins(line, words[i]))
                        return true;
        return false;
}

/* The lines that begin with "^", up to the first that is text. Returns where the text begins. */
static const char *take_head_lines(struct arena *arena, struct span body, struct story *story, struct span *slug)
{
        struct span in = body, line;
        const char *text = body.s;

        for (bool first = true; next_line(&in, &line); text = in.s) {
                struct span inside;
                char mark;

                if (trim(line).s == trim(line).end)
                        continue;
                if (*trim(line).s != '^' || *line.s == TLI)
                        break;
                inside = head_line(line, &mark);
                if (first)
                        *slug = inside;
                else if (inside.s == inside.end || is_for_editors(inside))
                        ;
                else if (begins(inside, "By ") && story->byline == NULL) {
                        inside.s += 3;
                        story->byline = copy(arena, inside);
                } else if (mark == '=') {
                        ;       /* what the writer is */
                } else if (story->headline == NULL && length(inside) <= HEADLINE_MAX) {
                        story->headline = copy(arena, inside);
                } else if (story->summary == NULL) {
                        story->summary = copy(arena, inside);
                }
                first = false;
        }
        return text;
}

static bool has_letters(struct span s)
{
        for (; s.s < s.end; s.s++)
                if (isalnum((unsigned char)*s.s) || (unsigned char)*s.s >= 0x80)
                        return true;
        return false;
}

/* One line's characters; returns the new length. `out` has room for one byte a byte. */
static size_t put_line(char *out, size_t o, struct span line)
{
        for (const char *p = line.s; p < line.end; p++) {
                unsigned char c = (unsigned char)*p;

                if (c > '`' ? c != 0x7F : c >= ' ' && c != '\'' && c != '_' && c != '`') {
                        if (c != ' ' || (o > 0 && out[o - 1] != ' ' && out[o - 1] != '\n'))
                                out[o++] = (char)c;
                } else if ((c == '`' || c == '\'') && p + 1 < line.end && (unsigned char)p[1] == c) {
                        out[o++] = '"';
                        p++;
                } else if (c == '_') {
                        out[o++] = p > line.s && p[-1] == ' ' && p + 1 < line.end && p[1] == ' ' ? '-' : '_';
                } else if (c == '`' || c == '\'') {
                        out[o++] = (char)c;
                } else if ((c == US || c == '\t' || c == TLI) && o > 0 && out[o - 1] != ' ' && out[o - 1] != '\n') {
                        out[o++] = ' ';
                }
        }
        return o;
}

/* Lines to paragraphs: an indent, a table line or a mark begins a new one. */
static char *take_text(struct arena *arena, struct span body, size_t *n)
{
        char *out = arena_alloc(arena, length(body) + 2);
        struct span line;
        size_t o = 0;
        bool fresh = true;

        while (next_line(&body, &line)) {
                bool table = line.s < line.end && *line.s == TLI;
                bool indented = length(line) > 2 && (line.s[0] == '\t' || (line.s[0] == ' ' && line.s[1] == ' '));
                bool marked, ended;

                line = trim(line);
                marked = line.s < line.end && *line.s == '^';
                if (marked && line.s < line.end)
                        line = trim((struct span){ line.s + 1, line.end });
                ended = line.s < line.end && (line.end[-1] == '<' || line.end[-1] == '=');
                if (ended)
                        line = trim((struct span){ line.s, line.end - 1 });
                if (!has_letters(line)) {
                        fresh = true;
                        continue;
                }
                if (o > 0)
                        out[o++] = fresh || indented || table || marked ? '\n' : ' ';
                o = put_line(out, o, line);
                while (o > 0 && out[o - 1] == ' ')
                        o--;
                fresh = table || ended;
        }
        out[o] = '\0';
        *n = o;
        return out;
}

/* "AP-WF-06-29-17 2350GMT<": agency, day, time. */
static void take_stamp(struct arena *arena, struct span in, struct story *story, int *year)
{
        struct span line = { in.s, in.s };
        const char *p;

        while (next_line(&in, &line) && trim(line).s == trim(line).end)
                ;
        line = trim(line);
        for (p = line.s; line.end - p >= 8; p++)
                if (p[2] == '-' && p[5] == '-' && isdigit((unsigned char)p[0]) && isdigit((unsigned char)p[1]) &&
                    isdigit((unsigned char)p[3]) && isdigit((unsigned char)p[4]) && isdigit((unsigned char)p[6]) &&
                    isdigit((unsigned char)p[7])) {
                        struct span clock = trim((struct span){ p + 8, line.end });
                        const char *dash = memchr(line.s, '-', length(line));

                        *year = (p[6] - '0') * 10 + p[7] - '0';
                        *year += *year < 70 ? 2000 : 1900;
                        if (clock.s < clock.end && clock.end[-1] == '<')
                                clock.end--;
                        if (length(clock) >= 4)
                                story->published = stamp_parse(arena_printf(arena, "%04d-%.2s-%.2s %.2s:%.2s %.*s", *year, p, p + 3,
                                                                            clock.s, clock.s + 2, (int)length(clock) - 4, clock.s + 4));
                        else
                                story->published = stamp_parse(arena_printf(arena, "%04d-%.2s-%.2s", *year, p, p + 3));
                        if (dash != NULL && dash < p && dash - line.s <= 5)
                                story->agency = arena_strndup(arena, line.s, (size_t)(dash - line.s));
                        return;
                }
}

/* A day without a year is of the year of the stories before it, or the last such day before the delivery came. */
static void guess_year(const struct envelope *envelope, const struct head *head, int stream_year, struct story *story)
{
        int year, month, day;
        int64_t us;

        if (head->month < 1 || head->month > 12 || head->day < 1)
                return;
        if (stream_year != 0) {
                story->published = clock_days(stream_year, head->month, head->day) * 86400 * CLOCK_SECOND;
                return;
        }
        if (envelope == NULL || envelope->received <= 0)
                return;
        clock_date(envelope->received / (86400 * CLOCK_SECOND), &year, &month, &day);
        us = clock_days(year, head->month, head->day) * 86400 * CLOCK_SECOND;
        if (us > envelope->received + 2 * 86400 * CLOCK_SECOND)
                us = clock_days(year - 1, head->month, head->day) * 86400 * CLOCK_SECOND;
        story->published = us;
}

static const char *make_guid(struct arena *arena, const struct slug *slug, const struct head *head, int year)
{
        const char *name = copy(arena, slug->name);
        const char *when = year ? arena_printf(arena, "%04d-%02d-%02d", year, head->month, head->day) :
                                  arena_printf(arena, "%02d-%02d", head->month, head->day);

        if (*name == '\0' || slug->alert || head->month == 0)
                return arena_printf(arena, "anpa:%s:%s:%s", head->number, name, when);
        return arena_printf(arena, "anpa:%s:%s", name, when);
}

static int urgency_of(char priority)
{
        switch (priority) {
        case 'f':
                return 1;
        case 'u':
                return 2;
        case 'b':
                return 3;
        case 'r':
                return 4;
        default:
                return priority ? 5 : 0;
        }
}

/* A story: from behind SOH to EOT. */
static int read_story(const struct decode_input *input, struct job *job, struct span in, int *stream_year)
{
        struct arena *arena = job->arena;
        struct story story = decode_story("anpa");
        struct strings keywords = { 0 }, subjects = { 0 };
        const char *stx = find(in, STX), *etx;
        struct span body = { stx + 1, in.end }, line = { in.s, in.s };
        struct head head = take_head((struct span){ in.s, stx });
        struct slug slug;
        int year = 0;
        size_t n;
        char *text;

        etx = find(body, ETX);
        if (etx != NULL) {
                take_stamp(arena, (struct span){ etx + 1, body.end }, &story, &year);
                body.end = etx;
        }
        body.s = take_head_lines(arena, body, &story, &line);
        slug = read_slug(line.s < line.end ? line : head.keyword);
        if (slug.version == 1 && length(head.keyword) > 0)
                slug.version = read_slug(head.keyword).version;
        text = take_text(arena, body, &n);
        if (n == 0 && story.headline == NULL && slug.status == NULL)
                return job->add_bad(job->sink, "a story without text", arena_strdup(arena, head.number));
        if (story.published == CLOCK_NONE)
                guess_year(job->envelope, &head, *stream_year, &story);
        if (year == 0)
                year = *stream_year;
        *stream_year = year;
        story.guid = make_guid(arena, &slug, &head, year);
        story.version = arena_printf(arena, "%u", slug.version);
        story.status = slug.status;
        story.urgency = urgency_of(head.priority);
        if (story.headline == NULL && length(slug.name) > 0)
                story.headline = copy(arena, slug.name);
        if (isalnum((unsigned char)head.category))
                strings_add(arena, &subjects, arena_printf(arena, "anpa:%c", head.category));
        strings_add(arena, &keywords, copy(arena, slug.name));
        story.keywords = keywords.items;
        story.subjects = subjects.items;
        story.damaged = etx == NULL;
        return decode_add(input, job, &story, text, n);
}

int anpa_decode(const struct decode_input *input, struct job *job)
{
        struct span in = { input->s, input->s + input->n };
        const char *soh = find(in, SOH);
        int status = 0, year = 0;

        if (soh == NULL) {
                job->reason = "no story of ANPA 1312 in it";
                return MODULE_E_REFUSED;
        }
        if (find((struct span){ in.s, soh }, ETX) != NULL)
                status = job->add_bad(job->sink, "a story whose beginning is missing", "byte 0");
        while (status == 0 && soh != NULL) {
                struct span story = { soh + 1, in.end };
                const char *next = find(story, SOH), *eot, *stx;

                if (next != NULL)
                        story.end = next;
                soh = next;
                while (story.s < story.end && *story.s == SYN)
                        story.s++;
                /* What comes behind EOT is the line's noise. */
                eot = find(story, EOT);
                if (eot != NULL)
                        story.end = eot;
                stx = find(story, STX);
                if (stx != NULL)
                        status = read_story(input, job, story, &year);
                else
                        status = job->add_bad(job->sink, "a story without its text",
                                              arena_printf(job->arena, "byte %td", story.s - input->s));
        }
        return status;
}
