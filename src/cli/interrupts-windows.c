#include "src/cli/interrupts-windows.h"

#include <process.h>
#include <stdlib.h>

#include "hcs/base/macros.h"
#include "hcs/base/system.h"
#include "hcs/base/windows.h"

/* Windows calls back on a thread of its own and takes no context along, so there is no other place for them. */
static volatile LONG asked;             /* how often */
static HANDLE heard;                    /* an event: once more */

struct interrupts {
        void (*fn)(void *context, bool again);
        void *context;
        HANDLE stop, thread;
};

static BOOL WINAPI hear(DWORD event)
{
        const bool closing = event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT;

        (void)InterlockedAdd(&asked, closing ? 2 : 1);
        (void)SetEvent(heard);
        if (closing)
                Sleep(INFINITE);        /* when this returns we are ended; Windows gives the verb a few seconds to clean up */
        return TRUE;
}

static unsigned __stdcall hand_on(void *data)
{
        const struct interrupts *interrupts = data;
        HANDLE either[] = { interrupts->stop, heard };
        LONG told = 0;

        while (WaitForMultipleObjects(ARRAY_LENGTH(either), either, FALSE, INFINITE) == WAIT_OBJECT_0 + 1)
                while (told < asked)
                        interrupts->fn(interrupts->context, ++told > 1);
        return 0;
}

int interrupts_begin(void (*fn)(void *context, bool again), void *context, struct interrupts **ret, struct error *err)
{
        struct interrupts *interrupts = calloc(1, sizeof(*interrupts));

        if (!interrupts)
                return error_memory(err);
        heard = CreateEventW(NULL, FALSE, FALSE, NULL);
        *interrupts = (struct interrupts){ .fn = fn, .context = context, .stop = CreateEventW(NULL, TRUE, FALSE, NULL) };
        if (heard && interrupts->stop)
                interrupts->thread = (HANDLE)_beginthreadex(NULL, 0, hand_on, interrupts, 0, NULL);
        if (!interrupts->thread) {
                (void)system_error(err, GetLastError(), "waiting for Ctrl-C");
                interrupts_end(interrupts);
                return err->code;
        }
        (void)SetConsoleCtrlHandler(hear, TRUE);
        *ret = interrupts;
        return 0;
}

void interrupts_end(struct interrupts *interrupts)
{
        if (!interrupts)
                return;
        if (interrupts->thread) {
                (void)SetEvent(interrupts->stop);
                (void)WaitForSingleObject(interrupts->thread, INFINITE);
                CloseHandle(interrupts->thread);
        }
        if (interrupts->stop)
                CloseHandle(interrupts->stop);
        free(interrupts);               /* the event and the handler stay: Ctrl-C while we clean up is nobody's */
}
