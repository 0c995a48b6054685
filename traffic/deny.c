#include "traffic/deny.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stddef.h>

enum { SEMAPHORES_MOST = 32 };    /* of one set: the kernel's own limit lets 32,000 sets have 32,000 each */

/* NULL: no memory. What is for another kind of processor cannot run here anyway. */
static scmp_filter_ctx new_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return NULL;
#if defined __x86_64__
    seccomp_arch_add(filter, SCMP_ARCH_X86);
    seccomp_arch_add(filter, SCMP_ARCH_X32);
#elif defined __aarch64__
    seccomp_arch_add(filter, SCMP_ARCH_ARM);
#endif
    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);    /* no slower than unfiltered, on kernels before 5.16 */
    return filter;
}

static bool load(scmp_filter_ctx filter, bool made)
{
    bool good = made && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

bool deny_user_namespaces(void)
{
    const struct scmp_arg_cmp asks = SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER);
    scmp_filter_ctx filter = new_filter();
    return filter && load(filter,
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1, asks) == 0 &&
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, asks) == 0 &&
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0);
}

bool deny_uncounted_memory(void)
{
    const struct scmp_arg_cmp many = SCMP_A1_64(SCMP_CMP_GT, SEMAPHORES_MOST, 0);
    scmp_filter_ctx filter = new_filter();
    return filter && load(filter,
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSPC), SCMP_SYS(semget), 1, many) == 0 &&
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(memfd_create), 0) == 0 &&
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(memfd_secret), 0) == 0 &&
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(shmget), 0) == 0);
}
