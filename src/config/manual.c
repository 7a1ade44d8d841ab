/* Prints dateline.yaml(5) while dateline is built; not installed. */
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"

int main(void)
{
        static const struct schema *const modules[] = { NULL };
        struct buf page = BUF_NULL;
        int r = config_print_manual(&page, modules);

        if (r == 0 && (fwrite(page.data, 1, page.n, stdout) != page.n || fflush(stdout) != 0))
                r = -1;
        buf_deinit(&page);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
