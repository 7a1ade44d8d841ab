/* Which language a text is in, with the list that dateline brings and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "modules/decode/language.h"

#define FOLDER "/usr/share/libexttextcat"

static const struct {
        const char *language, *text;
} samples[] = {
        { "en", "The foreign minister said on Tuesday that the government of the island had agreed to open its ports to ships." },
        { "fr", "Le ministre des Affaires étrangères a déclaré mardi que le gouvernement de l'île avait accepté d'ouvrir ses "
                "ports aux navires de commerce étrangers." },
        { "de", "Der Außenminister sagte am Dienstag, die Regierung der Insel habe zugestimmt, ihre Häfen für fremde "
                "Handelsschiffe zu öffnen." },
        { "es", "El ministro de Asuntos Exteriores dijo el martes que el gobierno de la isla había aceptado abrir sus "
                "puertos a los buques mercantes extranjeros." },
        { "pt", "O ministro dos Negócios Estrangeiros disse na terça-feira que o governo da ilha não aceitou abrir os seus "
                "portos aos navios mercantes." },
        { "ru", "Министр иностранных дел заявил во вторник, что правительство острова согласилось открыть порты." },
        { "uk", "Міністр закордонних справ заявив у вівторок, що уряд острова погодився відкрити свої порти." },
        { "ar", "قال وزير الخارجية يوم الثلاثاء إن حكومة الجزيرة وافقت على فتح موانئها أمام السفن التجارية الأجنبية." },
        { "el", "Ο υπουργός Εξωτερικών δήλωσε την Τρίτη ότι η κυβέρνηση του νησιού συμφώνησε να ανοίξει τα λιμάνια της." },
        { "ko", "외무장관은 화요일 섬 정부가 외국 상선에 항구를 개방하기로 합의했다고 밝혔다고 전했다." },
};

static const char *list(char path[512])
{
        const char *top = getenv("top_srcdir");

        snprintf(path, 512, "%s/data/languages.conf", top != NULL ? top : ".");
        return path;
}

static struct language *open_list(const char *path)
{
        struct language *language = NULL;

        if (access(FOLDER "/fpdb.conf", R_OK) != 0)
                skip();
        assert_int_equal(language_open(&language, path, FOLDER), 0);
        assert_non_null(language);
        return language;
}

static void check_samples(const struct language *language)
{
        char out[LANGUAGE_SIZE];

        for (size_t i = 0; i < N_ELEMENTS(samples); i++) {
                const char *guess = language_guess(language, samples[i].text, strlen(samples[i].text), out);

                assert_non_null(guess);
                assert_string_equal(guess, samples[i].language);
        }
}

static void test_list(void **state)
{
        char path[512], out[LANGUAGE_SIZE];
        struct language *language = open_list(list(path));

        (void)state;
        check_samples(language);
        assert_null(language_guess(language, "Too short.", 10, out));
        language_close(language);
}

/* A list that is missing, or names what is not there, is no reason to know no language. */
static void test_no_list(void **state)
{
        char path[512], made[] = "/tmp/dateline-test-XXXXXX";
        struct language *language = open_list(NULL);
        int fd = mkstemp(made);

        (void)state;
        check_samples(language);
        language_close(language);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "en.lm en--utf8\nnone.lm none--utf8\n", 34), 34);
        close(fd);
        language = open_list(made);
        unlink(made);
        check_samples(language);
        language_close(language);
        assert_int_equal(language_open(&language, list(path), "/nowhere"), 0);
        assert_null(language);
}

/* The label that a file has in libexttextcat's own list; false where it has none. */
static bool own_label(const char *file, char label[64])
{
        char line[256], name[64];
        FILE *own = fopen(FOLDER "/fpdb.conf", "re");
        bool found = false;

        assert_non_null(own);
        while (!found && fgets(line, sizeof line, own) != NULL)
                found = sscanf(line, "%63s %63s", name, label) == 2 && strcmp(name, file) == 0;
        fclose(own);
        return found;
}

/* Every line of the list is one of libexttextcat's own, and stands there once. */
static void test_lines(void **state)
{
        char path[512], line[256], name[64], label[64], own[64], seen[4096] = " ";
        FILE *lines = fopen(list(path), "re");
        size_t n = 0;

        (void)state;
        if (access(FOLDER "/fpdb.conf", R_OK) != 0)
                skip();
        assert_non_null(lines);
        while (fgets(line, sizeof line, lines) != NULL) {
                if (*line == '#' || sscanf(line, "%63s %63s", name, label) != 2)
                        continue;
                assert_true(own_label(name, own));
                assert_string_equal(label, own);
                snprintf(line, sizeof line, " %s ", name);
                assert_null(strstr(seen, line));
                assert_true(strlen(seen) + strlen(line) < sizeof seen);
                strcat(seen, line + 1);
                n++;
        }
        fclose(lines);
        assert_true(n > 40);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_list),
                cmocka_unit_test(test_no_list),
                cmocka_unit_test(test_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
