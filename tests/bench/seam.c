/* What the way of the documents costs: a bundle's configuration read, checked and compiled, across the waist as UTF-16, and
 * parsed again by the engine.  Prints microseconds a round, the mean of many. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hcs/base/utf16.h"
#include "hcs/schema/document.h"
#include "oci/compile.h"

#define ROUNDS 2000

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int one_round(const char *bundle, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(oci_config_freep) struct oci_config *config = NULL;
        _cleanup_(free_charp) char *document = NULL, *back = NULL;
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        const struct oci_options options = { 0 };
        struct doc_system system = { 0 };
        struct json_value *value;
        struct log silent = { 0 };
        int r;

        r = oci_config_load(bundle, &silent, &config, err);
        if (r >= 0)
                r = oci_compile_system(config, NULL, &options, &document, err);
        if (r >= 0)
                r = utf16_from_utf8(document, &wide, err);
        if (r >= 0)
                r = utf16_to_utf8(wide, &back, err);
        if (r >= 0)
                r = json_parse(&arena, back, strlen(back), "the document", &value, err);
        return r < 0 ? r : json_read(&arena, doc_system_fields, value, &system, "$", JSON_REFUSE_UNKNOWN, err);
}

int main(int count, char **args)
{
        struct error err = { 0 };
        double begin = now();

        for (int i = 0; i < ROUNDS; i++)
                if (count != 2 || one_round(args[1], &err) < 0) {
                        fprintf(stderr, "seam: %s\n", count == 2 ? err.text : "usage: seam BUNDLE");
                        return 1;
                }
        printf("the documents' way through the seam: %.0f us\n", (now() - begin) / ROUNDS);
        return 0;
}
