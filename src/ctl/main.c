/* datelinectl: the control client. */
#include "ctl/command.h"
#include "ctl/text.h"

int main(int argc, char **argv)
{
        text_set_locale();
        return command_main(argc, argv);
}
