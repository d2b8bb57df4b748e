#include "hcs/base/system.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/linux-calls.h"

const char *system_errno_text(int errnum)
{
        return strerror(errnum);
}

uint64_t system_now_ms(void)
{
        struct timespec now;

        (void)sys_clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void system_sleep_ms(uint32_t ms)
{
        struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

        (void)nanosleep(&time, NULL);
}

int system_random(void *bytes, size_t length, struct error *err)
{
        return getrandom(bytes, length, 0) == (ssize_t)length ? 0 : error_errno(err, "getting random bytes");
}

static size_t write_seconds(const struct timespec *now, char text[40])
{
        struct tm parts;

        (void)gmtime_r(&now->tv_sec, &parts);
        return strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &parts);
}

void system_time(char text[40])
{
        struct timespec now;
        size_t length;

        (void)sys_clock_gettime(CLOCK_REALTIME, &now);
        length = write_seconds(&now, text);
        (void)snprintf(text + length, 40 - length, ".%09ldZ", now.tv_nsec);
}

void system_time_short(char text[40])
{
        struct timespec now;
        size_t length;

        (void)sys_clock_gettime(CLOCK_REALTIME, &now);
        length = write_seconds(&now, text);
        (void)snprintf(text + length, 40 - length, "Z");
}

#define FIRST_USER_NAMESPACE 0xeffffffdu        /* its number since Linux 3.8 */

bool system_is_first_user_namespace(void)
{
        struct stat space;

        return stat("/proc/self/ns/user", &space) < 0 || space.st_ino == FIRST_USER_NAMESPACE;
}

#ifndef PKGLIBEXECDIR
#define PKGLIBEXECDIR "/usr/libexec/hcs-sandbox"
#endif

bool system_companion(const char *name, int nth, char ret[SYSTEM_COMPANION_MAX])
{
        ssize_t n = nth == 0 ? readlink("/proc/self/exe", ret, SYSTEM_COMPANION_MAX - 1) : 0;
        char *slash;

        if (nth > 1)
                return false;
        ret[n > 0 ? n : 0] = '\0';
        slash = strrchr(ret, '/');
        if (nth == 0 && slash)
                snprintf(slash + 1, (size_t)(ret + SYSTEM_COMPANION_MAX - slash - 1), "%s", name);
        else
                snprintf(ret, SYSTEM_COMPANION_MAX, PKGLIBEXECDIR "/%s", name);
        return true;
}
