#include "capture/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Clears them; `with_bounds`: where that is allowed, also what execve() could give back. */
static bool drop(bool with_bounds, struct error *error)
{
    if (capng_get_caps_process() < 0) {
        error_set(error, EXIT_PERMISSION, "cannot find out which capabilities this process holds");
        return false;
    }
    bool bounds = with_bounds && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
    capng_select_t set = bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS;
    capng_clear(set);
    if (capng_apply(set) < 0) {
        error_set(error, EXIT_PERMISSION, "cannot give up capabilities: %s", strerror(errno));
        return false;
    }
    return true;
}

/* The bounding set goes too, or a program started as root would get all of them back. */
bool privileges_drop(struct error *error)
{
    return drop(true, error);
}

bool privileges_lay_down(struct error *error)
{
    return drop(false, error);
}

bool privileges_may_capture(void)
{
    return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW);
}

void privileges_own_path(char *path, size_t room)
{
    ssize_t length = readlink("/proc/self/exe", path, room);
    if (length > 0 && (size_t)length < room)
        path[length] = '\0';
    else
        snprintf(path, room, "synfin");
}
