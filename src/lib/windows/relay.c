#include "src/lib/windows/relay.h"

#include <process.h>
#include <stdio.h>
#include <stdlib.h>

#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "src/lib/windows/console.h"

#define DRAIN_MS  1000
#define LOOK_MS   250           /* how often a console is asked for its size */
#define PIECE     16384

struct stream { HANDLE from, to; struct relay *relay; HANDLE thread; };

struct relay {
        struct hcs_process *process;
        struct stream in, out, err;
        HANDLE done;                    /* an event: the process has ended */
        HANDLE sizes;                   /* the thread that looks after the console's size */
        struct console console;
};

/* One end is the service's, which must be asked by overlapped calls; files and consoles take those as well. */
static bool transfer(HANDLE handle, void *bytes, DWORD length, DWORD *ret, bool writes)
{
        OVERLAPPED at = { .hEvent = CreateEventW(NULL, TRUE, FALSE, NULL) };
        bool worked;

        if (!at.hEvent)
                return false;
        worked = writes ? WriteFile(handle, bytes, length, NULL, &at) : ReadFile(handle, bytes, length, NULL, &at);
        if (worked || GetLastError() == ERROR_IO_PENDING)
                worked = GetOverlappedResult(handle, &at, ret, TRUE);
        CloseHandle(at.hEvent);
        return worked;
}

/* The other end is whatever the caller gave us, opened for plain calls as a rule. */
static bool write_plain(HANDLE handle, const char *bytes, DWORD length)
{
        DWORD written;

        for (; length > 0; bytes += written, length -= written)
                if (!WriteFile(handle, bytes, length, &written, NULL) || !written)
                        return false;
        return true;
}

static unsigned __stdcall copy_out(void *context)
{
        struct stream *stream = context;
        char piece[PIECE];
        DWORD count;

        /* Nobody may listen any more: what comes is read all the same, or the program would block. */
        while (transfer(stream->from, piece, sizeof(piece), &count, false) && count)
                (void)write_plain(stream->to, piece, count);
        return 0;
}

/* Behind the end nothing of the process may be touched. */
static bool is_over(const struct relay *relay)
{
        return WaitForSingleObject(relay->done, 0) == WAIT_OBJECT_0;
}

static bool read_in(const struct stream *stream, char *piece, DWORD size, DWORD *ret)
{
        struct console *console = &stream->relay->console;

        return console->has_in && stream->from == console->in ? console_read(console, piece, size, ret) :
                                                                    ReadFile(stream->from, piece, size, ret, NULL);
}

static unsigned __stdcall copy_in(void *context)
{
        struct stream *stream = context;
        struct error ignored = { 0 };
        char piece[PIECE];
        DWORD count, written;

        while (read_in(stream, piece, sizeof(piece), &count) && count && !is_over(stream->relay))
                for (DWORD at = 0; at < count; at += written)
                        if (!transfer(stream->to, piece + at, count - at, &written, true))
                                return 0;
        if (is_over(stream->relay))
                return 0;
        /* The end of the input: the guest hears of it by the request, not by the handle (hcs-api.md 3.3). */
        CloseHandle(take_ptr(stream->to));
        (void)hcs_process_modify(stream->relay->process, "{\"Operation\":\"CloseHandle\",\"CloseHandle\":{\"Handle\":\"StdIn\"}}",
                                 &ignored);
        return 0;
}

/* --- the console --------------------------------------------------------------------------------------------------------- */

static unsigned __stdcall look_after_size(void *context)
{
        struct relay *relay = context;
        COORD last = { 0, 0 }, now;

        do {
                char document[128];
                struct error ignored = { 0 };

                if (!console_size(&now) || (now.X == last.X && now.Y == last.Y))
                        continue;
                last = now;
                (void)snprintf(document, sizeof(document), "{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":%d,\"Width\":%d}}",
                               now.Y, now.X);
                (void)hcs_process_modify(relay->process, document, &ignored);
        } while (WaitForSingleObject(relay->done, LOOK_MS) == WAIT_TIMEOUT);
        return 0;
}

/* --- begin, end ---------------------------------------------------------------------------------------------------------- */

static int run_thread(unsigned (__stdcall *fn)(void *), void *context, HANDLE *ret, struct error *err)
{
        *ret = (HANDLE)_beginthreadex(NULL, 0, fn, context, 0, NULL);
        return *ret ? 0 : error_errno(err, "starting a thread");
}

static HANDLE stream_of(const int streams[3], int index)
{
        static const DWORD own[] = { STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE };

        return streams ? (HANDLE)(intptr_t)streams[index] : GetStdHandle(own[index]);
}

int relay_start(struct hcs_process *process, const struct hcs_pipes *pipes, const int streams[3], bool terminal, struct relay **ret,
                struct error *err)
{
        struct relay *relay = calloc(1, sizeof(*relay));
        int r = relay ? 0 : error_memory(err);

        if (!relay)
                return r;
        *relay = (struct relay){
                .process = process, .done = CreateEventW(NULL, TRUE, FALSE, NULL),
                .in = { stream_of(streams, 0), pipes->in, relay, NULL },
                .out = { pipes->out, stream_of(streams, 1), relay, NULL },
                .err = { pipes->err, stream_of(streams, 2), relay, NULL },
        };
        if (!relay->done)
                r = system_error(err, GetLastError(), "making an event");
        if (terminal)
                console_prepare(&relay->console);
        if (r >= 0 && pipes->out)
                r = run_thread(copy_out, &relay->out, &relay->out.thread, err);
        if (r >= 0 && pipes->err)
                r = run_thread(copy_out, &relay->err, &relay->err.thread, err);
        if (r >= 0 && pipes->in)
                r = run_thread(copy_in, &relay->in, &relay->in.thread, err);
        if (r >= 0 && terminal)
                r = run_thread(look_after_size, relay, &relay->sizes, err);
        if (r < 0) {
                relay_finish(relay);
                return r;
        }
        *ret = relay;
        return 0;
}

static void finish_stream(struct stream *stream, uint64_t end)
{
        uint64_t now = system_now_ms();

        if (!stream->thread)
                return;
        if (WaitForSingleObject(stream->thread, now < end ? (DWORD)(end - now) : 0) == WAIT_TIMEOUT) {
                (void)CancelIoEx(stream->from, NULL);
                (void)WaitForSingleObject(stream->thread, DRAIN_MS);
        }
        CloseHandle(take_ptr(stream->thread));
        CloseHandle(take_ptr(stream->from));
}

/* The thread of the input may sit in a read of a console or a pipe that nothing wakes; it ends with the program, and so what it
 * uses stays: the relay is not freed while it may still run. */
void relay_finish(struct relay *relay)
{
        uint64_t end = system_now_ms() + DRAIN_MS;
        bool input_ended = !relay->in.thread;

        if (relay->done)
                (void)SetEvent(relay->done);
        finish_stream(&relay->out, end);
        finish_stream(&relay->err, end);
        if (relay->sizes) {
                (void)WaitForSingleObject(relay->sizes, INFINITE);
                CloseHandle(take_ptr(relay->sizes));
        }
        console_restore(&relay->console);
        if (relay->in.thread) {
                (void)CancelSynchronousIo(relay->in.thread);
                input_ended = WaitForSingleObject(relay->in.thread, 100) == WAIT_OBJECT_0;
                CloseHandle(take_ptr(relay->in.thread));
        }
        if (!input_ended)
                return;
        if (relay->in.to)
                CloseHandle(take_ptr(relay->in.to));
        if (relay->done)
                CloseHandle(take_ptr(relay->done));
        free(relay);
}
