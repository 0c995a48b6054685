/* sanitized.h - is this the build with the address sanitizer? Its shadow needs terabytes of addresses, and it reads
 * /proc at each long jump: limits on memory and on system calls are left out there.
 */
#ifndef SYNFIN_BASE_SANITIZED_H
#define SYNFIN_BASE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
