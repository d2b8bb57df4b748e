/* How requests are waited for, what is said when they are refused, and what the log gets to see. */
#include "tests/unit/client/rig.h"

static struct rig rig;

static void begin(void) { rig_begin(&rig); }
static void end(void) { rig_end(&rig); }

TestSuite(client_operation, .init = begin, .fini = end, .timeout = 20);

/* --- time --------------------------------------------------------------------------------------------------------- */

Test(client_operation, what_is_slow_says_what_it_waits_for)
{
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "StartComputeSystem", .delay_ms = 100000 });
        cr_expect(eq(int, hcs_system_start(system, NULL, &err), 0), "%s", err.text);
        cr_expect(eq(u64, fake_waited_ms(), 100000));
        cr_expect(eq(str, (char *)rig_log(&rig),
                     "warning: demo: still waiting for StartComputeSystem, for 237 s at most\n"));
        hcs_system_close(system);
}

Test(client_operation, three_seconds_are_not_slow)
{
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "StartComputeSystem", .delay_ms = 3000 });
        cr_expect(eq(int, hcs_system_start(system, NULL, &err), 0));
        cr_expect(eq(str, (char *)rig_log(&rig), ""));
        hcs_system_close(system);
}

Test(client_operation, no_wait_is_without_end)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "PauseComputeSystem", .lost = true });
        cr_expect(eq(int, hcs_system_pause(system, &err), HCS_E_OPERATION_TIMEOUT));
        cr_expect(eq(u64, fake_waited_ms(), 30000));
        cr_expect(eq(str, err.text,
                     "PauseComputeSystem: no answer for \"demo\" within 30 s; the service is still at it, or hangs"));

        fake_inject(&(struct fake_fault){ .call = "TerminateComputeSystem", .lost = true });
        cr_expect(eq(int, hcs_system_terminate(system, &err), HCS_E_OPERATION_TIMEOUT));
        cr_expect(eq(u64, fake_waited_ms(), 270000));
        hcs_system_close(system);
}

Test(client_operation, a_creation_that_takes_too_long_is_told_to_end)
{
        struct hcs_system *system = NULL;
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "CreateComputeSystem", .nth = 1, .delay_ms = 1000000 });
        cr_expect(eq(int, hcs_system_create(&rig.client, "demo", DOCUMENT, &system, &err), HCS_E_OPERATION_TIMEOUT));
        cr_expect(eq(u64, fake_waited_ms(), 240000));
        cr_expect(eq(u32, fake_calls("TerminateComputeSystem"), 1));
        cr_expect(eq(int, hcs_system_open(&rig.client, "demo", &system, &err), HCS_NOT_FOUND), "it was left behind");

        fake_inject(&(struct fake_fault){ .call = "CreateComputeSystem", .nth = 1, .lost = true });
        cr_expect(eq(int, hcs_system_create(&rig.client, "demo", DOCUMENT, &system, &err), HCS_E_OPERATION_TIMEOUT));
        cr_expect(eq(int, hcs_system_open(&rig.client, "demo", &system, &err), HCS_NOT_FOUND), "it was left behind");
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static void expect_words(const char *name, int32_t code, const char *result, const char *words)
{
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        rig.api.name = name;
        fake_inject(&(struct fake_fault){ .call = "StartComputeSystem", .nth = 1, .code = code, .result = result });
        cr_expect(lt(int, hcs_system_start(system, NULL, &err), 0));
        cr_expect(eq(str, err.text, (char *)words));
        (void)hcs_system_terminate(system, &err);
        hcs_system_close(system);
}

Test(client_operation, a_refusal_names_the_call_the_meaning_and_all_the_services_words)
{
        expect_words("host", ERROR_CODE(0x80070005),
                     "{\"Error\":-2147024891,\"ErrorMessage\":\"Access is denied.\\r\\n\","
                     "\"ErrorEvents\":[{\"Message\":\"'demo' failed to start.\\n\\n (Virtual machine ID "
                     "1)\",\"EventId\":12010,"
                     "\"Data\":[]},{\"Message\":\"\"},{\"Message\":\"Access is denied.\"},{\"Source\":\"x\"},"
                     "{\"Message\":\"The disk 'C:\\\\a.vhdx' can't be opened.\"}],\"Attribution\":[{}]}",
                     "StartComputeSystem: access denied (0x80070005 ERROR_ACCESS_DENIED): Access is denied; 'demo' failed to start. "
                     "(Virtual machine "
                     "ID 1); The disk 'C:\\a.vhdx' can't be opened");
}

Test(client_operation, a_refusal_without_words_has_ours)
{
        expect_words("host", HCS_E_TERMINATED_DURING_START, NULL,
                     "StartComputeSystem: it ended while it was starting; look at its layers and its boot disk (0x80370100 HCS_E_TERMINATED_DURING_START)");
        expect_words("host", ERROR_CODE(0xC0370106), NULL, "StartComputeSystem: it ended unexpectedly (0x80370106 HCS_E_UNEXPECTED_EXIT)");
        expect_words("host", ERROR_CODE(0x80041234), NULL, "StartComputeSystem: refused (0x80041234)");
        expect_words("host", E_UNEXPECTED_FAILURE, "{\"Error\":", "StartComputeSystem: refused (0x80004005)");
        expect_words("host", E_UNEXPECTED_FAILURE, "{\"ErrorMessage\":7}", "StartComputeSystem: refused (0x80004005)");
        expect_words("local", E_NO_MEMORY, NULL, "StartComputeSystem: out of memory (0x8007000e ERROR_OUTOFMEMORY)");
}

Test(client_operation, the_local_engine_has_said_it_all)
{
        expect_words("local", E_FILE_NOT_FOUND, "{\"Error\":-2147024894,\"ErrorMessage\":"
                     "\"exec: \\\"nope\\\": executable file not found in $PATH\"}",
                     "exec: \"nope\": executable file not found in $PATH");
}

Test(client_operation, the_code_of_the_service_is_the_code)
{
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "StartComputeSystem", .nth = 1, .code = ERROR_CODE(0xC0370102) });
        cr_expect(eq(int, hcs_system_start(system, NULL, &err), ERROR_CODE(0x80370102)));
        cr_expect(eq(int, err.code, ERROR_CODE(0x80370102)));
        hcs_system_close(system);
}

Test(client_operation, endless_words_are_cut_and_not_overrun)
{
        _cleanup_(text_done) struct text result = { 0 };
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        text_add(&result, "{\"ErrorMessage\":\"");
        for (unsigned i = 0; i < 3000; i++)
                text_add(&result, "a b ");
        text_add(&result, "\",\"ErrorEvents\":[");
        for (unsigned i = 0; i < 3000; i++)
                text_addf(&result, "%s{\"Message\":\"event %u\"}", i ? "," : "", i);
        text_add(&result, "]}");
        fake_inject(&(struct fake_fault){
                .call = "StartComputeSystem", .nth = 1, .code = E_ACCESS, .result = result.data });
        cr_expect(eq(int, hcs_system_start(system, NULL, &err), E_ACCESS));
        cr_expect(eq(sz, strlen(err.text), ERROR_TEXT_MAX - 1));
        hcs_system_close(system);
}

Test(client_operation, a_string_that_comes_with_not_yet_is_given_back)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(
                &(struct fake_fault){ .call = "WaitForOperationResult", .nth = 1, .code = HCS_E_OPERATION_PENDING });
        cr_expect(eq(int, hcs_system_pause(system, &err), 0), "%s", err.text);
        hcs_system_close(system);
}

Test(client_operation, a_wait_that_is_refused_is_a_refusal)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "WaitForOperationResult", .nth = 1, .code = ERROR_CODE(0x8037011A) });
        cr_expect(eq(int, hcs_system_pause(system, &err), ERROR_CODE(0x8037011A)));
        hcs_system_close(system);
}

/* --- the log ------------------------------------------------------------------------------------------------------ */

Test(client_operation, debug_shows_each_call_with_its_document_and_code)
{
        struct hcs_system *system;
        struct error err = NO_ERROR;

        rig.log.level = LOG_LEVEL_DEBUG;
        system = rig_system(&rig, "demo");
        cr_expect(eq(int, hcs_system_pause(system, &err), HCS_E_INVALID_STATE));
        hcs_system_close(system);
        cr_expect(eq(
                str, (char *)rig_log(&rig),
                "debug: id=demo call=CreateComputeSystem document=" DOCUMENT "\n"
                "debug: id=demo call=CreateComputeSystem code=0x00000000\n"
                "debug: id=demo call=PauseComputeSystem\n"
                "debug: id=demo call=PauseComputeSystem code=0x80370105 result={\"Error\":-2143878907,\"ErrorMessage\":"
                "\"PauseComputeSystem is not possible while the system is Created\"}\n"
                "debug: id=demo call=CloseComputeSystem\n"));
}

Test(client_operation, the_service_gets_what_the_log_must_not_show)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        rig.log.level = LOG_LEVEL_DEBUG;
        cr_assert(eq(int,
                     hcs_process_create(system,
                                        "{\"OciProcess\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"env\":[\"A=hunter2\"],"
                                        "\"user\":{\"uid\":0,\"gid\":0}}}",
                                        NULL, &process, &err),
                     0),
                  "%s", err.text);
        cr_expect(eq(ptr, strstr(rig_log(&rig), "hunter2"), NULL));
        cr_expect(ne(ptr, strstr(rig_log(&rig), "\"env\":[\"A=***\"]"), NULL), "%s", rig_log(&rig));
        cr_expect(ne(ptr, strstr(fake_document("CreateProcess"), "A=hunter2"), NULL));
        hcs_process_close(process);
        hcs_system_close(system);
}

Test(client_operation, no_log_at_all_is_fine)
{
        struct hcs_system *system;
        struct error err = NO_ERROR;

        rig.client.log = NULL;
        system = rig_system(&rig, "demo");
        fake_inject(&(struct fake_fault){
                .call = "StartComputeSystem", .delay_ms = 10000, .result = "{\"ErrorEvents\":[{}]}" });
        cr_expect(eq(int, hcs_system_start(system, NULL, &err), 0));
        hcs_system_close(system);
}
