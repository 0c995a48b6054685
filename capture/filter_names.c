/* Which words of a filter libpcap would look up. The scanner here follows libpcap's own: what it calls an ID, and no
 * keyword, is a name; after `port`, `proto` and their like it comes from a local table, anywhere else it is a host. */
#include "capture/filter.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum allowed {
    NAMES_NEVER,
    NAMES_NEXT,               /* the next word may be a name that is not looked up */
    NAMES_LISTED,             /* so may words joined to it by `and` and `or` */
};

static const char operators[] = " and or ";

/* Keywords after which a name means a port, a protocol, or a word that libpcap knows itself. */
static const char before_lists[] = " port portrange proto protochain ";
static const char before_words[] = " type subtype dir direction llc on ifname rset ruleset reason action ";

static const char keywords[] =
    " dst src not link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio"
    " ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp csnp"
    " psnp stp ipx netbeui host net mask gateway ra ta addr1 addr2 addr3 addr4 address1 address2 address3"
    " address4 less greater byte broadcast multicast len length inbound outbound ifindex vlan mpls pppoed"
    " pppoes geneve lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect rnr"
    " rulenum srnr subrulenum fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls icmptype"
    " icmpcode icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo icmp-routeradvert"
    " icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply icmp-ireq icmp-ireqreply"
    " icmp-maskreq icmp-maskreply icmp6type icmp6code icmp6-packettoobig icmp6-timeexceeded"
    " icmp6-parameterproblem icmp6-echo icmp6-echoreply icmp6-multicastlistenerquery"
    " icmp6-multicastlistenerreportv1 icmp6-multicastlistenerdone icmp6-routersolicit icmp6-routeradvert"
    " icmp6-neighborsolicit icmp6-neighboradvert icmp6-redirect icmp6-routerrenum icmp6-destinationunreach"
    " icmp6-nodeinformationquery icmp6-nodeinformationresponse icmp6-ineighbordiscoverysolicit"
    " icmp6-ineighbordiscoveryadvert icmp6-multicastlistenerreportv2 icmp6-homeagentdiscoveryrequest"
    " icmp6-homeagentdiscoveryreply icmp6-mobileprefixsolicit icmp6-mobileprefixadvert icmp6-certpathsolicit"
    " icmp6-certpathadvert icmp6-multicastrouteradvert icmp6-multicastroutersolicit icmp6-multicastrouterterm"
    " tcpflags tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr ";

/* Is the word in a list whose words stand between spaces? */
static bool listed(const char *list, const char *word, size_t length)
{
    for (const char *at = list; (at = strchr(at, ' ')) != NULL; at++)
        if (strncmp(at + 1, word, length) == 0 && at[1 + length] == ' ')
            return length > 0;
    return false;
}

static bool only(const char *set, const char *word, size_t length)
{
    return length > 0 && strspn(word, set) >= length;
}

/* 80, 0x50, 10.1, 10.1.2.3: never looked up. */
static bool is_number(const char *word, size_t length)
{
    if (length > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
        return only("0123456789abcdefABCDEF", word + 2, length - 2);
    unsigned dots = 0;
    for (size_t i = 0; i < length; i++) {
        bool dot = word[i] == '.';
        if (!dot && (word[i] < '0' || word[i] > '9'))
            return false;
        if (dot && (++dots > 3 || i == 0 || i + 1 == length || word[i - 1] == '.'))
            return false;
    }
    return true;
}

/* Six bytes of one or two digits with one separator, three groups of four with dots, or twelve digits. */
static bool is_hardware_address(const char *word, size_t length)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    size_t longest = 0;
    size_t shortest = 12;
    unsigned groups = 0;
    char separator = '\0';
    for (size_t at = 0; at <= length; at++, groups++) {
        size_t digits = strspn(word + at, hex);
        if (digits > length - at)
            digits = length - at;
        longest = digits > longest ? digits : longest;
        shortest = digits < shortest ? digits : shortest;
        at += digits;
        if (at == length)
            continue;
        if ((separator && word[at] != separator) || !strchr(":-.", word[at]))
            return false;
        separator = word[at];
    }
    if (groups == 6)
        return shortest >= 1 && longest <= 2;
    return (groups == 3 && separator == '.' && shortest == 4 && longest == 4) || (groups == 1 && longest == 12);
}

static bool is_ipv6(const char *word, size_t length)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (length >= sizeof text || !memchr(word, ':', length))
        return false;
    memcpy(text, word, length);
    text[length] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

static bool refuse(const char *word, size_t length, struct error *error)
{
    error_set(error, EXIT_USAGE, "filter: '%.*s' is a name or no word of pcap-filter(7); names of hosts are never "
              "looked up, so give the address (ports and protocols may be named: `port http`, `ip proto \\tcp`)",
              length < 100 ? (int)length : 100, word);
    return false;
}

/* One word; sets what may follow. */
static bool take_word(const char *word, size_t length, enum allowed *names, struct error *error)
{
    if (is_number(word, length) || is_hardware_address(word, length) || is_ipv6(word, length))
        return true;
    if (listed(operators, word, length)) {
        *names = *names == NAMES_LISTED ? NAMES_LISTED : NAMES_NEVER;
        return true;
    }
    if (*names == NAMES_NEXT && !listed(keywords, word, length)) {
        *names = NAMES_NEVER;
        return true;
    }
    if (listed(before_lists, word, length))
        *names = NAMES_LISTED;
    else if (listed(before_words, word, length))
        *names = NAMES_NEXT;
    else if (listed(keywords, word, length))
        *names = NAMES_NEVER;
    else if (*names != NAMES_LISTED)
        return refuse(word, length, error);
    return true;
}

/* A run of word characters: an address as a whole, or words between colons. */
static bool take_run(const char *run, size_t length, enum allowed *names, struct error *error)
{
    if (is_hardware_address(run, length) || is_ipv6(run, length))
        return true;
    for (size_t at = 0; at < length;) {
        size_t part = strcspn(run + at, ":");
        part = part > length - at ? length - at : part;
        const char *word = run + at;
        at += part + 1;
        while (part > 0 && strchr("-_.", *word)) {     /* `-` before a word is an operator */
            word++;
            part--;
        }
        while (part > 0 && strchr("-_", word[part - 1]))
            part--;
        if (part > 0 && !take_word(word, part, names, error))
            return false;
    }
    return true;
}

bool filter_without_names(const char *expression, struct error *error)
{
    static const char run[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";
    enum allowed names = NAMES_NEVER;
    for (const char *at = expression; *at;) {
        size_t length = strspn(at, run);
        if (*at == '\\') {            /* what follows is a name, though it looks like a keyword */
            length = strcspn(++at, " !()\n\t");
            if (length > 0 && names == NAMES_NEVER)
                return refuse(at, length, error);
            names = names == NAMES_NEXT ? NAMES_NEVER : names;
        } else if (length > 0) {
            if (!take_run(at, length, &names, error))
                return false;
        } else {
            if (*at == ')')
                names = NAMES_NEVER;
            length = 1;
        }
        at += length;
    }
    return true;
}
