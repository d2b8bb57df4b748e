#include "src/cli/interrupts-windows.h"

#include <process.h>
#include <stdlib.h>

#include "hcs/base/macros.h"
#include "hcs/base/system.h"
#include "hcs/base/windows.h"

enum { HEARD_C = 'c', HEARD_BREAK = 'b', HEARD_CLOSE = 'x', HEARD_END = '.' };

/* SetConsoleCtrlHandler() takes no context along, and Windows calls back on a thread of its own: there has to be one place where the
 * handler finds to whom it speaks.  Written once, before there is a handler; what is heard goes through the pipe. */
static HANDLE ear;

struct interrupts {
        HANDLE mouth;                   /* the other end */
        HANDLE ready, stop, thread;     /* events: there is a program; there is nobody any more */
        const struct log *log;
        void (*fn)(void *context, const char *word);
        void *context;
        volatile LONG held;
};

static void say(char word)
{
        DWORD written;

        (void)WriteFile(ear, &word, 1, &written, NULL);
}

static BOOL WINAPI hear(DWORD event)
{
        const bool closing = event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT;

        say(closing ? HEARD_CLOSE : event == CTRL_C_EVENT ? HEARD_C : HEARD_BREAK);
        if (closing)
                Sleep(INFINITE);        /* when this returns we are ended; Windows gives the verb a few seconds to clean up */
        return TRUE;
}

/* False when nobody will ever be there. */
static bool wait_for_program(struct interrupts *interrupts)
{
        HANDLE either[] = { interrupts->ready, interrupts->stop };

        if (WaitForSingleObject(interrupts->ready, 0) != WAIT_OBJECT_0 && !InterlockedExchange(&interrupts->held, 1))
                log_warning(interrupts->log, "Ctrl-C: it is handed on as soon as there is a program");
        return WaitForMultipleObjects(ARRAY_LENGTH(either), either, FALSE, INFINITE) == WAIT_OBJECT_0;
}

static unsigned __stdcall listen(void *data)
{
        struct interrupts *interrupts = data;
        int asked = 0;
        DWORD count;
        char word;

        while (ReadFile(interrupts->mouth, &word, 1, &count, NULL) && count && word != HEARD_END && wait_for_program(interrupts)) {
                asked += word == HEARD_C;
                interrupts->fn(interrupts->context, word == HEARD_BREAK ? "CtrlBreak" : word == HEARD_C && asked == 1 ? "CtrlC" : "KILL");
        }
        return 0;
}

int interrupts_begin(const struct log *log, struct interrupts **ret, struct error *err)
{
        struct interrupts *interrupts = calloc(1, sizeof(*interrupts));

        if (!interrupts)
                return error_memory(err);
        *interrupts = (struct interrupts){ .log = log, .ready = CreateEventW(NULL, TRUE, FALSE, NULL),
                                           .stop = CreateEventW(NULL, TRUE, FALSE, NULL) };
        if (interrupts->ready && interrupts->stop && CreatePipe(&interrupts->mouth, &ear, NULL, 0))
                interrupts->thread = (HANDLE)_beginthreadex(NULL, 0, listen, interrupts, 0, NULL);
        if (!interrupts->thread) {
                (void)system_error(err, GetLastError(), "listening for Ctrl-C");
                interrupts_end(interrupts);
                return err->code;
        }
        (void)SetConsoleCtrlHandler(hear, TRUE);
        *ret = interrupts;
        return 0;
}

bool interrupts_wait(const struct interrupts *interrupts)
{
        return interrupts->held != 0;
}

void interrupts_hand_on(struct interrupts *interrupts, void (*fn)(void *context, const char *word), void *context)
{
        interrupts->fn = fn;
        interrupts->context = context;
        (void)SetEvent(interrupts->ready);
}

/* The handler and the pipe stay: what is pressed while we clean up goes in there and no further. */
void interrupts_end(struct interrupts *interrupts)
{
        if (!interrupts)
                return;
        if (interrupts->thread) {
                (void)SetEvent(interrupts->stop);
                say(HEARD_END);
                (void)WaitForSingleObject(interrupts->thread, INFINITE);
                CloseHandle(interrupts->thread);
        }
        if (interrupts->ready)
                CloseHandle(interrupts->ready);
        if (interrupts->stop)
                CloseHandle(interrupts->stop);
        free(interrupts);
}

void interrupts_endp(struct interrupts **interrupts)
{
        interrupts_end(*interrupts);
}
