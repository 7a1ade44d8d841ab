/* See describe.h. */
#include "control/describe.h"

#include <string.h>

#include "control/method.h"

void describe_info(struct call *call)
{
        call_reply(call, json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "dateline", "product", "datelined",
                                   "version", PACKAGE_VERSION, "url", PACKAGE_URL, "interfaces", "org.varlink.service",
                                   "io.dateline.Control"));
}

void describe_interface(struct call *call)
{
        const char *name = varlink_string(call_parameters(call), "interface"), *text = NULL;

        if (strcmp(name, "org.varlink.service") == 0)
                text = describe_service_text;
        else if (strcmp(name, "io.dateline.Control") == 0)
                text = describe_control_text;
        if (text != NULL)
                call_reply(call, json_pack("{s:s}", "description", text));
        else
                call_service_error(call, "InterfaceNotFound", json_pack("{s:s}", "interface", name));
}
