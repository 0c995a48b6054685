/* A plain runner of one fuzz target: feeds it each file named, whole and cut at every 16th byte. For make check, where
 * libFuzzer may be missing. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    enum { STEP = 16, MOST = 1 << 20 };
    unsigned inputs = 0;
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        uint8_t *bytes = malloc(MOST);
        if (!file || !bytes) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        size_t size = fread(bytes, 1, MOST, file);
        fclose(file);
        for (size_t cut = size % STEP; cut <= size; cut += STEP) {
            uint8_t *exact = malloc(cut ? cut : 1);   /* so that the sanitizer sees a read behind the end */
            if (!exact)
                return EXIT_FAILURE;
            for (size_t k = 0; k < cut; k++)
                exact[k] = bytes[k];
            LLVMFuzzerTestOneInput(exact, cut);
            free(exact);
            inputs++;
        }
        free(bytes);
    }
    printf("%u inputs\n", inputs);
    return EXIT_SUCCESS;
}
