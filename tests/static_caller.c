/* Linked statically, and without the C library's functions for sockets: for test_record.c. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    const struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || syscall(SYS_bind, fd, &address, sizeof address) < 0 || syscall(SYS_listen, fd, 1) < 0)
        return 1;
    syscall(SYS_close, fd);
    return 11;
}
