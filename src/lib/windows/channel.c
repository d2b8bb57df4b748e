#include "src/lib/windows/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"

#include <sddl.h>

#define ONLY_ADMINISTRATORS L"D:P(A;;GA;;;BA)(A;;GA;;;SY)"
#define ANSWER_MAX (ERROR_TEXT_MAX + 16)
#define SPACE "6f1d3a52-7c52-4d0e-9a3c-0d4ee1f4b7a1"    /* of our own: for names made of state directories */
#define BUSY_MS 10000
#define SLOW_MS 3000

static void tell_when_slow(HANDLE event, struct channel_slow *slow)
{
        if (!slow || !slow->log || WaitForSingleObject(event, SLOW_MS) != WAIT_TIMEOUT)
                return;
        log_warning(slow->log, "%s: still waiting for its monitor", slow->id);
        slow->log = NULL;               /* once is enough */
}

/* Pipes are opened for overlapped use, so a plain call waits here for its end. */
static bool transfer(HANDLE pipe, void *bytes, DWORD length, DWORD *ret, bool writes, struct channel_slow *slow)
{
        OVERLAPPED at = { .hEvent = CreateEventW(NULL, TRUE, FALSE, NULL) };
        bool worked, pending;

        if (!at.hEvent)
                return false;
        worked = writes ? WriteFile(pipe, bytes, length, NULL, &at) : ReadFile(pipe, bytes, length, NULL, &at);
        pending = !worked && GetLastError() == ERROR_IO_PENDING;
        if (pending)
                tell_when_slow(at.hEvent, slow);
        if (worked || pending)
                worked = GetOverlappedResult(pipe, &at, ret, TRUE);
        CloseHandle(at.hEvent);
        return worked;
}

int channel_answer(void *pipe, uint32_t process, const struct error *err)
{
        char answer[ANSWER_MAX], number[16];
        int length;
        DWORD written;

        (void)snprintf(number, sizeof(number), "%u", process);
        length = snprintf(answer, sizeof(answer), "%08x%s\n", (unsigned)err->code, err->code ? err->text : number);
        return transfer(pipe, answer, (DWORD)length, &written, true, NULL) ? 0 : -1;
}

int channel_read_answer(void *pipe, const char *broken, struct channel_slow *slow, uint32_t *ret_process, struct error *err)
{
        char answer[ANSWER_MAX + 1], digits[9];
        size_t length = 0;
        DWORD count;

        while (length < ANSWER_MAX && !memchr(answer, '\n', length)) {
                if (!transfer(pipe, answer + length, (DWORD)(ANSWER_MAX - length), &count, false, slow) || !count)
                        return error_set(err, E_UNEXPECTED_FAILURE, "%s", broken);
                length += count;
        }
        answer[length] = '\0';
        answer[strcspn(answer, "\n")] = '\0';
        (void)snprintf(digits, sizeof(digits), "%.8s", answer);
        if (strlen(digits) != 8)
                return error_set(err, E_UNEXPECTED_FAILURE, "%s", broken);
        if (strcmp(digits, "00000000") == 0) {
                if (ret_process)
                        *ret_process = (uint32_t)strtoul(answer + 8, NULL, 10);
                return 0;
        }
        return error_set(err, (int32_t)strtoul(digits, NULL, 16), "%s", answer + 8);
}

/* Two state directories may have sandboxes of one id; a pipe's name has no room for a path. */
static void name_of(const struct place *place, WCHAR name[80])
{
        char guid[GUID_TEXT_MAX];

        guid_from_name(SPACE, place->path, strlen(place->path), guid);
        (void)swprintf(name, 80, L"\\\\.\\pipe\\hcs-sandbox-%hs", guid);
}

static HANDLE make_pipe(const WCHAR *name)
{
        SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };
        HANDLE pipe;

        if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(ONLY_ADMINISTRATORS, SDDL_REVISION_1,
                                                                  &attributes.lpSecurityDescriptor, NULL))
                return INVALID_HANDLE_VALUE;
        pipe = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, ANSWER_MAX, ANSWER_MAX, 0, &attributes);
        LocalFree(attributes.lpSecurityDescriptor);
        return pipe;
}

int channel_listen(struct channel *channel, const struct place *place, struct error *err)
{
        OVERLAPPED *connect;
        WCHAR name[80];
        DWORD code;

        name_of(place, name);
        channel->pipe = make_pipe(name);
        if (channel->pipe == INVALID_HANDLE_VALUE) {
                channel->pipe = NULL;
                return system_error(err, GetLastError(), "making the pipe for start");
        }
        channel->event = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!channel->event)
                return system_error(err, GetLastError(), "making an event");
        connect = calloc(1, sizeof(*connect));
        if (!connect)
                return error_memory(err);
        connect->hEvent = channel->event;
        channel->connect = connect;
        code = ConnectNamedPipe(channel->pipe, connect) ? ERROR_PIPE_CONNECTED : GetLastError();
        if (code == ERROR_PIPE_CONNECTED)
                (void)SetEvent(channel->event);
        else if (code != ERROR_IO_PENDING)
                return system_error(err, code, "listening for start");
        return 0;
}

void channel_done(struct channel *channel)
{
        if (channel->pipe) {
                DWORD ignored;

                /* Nobody came: what waits for him writes to our memory until it has ended. */
                if (channel->connect && CancelIoEx(channel->pipe, channel->connect))
                        (void)GetOverlappedResult(channel->pipe, channel->connect, &ignored, TRUE);
                (void)FlushFileBuffers(channel->pipe);          /* the answer is read before it goes */
                CloseHandle(take_ptr(channel->pipe));
        }
        if (channel->event)
                CloseHandle(take_ptr(channel->event));
        free(take_ptr(channel->connect));
}

int channel_ask(const struct place *place, struct channel_slow *slow, struct error *err)
{
        uint64_t end = system_now_ms() + BUSY_MS;
        WCHAR name[80];
        HANDLE pipe;
        int r;

        name_of(place, name);
        for (;;) {
                pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
                if (pipe != INVALID_HANDLE_VALUE)
                        break;
                if (GetLastError() != ERROR_PIPE_BUSY || system_now_ms() >= end)
                        return system_error(err, GetLastError(), "asking the monitor");
                (void)WaitNamedPipeW(name, 100);
        }
        r = channel_read_answer(pipe, "the monitor of the sandbox ended while it started the program; delete the sandbox", slow,
                                NULL, err);
        CloseHandle(pipe);
        return r;
}
