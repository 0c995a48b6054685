/* The lab without a lab: the fault language, what faults meet, and why a lab is refused. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traffic/fault.h"
#include "traffic/refused.h"
#include "traffic/wire.h"

Suite *lab_suite(void);

static struct fault read_well(const char *text)
{
    struct fault f;
    struct error error = { 0 };
    ck_assert_msg(fault_read(&f, text, &error), "%s: %s", text, error.text);
    return f;
}

static void read_ill(const char *text, const char *says)
{
    struct fault f;
    struct error error = { 0 };
    ck_assert_msg(!fault_read(&f, text, &error), "\"%.100s\" was taken", text);
    ck_assert_int_eq(error.status, EXIT_USAGE);
    ck_assert_msg(strstr(error.text, says), "no \"%s\" in: %s", says, error.text);
}

static struct unit segment(uint16_t flags, uint32_t payload)
{
    return (struct unit){ .kind = UNIT_TCP, .flags = flags, .payload_length = payload, .key.port = { 40000, 6666 } };
}

static bool meets(const char *fault, uint16_t flags, uint32_t payload)
{
    const struct fault f = read_well(fault);
    const struct unit u = segment(flags, payload);
    return fault_speaks_of(&f, &u, LAB_CLIENT);
}

START_TEST(a_fault_is_written_as_it_is_read)
{
    static const char *const texts[] = {
        "drop server SYN,ACK 2", "delay 50ms client data", "duplicate either any 5%", "reorder client datagram 2-4",
        "corrupt server data port 6666 len 5 3-", "drop client arp", "drop either FIN 1", "drop client RST",
        "delay 60000ms either segment 0.01%",
    };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct fault f = read_well(texts[i]);
        struct text t = { 0 };
        fault_write(&t, &f);
        ck_assert_msg(t.used == strlen(texts[i]) && memcmp(t.bytes, texts[i], t.used) == 0, "%s became %.*s", texts[i],
                      (int)t.used, t.bytes);
        text_free(&t);
    }
    ck_assert_int_eq(read_well("  delay\t2s  client   data ").delay, 2 * NS_PER_S);
}
END_TEST

START_TEST(a_message_names_the_word_that_is_wrong)
{
    read_ill("", "ends too early");
    read_ill("lose server SYN", "word 1, \"lose\"");
    read_ill("drop", "client, server or either");
    read_ill("drop sever SYN", "word 2, \"sever\"");
    read_ill("drop server SYN,", "word 3, \"SYN,\"");
    read_ill("drop server SYN,,ACK", "word 3");
    read_ill("drop server syn", "word 3, \"syn\"");
    read_ill("drop server SYN 0", "word 4, \"0\"");
    read_ill("drop server SYN 4-2", "backwards");
    read_ill("drop server SYN -1", "word 4");
    read_ill("drop server SYN 1 2", "word 5, \"2\"");
    read_ill("drop server SYN 101%", "0% to 100%");
    read_ill("drop server SYN nan%", "0% to 100%");
    read_ill("drop server SYN 0x10%", "0% to 100%");
    read_ill("drop server SYN 1e1%", "0% to 100%");
    read_ill("corrupt either arp", "no checksum");
    read_ill("drop server SYN 99999999999999999999", "word 4");
    read_ill("delay server data", "word 2, \"server\", cannot be here; give a time");
    read_ill("delay 50 server data", "a time");
    read_ill("delay 0ms server data", "a time");
    read_ill("delay 61s server data", "a time");
    read_ill("delay 18446744073709551617ms server data", "a time");
    read_ill("drop server data port", "a port");
    read_ill("drop server data port 65536", "word 5");
    read_ill("drop server data len x", "bytes of payload");
}
END_TEST

START_TEST(hostile_words_are_cut_and_refused)
{
    char text[4096];
    memset(text, 'A', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    read_ill(text, "word 1");
    memcpy(text, "drop server ", 12);
    read_ill(text, "word 3");
    for (size_t i = 12; i + 4 < sizeof text; i += 4)
        memcpy(text + i, "SYN,", 4);
    read_ill(text, "word 3");
    for (unsigned c = 1; c < 256; c++) {
        char word[] = { 'd', 'r', 'o', 'p', ' ', 'c', 'l', 'i', 'e', 'n', 't', ' ', (char)c, '\0' };
        struct fault f;
        struct error error = { 0 };
        ck_assert(!fault_read(&f, word, &error));
    }
}
END_TEST

START_TEST(flags_are_exactly_those_named)
{
    ck_assert(meets("drop client SYN", TCP_SYN, 0));
    ck_assert(meets("drop client SYN", TCP_SYN | TCP_ECE | TCP_CWR, 0));
    ck_assert(!meets("drop client SYN", TCP_SYN | TCP_ACK, 0));
    ck_assert(meets("drop client SYN,ACK", TCP_SYN | TCP_ACK, 0));
    ck_assert(!meets("drop client SYN,ACK", TCP_ACK, 0));
    ck_assert(meets("drop client FIN", TCP_FIN | TCP_ACK, 3));
    ck_assert(!meets("drop client FIN", TCP_ACK, 0));
    ck_assert(meets("drop client ACK", TCP_ACK, 0));
    ck_assert(!meets("drop client ACK", TCP_ACK, 1));
    ck_assert(!meets("drop client ACK", TCP_ACK | TCP_FIN, 0));
    ck_assert(!meets("drop client ACK", TCP_ACK | TCP_RST, 0));
    ck_assert(meets("drop client RST", TCP_RST | TCP_ACK, 0));
    ck_assert(meets("drop client data", TCP_ACK, 1));
    ck_assert(!meets("drop client data", TCP_ACK, 0));
    ck_assert(!meets("drop client datagram", TCP_ACK, 1));
    ck_assert(!meets("drop server SYN", TCP_SYN, 0));
    ck_assert(meets("drop either SYN port 6666", TCP_SYN, 0));
    ck_assert(!meets("drop either SYN port 80", TCP_SYN, 0));
    ck_assert(meets("drop client data len 5", TCP_ACK, 5));
    ck_assert(!meets("drop client data len 5", TCP_ACK, 6));
}
END_TEST

START_TEST(each_fault_counts_for_itself)
{
    struct faults faults = { .chance = 1 };
    struct error error = { 0 };
    ck_assert(faults_add(&faults, "drop client SYN 2", &error));
    ck_assert(faults_add(&faults, "duplicate either any 2-3", &error));
    const struct unit syn = segment(TCP_SYN, 0), ack = segment(TCP_ACK, 0);
    ck_assert_uint_eq(faults_meet(&faults, &ack, 1, LAB_SERVER), 0);
    ck_assert_uint_eq(faults_meet(&faults, &syn, 1, LAB_CLIENT), 2);
    ck_assert_uint_eq(faults_meet(&faults, &syn, 1, LAB_SERVER), 2);
    ck_assert_uint_eq(faults_meet(&faults, &syn, 1, LAB_CLIENT), 1);
    ck_assert_uint_eq(faults_meet(&faults, &syn, 1, LAB_CLIENT), 0);
    ck_assert_uint_eq(faults.matched[0], 3);
    ck_assert_uint_eq(faults.matched[1], 5);
    for (unsigned i = 2; i < FAULTS_MOST; i++)
        ck_assert(faults_add(&faults, "drop client arp", &error));
    ck_assert(!faults_add(&faults, "drop client arp", &error));
}
END_TEST

START_TEST(chance_follows_its_seed)
{
    unsigned hits[3] = { 0 };
    uint64_t differ = 0;
    for (unsigned run = 0; run < 3; run++) {
        struct faults faults = { .chance = run == 2 ? 7 : 1 };
        struct error error;
        ck_assert(faults_add(&faults, "drop either any 5%", &error));
        const struct unit u = segment(TCP_ACK, 1);
        for (unsigned i = 0; i < 10000; i++)
            hits[run] += faults_meet(&faults, &u, 1, LAB_CLIENT);
        differ += faults.chance;
    }
    ck_assert_uint_eq(hits[0], hits[1]);
    ck_assert_uint_gt(hits[0], 400);
    ck_assert_uint_lt(hits[0], 600);
    ck_assert_uint_ne(hits[0], hits[2]);
    ck_assert_uint_ne(differ, 0);
}
END_TEST

static void refused(enum lab_step step, int why, struct lab_facts facts, const char *says)
{
    const struct lab_refusal refusal = { .step = step, .why = why };
    struct error error = { 0 };
    refused_tell(&refusal, &facts, &error);
    ck_assert_int_eq(error.status, EXIT_PERMISSION);
    ck_assert_msg(strstr(error.text, says), "no \"%s\" in: %s", says, error.text);
    ck_assert_msg(strlen(error.text) < sizeof error.text - 1, "cut: %s", error.text);
}

START_TEST(who_refused_is_told_apart)
{
    const struct lab_facts none = { -1, -1, 1000, 1000, 1000, 1000, false, false, false };
    struct lab_facts facts = none;
    facts.clone_allowed = 0;
    refused(STEP_USER, EPERM, facts, "kernel.unprivileged_userns_clone=1");
    facts.on_lab = true;
    refused(STEP_USER, EPERM, facts, "Leave it first");
    facts = none;
    refused(STEP_LINK, EMFILE, none, "ulimit -n 256");
    refused(STEP_PROCESS, EAGAIN, none, "too many processes");
    refused(STEP_PROCESS, ECHILD, none, "ulimit -n");
    refused(STEP_USER, ENOMEM, none, "out of what a user namespace takes");
    refused(STEP_MAPS, ENOENT, none, "mount -t proc proc /proc");
    facts = none;
    facts.max_user = 0;
    refused(STEP_USER, ENOSPC, facts, "user.max_user_namespaces=10000");
    facts = none;
    facts.max_net = 2;
    refused(STEP_NETWORK, ENOSPC, facts, "user.max_net_namespaces is 2");
    facts = none;
    facts.apparmor = 1;
    refused(STEP_MAPS, EPERM, facts, "apparmor_restrict_unprivileged_userns=0");
    refused(STEP_NETWORK, EPERM, facts, "AppArmor");
    refused(STEP_LINK, EPERM, facts, "AppArmor");
    facts = none;
    facts.container = facts.seccomp = true;
    refused(STEP_USER, EPERM, facts, "--security-opt");
    facts.container = false;
    refused(STEP_USER, EPERM, facts, "seccomp");
    refused(STEP_USER, EINVAL, none, "CONFIG_USER_NS");
    refused(STEP_LINK, EOPNOTSUPP, none, "modprobe veth");
    refused(STEP_SOCKET, EPERM, none, "does not know");
}
END_TEST

START_TEST(mld_reports_are_no_programs_frames)
{
    uint8_t frame[60] = { [12] = 0x86, [13] = 0xdd, [20] = 0 };
    ck_assert(wire_is_set_up(frame, sizeof frame));
    frame[20] = 58;
    ck_assert(!wire_is_set_up(frame, sizeof frame));
    frame[12] = 0x08, frame[13] = 0, frame[20] = 0;
    ck_assert(!wire_is_set_up(frame, sizeof frame));
    for (size_t length = 0; length < 20; length++)
        ck_assert(!wire_is_set_up(frame, length));
}
END_TEST

Suite *lab_suite(void)
{
    Suite *suite = suite_create("lab");
    TCase *c = tcase_create("lab");
    tcase_add_test(c, a_fault_is_written_as_it_is_read);
    tcase_add_test(c, a_message_names_the_word_that_is_wrong);
    tcase_add_test(c, hostile_words_are_cut_and_refused);
    tcase_add_test(c, flags_are_exactly_those_named);
    tcase_add_test(c, each_fault_counts_for_itself);
    tcase_add_test(c, chance_follows_its_seed);
    tcase_add_test(c, who_refused_is_told_apart);
    tcase_add_test(c, mld_reports_are_no_programs_frames);
    suite_add_tcase(suite, c);
    return suite;
}
