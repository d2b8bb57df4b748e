/* A static yajl that the distribution built against glibc's headers calls glibc's checked forms of three functions, which
 * musl does not have.  Here they are for programs linked with musl; the size is that of the target and is checked as there
 * (Linux Standard Base, "Interfaces for libc": __memcpy_chk, __snprintf_chk, __sprintf_chk). */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__memcpy_chk(void *to, const void *from, size_t length, size_t size);
int __snprintf_chk(char *to, size_t length, int flag, size_t size, const char *fmt, ...);
int __sprintf_chk(char *to, int flag, size_t size, const char *fmt, ...);

void *__memcpy_chk(void *to, const void *from, size_t length, size_t size)
{
        if (length > size)
                abort();
        return memcpy(to, from, length);
}

int __snprintf_chk(char *to, size_t length, int flag, size_t size, const char *fmt, ...)
{
        va_list args;
        int r;

        (void)flag;
        if (length > size)
                abort();
        va_start(args, fmt);
        r = vsnprintf(to, length, fmt, args);
        va_end(args);
        return r;
}

int __sprintf_chk(char *to, int flag, size_t size, const char *fmt, ...)
{
        va_list args;
        int r;

        (void)flag;
        va_start(args, fmt);
        r = vsnprintf(to, size, fmt, args);
        va_end(args);
        if (r >= 0 && (size_t)r >= size)
                abort();
        return r;
}
