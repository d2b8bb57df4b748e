/* Replays a corpus through a fuzzer's entry, so that any compiler runs it as a plain test:  fuzz-NAME DIRECTORY...
 *
 * Answers in TAP, one test a directory.  An input that crashes is named on standard error before it is tried: the last name
 * there is the culprit. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"

#define INPUT_MAX (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a block of exactly its size, so that a sanitizer sees a read beyond the end. */
static int try_bytes(const char *bytes, size_t length)
{
        uint8_t *exact = malloc(length ? length : 1);

        if (!exact)
                return -1;
        if (length)
                memcpy(exact, bytes, length);
        (void)LLVMFuzzerTestOneInput(exact, length);
        free(exact);
        return 0;
}

static int try_file(int directory, const char *name)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error err = { 0 };

        fprintf(stderr, "%s\n", name);
        if (io_read_file_at(directory, name, INPUT_MAX, &text, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                return -1;
        }
        return try_bytes(text.data, text.length);
}

/* The number of inputs; below zero: it cannot be read, or holds none. */
static int try_directory(const char *path)
{
        _cleanup_(io_close_dirp) DIR *directory = opendir(path);
        struct dirent *entry;
        int count = 0;

        if (!directory)
                return -1;
        while ((entry = readdir(directory)))
                if (entry->d_name[0] != '.') {
                        if (try_file(dirfd(directory), entry->d_name) < 0)
                                return -1;
                        count++;
                }
        return count ? count : -1;
}

int main(int count, char **paths)
{
        int failed = 0;

        printf("1..%d\n", count - 1);
        for (int i = 1; i < count; i++) {
                int inputs = try_directory(paths[i]);

                printf("%sok - fuzz::%s: %d inputs\n", inputs < 0 ? "not " : "", paths[i], inputs < 0 ? 0 : inputs);
                fflush(stdout);
                failed += inputs < 0;
        }
        return failed || count < 2;
}
