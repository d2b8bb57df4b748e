#include "tests/unit/client/rig.h"

#include <stdio.h>
#include <unistd.h>

static struct rig rig;

static void begin(void) { rig_begin(&rig); }
static void end(void) { rig_end(&rig); }

TestSuite(client_system, .init = begin, .fini = end, .timeout = 20);

Test(client_system, lives_from_create_to_terminate_in_the_services_words)
{
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_system_start(system, NULL, &err), 0));
        cr_expect(eq(int, hcs_system_pause(system, &err), 0));
        cr_expect(eq(int, hcs_system_resume(system, &err), 0));
        cr_expect(eq(int, hcs_system_terminate(system, &err), 0));
        hcs_system_close(system);

        rig_expect_journal("CreateComputeSystem demo " DOCUMENT "\n"
                           "StartComputeSystem demo\n"
                           "PauseComputeSystem demo\n"
                           "ResumeComputeSystem demo\n"
                           "TerminateComputeSystem demo\n"
                           "CloseComputeSystem demo\n");
}

Test(client_system, says_nothing_when_all_is_well)
{
        struct hcs_system *system = rig_started(&rig, "demo");

        hcs_system_close(system);
        cr_expect(eq(str, (char *)rig_log(&rig), ""));
        cr_expect(eq(u64, fake_waited_ms(), 0));
}

Test(client_system, open_finds_what_is_there_and_only_that)
{
        struct hcs_system *system = rig_system(&rig, "demo"), *again = NULL, *none = NULL;
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_system_open(&rig.client, "demo", &again, &err), 0));
        cr_expect(eq(ptr, (void *)hcs_system_client(again), &rig.client));
        cr_expect(eq(int, hcs_system_open(&rig.client, "other", &none, &err), HCS_NOT_FOUND));
        cr_expect(eq(ptr, none, NULL), "an outcome leaves the output alone");
        cr_expect(eq(int, err.code, 0), "not found is an outcome and no error");

        hcs_system_close(again);
        hcs_system_close(system);
}

Test(client_system, spaces_are_apart)
{
        struct hcs_system *system = rig_system(&rig, "demo"), *other = NULL;
        struct hcs_client elsewhere = rig.client;
        struct error err = NO_ERROR;

        elsewhere.space = "/run/elsewhere";
        cr_expect(eq(int, hcs_system_open(&elsewhere, "demo", &other, &err), HCS_NOT_FOUND));
        cr_assert(eq(int, hcs_system_create(&elsewhere, "demo", DOCUMENT, &other, &err), 0));
        hcs_system_close(other);
        hcs_system_close(system);
}

Test(client_system, an_old_code_for_not_found_is_not_found)
{
        struct hcs_system *system = NULL;
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "OpenComputeSystem", .code = ERROR_CODE(0xC037010E) });
        cr_expect(eq(int, hcs_system_open(&rig.client, "demo", &system, &err), HCS_NOT_FOUND));
}

Test(client_system, open_refused_for_another_reason_is_an_error_with_advice)
{
        struct hcs_system *system = NULL;
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "OpenComputeSystem", .code = HCS_E_ACCESS_DENIED });
        cr_expect(eq(int, hcs_system_open(&rig.client, "demo", &system, &err), HCS_E_ACCESS_DENIED));
        cr_expect(eq(str, err.text,
                     "OpenComputeSystem: access denied; run elevated, or as a member of Hyper-V Administrators "
                     "(0x8037011b HCS_E_ACCESS_DENIED)"));
        cr_expect(eq(ptr, system, NULL));
}

Test(client_system, a_second_one_of_an_id_is_refused_and_its_handle_closed)
{
        struct hcs_system *system = rig_system(&rig, "demo"), *second = NULL;
        struct error err = NO_ERROR;

        cr_expect(
                eq(int, hcs_system_create(&rig.client, "demo", DOCUMENT, &second, &err), HCS_E_SYSTEM_ALREADY_EXISTS));
        cr_expect(eq(ptr, second, NULL));
        cr_expect(eq(sz, fake_books().systems, 1));
        hcs_system_close(system);
}

Test(client_system, an_unknown_member_is_refused_with_its_path)
{
        struct hcs_system *system = NULL;
        struct error err = NO_ERROR;
        int r;

        r = hcs_system_create(&rig.client, "demo", "{\"SchemaVersion\":{\"Major\":2,\"Minor\":1,\"Patch\":7}}", &system,
                              &err);
        cr_expect(eq(int, r, E_INVALID_DATA));
        cr_expect(eq(str, err.text,
                     "CreateComputeSystem: the document was not accepted (0x8007000d ERROR_INVALID_DATA): The document is not valid; "
                     "Invalid JSON document: $.SchemaVersion.Patch: unknown member"));
}

Test(client_system, what_is_not_utf8_never_reaches_the_service)
{
        struct hcs_system *system = NULL;
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_system_create(&rig.client, "d\xff", DOCUMENT, &system, &err), E_INVALID_DATA));
        cr_expect(eq(str, err.text, "the id: byte 1 is not UTF-8"));
        cr_expect(eq(int, hcs_system_create(&rig.client, "demo", "{\"\xc3\"}", &system, &err), E_INVALID_DATA));
        cr_expect(eq(u32, fake_calls("CreateComputeSystem"), 0));
}

Test(client_system, characters_outside_the_basic_plane_arrive_whole)
{
        struct hcs_system *system = rig_system(&rig, "d\xc3\xa9mo-\xf0\x9f\x8f\x96");

        hcs_system_close(system);
        rig_expect_journal("CreateComputeSystem d\xc3\xa9mo-\xf0\x9f\x8f\x96 " DOCUMENT "\n"
                           "CloseComputeSystem d\xc3\xa9mo-\xf0\x9f\x8f\x96\n");
}

Test(client_system, no_operation_is_no_memory)
{
        struct hcs_system *system = NULL;
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "CreateOperation", .code = E_NO_MEMORY });
        cr_expect(eq(int, hcs_system_create(&rig.client, "demo", DOCUMENT, &system, &err), E_NO_MEMORY));
        cr_expect(eq(u32, fake_calls("CreateComputeSystem"), 0));
}

Test(client_system, the_wrong_state_is_an_error)
{
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_system_pause(system, &err), HCS_E_INVALID_STATE));
        cr_expect(eq(int, hcs_system_resume(system, &err), HCS_E_INVALID_STATE));
        cr_expect(eq(str, err.text, "ResumeComputeSystem: not possible in the state that it is in (0x80370105 HCS_E_INVALID_STATE): "
                                    "ResumeComputeSystem is not possible while the system is Created"));
        hcs_system_close(system);
}

/* --- terminate ---------------------------------------------------------------------------------------------------- */

Test(client_system, terminating_one_that_has_stopped_is_an_outcome)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        struct error err = NO_ERROR;

        cr_assert(fake_process_exit("demo", 0, 0));
        cr_expect(eq(int, hcs_system_terminate(system, &err), HCS_ALREADY_STOPPED));
        hcs_process_close(process);
        hcs_system_close(system);
}

Test(client_system, terminate_takes_not_found_for_stopped_and_terminated_for_done)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "TerminateComputeSystem", .nth = 1, .code = HCS_E_SYSTEM_NOT_FOUND,
                                          .at_once = true });
        fake_inject(&(struct fake_fault){ .call = "TerminateComputeSystem", .nth = 2, .code = ERROR_CODE(0xC0370110) });
        fake_inject(&(struct fake_fault){ .call = "TerminateComputeSystem", .nth = 3, .code = ERROR_CODE(0x80370107) });
        fake_inject(&(struct fake_fault){ .call = "TerminateComputeSystem", .nth = 4, .code = E_ACCESS });
        cr_expect(eq(int, hcs_system_terminate(system, &err), HCS_ALREADY_STOPPED));
        cr_expect(eq(int, hcs_system_terminate(system, &err), HCS_ALREADY_STOPPED));
        cr_expect(eq(int, hcs_system_terminate(system, &err), 0));
        cr_expect(eq(int, hcs_system_terminate(system, &err), E_ACCESS));
        hcs_system_close(system);
}

Test(client_system, warnings_of_a_success_go_to_the_log)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "TerminateComputeSystem",
                                          .result = "{\"Error\":0,\"ErrorEvents\":[{\"Message\":\"poststop hook 1: "
                                                    "exit status 3\"},{\"Message\":\"\"}]}" });
        cr_expect(eq(int, hcs_system_terminate(system, &err), 0));
        cr_expect(eq(str, (char *)rig_log(&rig), "warning: demo: poststop hook 1: exit status 3\n"));
        hcs_system_close(system);
}

/* --- properties --------------------------------------------------------------------------------------------------- */

Test(client_system, properties_tell_state_and_first_process)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_properties properties = { 0 };
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_system_properties(system, false, &arena, &properties, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)properties.id, "demo"));
        cr_expect(eq(str, (char *)properties.owner, "rig"));
        cr_expect(eq(str, (char *)properties.state, "Running"));
        cr_expect(eq(int, properties.init_state, DOC_INIT_WAITING));
        cr_expect(gt(u32, properties.init_process_id, 4194304));
        cr_expect(eq(sz, properties.process_list.count, 0), "the list is there only when asked for");

        cr_assert(eq(int, hcs_system_properties(system, true, &arena, &properties, &err), 0));
        cr_assert(eq(sz, properties.process_list.count, 1));
        cr_expect(eq(u32, properties.process_list.items[0].process_id, properties.init_process_id));
        cr_expect(
                eq(str, (char *)fake_document("GetComputeSystemProperties"), "{\"PropertyTypes\":[\"ProcessList\"]}"));
        hcs_system_close(system);
}

static void expect_state(const char *answer, const char *state, bool stopped)
{
        struct hcs_system *system = rig_system(&rig, "demo");
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_properties properties = { 0 };
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "GetComputeSystemProperties", .nth = 1, .result = answer });
        cr_assert(eq(int, hcs_system_properties(system, false, &arena, &properties, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)properties.state, (char *)state));
        cr_expect(eq(int, properties.stopped, stopped));
        (void)hcs_system_terminate(system, &err);
        hcs_system_close(system);
}

Test(client_system, states_have_one_spelling_and_none_means_stopped)
{
        expect_state("{\"Id\":\"a\",\"SystemType\":\"Container\",\"State\":\"RUNNING\"}", "Running", false);
        expect_state("{\"Id\":\"a\",\"SystemType\":\"Container\",\"State\":\"stopped\"}", "Stopped", true);
        expect_state("{\"Id\":\"a\",\"SystemType\":\"Container\"}", "Stopped", true);
        expect_state("{\"Id\":\"a\",\"SystemType\":\"Container\",\"State\":\"SavedAsTemplate\",\"New\":{}}",
                     "SavedAsTemplate", false);
}

static void expect_bad_answer(struct fake_fault fault, const char *words)
{
        struct hcs_system *system = rig_system(&rig, "demo");
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_properties properties = { .id = "untouched" };
        struct error err = NO_ERROR;

        fault.call = "GetComputeSystemProperties";
        fault.nth = 1;
        fake_inject(&fault);
        cr_expect(eq(int, hcs_system_properties(system, false, &arena, &properties, &err), E_INVALID_DATA));
        cr_expect(text_starts_with(err.text, words), "%s", err.text);
        cr_expect(eq(str, (char *)properties.id, "untouched"));
        (void)hcs_system_terminate(system, &err);
        hcs_system_close(system);
}

Test(client_system, answers_that_are_none_are_errors)
{
        static const char16_t half_a_pair[] = { u'"', 0xd800, u'"', 0 };

        expect_bad_answer((struct fake_fault){ .no_result = true },
                          "GetComputeSystemProperties: the service gave no answer");
        expect_bad_answer((struct fake_fault){ .result = "[]" }, "GetComputeSystemProperties: ");
        expect_bad_answer((struct fake_fault){ .result = "{\"Id\":" },
                          "GetComputeSystemProperties: the service's answer, line 1");
        expect_bad_answer((struct fake_fault){ .result = "{\"Id\":7}" }, "GetComputeSystemProperties: $.Id");
        expect_bad_answer((struct fake_fault){ .raw_result = half_a_pair },
                          "GetComputeSystemProperties: the service's answer: character 1 is half a UTF-16 pair");
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

struct ending { pthread_t thread; const char *id; unsigned after_ms; };

static void *end_later(void *argument)
{
        struct ending *ending = argument;

        usleep(ending->after_ms * 1000);
        cr_expect(fake_process_exit(ending->id, 0, 3));
        return NULL;
}

static void wait_for_the_end(const struct hcs_api *api)
{
        struct ending ending = { .id = "demo", .after_ms = 60 };
        struct hcs_system *system;
        struct error err = NO_ERROR;

        rig.api = *api;
        system = rig_started(&rig, "demo");
        cr_expect(eq(int, hcs_system_wait(system, 0, &err), HCS_STILL_RUNNING));
        cr_expect(eq(int, hcs_system_wait(system, 10, &err), HCS_STILL_RUNNING));
        pthread_create(&ending.thread, NULL, end_later, &ending);
        cr_expect(eq(int, hcs_system_wait(system, INFINITE, &err), 0), "%s", err.text);
        pthread_join(ending.thread, NULL);
        cr_expect(eq(int, hcs_system_wait(system, 0, &err), 0), "once over, always over");
        hcs_system_close(system);
}

Test(client_system, waits_for_the_end) { wait_for_the_end(fake_api()); }
Test(client_system, waits_on_a_host_that_has_no_call_for_it) { wait_for_the_end(fake_api_without_waits()); }

Test(client_system, a_wait_knows_every_word_for_time_is_over_and_for_gone)
{
        static const int32_t over[] = { HCS_E_OPERATION_TIMEOUT, E_TIMED_OUT, ERROR_CODE(0x80070102),
                                        ERROR_CODE(0xC0370118) };
        static const int32_t gone[] = { HCS_E_SYSTEM_NOT_FOUND, HCS_E_SYSTEM_ALREADY_STOPPED };
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        for (size_t i = 0; i < ARRAY_LENGTH(over); i++) {
                fake_inject(&(struct fake_fault){ .call = "WaitForComputeSystemExit", .nth = 1, .code = over[i] });
                cr_expect(eq(int, hcs_system_wait(system, 5, &err), HCS_STILL_RUNNING));
        }
        for (size_t i = 0; i < ARRAY_LENGTH(gone); i++) {
                fake_inject(&(struct fake_fault){ .call = "WaitForComputeSystemExit", .nth = 1, .code = gone[i] });
                cr_expect(eq(int, hcs_system_wait(system, 5, &err), 0));
        }
        fake_inject(&(struct fake_fault){ .call = "WaitForComputeSystemExit", .nth = 1, .code = E_ACCESS });
        cr_expect(eq(int, hcs_system_wait(system, 5, &err), E_ACCESS));
        hcs_system_close(system);
}

Test(client_system, a_poll_on_an_old_host_passes_an_error_on)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        rig.api = *fake_api_without_waits();
        fake_inject(&(struct fake_fault){ .call = "GetComputeSystemProperties", .nth = 1, .code = E_ACCESS });
        fake_inject(
                &(struct fake_fault){ .call = "GetComputeSystemProperties", .nth = 2, .code = HCS_E_SYSTEM_NOT_FOUND });
        cr_expect(eq(int, hcs_system_wait(system, INFINITE, &err), E_ACCESS));
        cr_expect(eq(int, hcs_system_wait(system, INFINITE, &err), 0));
        hcs_system_close(system);
}

/* --- listening ---------------------------------------------------------------------------------------------------- */

struct ear {
        pthread_mutex_t lock;
        pthread_cond_t heard;
        unsigned count;
        pthread_t thread;
        struct hcs_system *close;       /* to be closed inside the callback */
};
#define EAR { .lock = PTHREAD_MUTEX_INITIALIZER, .heard = PTHREAD_COND_INITIALIZER }

static void hear(void *context)
{
        struct ear *ear = context;

        pthread_mutex_lock(&ear->lock);
        if (ear->close)
                hcs_system_close(take_ptr(ear->close));
        ear->count++;
        ear->thread = pthread_self();
        pthread_cond_signal(&ear->heard);
        pthread_mutex_unlock(&ear->lock);
}

static void await_ear(struct ear *ear)
{
        pthread_mutex_lock(&ear->lock);
        while (!ear->count)
                pthread_cond_wait(&ear->heard, &ear->lock);
        pthread_mutex_unlock(&ear->lock);
}

Test(client_system, the_exit_is_heard_once_on_another_thread)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct ear ear = EAR;
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_system_on_exit(system, hear, &ear, &err), 0));
        cr_assert(fake_process_exit("demo", 0, 0));
        await_ear(&ear);
        cr_expect(not(pthread_equal(ear.thread, pthread_self())));
        fake_service_restart();
        fake_await_events();
        cr_expect(eq(u32, ear.count, 1));
        hcs_system_close(system);
}

Test(client_system, an_exit_that_was_missed_is_heard_of)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct ear ear = EAR;
        struct error err = NO_ERROR;

        cr_assert(fake_process_exit("demo", 0, 0));
        cr_assert(eq(int, hcs_system_on_exit(system, hear, &ear, &err), 0));
        await_ear(&ear);
        hcs_system_close(system);
}

Test(client_system, the_end_of_the_service_is_heard_too)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct ear ear = EAR;
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_system_on_exit(system, hear, &ear, &err), 0));
        fake_service_restart();
        await_ear(&ear);
        cr_expect(eq(int, hcs_system_pause(system, &err), ERROR_CODE(0x8037011E)));
        hcs_system_close(system);
}

Test(client_system, two_cannot_listen_on_one_handle)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct ear ear = EAR;
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_system_on_exit(system, hear, &ear, &err), 0));
        cr_expect(lt(int, hcs_system_on_exit(system, hear, &ear, &err), 0));
        hcs_system_close(system);
}

Test(client_system, a_refused_ear_can_be_offered_again)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct ear ear = EAR;
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "SetComputeSystemCallback", .nth = 1, .code = E_NO_MEMORY });
        cr_expect(eq(int, hcs_system_on_exit(system, hear, &ear, &err), E_NO_MEMORY));
        cr_expect(eq(int, hcs_system_on_exit(system, hear, &ear, &err), 0));
        hcs_system_close(system);
}

Test(client_system, may_be_closed_inside_the_callback)
{
        struct ear ear = EAR;
        struct error err = NO_ERROR;

        ear.close = rig_started(&rig, "demo");
        cr_assert(eq(int, hcs_system_on_exit(ear.close, hear, &ear, &err), 0));
        cr_assert(fake_process_exit("demo", 0, 0));
        await_ear(&ear);
}

/* The callback may well be over before the call that asked for it returns. */
Test(client_system, may_be_closed_inside_a_callback_that_comes_at_once)
{
        for (unsigned i = 0; i < 50; i++) {
                struct hcs_system *system;
                struct ear ear = EAR;
                struct error err = NO_ERROR;
                char id[16];

                snprintf(id, sizeof(id), "s%u", i);
                system = ear.close = rig_started(&rig, id);
                cr_assert(fake_process_exit(id, 0, 0));
                cr_assert(eq(int, hcs_system_on_exit(system, hear, &ear, &err), 0));
                await_ear(&ear);
        }
}

static void *end_all(void *argument)
{
        char id[16];

        (void)argument;
        for (unsigned i = 0; i < 40; i++) {
                snprintf(id, sizeof(id), "s%u", i);
                (void)fake_process_exit(id, 0, 0);
        }
        return NULL;
}

/* Closing races with the exit.  Afterwards nobody may call into what was closed: the sanitizers watch. */
Test(client_system, no_call_comes_after_close)
{
        struct hcs_system *systems[40];
        struct ear *ears[40];
        struct error err = NO_ERROR;
        pthread_t thread;

        for (unsigned i = 0; i < 40; i++) {
                char id[16];

                snprintf(id, sizeof(id), "s%u", i);
                systems[i] = rig_started(&rig, id);
                ears[i] = malloc(sizeof(*ears[i]));
                *ears[i] = (struct ear)EAR;
                cr_assert(eq(int, hcs_system_on_exit(systems[i], hear, ears[i], &err), 0));
        }
        pthread_create(&thread, NULL, end_all, NULL);
        for (unsigned i = 40; i-- > 0;) {
                hcs_system_close(systems[i]);
                cr_expect(le(u32, ears[i]->count, 1));
                free(ears[i]);
        }
        pthread_join(thread, NULL);
}

static void *live(void *argument)
{
        for (unsigned i = 0; i < 50; i++) {
                struct hcs_process *process = NULL;
                struct hcs_system *system;
                char id[32];
                int code = 0;
                struct error err = NO_ERROR;

                snprintf(id, sizeof(id), "%s-%u", (const char *)argument, i);
                system = rig_running(&rig, id, &process);
                cr_expect(fake_process_exit(id, 0, 5));
                cr_expect(eq(int, hcs_process_wait(process, INFINITE, &code, &err), 0));
                cr_expect(eq(int, code, 5));
                cr_expect(eq(int, hcs_system_terminate(system, &err), HCS_ALREADY_STOPPED));
                hcs_process_close(process);
                hcs_system_close(system);
        }
        return NULL;
}

Test(client_system, one_client_serves_many_threads)
{
        static const char *const names[] = { "a", "b", "c", "d" };
        pthread_t threads[ARRAY_LENGTH(names)];

        for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
                pthread_create(&threads[i], NULL, live, (void *)names[i]);
        for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
                pthread_join(threads[i], NULL);
}
