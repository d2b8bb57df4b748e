/* hcs-sandbox-seccomp: compiles a section of linux.seccomp.  It is run by hcs-sandbox when a filter is not in the cache.
 *
 * Standard input is the section (JSON), standard output gets the filter's file (hcs/local/filter.h), standard error a doc_result
 * when there is none.  A program of its own because nobody else needs libseccomp, which costs more to load than a sandbox does
 * to make. */
#include <stdio.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/filter/compile.h"
#include "hcs/schema/document.h"

#define SECTION_MAX (16u << 20)

#if defined(STATIC_SECCOMP) && !defined(__GLIBC__)
/* Distributions' static libseccomp is built for glibc and has this in it, to print filters for people: nobody calls it here. */
int __fprintf_chk(FILE *file, int flag, const char *format, ...);
int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
        (void)flag;
        return fputs(format, file);
}
#endif

static int compile(struct arena *arena, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 }, out = { 0 };
        struct seccomp_section section = { 0 };
        struct json_value *value;
        int r;

        r = io_read_all(0, SECTION_MAX, &text, "linux.seccomp", err);
        if (r >= 0)
                r = json_parse(arena, text.data ? text.data : "", text.length, "linux.seccomp", &value, err);
        if (r >= 0)
                r = json_read(arena, seccomp_fields, value, &section, "linux.seccomp", JSON_IGNORE_UNKNOWN, err);
        if (r >= 0)
                r = seccomp_section_check(&section, err);
        if (r >= 0)
                r = filter_compile(&section, &out, err);
        return r < 0 ? r : io_write_all(1, out.data, out.length, "the filter", err);
}

int main(void)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        struct error err = { 0 };

        if (isatty(0)) {
                static const char usage[] = "hcs-sandbox-seccomp is run by hcs-sandbox, not by hand\n";

                (void)!write(2, usage, sizeof(usage) - 1);
                return 1;
        }
        if (compile(&arena, &err) < 0) {
                struct doc_result result = { .error = err.code, .error_message = err.text };
                struct error ignored = { 0 };

                json_write(&text, doc_result_fields, &result);
                if (text_check(&text, &ignored) >= 0)
                        (void)io_write_all(2, text.data, text.length, "standard error", &ignored);
                return 1;
        }
        return 0;
}
