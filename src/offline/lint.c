/* `dateline lint-dictionary FILE...`: everything that is wrong with dictionary files, each with its place. */
#include <stdio.h>
#include <string.h>

#include "modules/code/dictionary.h"
#include "offline/offline.h"

int offline_lint(int argc, char **argv)
{
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        struct dictionary *dictionary = NULL;
        int r, exit_code = 0;

        if (argc < 2 || strcmp(argv[1], "--help") == 0)
                return fputs("usage: dateline lint-dictionary FILE...\n", argc < 2 ? stderr : stdout),
                       argc < 2 ? EX_USAGE : 0;
        yaml_errors_init(&errors, &arena);
        r = dictionary_load(&dictionary, &arena, (const char *const *)argv + 1, (size_t)argc - 1, &errors);
        if (r != 0) {
                _cleanup_free_ char *said = yaml_errors_text(&errors);

                fputs(said ? said : "", stdout);
                exit_code = r < 0 ? EX_OSERR : OFFLINE_EXIT_INPUT;
        }
        if (dictionary)
                printf("%zu files, %zu names, %zu frames, %zu wrong\n", dictionary->n_files,
                       phrases_count(dictionary->phrases), lexicon_count_frames(dictionary->lexicon), errors.n);
        arena_deinit(&arena);
        return exit_code;
}
