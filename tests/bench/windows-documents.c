/* What it costs to go from a bundle's directory to the documents that Windows is sent: config.json read, checked, mapped, and
 * all of it written.  Prints microseconds a round, the mean of many.   windows-documents BUNDLE... */
#include <stdio.h>
#include <time.h>

#include "oci/windows/compile.h"

#define ROUNDS 2000

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int one_round(const char *bundle, struct error *err)
{
        _cleanup_(oci_windows_freep) struct oci_windows *config = NULL;
        _cleanup_(text_done) struct text out = { 0 };
        const struct log silent = { 0 };
        struct oci_windows_documents documents;
        struct oci_facts facts;
        int r = oci_windows_load(bundle, &silent, &config, err);

        if (r < 0)
                return r;
        oci_facts_default(&facts);
        r = oci_windows_compile(config, &facts, "ID", &config->arena, &silent, &documents, err);
        if (r < 0)
                return r;
        json_write(&out, oci_windows_documents_fields, &documents);
        return text_check(&out, err);
}

int main(int count, char **args)
{
        for (int bundle = 1; bundle < count; bundle++) {
                struct error err = { 0 };
                double begin = now();

                for (int i = 0; i < ROUNDS; i++)
                        if (one_round(args[bundle], &err) < 0) {
                                fprintf(stderr, "windows-documents: %s: %s\n", args[bundle], err.text);
                                return 1;
                        }
                printf("from bundle to Windows documents: %.0f us  %s\n", (now() - begin) / ROUNDS, args[bundle]);
        }
        return 0;
}
