#include "capture/looks.h"

#include <stdbool.h>
#include <string.h>

#define CONVERT "convert it with `editcap -F pcap FILE NEW`"
#define UNPACK  "unpack it first"

static const struct {
    const char *bytes;
    size_t length;
    const char *sentence;
} known[] = {
#define MAGIC(bytes, sentence) { bytes, sizeof bytes - 1, sentence }
    MAGIC("snoop\0\0\0", "it is a Solaris snoop capture; " CONVERT),
    MAGIC("GMBU", "it is a Microsoft Network Monitor capture; " CONVERT),
    MAGIC("RTSS", "it is a Microsoft Network Monitor capture; " CONVERT),
    MAGIC("TRSNIFF data", "it is a Sniffer capture; " CONVERT),
    MAGIC("XCP\0", "it is a Sniffer or NetXRay capture; " CONVERT),
    MAGIC("\x1c\0\x01\xac", "it is an Ixia capture; " CONVERT),
    MAGIC("\xac\x01\0\x1c", "it is an Ixia capture; " CONVERT),
    MAGIC("\x1c\0\x01\xab", "it is an Ixia capture; " CONVERT),
    MAGIC("\xab\x01\0\x1c", "it is an Ixia capture; " CONVERT),
    MAGIC("\x1f\x8b", "it is gzip inside gzip; " UNPACK),
    MAGIC("PK\x03\x04", "it is a ZIP archive; " UNPACK),
    MAGIC("BZh", "it is compressed by bzip2; " UNPACK),
    MAGIC("\xfd" "7zXZ\0", "it is compressed by xz; " UNPACK),
    MAGIC("\x28\xb5\x2f\xfd", "it is compressed by zstd; " UNPACK),
    MAGIC("\x04\x22\x4d\x18", "it is compressed by lz4; " UNPACK),
    MAGIC("7z\xbc\xaf", "it is a 7-Zip archive; " UNPACK),
    MAGIC("\x7f" "ELF", "it is a program"),
    MAGIC("%PDF", "it is a PDF document"),
    MAGIC("\x89PNG", "it is a picture"),
#undef MAGIC
};

static bool is_text(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((bytes[i] < ' ' && !strchr("\t\r\n\f", bytes[i])) || bytes[i] == 0 || bytes[i] == 0x7f)
            return false;
    return length > 0;
}

const char *looks_like(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (length >= known[i].length && memcmp(bytes, known[i].bytes, known[i].length) == 0)
            return known[i].sentence;
    if (length >= 262 && memcmp(bytes + 257, "ustar", 5) == 0)
        return "it is a tar archive; " UNPACK;
    if (is_text(bytes, length < 512 ? length : 512))
        return "it is text; a hex dump can be made a capture with `text2pcap`";
    return "it begins like neither pcap nor pcapng";
}
