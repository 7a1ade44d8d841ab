/* Prints dateline.yaml(5) while dateline is built, with the settings of the built-in modules; not installed. */
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "worker/chain.h"

int main(void)
{
        const struct module *const built_in[] = { &module_decode, &module_read, &module_code };
        const struct schema *modules[N_ELEMENTS(built_in) + 1] = { NULL };
        struct buf page = BUF_NULL;
        size_t n = 0;
        int r;

        for (size_t i = 0; i < N_ELEMENTS(built_in); i++)
                if (built_in[i]->settings != NULL)
                        modules[n++] = built_in[i]->settings;
        r = config_print_manual(&page, modules);

        if (r == 0 && (fwrite(page.data, 1, page.n, stdout) != page.n || fflush(stdout) != 0))
                r = -1;
        buf_deinit(&page);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
