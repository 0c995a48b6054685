#include "traffic/refused.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CANNOT "The lab cannot be set up: "

static long setting(const char *path)
{
    FILE *file = fopen(path, "re");
    long value = -1;
    if (!file)
        return -1;
    if (fscanf(file, "%ld", &value) != 1)
        value = -1;
    fclose(file);
    return value;
}

static bool in_container(void)
{
    const char *said = getenv("container");       /* Podman, LXC, systemd-nspawn */
    return (said && *said) || access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
}

static bool system_calls_filtered(void)
{
    char line[128];
    int mode = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Seccomp: %d", &mode) == 1)
            break;
    if (file)
        fclose(file);
    return mode == 2;
}

struct lab_facts refused_facts(void)
{
    return (struct lab_facts){
        .clone_allowed = setting("/proc/sys/kernel/unprivileged_userns_clone"),
        .apparmor = setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        .max_user = setting("/proc/sys/user/max_user_namespaces"),
        .max_net = setting("/proc/sys/user/max_net_namespaces"),
        .max_pid = setting("/proc/sys/user/max_pid_namespaces"),
        .max_mnt = setting("/proc/sys/user/max_mnt_namespaces"),
        .container = in_container(),
        .seccomp = system_calls_filtered(),
        .on_lab = getenv("SYNFIN_LAB") != NULL,
    };
}

static const char *what_failed(enum lab_step step)
{
    switch (step) {
    case STEP_NONE: break;
    case STEP_USER: return "a user namespace";
    case STEP_MAPS: return "mapping this user in its user namespace";
    case STEP_NETWORK: return "a network namespace";
    case STEP_LINK: return "a pair of virtual Ethernet interfaces";
    case STEP_SOCKET: return "a packet socket in a network namespace of its own";
    case STEP_PROCESS: return "a PID namespace";
    case STEP_MOUNT: return "a mount and an IPC namespace";
    }
    return "what it needs";
}

/* A limit of 0, or one that is reached. NULL: this step has none. */
static const char *limit_of(const struct lab_refusal *r, const struct lab_facts *f, long *value)
{
    switch (r->step) {
    case STEP_USER: *value = f->max_user; return "user.max_user_namespaces";
    case STEP_NETWORK: *value = f->max_net; return "user.max_net_namespaces";
    case STEP_PROCESS: *value = f->max_pid; return "user.max_pid_namespaces";
    case STEP_MOUNT: *value = f->max_mnt; return "user.max_mnt_namespaces";
    default: return NULL;
    }
}

static bool tell_limit(const struct lab_refusal *r, const struct lab_facts *f, struct error *error)
{
    long value = -1;
    const char *name = limit_of(r, f, &value);
    if (!name || (r->why != ENOSPC && r->why != EUSERS))
        return false;
    if (value == 0)
        error_set(error, EXIT_PERMISSION, CANNOT "%s is refused, because the sysctl %s is 0. Once, as "
                  "root: sysctl -w %s=10000", what_failed(r->step), name, name);
    else
        error_set(error, EXIT_PERMISSION, CANNOT "%s is refused, because a limit is reached (the sysctl %s is %ld, "
                  "here or in a namespace around this one). End other labs and containers, or raise it as root.",
                  what_failed(r->step), name, value);
    return true;
}

static bool tell_on_lab(const struct lab_facts *f, struct error *error)
{
    if (f->on_lab)
        error_set(error, EXIT_PERMISSION, CANNOT "this is a host of a lab, and what runs there cannot open another. Leave "
                  "it first.");
    return f->on_lab;
}

static bool tell_sysctl(const struct lab_refusal *r, const struct lab_facts *f, struct error *error)
{
    if (r->step != STEP_USER || r->why != EPERM || f->clone_allowed != 0)
        return false;
    error_set(error, EXIT_PERMISSION, CANNOT "a user namespace is refused, because the sysctl "
              "kernel.unprivileged_userns_clone is 0. Once, as root: sysctl -w kernel.unprivileged_userns_clone=1");
    return true;
}

/* Ubuntu since 23.10: the namespace comes into being, but whoever is in it holds no capability. */
static bool tell_apparmor(const struct lab_refusal *r, const struct lab_facts *f, struct error *error)
{
    bool denied = r->why == EPERM || r->why == EACCES;
    bool others = r->step == STEP_USER && (f->container || f->seccomp);
    if (!denied || f->apparmor <= 0 || others)
        return false;
    error_set(error, EXIT_PERMISSION, CANNOT "AppArmor lets this program have a user namespace but no "
              "capability in it (%s was refused), as Ubuntu does for programs without a profile. Once, as root: make "
              "install, which offers a profile for synfin; or for all programs: sysctl -w "
              "kernel.apparmor_restrict_unprivileged_userns=0", what_failed(r->step));
    return true;
}

static bool tell_container(const struct lab_refusal *r, const struct lab_facts *f, struct error *error)
{
    bool denied = r->why == EPERM || r->why == EACCES;
    if (!denied || (!f->container && !f->seccomp))
        return false;
    error_set(error, EXIT_PERMISSION, CANNOT "%s is refused by %s. Start the container with --security-opt "
              "seccomp=unconfined --security-opt apparmor=unconfined (Docker, Podman) or --privileged, or run synfin "
              "outside of it.", what_failed(r->step), f->container ? "this container"
              : "a filter of system calls (seccomp), as containers and sandboxes have it");
    return true;
}

/* Nobody refuses: something has run out, or is not there. */
static bool tell_want(const struct lab_refusal *r, struct error *error)
{
    switch (r->why) {
    case EMFILE:
        error_set(error, EXIT_PERMISSION, CANNOT "this process may not open enough files for %s. ulimit -n 256 "
                  "is enough.", what_failed(r->step));
        return true;
    case ENFILE: case ENOMEM:
        error_set(error, EXIT_PERMISSION, CANNOT "the machine is out of what %s takes (%s). End something else first.",
                  what_failed(r->step), strerror(r->why));
        return true;
    case EAGAIN: case ECHILD:
        error_set(error, EXIT_PERMISSION, CANNOT "a process for it could not be started or has ended at once. This "
                  "user has too many processes, or may open too few files: ulimit -u and ulimit -n tell the limits.");
        return true;
    case ENOENT:
        error_set(error, EXIT_PERMISSION, CANNOT "%s needs /proc, and it is not there. Mount it: mount -t proc proc "
                  "/proc", what_failed(r->step));
        return true;
    default:
        return false;
    }
}

void refused_tell(const struct lab_refusal *r, const struct lab_facts *f, struct error *error)
{
    if (tell_on_lab(f, error) || tell_limit(r, f, error) || tell_sysctl(r, f, error) || tell_apparmor(r, f, error)
        || tell_container(r, f, error) || tell_want(r, error))
        return;
    if (r->step == STEP_USER && (r->why == EINVAL || r->why == ENOSYS))
        error_set(error, EXIT_PERMISSION, CANNOT "this kernel has no user namespaces (CONFIG_USER_NS). "
                  "Another kernel is needed.");
    else if (r->step == STEP_LINK && (r->why == EOPNOTSUPP || r->why == ENODEV))
        error_set(error, EXIT_PERMISSION, CANNOT "this kernel has no virtual Ethernet pairs. Once, as root: "
                  "modprobe veth");
    else
        error_set(error, EXIT_PERMISSION, CANNOT "%s is refused (%s), by something that synfin does not "
                  "know: a security module, a sandbox or a chroot.", what_failed(r->step), strerror(r->why));
}
