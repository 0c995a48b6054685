#include "capture/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>

bool privileges_drop(struct error *error)
{
    if (capng_get_caps_process() < 0) {
        error_set(error, EXIT_PERMISSION, "cannot find out which capabilities this process holds");
        return false;
    }
    /* The bounding set goes too where that is allowed, or a program started as root would get all of them back. */
    bool bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
    capng_select_t set = bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS;
    capng_clear(set);
    if (capng_apply(set) < 0) {
        error_set(error, EXIT_PERMISSION, "cannot give up capabilities: %s", strerror(errno));
        return false;
    }
    return true;
}
