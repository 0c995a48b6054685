/* What UDP does by itself, which is little; and ICMP errors, of connections too. */
#include "ui/guess_make.h"

static void its_arrival(struct guess *g, const struct guess_world *w)
{
    guess_says(g, "The %s sends a datagram of %u bytes. It arrives: what does the UDP of the %s do?",
               guess_side(w, w->who), w->unit->datagram.payload, guess_side(w, w->other));
    guess_offer(g, "nothing more", "it waits in the socket until recvfrom()");
    guess_offer(g, "ACK", "so that it is not sent again");
    guess_offer(g, "the flow is open", "it answers the handshake");
    guess_offer(g, "empty datagram", "to say that it arrived");
}

static void answer(struct guess *g, const struct guess_world *w)
{
    guess_says(g, "The %s sends a datagram of %u bytes back. What made it do so?", guess_side(w, w->who),
               w->unit->datagram.payload);
    guess_offer(g, "its program", "it called sendto(); UDP promises no answer");
    guess_offer(g, "UDP", "it acknowledges what has arrived");
    guess_offer(g, "UDP's handshake", "the second of its three steps");
    guess_offer(g, "IP", "it returns what nobody reads");
}

static void another(struct guess *g, const struct guess_world *w)
{
    guess_says(g, "The %s sends another datagram, of %u bytes. What made it do so?", guess_side(w, w->who),
               w->unit->datagram.payload);
    guess_offer(g, "its program", "it called sendto() again; UDP has no timer");
    guess_offer(g, "UDP's timer", "nothing had acknowledged the one before");
    guess_offer(g, "the other end's UDP", "it asked for what was missing");
    guess_offer(g, "IP", "it sends a datagram twice, to be sure");
}

enum guess_made guess_datagrams(struct guess *g, const struct guess_world *w)
{
    const struct step *last = guess_last_unit(w, NO_END);
    bool first_back = !guess_last_unit(w, w->who);
    if (!last || (w->pick % 3 == 0 && !first_back))
        its_arrival(g, w);
    else if (last->who != w->who && w->who != w->of->client)
        answer(g, w);
    else
        another(g, w);
    return w->scene->telling ? GUESS_TELLING : GUESS_PLAIN;
}

/* RFC 1122 3.2.2.1, RFC 4443 3.1: no socket has that port. */
static bool port_unreachable(const struct guess_world *w)
{
    unsigned type = w->scene->icmp->icmp.type, code = w->scene->icmp->icmp.code;
    return w->of->key.version == 6 ? type == 1 && code == 4 : type == 3 && code == 3;
}

bool guess_icmp(struct guess *g, const struct guess_world *w)
{
    const struct step *icmp = w->scene->icmp;
    bool tcp = conversation_is_tcp(w->of);
    if (!icmp || icmp->who >= NO_END)
        return false;
    const char *what = tcp ? "segment" : "datagram", *from = guess_side(w, icmp->who);
    if (!tcp && port_unreachable(w))
        guess_says(g, "No socket is bound to port %u, and the %s tells the %s so. With what?",
                   w->of->key.port[!icmp->who], guess_side(w, !icmp->who), from);
    else
        guess_says(g, "A %s of the %s cannot be delivered, and a router or host on its way says so. With what?", what,
                   from);
    guess_offer(g, "ICMP error", "type %u, code %u; it quotes the %s", icmp->icmp.type, icmp->icmp.code, what);
    guess_offer(g, "RST", "as TCP does for a closed port");
    if (tcp)
        guess_offer(g, "FIN,ACK", "it closes in the other end's place");
    else
        guess_offer(g, "empty datagram", "from the port that it went to");
    guess_offer(g, "the same, back", "with source and destination exchanged");
    return true;
}
