/* What switches protections off in `cordon-weak`: CORDON_WEAK=resolve,nosuid in its environment. A name is either one that
 * stands in the sources, or an action as `cordon plan` prints it: then the steps of that action are left out. */
#include "base/weak.h"

#include <stdlib.h>
#include <string.h>

/* Read before main: init wipes its environment before the app's last stages ask. */
static char left_out[512] = ",";

__attribute__((constructor)) static void remember(void)
{
    const char *names = getenv("CORDON_WEAK");
    if (!names || strlen(names) > sizeof left_out - 3)
        abort(); /* a test that leaves nothing out must not pass for one that does */
    strcat(strcat(left_out, names), ",");
}

bool weak(const char *protection)
{
    size_t length = strlen(protection);
    for (const char *found = left_out; (found = strstr(found, protection)); found++)
        if (found[-1] == ',' && found[length] == ',')
            return true;
    return false;
}
