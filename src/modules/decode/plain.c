/*
 * The head is recognised by its first line alone: a key of the table and a colon. Without a head, a headline is what
 * stands alone before a blank line without a full stop, and a byline what begins with "By". What is none of these stays
 * in the text.
 */
#include "modules/decode/plain.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/dateline.h"
#include "modules/decode/stamp.h"
#include "modules/decode/text.h"

enum { HEADLINE_MAX = 200, BYLINE_MAX = 100, HEAD_LINES_MAX = 64, KEYWORDS_MAX = 64 };

enum key {
        KEY_HEADLINE,
        KEY_BYLINE,
        KEY_AGENCY,
        KEY_PUBLISHED,
        KEY_UPDATED,
        KEY_GUID,
        KEY_VERSION,
        KEY_STATUS,
        KEY_LANGUAGE,
        KEY_URL,
        KEY_SUMMARY,
        KEY_KEYWORDS,
        KEY_SUBJECTS,
        KEY_URGENCY,
        KEY_EMBARGO,
        KEY_NONE,
};

static const struct key_row {
        const char *name;
        enum key key;
} key_names[] = {
        { "Headline", KEY_HEADLINE }, { "Title", KEY_HEADLINE },     { "Byline", KEY_BYLINE },     { "Author", KEY_BYLINE },
        { "Agency", KEY_AGENCY },     { "Published", KEY_PUBLISHED }, { "Date", KEY_PUBLISHED },   { "Updated", KEY_UPDATED },
        { "Guid", KEY_GUID },         { "Version", KEY_VERSION },     { "Status", KEY_STATUS },    { "Language", KEY_LANGUAGE },
        { "Url", KEY_URL },           { "Summary", KEY_SUMMARY },     { "Keywords", KEY_KEYWORDS }, { "Subjects", KEY_SUBJECTS },
        { "Urgency", KEY_URGENCY },   { "Embargo", KEY_EMBARGO },     { "Embargoed", KEY_EMBARGO },
};

bool plain_matches(const struct decode_input *input)
{
        return input->n < 5 || (memcmp(input->s, "<?xml", 5) != 0 && (input->root != NULL || memcmp(input->s, "<!--", 4) != 0));
}

static enum key find_key(const char *s, size_t n)
{
        for (size_t i = 0; i < sizeof key_names / sizeof *key_names; i++)
                if (strlen(key_names[i].name) == n && strncasecmp(key_names[i].name, s, n) == 0)
                        return key_names[i].key;
        return KEY_NONE;
}

/* Length of "Some-Key" where the line is "Some-Key: value", else 0. */
static size_t key_length(const char *s, size_t n)
{
        size_t k = 0;

        while (k < n && (isalpha((unsigned char)s[k]) || (k > 0 && s[k] == '-')))
                k++;
        return k > 0 && k < 32 && k < n && s[k] == ':' && (k + 1 == n || s[k + 1] == ' ') ? k : 0;
}

static const char **split_list(struct arena *arena, const char *value)
{
        const char **out = arena_array(arena, const char *, KEYWORDS_MAX + 1);
        size_t n = 0;

        while (*value && n < KEYWORDS_MAX) {
                size_t k = strcspn(value, ",;");
                char *word = text_trim(arena, value, k);

                if (*word)
                        out[n++] = word;
                value += k + (value[k] != '\0');
        }
        return n > 0 ? out : NULL;
}

static void set_key(struct arena *arena, struct story *story, enum key key, const char *value)
{
        const char **text_fields[] = {
                [KEY_HEADLINE] = &story->headline, [KEY_BYLINE] = &story->byline,     [KEY_AGENCY] = &story->agency,
                [KEY_GUID] = &story->guid,         [KEY_VERSION] = &story->version,
                [KEY_LANGUAGE] = &story->language, [KEY_URL] = &story->url,           [KEY_SUMMARY] = &story->summary,
        };

        if (*value == '\0')
                return;
        switch (key) {
        case KEY_PUBLISHED:
                story->published = stamp_parse(value);
                break;
        case KEY_UPDATED:
                story->updated = stamp_parse(value);
                break;
        case KEY_EMBARGO:               /* until a time; until its release where that is not understood */
                story->embargoed = stamp_parse(value);
                if (story->embargoed == CLOCK_NONE && story->status == NULL)
                        story->status = "embargoed";
                break;
        case KEY_STATUS: {
                const char *known = decode_status(value);

                story->status = known != NULL ? known : value;
                break;
        }
        case KEY_KEYWORDS:
                story->keywords = split_list(arena, value);
                break;
        case KEY_SUBJECTS:
                story->subjects = split_list(arena, value);
                break;
        case KEY_URGENCY:
                story->urgency = value[0] >= '1' && value[0] <= '9' && !value[1] ? value[0] - '0' : 0;
                break;
        case KEY_NONE:
                break;
        default:
                *text_fields[key] = value;
        }
}

static size_t line_length(const char *s, size_t n)
{
        const char *end = memchr(s, '\n', n);

        return end ? (size_t)(end - s) : n;
}

/* The head's length up to the body, 0 where there is none; fills the story. */
static size_t take_head(struct arena *arena, struct story *story, const char *s, size_t n)
{
        size_t at = 0, lines = 0, key_end = key_length(s, line_length(s, n));

        if (key_end == 0 || find_key(s, key_end) == KEY_NONE)
                return 0;
        while (at < n) {
                size_t k = line_length(s + at, n - at), next = at + k + (at + k < n), value_begin;

                if (k == 0)
                        return next;
                key_end = key_length(s + at, k);
                if (key_end == 0 || ++lines > HEAD_LINES_MAX)
                        return lines > 1 || key_end ? at : 0;
                value_begin = at + key_end + 1;
                /* A line that begins with white space goes on with the value before. */
                while (next < n && s[next] == ' ') {
                        k = line_length(s + next, n - next);
                        next += k + (next + k < n);
                }
                set_key(arena, story, find_key(s + at, key_end), text_trim(arena, s + value_begin, next - value_begin));
                at = next;
        }
        return n;
}

static size_t skip_blank(const char *s, size_t n)
{
        size_t i = 0;

        while (i < n && (s[i] == '\n' || s[i] == ' '))
                i++;
        return i;
}

/* A line that stands alone before a blank line, is no sentence and no dateline. */
static size_t take_headline(struct arena *arena, struct story *story, const char *s, size_t n)
{
        size_t start = skip_blank(s, n), k = line_length(s + start, n - start), after = start + k;
        struct dateline ignored;
        const char *line = s + start;

        while (k > 0 && line[k - 1] == ' ')
                k--;
        if (k < 4 || k > HEADLINE_MAX || story->headline || after + 1 >= n)
                return 0;
        if (s[after + 1] != '\n' && s[after + 1] != ' ')
                return 0;
        if (line_length(s + after + 1, n - after - 1) != strspn(s + after + 1, " "))
                return 0;
        if (strchr(".!:;,", line[k - 1]) || (k >= 3 && strchr("\"\x9D", line[k - 1]) && line[k - 2] == '.'))
                return 0;
        if (after + 1 + skip_blank(s + after + 1, n - after - 1) >= n || !memchr(line, ' ', k))
                return 0;
        if ((isupper((unsigned char)*line) && decode_byline_prefix(line, k) > 0) || dateline_parse(arena, line, k, &ignored))
                return 0;
        story->headline = text_trim(arena, line, k);
        return after;
}

/* "By Jane Doe" on a line of its own. */
static size_t take_byline(struct arena *arena, struct story *story, const char *s, size_t n)
{
        size_t start = skip_blank(s, n), k = line_length(s + start, n - start), words = 0;
        const char *line = s + start;
        size_t prefix = decode_byline_prefix(line, k);

        if (prefix == 0 || k < 6 || k > BYLINE_MAX || !isupper((unsigned char)*line) || !isupper((unsigned char)line[prefix]) ||
            line[k - 1] == '.')
                return 0;
        for (size_t i = 0; i < k; i++)
                words += line[i] == ' ';
        if (words > 10 || start + k >= n)
                return 0;
        if (!story->byline)
                story->byline = text_trim(arena, line + prefix, k - prefix);
        return start + k;
}

int plain_decode(const struct decode_input *input, struct job *job)
{
        struct story story = decode_story("plain");
        char *s = arena_strndup(job->arena, input->s, input->n), *text;
        size_t n = text_clean(s, input->n), at, k;

        at = take_head(job->arena, &story, s, n);
        at += take_headline(job->arena, &story, s + at, n - at);
        at += take_byline(job->arena, &story, s + at, n - at);
        text = text_paragraphs(job->arena, s + at, n - at, &k);
        if (k == 0 && !story.headline && !story.status) {
                job->reason = "no text";
                return MODULE_E_REFUSED;
        }
        return decode_add(input, job, &story, text, k);
}
