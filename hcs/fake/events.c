/* Endings, and who hears of them.
 *
 * One ending is told by one thread, in the service's order: the listeners of the process, then those of the system.
 * An event's data is gone when the callback returns.  Closing a handle waits for a callback of it that is under way,
 * except inside that callback. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hcs/base/utf16.h"
#include "hcs/fake/world.h"

struct letter {
        struct letter *next;
        struct fake_handle *handle;
        HCS_EVENT_TYPE type;
        const char16_t *data;
};

struct letters { struct letter *first, **end; };

void fake_process_status(const struct fake_process *process, struct text *out)
{
        struct doc_process_status status = { .process_id = process->pid, .exited = process->exited,
                                             .exit_code = (uint32_t)process->code };

        json_write(out, doc_process_status_fields, &status);
}

void fake_system_status(const struct fake_system *system, struct text *out)
{
        struct doc_exit_status status = { .exit_type = system->terminated ? "ForcedExit" : "GracefulExit" };

        json_write(out, doc_exit_status_fields, &status);
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

static void deliver(struct fake_world *world, const struct letter *letter)
{
        struct fake_listener *listener = &letter->handle->listener;
        HCS_EVENT event = { .Type = letter->type };
        char16_t *data = NULL;

        while (listener->busy)
                pthread_cond_wait(&world->changed, &world->lock);
        if (letter->handle->closed || !listener->callback)
                return;
        if (letter->data) {
                size_t size = (utf16_length(letter->data) + 1) * sizeof(*data);

                data = malloc(size);
                if (data)
                        memcpy(data, letter->data, size);
        }
        event.EventData = data;
        listener->busy = true;
        listener->thread = pthread_self();

        fake_unlock(world);
        listener->callback(&event, (void *)(uintptr_t)listener->context);
        free(data);
        (void)fake_lock();

        listener->busy = false;
        pthread_cond_broadcast(&world->changed);
}

static void *postman(void *argument)
{
        struct fake_world *world = fake_lock();

        for (const struct letter *letter = argument; letter; letter = letter->next)
                deliver(world, letter);
        world->threads--;
        pthread_cond_broadcast(&world->changed);
        fake_unlock(world);
        return NULL;
}

static int send(struct fake_world *world, struct letters *letters, struct error *err)
{
        pthread_t thread;
        int r;

        if (!letters->first)
                return 0;
        r = pthread_create(&thread, NULL, postman, letters->first);
        if (r != 0)
                return error_errnum(err, r, "starting a thread that delivers events");
        pthread_detach(thread);
        world->threads++;
        return 0;
}

static int write_letter(struct fake_world *world, struct letters *letters, struct fake_handle *handle,
                        HCS_EVENT_TYPE type, const struct text *data, struct error *err)
{
        struct letter *letter = arena_alloc(&world->arena, sizeof(*letter));

        if (!letter)
                return error_memory(err);
        letter->handle = handle;
        letter->type = type;
        letter->data = data ? fake_widen(world, data->data) : NULL;
        if (!letters->end)
                letters->end = &letters->first;
        *letters->end = letter;
        letters->end = &letter->next;
        return 0;
}

static int write_to_process(struct fake_world *world, struct letters *letters, const struct fake_process *process,
                            struct error *err)
{
        _cleanup_(text_done) struct text status = { 0 };
        int r = 0;

        fake_process_status(process, &status);
        for (struct fake_handle *handle = world->handles; handle && r >= 0; handle = handle->next)
                if (handle->kind == FAKE_PROCESS_HANDLE && ((struct hcs_process_object *)handle)->process == process &&
                    !handle->closed && !handle->dead)
                        r = write_letter(world, letters, handle, HcsEventProcessExited, &status, err);
        return r;
}

static int write_to_system(struct fake_world *world, struct letters *letters, const struct fake_system *system,
                           struct error *err)
{
        _cleanup_(text_done) struct text status = { 0 };
        int r = 0;

        fake_system_status(system, &status);
        for (struct fake_handle *handle = world->handles; handle && r >= 0; handle = handle->next)
                if (handle->kind == FAKE_SYSTEM_HANDLE && ((struct hcs_system_object *)handle)->system == system &&
                    !handle->closed && !handle->dead)
                        r = write_letter(world, letters, handle, HcsEventSystemExited, &status, err);
        return r;
}

int fake_tell_system(struct fake_world *world, struct hcs_system_object *handle, struct error *err)
{
        _cleanup_(text_done) struct text status = { 0 };
        struct letters letters = { 0 };
        int r;

        fake_system_status(handle->system, &status);
        r = write_letter(world, &letters, &handle->handle, HcsEventSystemExited, &status, err);
        return r < 0 ? r : send(world, &letters, err);
}

int fake_tell_process(struct fake_world *world, struct hcs_process_object *handle, struct error *err)
{
        _cleanup_(text_done) struct text status = { 0 };
        struct letters letters = { 0 };
        int r;

        fake_process_status(handle->process, &status);
        r = write_letter(world, &letters, &handle->handle, HcsEventProcessExited, &status, err);
        return r < 0 ? r : send(world, &letters, err);
}

void fake_tell_all(struct fake_world *world, HCS_EVENT_TYPE type)
{
        struct letters letters = { 0 };
        struct error ignored = { 0 };

        for (struct fake_handle *handle = world->handles; handle; handle = handle->next)
                if (handle->kind != FAKE_OPERATION_HANDLE && !handle->closed)
                        (void)write_letter(world, &letters, handle, type, NULL, &ignored);
        (void)send(world, &letters, &ignored);
}

void fake_await_silence(struct fake_world *world, struct fake_handle *handle)
{
        while (handle->listener.busy && !pthread_equal(handle->listener.thread, pthread_self()))
                pthread_cond_wait(&world->changed, &world->lock);
}

void fake_await_events(void)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();

        while (world->threads)
                pthread_cond_wait(&world->changed, &world->lock);
}

/* --- endings ------------------------------------------------------------------------------------------------------ */

struct fake_process *fake_first(const struct fake_system *system)
{
        struct fake_process *process = system->processes;

        while (process && process->next)
                process = process->next;
        return process;
}

static int end_one(struct fake_world *world, struct letters *letters, struct fake_process *process, int code,
                   struct error *err)
{
        if (process->exited)
                return 0;
        process->exited = true;
        process->code = code;
        return write_to_process(world, letters, process, err);
}

/* The end of the first process takes the others with it, as a namespace and a silo do. */
int fake_end(struct fake_world *world, struct fake_system *system, struct fake_process *process, int code,
             struct error *err)
{
        struct letters letters = { 0 };
        bool everything = !process || process == fake_first(system);
        int r = 0;

        if (process)
                r = end_one(world, &letters, process, code, err);
        for (process = system->processes; everything && process && r >= 0; process = process->next)
                r = end_one(world, &letters, process, 137, err);
        if (everything && !system->stopped && r >= 0) {
                system->state = FAKE_STOPPED;
                system->stopped = true;
                r = write_to_system(world, &letters, system, err);
        }
        pthread_cond_broadcast(&world->changed);
        return r < 0 ? r : send(world, &letters, err);
}

bool fake_process_exit(const char *id, uint32_t pid, int code)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_system *system = fake_find(world, NULL, id);
        struct fake_process *process = system ? system->processes : NULL;
        struct error ignored = { 0 };

        if (system && pid == 0)
                process = fake_first(system);
        while (process && pid != 0 && process->pid != pid)
                process = process->next;
        return process && !process->exited && fake_end(world, system, process, code, &ignored) >= 0;
}

/* --- waits -------------------------------------------------------------------------------------------------------- */

HRESULT fake_await(struct fake_world *world, const bool *ended, const struct fake_handle *handle, DWORD timeout_ms)
{
        struct timespec until;

        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += timeout_ms / 1000;
        until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        while (!*ended && !handle->dead && !handle->closed) {
                if (timeout_ms == INFINITE)
                        pthread_cond_wait(&world->changed, &world->lock);
                else if (pthread_cond_timedwait(&world->changed, &world->lock, &until) != 0)
                        return *ended ? S_OK : HCS_E_OPERATION_TIMEOUT;
        }
        if (!*ended && handle->closed)
                fake_misused(world, "a handle is closed while somebody waits with it");
        return *ended ? S_OK : ERROR_CODE(0x8037011E);
}

HRESULT fake_listen(struct fake_world *world, struct fake_handle *handle, const void *context,
                    HCS_EVENT_CALLBACK callback)
{
        if (!callback)
                return E_INVALID_PARAMETER;
        if (handle->listener.callback) {
                fake_misused(world, "a second callback for one handle");
                return ERROR_CODE(0x80370119);
        }
        handle->listener.callback = callback;
        handle->listener.context = context;
        return S_OK;
}
