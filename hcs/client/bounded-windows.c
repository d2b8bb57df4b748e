#include "hcs/client/bounded.h"

#include <process.h>

#include "hcs/base/windows.h"
#include "hcs/client/operation.h"

enum { AT_WORK, MADE, GIVEN_UP };

static unsigned __stdcall carry_out(void *context)
{
        struct hcs_bounded *bounded = context;
        int32_t *strays = bounded->strays;

        bounded->make(bounded);
        if (__atomic_exchange_n(&bounded->state, MADE, __ATOMIC_ACQ_REL) != GIVEN_UP)
                return 0;                               /* it is the caller's again, from here on */
        bounded->end(bounded);
        if (strays)
                (void)__atomic_sub_fetch(strays, 1, __ATOMIC_ACQ_REL);
        return 0;
}

static bool wait_for(HANDLE thread, const struct hcs_client *client, const char *id, const char *call, uint32_t deadline_ms)
{
        uint32_t first = deadline_ms < HCS_SLOW_MS ? deadline_ms : HCS_SLOW_MS;

        if (WaitForSingleObject(thread, first) == WAIT_OBJECT_0)
                return true;
        if (deadline_ms == first)
                return false;
        hcs_log_slow(client, id, call, deadline_ms - first);
        return WaitForSingleObject(thread, deadline_ms - first) == WAIT_OBJECT_0;
}

/* True, unless it was made after all in the last moment. */
static bool give_up(struct hcs_bounded *bounded, int32_t *strays)
{
        if (strays)
                (void)__atomic_add_fetch(strays, 1, __ATOMIC_ACQ_REL);
        if (__atomic_exchange_n(&bounded->state, GIVEN_UP, __ATOMIC_ACQ_REL) == AT_WORK)
                return true;
        if (strays)
                (void)__atomic_sub_fetch(strays, 1, __ATOMIC_ACQ_REL);
        return false;
}

int hcs_bounded_make(const struct hcs_client *client, const char *id, const char *call, uint32_t deadline_ms,
                     struct hcs_bounded *bounded, struct error *err)
{
        HANDLE thread;
        int r = 0;

        if (client->deadline_ms)
                deadline_ms = client->deadline_ms;
        bounded->state = AT_WORK;
        bounded->strays = client->strays;
        thread = (HANDLE)_beginthreadex(NULL, 0, carry_out, bounded, 0, NULL);
        if (!thread)
                return error_errno(err, "%s: starting a thread", call);
        if (!wait_for(thread, client, id, call, deadline_ms)) {
                if (give_up(bounded, client->strays))
                        r = hcs_no_answer(call, id, deadline_ms, err);
                else
                        (void)WaitForSingleObject(thread, INFINITE);    /* it only has to leave */
        }
        CloseHandle(thread);
        return r;
}
