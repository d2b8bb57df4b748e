#include "src/lib/windows/pod.h"

#include <string.h>

#include "hcs/base/windows.h"
#include "oci/windows/id.h"
#include "src/lib/windows/status.h"

#define POD_ID  "io.kubernetes.cri.sandbox-id"
#define SEATS   "machine.json"
#define LOCK    "machine.lock"
#define LOCK_MS 10000                   /* for somebody who writes a small file */
#define LUNS    64                      /* what a controller takes (hcs-documents.md section 5.1) */

/* Places for disks, from one up to the other. */
struct seat { const char *id; uint32_t from, to; };
struct seats { LIST_OF(struct seat) containers; };

static const struct json_field seat_fields[] = {
        JSON_TEXT_F(struct seat, "id", id, JSON_REQUIRED),
        JSON_UINT_F(struct seat, "from", from, JSON_REQUIRED),
        JSON_UINT_F(struct seat, "to", to, JSON_REQUIRED),
        JSON_END
};
static const struct json_field seats_fields[] = {
        JSON_LIST(struct seats, "containers", containers, seat_fields),
        JSON_END
};

/* --- the sandbox of the pod ---------------------------------------------------------------------------------------------- */

static int ask_machine(struct winplan *plan, const struct winplan *pod, const struct place *place, const char *id, struct error *err)
{
        const struct doc_system *machine = pod->documents.virtual_machine;
        struct win_status status;
        int r;

        if (pod->config->kind != OCI_WINDOWS_HYPERV || !machine)
                return error_set(err, E_NOT_SUPPORTED, "the sandbox \"%s\" has no machine of its own in which a Windows container could "
                                 "live; leave out windows.hyperv, or give it to that sandbox, too", id);
        r = win_status_read(place, &status, err);
        if (r >= 0 && status.state != WIN_STATUS_CREATED && status.state != WIN_STATUS_RUNNING)
                return error_set(err, HCS_E_INVALID_STATE, "the sandbox \"%s\" is %s: nobody can come to live in its machine", id,
                                 status.state == WIN_STATUS_STOPPED ? "stopped" : "still being created");
        plan->facts.pod_lun = pod->documents.next_lun;
        plan->facts.pod_processors = machine->virtual_machine->compute_topology->processor->count;
        return r;
}

static int ask(struct winplan *plan, const struct winplan *pod, const struct place *place, const char *id, struct error *err)
{
        if (oci_windows_pod_machine(plan->config))
                return ask_machine(plan, pod, place, id, err);
        return pod->config->kind == OCI_WINDOWS_PROCESS ? 0 :
               error_set(err, E_NOT_SUPPORTED, "the sandbox \"%s\" has a machine, and a container beside the host's programs can't share "
                         "its network", id);
}

int pod_ask(struct sandbox_host *host, struct winplan *plan, struct error *err)
{
        const char *machine = oci_windows_pod_machine(plan->config), *id = machine ? machine : oci_windows_pod(plan->config);
        _cleanup_(winplan_done) struct winplan pod = { 0 };
        _cleanup_(place_done) struct place place = { 0 };
        int r = id ? oci_windows_check_id(id, err) : 0;

        if (!id)
                return 0;
        if (r >= 0)
                r = place_init(&place, host->root, id, err);
        if (r >= 0 && !place_is_there(&place))
                r = error_set(err, E_NOT_FOUND, "there is no sandbox \"%s\" here, whose %s this container would share; create that "
                              "first", id, machine ? "machine" : "network");
        if (r >= 0)
                r = winplan_of_place(host, &place, place.path, id, &pod, err);
        if (r >= 0)
                r = ask(plan, &pod, &place, id, err);
        if (r < 0)
                return error_wrap(err, "annotations." POD_ID);
        if (pod.documents.namespace_)
                plan->facts.pod_namespace = arena_copy(&plan->config->arena, pod.documents.namespace_);
        return pod.documents.namespace_ && !plan->facts.pod_namespace ? error_memory(err) : 0;
}

/* --- places in its machine ------------------------------------------------------------------------------------------------ */

static int read_seats(const struct place *pod, struct arena *arena, struct seats *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct json_value *value;
        int r = place_read(pod, SEATS, &text, err);

        *ret = (struct seats){ 0 };
        if (r == PLACE_ABSENT)
                return 0;
        if (r >= 0)
                r = json_parse(arena, text.data ? text.data : "", text.length, SEATS, &value, err);
        return r < 0 ? r : json_read(arena, seats_fields, value, ret, SEATS, JSON_IGNORE_UNKNOWN, err);
}

static int write_seats(const struct place *pod, const struct seats *seats, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };

        json_write(&text, seats_fields, seats);
        return place_write(pod, SEATS, &text, err);
}

/* Without that of `id`, and those of which nothing is left. */
static int keep_others(const struct sandbox_host *host, struct seats *seats, const char *id, struct error *err)
{
        size_t kept = 0;

        for (size_t i = 0; i < seats->containers.count; i++) {
                _cleanup_(place_done) struct place place = { 0 };
                const struct seat seat = seats->containers.items[i];

                if (strcmp(seat.id, id) == 0)
                        continue;
                if (place_init(&place, host->root, seat.id, err) < 0)
                        return err->code;
                if (place_is_there(&place))
                        seats->containers.items[kept++] = seat;
        }
        seats->containers.count = kept;
        return 0;
}

/* The first gap that is wide enough. */
static uint32_t find_gap(const struct seats *seats, uint32_t first, uint32_t count)
{
        uint32_t at = first;

        for (size_t i = 0; i < seats->containers.count; i++) {
                const struct seat *seat = &seats->containers.items[i];

                if (at < seat->to && seat->from < at + count) {
                        at = seat->to;
                        i = (size_t)-1;         /* what was passed may be in the way now */
                }
        }
        return at;
}

static int add_seat(const struct sandbox_host *host, struct winplan *plan, const struct place *pod, struct error *err)
{
        const uint32_t count = plan->documents.next_lun - plan->documents.first_lun;
        struct arena *arena = &plan->config->arena;
        struct seats seats, more;
        uint32_t from;
        int r = read_seats(pod, arena, &seats, err);

        if (r >= 0)
                r = keep_others(host, &seats, plan->documents.id, err);
        if (r < 0)
                return r;
        from = find_gap(&seats, plan->facts.pod_lun, count);
        if (from + count > LUNS)
                return error_set(err, E_NOT_SUPPORTED, "the machine of the sandbox \"%s\" has no room for %u more disks of its %d; delete "
                                 "containers that live in it", oci_windows_pod_machine(plan->config), count, LUNS);
        more.containers.items = arena_alloc_array(arena, seats.containers.count + 1, sizeof(*more.containers.items));
        if (!more.containers.items)
                return error_memory(err);
        for (more.containers.count = 0; more.containers.count < seats.containers.count; more.containers.count++)
                more.containers.items[more.containers.count] = seats.containers.items[more.containers.count];
        more.containers.items[more.containers.count++] = (struct seat){ plan->documents.id, from, from + count };
        plan->facts.pod_lun = from;
        return write_seats(pod, &more, err);
}

static int lock_pod(const struct sandbox_host *host, const struct winplan *plan, struct place *pod, void **ret, struct error *err)
{
        int r = place_init(pod, host->root, oci_windows_pod_machine(plan->config), err);

        if (r >= 0)
                r = place_lock(pod, LOCK, LOCK_MS, ret, err);
        return r == PLACE_BUSY ? error_set(err, E_BUSY, "the places in the machine of the sandbox \"%s\" have been held for more than %u s",
                                           oci_windows_pod_machine(plan->config), LOCK_MS / 1000) : r;
}

int pod_settle(const struct sandbox_host *host, struct winplan *plan, const struct place *place, struct error *err)
{
        _cleanup_(place_done) struct place pod = { 0 };
        _cleanup_(place_unlockp) void *lock = NULL;
        int r;

        if (!oci_windows_pod_machine(plan->config))
                return winplan_write_facts(plan, place, err);
        r = lock_pod(host, plan, &pod, &lock, err);
        if (r >= 0)
                r = add_seat(host, plan, &pod, err);
        return r < 0 ? error_wrap(err, "annotations." POD_ID) : winplan_again(host, plan, place, err);
}

/* A sandbox of that id may be another one by now, in whose machine others have these places: who is not in its book, has none. */
static int has_seat(const struct sandbox_host *host, const struct winplan *plan, bool *ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(place_done) struct place pod = { 0 };
        struct seats seats = { 0 };
        int r = place_init(&pod, host->root, oci_windows_pod_machine(plan->config), err);

        *ret = false;
        if (r >= 0 && place_is_there(&pod))
                r = read_seats(&pod, &arena, &seats, err);
        for (size_t i = 0; r >= 0 && i < seats.containers.count; i++)
                if (strcmp(seats.containers.items[i].id, plan->documents.id) == 0 &&
                    seats.containers.items[i].from == plan->facts.pod_lun)
                        *ret = true;
        return r;
}

static int give_back(const struct sandbox_host *host, const struct winplan *plan, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(place_done) struct place pod = { 0 };
        _cleanup_(place_unlockp) void *lock = NULL;
        struct seats seats;
        int r = lock_pod(host, plan, &pod, &lock, err);

        if (r >= 0)
                r = read_seats(&pod, &arena, &seats, err);
        if (r >= 0)
                r = keep_others(host, &seats, plan->documents.id, err);
        if (r >= 0)
                r = write_seats(&pod, &seats, err);
        return r < 0 && !place_is_there(&pod) ? 0 : r;
}

/* --- the machine ----------------------------------------------------------------------------------------------------------- */

int pod_open_machine(struct sandbox_host *host, const struct winplan *plan, struct hcs_system **ret, struct error *err)
{
        int r = sandbox_host_need_compute(host, err);

        if (r >= 0)
                r = hcs_system_open(&host->client, plan->documents.vm_id, ret, err);
        return r == HCS_NOT_FOUND ? error_set(err, E_NOT_FOUND, "the machine of the sandbox \"%s\" has gone",
                                              oci_windows_pod_machine(plan->config)) : r;
}

/* What is not there was never added, or was taken out before. */
static bool is_gone(int code)
{
        return code == E_FILE_NOT_FOUND || code == E_NOT_FOUND || code == HCS_E_SYSTEM_NOT_FOUND || code == HCS_E_SYSTEM_ALREADY_STOPPED ||
               code == (int)HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
}

static int take_out(const struct winplan *plan, struct hcs_system *machine, struct error *err)
{
        int first = 0;

        for (size_t i = 0; i < plan->documents.leave.count; i++) {
                _cleanup_(free_charp) char *text = NULL;
                struct error failed = { 0 };
                int r = winplan_print(win_modify_request_fields, &plan->documents.leave.items[i], &text, &failed);

                if (r >= 0)
                        r = hcs_system_modify(machine, text, &failed);
                if (r < 0 && !is_gone(r) && first == 0) {
                        *err = failed;
                        first = error_wrap(err, "Leave[%zu]", i);
                }
        }
        return first;
}

/* It may end while it is asked, and what it answers then is no word on what is in it. */
static bool machine_has_gone(struct sandbox_host *host, const struct winplan *plan)
{
        struct hcs_system *again = NULL;
        struct error ignored = { 0 };
        int r = hcs_system_open(&host->client, plan->documents.vm_id, &again, &ignored);

        hcs_system_close(again);
        return r == HCS_NOT_FOUND;
}

int pod_leave(struct sandbox_host *host, const struct winplan *plan, bool for_good, struct error *err)
{
        const char *id = oci_windows_pod_machine(plan->config);
        struct hcs_system *machine = NULL;
        bool has = false;
        int r = id ? has_seat(host, plan, &has, err) : 0;

        if (r < 0 || !has)
                return r;
        r = sandbox_host_need_compute(host, err);
        if (r >= 0)
                r = hcs_system_open(&host->client, plan->documents.vm_id, &machine, err);
        if (r == 0)
                r = take_out(plan, machine, err);
        hcs_system_close(machine);
        if (r < 0 && !machine_has_gone(host, plan))
                return error_wrap(err, "taking it out of the machine of the sandbox \"%s\"", id);
        return for_good ? give_back(host, plan, err) : 0;
}
