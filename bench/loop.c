/* loop - the yardstick: libpcap as it comes, a pcap_loop with an empty callback. Prints how many frames it saw. */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

static void count_frame(u_char *frames, const struct pcap_pkthdr *header, const u_char *bytes)
{
    (void)header;
    (void)bytes;
    ++*(unsigned long *)(void *)frames;
}

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *handle = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
    if (!handle) {
        fprintf(stderr, "%s\n", argc == 2 ? why : "usage: loop FILE");
        return EXIT_FAILURE;
    }
    unsigned long frames = 0;
    int result = pcap_loop(handle, -1, count_frame, (u_char *)&frames);
    pcap_close(handle);
    printf("%lu\n", frames);
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
