/* A double of `criu swrk 3`, for what a kernel may refuse: it writes down what it is asked, a line for each field, and answers as the
 * file `answer` beside it says: nothing (good), "refuse", "die", "untracked" (memory can't be tracked), "half" (restores, then refuses).
 * A restored program is a sleep of its own making.  The lines go to `asked` beside it; numbers of fields are those of CRIU's
 * rpc.proto. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOCKET 3

enum { DUMP = 1, RESTORE = 2, PRE_DUMP = 4, NOTIFY = 6, FEATURE_CHECK = 9 };

static char place[PATH_MAX];            /* the directory that this program lies in */
static FILE *asked;

static void find_place(void)
{
        ssize_t n = readlink("/proc/self/exe", place, sizeof(place) - 1);

        place[n > 0 ? n : 0] = '\0';
        *strrchr(place, '/') = '\0';
}

static bool is_told(const char *word)
{
        char path[PATH_MAX + 16], line[64] = "";
        FILE *file;

        snprintf(path, sizeof(path), "%s/answer", place);
        file = fopen(path, "r");
        if (!file)
                return false;
        if (!fgets(line, sizeof(line), file))
                *line = '\0';
        fclose(file);
        line[strcspn(line, "\n")] = '\0';
        return strcmp(line, word) == 0;
}

/* --- what is asked ------------------------------------------------------------------------------------------------------------ */

static uint64_t varint(const unsigned char **at)
{
        uint64_t number = 0;

        for (unsigned shift = 0; shift < 64; shift += 7) {
                unsigned char byte = *(*at)++;

                number |= (uint64_t)(byte & 0x7f) << shift;
                if (!(byte & 0x80))
                        break;
        }
        return number;
}

/* Fields that are messages themselves: criu_req's options and features; of the options, pairs. */
static bool is_message(const char *prefix, unsigned field)
{
        if (!*prefix)
                return field == 2 || field == 5;
        return strcmp(prefix, "2.") == 0 && (field == 25 || field == 27 || field == 39);
}

static void write_down(const unsigned char *at, const unsigned char *end, const char *prefix, unsigned *ret_type)
{
        while (at < end) {
                uint64_t key = varint(&at);
                unsigned field = (unsigned)(key >> 3);
                char inner[32];
                size_t length;

                if ((key & 7) == 0) {
                        uint64_t value = varint(&at);

                        if (!*prefix && field == 1)
                                *ret_type = (unsigned)value;
                        fprintf(asked, "%s%u=%llu\n", prefix, field, (unsigned long long)value);
                        continue;
                }
                length = (size_t)varint(&at);
                if (is_message(prefix, field)) {
                        snprintf(inner, sizeof(inner), "%s%u.", prefix, field);
                        write_down(at, at + length, inner, ret_type);
                } else {
                        fprintf(asked, "%s%u=%.*s\n", prefix, field, (int)length, (const char *)at);
                }
                at += length;
        }
}

static unsigned hear(void)
{
        unsigned char bytes[65536];
        ssize_t n = recv(SOCKET, bytes, sizeof(bytes), 0);
        unsigned type = 0;

        if (n <= 0)
                exit(0);
        write_down(bytes, bytes + n, "", &type);
        fflush(asked);
        return type;
}

/* --- what is answered --------------------------------------------------------------------------------------------------------- */

static size_t put(unsigned char *to, unsigned field, uint64_t number)
{
        size_t length = 0;

        to[length++] = (unsigned char)(field << 3);
        for (; number > 0x7f; number >>= 7)
                to[length++] = (unsigned char)(number | 0x80);
        to[length++] = (unsigned char)number;
        return length;
}

static size_t put_message(unsigned char *to, unsigned field, const unsigned char *inner, size_t length)
{
        to[0] = (unsigned char)(field << 3 | 2);
        to[1] = (unsigned char)length;
        memcpy(to + 2, inner, length);
        return length + 2;
}

static void say(unsigned type, bool good, unsigned field, const unsigned char *inner, size_t inner_length)
{
        unsigned char bytes[256];
        size_t length = put(bytes, 1, type);

        length += put(bytes + length, 2, good);
        if (!good)
                length += put(bytes + length, 7, ENOTTY);
        if (field)
                length += put_message(bytes + length, field, inner, inner_length);
        send(SOCKET, bytes, length, 0);
}

static void notify(const char *script, pid_t pid)
{
        unsigned char inner[100];
        size_t length = put_message(inner, 1, (const unsigned char *)script, strlen(script));

        length += put(inner + length, 2, (uint64_t)pid);
        say(NOTIFY, true, 5, inner, length);
        if (hear() != NOTIFY)
                exit(1);
}

static void write_log(const char *name)
{
        char path[64];
        FILE *log;

        snprintf(path, sizeof(path), "/proc/self/fd/5/%s", name);
        log = fopen(path, "w");
        if (!log)
                return;
        fprintf(log, "(00.000001) begins\n(00.000002) 12: Error (fake.c:1): this is not to be\n");
        fclose(log);
}

/* The caller's child, as CRIU has it (rst_sibling). */
static void restore(void)
{
        unsigned char inner[16];
        pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);

        if (pid == 0) {
                close(SOCKET);
                execl("/bin/sleep", "restored", "1000", NULL);
                _exit(127);
        }
        notify("setup-namespaces", pid);
        notify("post-restore", pid);
        if (is_told("half")) {
                kill(pid, SIGKILL);
                write_log("restore.log");
                say(RESTORE, false, 0, NULL, 0);
                return;
        }
        say(RESTORE, true, 4, inner, put(inner, 1, (uint64_t)pid));
}

int main(int count, char **args)
{
        unsigned char features[4];
        char path[PATH_MAX + 16];
        unsigned type;

        if (count != 3 || strcmp(args[1], "swrk") != 0 || strcmp(args[2], "3") != 0)
                return 2;
        find_place();
        snprintf(path, sizeof(path), "%s/asked", place);
        asked = fopen(path, "a");
        if (!asked)
                return 3;
        type = hear();
        if (is_told("die"))
                return 9;
        if (type == FEATURE_CHECK) {
                say(type, true, 8, features, put(features, 1, !is_told("untracked")));
        } else if (is_told("refuse")) {
                write_log(type == RESTORE ? "restore.log" : "dump.log");
                say(type, false, 0, NULL, 0);
        } else if (type == RESTORE) {
                restore();
        } else {
                say(type, true, 0, NULL, 0);
        }
        return 0;
}
