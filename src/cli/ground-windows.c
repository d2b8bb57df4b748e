/* The ground under a run, on Windows: words come as UTF-16, streams carry bytes. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "src/cli/cmd.h"

const char cmd_platform[] = "windows";

/* No layers: the base layer that Windows keeps for its own sandbox. */
static const char template[] =
        "{\n"
        "  \"ociVersion\": \"" OCI_VERSION "\",\n"
        "  \"process\": {\n"
        "    \"terminal\": true,\n"
        "    \"args\": [ \"cmd.exe\" ],\n"
        "    \"cwd\": \"C:\\\\\"\n"
        "  },\n"
        "  \"windows\": {}\n"
        "}\n";

static int stream(DWORD which)
{
        HANDLE handle = GetStdHandle(which);

        return handle && handle != INVALID_HANDLE_VALUE ? (int)(intptr_t)handle : -1;
}

uint32_t cmd_listen_fds(const char **ret_names)
{
        (void)ret_names;
        return 0;
}

const char *cmd_notify_socket(void)
{
        return NULL;
}

int cmd_start_sandbox(const struct cmd_context *context, struct sandbox *sandbox, bool wait, struct error *err)
{
        (void)context;
        (void)wait;
        return sandbox_start(sandbox, err);
}

void cmd_streams(struct hcs_streams *ret)
{
        *ret = (struct hcs_streams){ .in = stream(STD_INPUT_HANDLE), .out = stream(STD_OUTPUT_HANDLE),
                                     .err = stream(STD_ERROR_HANDLE), .console = -1 };
}

int cmd_template(const struct cmd_context *context, char **ret, struct error *err)
{
        static const char *const others[] = { "rootfs", "rootless" };

        for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
                if (args_has(context->args, others[i]))
                        return error_set(err, E_NOT_SUPPORTED, "--%s: only for Linux", others[i]);
        *ret = strdup(template);
        return *ret ? 0 : error_memory(err);
}

int cmd_connect_console(const char *path, int *ret_socket, struct error *err)
{
        (void)ret_socket;
        return error_set(err, E_NOT_SUPPORTED, "--console-socket %s: not on Windows, where run and exec give the terminal themselves",
                         path);
}

int cmd_send_pidfd(const char *socket, uint32_t pid, struct error *err)
{
        (void)pid;
        return error_set(err, E_NOT_SUPPORTED, "--pidfd-socket %s: only for Linux", socket);
}

const char *cmd_user_name(struct arena *arena, const char *uid)
{
        (void)arena;
        return uid;
}

static char **narrow(int count, wchar_t **wide)
{
        char **words = calloc((size_t)count + 1, sizeof(*words));
        struct error err = { 0 };

        for (int i = 0; words && i < count; i++)
                if (utf16_to_utf8(wide[i], &words[i], &err) < 0) {
                        fprintf(stderr, PROGRAM ": word %d of the command line: %s\n", i, err.text);
                        exit(1);
                }
        return words;
}

int wmain(int count, wchar_t **wide);
int wmain(int count, wchar_t **wide)
{
        char **words = narrow(count, wide);
        int status;

        if (!words)
                return 1;
        for (int fd = 0; fd < 3; fd++)
                (void)_setmode(fd, _O_BINARY);
        status = cmd_main(count, words, 0);
        for (int i = 0; i < count; i++)
                free(words[i]);
        free(words);
        return status;
}
