/* From create to delete, with the fake service for an engine: what is asked of it, what is kept, what is left. */
#include <sys/file.h>
#include <time.h>

#include "tests/unit/src/house.h"

static struct house house;
static void begin(void) { house_begin(&house); }
static void end(void) { house_end(&house); }

TestSuite(sandbox, .init = begin, .fini = end, .timeout = 60);

static int status_of(struct sandbox *sandbox)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct oci_state state = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, sandbox_state(sandbox, &arena, &state, &err), 0), "%s", err.text);
        return state.status;
}

Test(sandbox, lives_from_create_to_delete)
{
        struct sandbox *sandbox = house_created(&house, "one");
        struct error err = { 0 };

        cr_expect(eq(int, status_of(sandbox), OCI_CREATED));
        cr_expect(eq(int, sandbox_start(sandbox, &err), 0), "%s", err.text);
        cr_expect(eq(int, status_of(sandbox), OCI_RUNNING));
        cr_expect(eq(int, sandbox_pause(sandbox, true, &err), 0), "%s", err.text);
        cr_expect(eq(int, status_of(sandbox), OCI_PAUSED));
        cr_expect(eq(int, sandbox_pause(sandbox, false, &err), 0), "%s", err.text);
        cr_expect(eq(int, status_of(sandbox), OCI_RUNNING));
        cr_expect(fake_process_exit("one", 0, 5));
        cr_expect(eq(int, status_of(sandbox), OCI_STOPPED));
        cr_expect(eq(int, sandbox_delete(sandbox, false, &err), 0), "%s", err.text);
        cr_expect(not(place_has(&house.place, "state/one")));
        sandbox_close(sandbox);
}

Test(sandbox, the_state_has_what_was_wanted_and_what_is)
{
        struct sandbox *sandbox = house_running(&house, "one");
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct oci_state state = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, sandbox_state(sandbox, &arena, &state, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)state.id, (char *)"one"));
        cr_expect(eq(str, (char *)state.bundle, house.bundle));
        cr_expect(ne(ptr, strstr(state.rootfs, "/bundle/rootfs"), NULL));
        cr_expect(ne(u32, state.pid, 0));
        cr_assert(eq(sz, state.annotations.count, 1));
        cr_expect(eq(str, (char *)state.annotations.items[0].value, (char *)"yes"));
        fake_process_exit("one", 0, 0);
        cr_assert(eq(int, sandbox_state(sandbox, &arena, &state, &err), 0), "%s", err.text);
        cr_expect(eq(u32, state.pid, 0), "a pid that is gone may be another's");
        sandbox_close(sandbox);
}

Test(sandbox, a_failed_create_leaves_nothing)
{
        static const char *const calls[] = { "CreateComputeSystem", "StartComputeSystem" };

        for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
                const struct fake_fault fault = { .call = calls[i], .nth = 1, .code = E_ACCESS };
                struct sandbox *sandbox = NULL;
                struct error err = { 0 };

                fake_inject(&fault);
                cr_expect(eq(int, house_create(&house, "one", &sandbox, &err), E_ACCESS), "%s: %s", calls[i], err.text);
                cr_expect(eq(ptr, sandbox, NULL));
                cr_expect(not(place_has(&house.place, "state/one")), "%s left the directory", calls[i]);
        }
}

Test(sandbox, the_first_failure_is_told_also_when_undoing_fails)
{
        const struct fake_fault start = { .call = "StartComputeSystem", .nth = 1, .code = E_ACCESS },
                                end = { .call = "TerminateComputeSystem", .nth = 1, .code = E_BUSY };
        struct sandbox *sandbox = NULL;
        struct error err = { 0 };

        fake_inject(&start);
        fake_inject(&end);
        cr_expect(eq(int, house_create(&house, "one", &sandbox, &err), E_ACCESS));
        cr_expect(ne(ptr, strstr(house.log.data, "delete --force one"), NULL), "the log says what to do: %s", house.log.data);
        cr_assert(eq(int, sandbox_open(house.host, "one", &sandbox, &err), 0), "what could not be undone can be found");
        cr_expect(eq(int, sandbox_delete(sandbox, true, &err), 0), "%s", err.text);
        cr_expect(not(place_has(&house.place, "state/one")));
        sandbox_close(sandbox);
}

Test(sandbox, nothing_is_asked_for_a_bundle_that_is_refused)
{
        struct sandbox *sandbox = NULL;
        struct error err = { 0 };

        house_configure(&house, ", \"terminal\": true");
        cr_expect(eq(int, house_create(&house, "one", &sandbox, &err), E_INVALID_PARAMETER));
        cr_expect(ne(ptr, strstr(err.text, "--console-socket"), NULL), "%s", err.text);
        house_configure(&house, ", \"cwd\": \"relative\"");
        cr_expect(lt(int, house_create(&house, "one", &sandbox, &err), 0));
        cr_expect(eq(u32, fake_calls("CreateComputeSystem"), 0));
        cr_expect(not(place_has(&house.place, "state")), "not even the state directory was made");
}

Test(sandbox, an_id_is_taken_once)
{
        struct sandbox *sandbox = house_created(&house, "one"), *second = NULL;
        struct error err = { 0 };

        cr_expect(eq(int, house_create(&house, "one", &second, &err), E_ALREADY_EXISTS));
        cr_expect(ne(ptr, strstr(err.text, "container \"one\" already exists"), NULL), "%s", err.text);
        cr_expect(eq(int, status_of(sandbox), OCI_CREATED), "the first one is as it was");
        sandbox_close(sandbox);
}

Test(sandbox, ids_are_no_paths)
{
        static const char *const ids[] = { "", ".", "..", ".x", "a/b", "../x", "a b", "a\nb", "ä" };

        for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
                struct sandbox *sandbox = NULL;
                struct error err = { 0 };

                cr_expect(lt(int, house_create(&house, ids[i], &sandbox, &err), 0), "\"%s\"", ids[i]);
                cr_expect(lt(int, sandbox_open(house.host, ids[i], &sandbox, &err), 0), "\"%s\"", ids[i]);
        }
}

Test(sandbox, one_that_was_never_made_is_not_found)
{
        struct sandbox *sandbox = NULL;
        struct error err = { 0 };

        cr_expect(eq(int, sandbox_open(house.host, "nobody", &sandbox, &err), SANDBOX_NOT_FOUND));
        cr_expect(eq(ptr, sandbox, NULL));
        (void)sandbox_missing("nobody", &err);
        cr_expect(eq(str, err.text, (char *)"container \"nobody\" does not exist"));
}

Test(sandbox, is_not_deleted_while_it_runs)
{
        struct sandbox *sandbox = house_running(&house, "one"), *other = NULL;
        struct error err = { 0 };

        cr_expect(eq(int, sandbox_delete(sandbox, false, &err), HCS_E_INVALID_STATE));
        cr_expect(ne(ptr, strstr(err.text, "is running"), NULL), "%s", err.text);
        cr_expect(eq(u32, fake_calls("TerminateComputeSystem"), 0));
        cr_assert(eq(int, sandbox_open(house.host, "one", &other, &err), 0));
        cr_expect(eq(int, sandbox_pause(other, true, &err), 0), "a refused delete holds no lock: %s", err.text);
        cr_expect(eq(int, sandbox_delete(sandbox, true, &err), 0), "%s", err.text);
        cr_expect(not(place_has(&house.place, "state/one")));
        sandbox_close(other);
        sandbox_close(sandbox);
}

Test(sandbox, one_that_waits_can_be_deleted)
{
        struct sandbox *sandbox = house_created(&house, "one");
        struct error err = { 0 };

        cr_expect(eq(int, sandbox_delete(sandbox, false, &err), 0), "%s", err.text);
        cr_expect(eq(u32, fake_calls("TerminateComputeSystem"), 1));
        cr_expect(not(place_has(&house.place, "state/one")));
        sandbox_close(sandbox);
}

Test(sandbox, what_another_handle_deleted_is_gone_for_this_one)
{
        struct sandbox *sandbox = house_created(&house, "one"), *other = NULL;
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct oci_state state;
        struct error err = { 0 };

        cr_assert(eq(int, sandbox_open(house.host, "one", &other, &err), 0));
        cr_expect(eq(int, sandbox_delete(other, true, &err), 0), "%s", err.text);
        cr_expect(eq(int, sandbox_state(sandbox, &arena, &state, &err), E_NOT_FOUND));
        cr_expect(ne(ptr, strstr(err.text, "does not exist"), NULL), "%s", err.text);
        cr_expect(lt(int, sandbox_start(sandbox, &err), 0));
        cr_expect(eq(int, sandbox_delete(sandbox, true, &err), 0), "%s", err.text);
        sandbox_close(other);
        sandbox_close(sandbox);
}

Test(sandbox, a_new_one_of_the_same_id_is_not_deleted_by_an_old_handle)
{
        struct sandbox *old = house_created(&house, "one"), *other = NULL, *young;
        struct error err = { 0 };

        cr_assert(eq(int, sandbox_open(house.host, "one", &other, &err), 0));
        cr_assert(eq(int, sandbox_delete(other, true, &err), 0));
        sandbox_close(other);
        young = house_created(&house, "one");
        (void)sandbox_delete(old, false, &err);
        cr_expect(place_has(&house.place, "state/one/sandbox.json"));
        cr_expect(eq(int, status_of(young), OCI_CREATED));
        sandbox_close(young);
        sandbox_close(old);
}

/* --- what a killed call leaves ------------------------------------------------------------------------------------------ */

Test(sandbox, a_directory_without_a_record_is_stopped_and_can_be_deleted)
{
        struct sandbox *sandbox = NULL;
        struct error err = { 0 };

        place_directory(&house.place, "state");
        place_directory(&house.place, "state/one");
        cr_assert(eq(int, sandbox_open(house.host, "one", &sandbox, &err), 0));
        cr_expect(eq(int, status_of(sandbox), OCI_STOPPED));
        cr_expect(eq(int, sandbox_delete(sandbox, false, &err), 0), "%s", err.text);
        cr_expect(not(place_has(&house.place, "state/one")));
        sandbox_close(sandbox);
}

Test(sandbox, while_its_creator_holds_the_lock_it_is_creating)
{
        struct sandbox *sandbox = NULL;
        struct error err = { 0 };
        int lock;

        place_directory(&house.place, "state");
        place_directory(&house.place, "state/one");
        lock = openat(house.place.dir, "state/one", O_RDONLY | O_CLOEXEC);
        cr_assert(eq(int, flock(lock, LOCK_EX), 0));
        cr_assert(eq(int, sandbox_open(house.host, "one", &sandbox, &err), 0));
        cr_expect(eq(int, status_of(sandbox), OCI_CREATING));
        close(lock);
        cr_expect(eq(int, status_of(sandbox), OCI_STOPPED), "the creator died");
        sandbox_close(sandbox);
}

Test(sandbox, a_record_that_nobody_can_read_goes_by_force_only)
{
        struct sandbox *sandbox = NULL;
        struct error err = { 0 };

        place_directory(&house.place, "state");
        place_directory(&house.place, "state/one");
        place_file(&house.place, "state/one/sandbox.json", "{");
        cr_assert(eq(int, sandbox_open(house.host, "one", &sandbox, &err), 0));
        cr_expect(lt(int, sandbox_delete(sandbox, false, &err), 0));
        cr_expect(place_has(&house.place, "state/one"));
        cr_expect(eq(int, sandbox_delete(sandbox, true, &err), 0), "%s", err.text);
        cr_expect(not(place_has(&house.place, "state/one")));
        cr_expect(ne(ptr, strstr(house.log.data, "sandbox.json"), NULL));
        sandbox_close(sandbox);
}

Test(sandbox, a_lock_that_is_never_given_back_is_waited_for_with_an_end)
{
        struct sandbox *sandbox = house_created(&house, "one");
        struct timespec from, to;
        struct error err = { 0 };
        int lock = openat(house.place.dir, "state/one", O_RDONLY | O_CLOEXEC);

        cr_assert(eq(int, flock(lock, LOCK_EX), 0));
        (void)clock_gettime(CLOCK_MONOTONIC, &from);
        cr_expect(eq(int, sandbox_delete(sandbox, true, &err), E_BUSY));
        (void)clock_gettime(CLOCK_MONOTONIC, &to);
        cr_expect(lt(int, (int)(to.tv_sec - from.tv_sec), 30));
        cr_expect(ne(ptr, strstr(err.text, "container \"one\""), NULL), "%s", err.text);
        close(lock);
        cr_expect(eq(int, sandbox_delete(sandbox, true, &err), 0), "%s", err.text);
        sandbox_close(sandbox);
}

/* --- signals, waits, processes ------------------------------------------------------------------------------------------ */

Test(sandbox, a_signal_to_one_that_has_stopped_says_so)
{
        struct sandbox *sandbox = house_running(&house, "one");
        struct error err = { 0 };

        cr_expect(eq(int, sandbox_signal(sandbox, 10, false, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)fake_document("SignalProcess"), (char *)"{\"Signal\":10}"));
        fake_process_exit("one", 0, 0);
        cr_expect(eq(int, sandbox_signal(sandbox, 10, false, &err), SANDBOX_NOT_RUNNING), "by the handle that knew it");
        sandbox_close(sandbox);
        cr_assert(eq(int, sandbox_open(house.host, "one", &sandbox, &err), 0));
        cr_expect(eq(int, sandbox_signal(sandbox, 10, false, &err), SANDBOX_NOT_RUNNING), "and by a new one");
        sandbox_close(sandbox);
}

Test(sandbox, a_wait_gives_the_status_once_it_is_there)
{
        struct sandbox *sandbox = house_created(&house, "one");
        struct error err = { 0 };
        int status = 77;

        cr_expect(eq(int, sandbox_wait(sandbox, 0, &status, &err), SANDBOX_STILL_RUNNING), "it waits to be started");
        cr_expect(eq(int, sandbox_start(sandbox, &err), 0), "who waited before start keeps its handle: %s", err.text);
        cr_expect(eq(int, sandbox_wait(sandbox, 0, &status, &err), SANDBOX_STILL_RUNNING));
        cr_expect(eq(int, status, 77));
        fake_process_exit("one", 0, 5);
        cr_expect(eq(int, sandbox_wait(sandbox, 0, &status, &err), 0), "%s", err.text);
        cr_expect(eq(int, status, 5));
        sandbox_close(sandbox);
}

Test(sandbox, start_sends_the_process_of_the_stored_document_whatever_became_of_the_bundle)
{
        struct sandbox *sandbox = house_created(&house, "one");
        struct error err = { 0 };

        house_configure(&house, ", \"noNewPrivileges\": true");
        cr_expect(eq(int, sandbox_start(sandbox, &err), 0), "%s", err.text);
        cr_expect(ne(ptr, strstr(fake_document("CreateProcess"), "\"args\":[\"true\"]"), NULL));
        cr_expect(eq(ptr, strstr(fake_document("CreateProcess"), "noNewPrivileges"), NULL));
        cr_expect(lt(int, sandbox_start(sandbox, &err), 0), "once");
        sandbox_close(sandbox);
}

Test(sandbox, a_group_for_exec_is_below_the_sandboxes_own)
{
        static const char *const wrong[] = { "", "..", "../x", "a/../..", "./a", "memory:..", "a\nmemory:b/.." };
        static const char *const right[] = { "a", "a/b", "/a", "..a", "a..b", "/", "memory:a", "memory,pids:/", "a\nmemory:b\n" };
        struct sandbox *sandbox = house_running(&house, "one");
        const struct hcs_streams streams = HCS_STREAMS_NONE;
        const struct spec_process process = { .cwd = "/" };
        struct hcs_process *running = NULL;

        for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
                struct error err = { 0 };

                cr_expect(eq(int, sandbox_exec(sandbox, &process, wrong[i], &streams, &running, &err), E_INVALID_PARAMETER), "%s",
                          wrong[i]);
        }
        for (size_t i = 0; i < ARRAY_LENGTH(right); i++) {
                struct error err = { 0 };

                cr_assert(eq(int, sandbox_exec(sandbox, &process, right[i], &streams, &running, &err), 0), "%s: %s", right[i], err.text);
                hcs_process_close(running);
        }
        sandbox_close(sandbox);
}

/* --- the host ----------------------------------------------------------------------------------------------------------- */

Test(sandbox, a_list_has_the_sandboxes_sorted_and_nothing_else)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct sandbox *b = house_created(&house, "b"), *a = house_created(&house, "a");
        struct strings ids = { 0 };
        struct error err = { 0 };

        place_file(&house.place, "state/file", "");
        place_directory(&house.place, "state/.hidden");
        place_directory(&house.place, "state/not one");
        cr_assert(eq(int, sandbox_host_list(house.host, &arena, &ids, &err), 0), "%s", err.text);
        cr_assert(eq(sz, ids.count, 2));
        cr_expect(eq(str, (char *)ids.items[0], (char *)"a"));
        cr_expect(eq(str, (char *)ids.items[1], (char *)"b"));
        sandbox_close(a);
        sandbox_close(b);
}

Test(sandbox, a_state_directory_that_is_not_there_yet_has_an_empty_list)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct strings ids = { .count = 3 };
        struct error err = { 0 };

        cr_expect(eq(int, sandbox_host_list(house.host, &arena, &ids, &err), 0), "%s", err.text);
        cr_expect(eq(sz, ids.count, 0));
}

Test(sandbox, the_state_directory_is_for_its_owner_alone)
{
        struct sandbox *sandbox = house_created(&house, "one");

        cr_expect(eq(int, (int)(place_mode(&house.place, "state") & 07777), 0700));
        cr_expect(eq(int, (int)(place_mode(&house.place, "state/one") & 07777), 0700));
        sandbox_close(sandbox);
}
