/* The one world, its lock and its books: handles, strings, faults, journal.
 *
 * What is handed out is never taken back before fake_reset(): a closed handle stays in the books, so using it again is
 * found out instead of being a crash, and no later handle can have its address. */
#include "hcs/fake/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/utf16.h"

/* The exception to "no mutable file-scope state" that fake.h argues for. */
static struct fake_world the_world = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

#define E_HANDLE                ERROR_CODE(0x80070006)
#define E_SERVICE_DISCONNECT    ERROR_CODE(0x8037011E)

/* Above every pid that Linux gives out: nobody who takes one for real hits a stranger. */
#define FIRST_PID               0x400000u

struct fake_world *fake_lock(void)
{
        pthread_mutex_lock(&the_world.lock);
        if (the_world.last_pid == 0)
                the_world.last_pid = FIRST_PID;
        return &the_world;
}

void fake_unlock(struct fake_world *world)
{
        pthread_mutex_unlock(&world->lock);
}

void fake_unlockp(struct fake_world **world)
{
        fake_unlock(*world);
}

void fake_reset(void)
{
        struct fake_world *world = fake_lock();

        while (world->threads)
                pthread_cond_wait(&world->changed, &world->lock);
        for (struct fake_string *string = world->strings; string; string = string->next)
                free(string->bytes);
        arena_done(&world->arena);
        text_done(&world->journal);
        world->systems = NULL;
        world->handles = NULL;
        world->strings = NULL;
        world->faults = NULL;
        world->calls = NULL;
        world->waited_ms = 0;
        world->last_pid = 0;
        world->forget_stopped = false;
        world->misuses = 0;
        world->misuse = NULL;
        fake_unlock(world);
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

void fake_misused(struct fake_world *world, const char *fmt, ...)
{
        char text[256];
        va_list args;

        va_start(args, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, args);
        va_end(args);
        if (world->misuses++ == 0)
                world->misuse = arena_copy(&world->arena, text);
}

static struct fake_call *call_of(struct fake_world *world, const char *name)
{
        struct fake_call *call;

        for (call = world->calls; call; call = call->next)
                if (strcmp(call->name, name) == 0)
                        return call;
        call = arena_alloc(&world->arena, sizeof(*call));
        if (!call)
                return NULL;
        call->name = arena_copy(&world->arena, name);
        if (!call->name)
                return NULL;
        call->next = world->calls;
        return world->calls = call;
}

/* Each fault counts the calls that it waits for by itself; a spent one is passed over. */
void fake_count(struct fake_world *world, const char *call, struct fake_fault *ret)
{
        struct fake_call *counted = call_of(world, call);
        bool found = false;

        if (counted)
                counted->count++;
        *ret = (struct fake_fault){ 0 };
        for (struct fake_pending_fault *pending = world->faults; pending; pending = pending->next) {
                bool due;

                if (strcmp(pending->fault.call, call) != 0 || (pending->fault.nth && !pending->left))
                        continue;
                due = pending->fault.nth == 0 || --pending->left == 0;
                if (due && !found) {
                        *ret = pending->fault;
                        found = true;
                }
        }
}

void fake_note(struct fake_world *world, const char *call, const char *subject, const char *document)
{
        struct fake_call *counted = call_of(world, call);

        if (counted)
                counted->document = document;
        text_addf(&world->journal, "%s%s%s%s%s\n", call, subject ? " " : "", subject ? subject : "",
                  document ? " " : "", document ? document : "");
}

static char16_t *copy_wide(struct fake_world *world, const char16_t *string)
{
        size_t size = (utf16_length(string) + 1) * sizeof(*string);
        char16_t *copy = arena_alloc(&world->arena, size);

        return copy ? memcpy(copy, string, size) : NULL;
}

void fake_inject(const struct fake_fault *fault)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_pending_fault *pending = arena_alloc(&world->arena, sizeof(*pending)), **last = &world->faults;

        if (!pending)
                abort();                        /* a test that can't say what it wants must not pass */
        pending->fault = *fault;
        pending->left = fault->nth;
        pending->fault.call = arena_copy(&world->arena, fault->call);
        pending->fault.result = arena_copy(&world->arena, fault->result);
        if (fault->raw_result)
                pending->fault.raw_result = copy_wide(world, fault->raw_result);
        if (!pending->fault.call)
                abort();
        while (*last)
                last = &(*last)->next;
        *last = pending;
}

/* --- handles and strings ------------------------------------------------------------------------------------------ */

void *fake_handle_new(struct fake_world *world, enum fake_kind kind, size_t size)
{
        struct fake_handle *handle = arena_alloc(&world->arena, size);

        if (!handle)
                return NULL;
        handle->kind = kind;
        handle->next = world->handles;
        return world->handles = handle;
}

HRESULT fake_check(struct fake_world *world, const char *call, const void *handle, enum fake_kind kind)
{
        static const char *const kinds[] = { "", "system", "process", "operation" };
        const struct fake_handle *known = world->handles;

        while (known && known != handle)
                known = known->next;
        if (!known || known->kind != kind) {
                fake_misused(world, "%s with something that is no %s", call, kinds[kind]);
                return E_HANDLE;
        }
        if (known->closed) {
                fake_misused(world, "%s with a %s that was closed", call, kinds[kind]);
                return E_HANDLE;
        }
        return known->dead ? E_SERVICE_DISCONNECT : S_OK;
}

PWSTR fake_hand_out(struct fake_world *world, const char16_t *string)
{
        size_t size = (utf16_length(string) + 1) * sizeof(*string);
        struct fake_string *kept = arena_alloc(&world->arena, sizeof(*kept));

        if (!kept)
                return NULL;
        kept->bytes = malloc(size);
        if (!kept->bytes)
                return NULL;
        kept->next = world->strings;
        world->strings = kept;
        return memcpy(kept->bytes, string, size);
}

static void *fake_local_free(void *bytes)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_string **kept = &world->strings;
        struct fake_fault fault;

        fake_count(world, "LocalFree", &fault);
        if (!bytes)
                return NULL;
        while (*kept && (*kept)->bytes != bytes)
                kept = &(*kept)->next;
        if (!*kept) {
                fake_misused(world, "LocalFree of something that was not handed out, or twice");
                return bytes;
        }
        *kept = (*kept)->next;
        free(bytes);
        return NULL;
}

const char *fake_narrow(struct fake_world *world, PCWSTR string)
{
        _cleanup_(free_charp) char *narrow = NULL;
        struct error err = { 0 };

        if (!string)
                return NULL;
        if (utf16_to_utf8(string, &narrow, &err) < 0) {
                if (err.code != E_NO_MEMORY)
                        fake_misused(world, "a string is not UTF-16: %s", err.text);
                return NULL;
        }
        return arena_copy(&world->arena, narrow);
}

const char16_t *fake_widen(struct fake_world *world, const char *string)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        struct error ignored = { 0 };

        if (!string || utf16_from_utf8(string, &wide, &ignored) < 0)
                return NULL;
        return copy_wide(world, wide);
}

/* --- what tests ask ----------------------------------------------------------------------------------------------- */

char *fake_journal(void)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();

        return world->journal.failed ? NULL : strdup(world->journal.data ? world->journal.data : "");
}

unsigned fake_calls(const char *name)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        const struct fake_call *call = call_of(world, name);

        return call ? call->count : 0;
}

const char *fake_document(const char *name)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        const struct fake_call *call = call_of(world, name);

        return call ? call->document : NULL;
}

uint64_t fake_waited_ms(void)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();

        return world->waited_ms;
}

void fake_forget_stopped(bool forget)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();

        world->forget_stopped = forget;
}

struct fake_books fake_books(void)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_books books = { .misuses = world->misuses, .misuse = world->misuse };

        for (const struct fake_handle *handle = world->handles; handle; handle = handle->next) {
                books.systems += handle->kind == FAKE_SYSTEM_HANDLE && !handle->closed;
                books.processes += handle->kind == FAKE_PROCESS_HANDLE && !handle->closed;
                books.operations += handle->kind == FAKE_OPERATION_HANDLE && !handle->closed;
        }
        for (const struct fake_string *string = world->strings; string; string = string->next)
                books.strings++;
        return books;
}

void fake_service_restart(void)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();

        for (struct fake_handle *handle = world->handles; handle; handle = handle->next)
                handle->dead = true;
        fake_tell_all(world, (HCS_EVENT_TYPE)0x02000000);
        pthread_cond_broadcast(&world->changed);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

#define FAKE_CALLS \
        .name = "fake", \
        .EnumerateComputeSystemsInNamespace = fake_enumerate, \
        .CreateComputeSystemInNamespace = fake_create_system, \
        .OpenComputeSystemInNamespace = fake_open_system, \
        .CloseComputeSystem = fake_close_system, \
        .StartComputeSystem = fake_start_system, \
        .TerminateComputeSystem = fake_terminate_system, \
        .PauseComputeSystem = fake_pause_system, \
        .ResumeComputeSystem = fake_resume_system, \
        .GetComputeSystemProperties = fake_system_properties, \
        .SetComputeSystemCallback = fake_set_system_callback, \
        .CreateProcess = fake_create_process, \
        .OpenProcess = fake_open_process, \
        .CloseProcess = fake_close_process, \
        .SignalProcess = fake_signal_process, \
        .TerminateProcess = fake_terminate_process, \
        .GetProcessProperties = fake_process_properties, \
        .SetProcessCallback = fake_set_process_callback, \
        .CreateOperation = fake_create_operation, \
        .CloseOperation = fake_close_operation, \
        .AddResourceToOperation = fake_add_resource, \
        .WaitForOperationResult = fake_wait_for_result, \
        .WaitForOperationResultAndProcessInfo = fake_wait_for_result_and_info, \
        .LocalFree = fake_local_free

const struct hcs_api *fake_api(void)
{
        static const struct hcs_api api = {
                FAKE_CALLS,
                .WaitForComputeSystemExit = fake_wait_system,
                .WaitForProcessExit = fake_wait_process,
        };

        return &api;
}

const struct hcs_api *fake_api_without_waits(void)
{
        static const struct hcs_api api = { FAKE_CALLS };

        return &api;
}
