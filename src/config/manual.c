/* Prints dateline.yaml(5), with the settings of the built-in modules, or with the argument `rules`
 * dateline-rules(5), while dateline is built; not installed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/rulepage.h"
#include "worker/chain.h"

int main(int argc, char *argv[])
{
        const struct module *const built_in[] = { &module_decode, &module_read, &module_code };
        const struct schema *modules[N_ELEMENTS(built_in) + 1] = { NULL };
        struct buf page = BUF_NULL;
        size_t n = 0;
        int r;

        for (size_t i = 0; i < N_ELEMENTS(built_in); i++)
                if (built_in[i]->settings != NULL)
                        modules[n++] = built_in[i]->settings;
        r = argc > 1 && strcmp(argv[1], "rules") == 0 ? rulepage_print(&page) : config_print_manual(&page, modules);

        if (r == 0 && (fwrite(page.data, 1, page.n, stdout) != page.n || fflush(stdout) != 0))
                r = -1;
        buf_deinit(&page);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
