/* What the client asks of a Windows host only: rows that the fake does not have are put into its table here. */
#include "tests/unit/client/rig.h"

#include "hcs/base/utf16.h"

static struct rig rig;
static char *asked;                     /* the last document, UTF-8 */

static void begin(void) { rig_begin(&rig); }
static void end(void)
{
        free(asked);
        rig_end(&rig);
}

TestSuite(client_windows, .init = begin, .fini = end, .timeout = 20);

static void remember(PCWSTR document)
{
        struct error err = NO_ERROR;

        free(asked);
        asked = NULL;
        if (document)
                cr_assert(eq(int, utf16_to_utf8(document, &asked, &err), 0), "%s", err.text);
}

/* The fake's own pause ends an operation well. */
static HRESULT modify(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR settings, HANDLE identity)
{
        cr_expect(identity == NULL, "nobody else's token");
        remember(settings);
        return fake_api()->GetComputeSystemProperties(system, operation, NULL);
}

static HRESULT shut_down(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        remember(options);
        return fake_api()->TerminateComputeSystem(system, operation, NULL);
}

static HRESULT modify_process(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR settings)
{
        remember(settings);
        return fake_api()->GetProcessProperties(process, operation, NULL);
}

/* --- rows that are not there ------------------------------------------------------------------------------------------- */

Test(client_windows, what_an_engine_lacks_is_said_by_name)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        struct error err = NO_ERROR;
        char *text = NULL;

        cr_expect(eq(int, hcs_system_modify(system, "{}", &err), E_NOT_SUPPORTED));
        cr_expect(eq(str, err.text, "ModifyComputeSystem: this engine does not have it"));
        cr_expect(eq(int, hcs_system_shut_down(system, &err), E_NOT_SUPPORTED));
        cr_expect(eq(str, err.text, "ShutDownComputeSystem: this engine does not have it"));
        cr_expect(eq(int, hcs_process_modify(process, "{}", &err), E_NOT_SUPPORTED));
        cr_expect(eq(str, err.text, "ModifyProcess: this engine does not have it"));
        cr_expect(eq(int, hcs_service_properties(&rig.client, "{}", &text, &err), E_NOT_SUPPORTED));
        cr_expect(eq(str, err.text, "GetServiceProperties: this engine does not have it"));
        cr_expect(text == NULL);
        cr_expect(eq(int, hcs_service_modify(&rig.client, "{}", &err), E_NOT_SUPPORTED));
        cr_expect(eq(str, err.text, "ModifyServiceSettings: this engine does not have it"));
        hcs_process_close(process);
        hcs_system_close(system);
}

/* --- rows that are there ----------------------------------------------------------------------------------------------- */

Test(client_windows, documents_arrive_as_they_are)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        struct error err = NO_ERROR;

        rig.api.ModifyComputeSystem = modify;
        rig.api.ModifyProcess = modify_process;
        cr_expect(eq(int, hcs_system_modify(system, "{\"ResourcePath\":\"\xc3\xa4\"}", &err), 0), "%s", err.text);
        cr_expect(eq(str, asked, "{\"ResourcePath\":\"\xc3\xa4\"}"));
        cr_expect(eq(int, hcs_process_modify(process, "{\"Operation\":\"CloseHandle\"}", &err), 0), "%s", err.text);
        cr_expect(eq(str, asked, "{\"Operation\":\"CloseHandle\"}"));
        hcs_process_close(process);
        hcs_system_close(system);
}

Test(client_windows, to_shut_down_takes_no_options)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        rig.api.ShutDownComputeSystem = shut_down;
        cr_expect(eq(int, hcs_system_shut_down(system, &err), 0), "%s", err.text);
        cr_expect(asked == NULL);
        hcs_system_close(system);
}

Test(client_windows, a_process_can_be_ended)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_process_terminate(process, &err), 0), "%s", err.text);
        cr_expect(eq(int, hcs_process_terminate(process, &err), HCS_ALREADY_STOPPED), "%s", err.text);
        hcs_process_close(process);
        hcs_system_close(system);
}

/* --- the service ------------------------------------------------------------------------------------------------------- */

static HRESULT service_answers(PCWSTR query, PWSTR *result)
{
        remember(query);
        *result = NULL;
        return S_OK;
}

static HRESULT service_refuses(PCWSTR settings, PWSTR *result)
{
        remember(settings);
        *result = NULL;
        return ERROR_CODE(0xC037010D);
}

Test(client_windows, the_service_is_asked_and_told)
{
        struct error err = NO_ERROR;
        char *text = NULL;

        rig.api.GetServiceProperties = service_answers;
        rig.api.ModifyServiceSettings = service_answers;
        cr_expect(eq(int, hcs_service_modify(&rig.client, "{\"PropertyType\":\"CpuGroup\"}", &err), 0), "%s", err.text);
        cr_expect(eq(str, asked, "{\"PropertyType\":\"CpuGroup\"}"));
        cr_expect(eq(int, hcs_service_properties(&rig.client, "{}", &text, &err), E_INVALID_DATA), "no answer is none");
        rig.api.GetServiceProperties = service_refuses;
        rig.api.ModifyServiceSettings = service_refuses;
        cr_expect(eq(int, hcs_service_modify(&rig.client, "{}", &err), HCS_E_INVALID_JSON));
        cr_expect(eq(str, err.text, "ModifyServiceSettings: the document was not accepted; this Windows may be too old for it "
                     "(0x8037010d HCS_E_INVALID_JSON)"));
        cr_expect(eq(int, hcs_service_properties(&rig.client, "{}", &text, &err), HCS_E_INVALID_JSON));
        cr_expect(text == NULL);
}

/* --- without a space of our own ---------------------------------------------------------------------------------------- */

static HRESULT create_plain(PCWSTR id, PCWSTR configuration, HCS_OPERATION operation, const SECURITY_DESCRIPTOR *security,
                            HCS_SYSTEM *system)
{
        cr_expect(security == NULL);
        return fake_api()->CreateComputeSystemInNamespace(u"/run/rig", id, configuration, operation, NULL, system);
}

static HRESULT open_plain(PCWSTR id, DWORD access, HCS_SYSTEM *system)
{
        cr_expect(eq(u32, access, GENERIC_ALL));
        return fake_api()->OpenComputeSystemInNamespace(u"/run/rig", id, access, system);
}

Test(client_windows, the_calls_that_every_windows_has_are_taken)
{
        struct hcs_system *system, *again = NULL;
        struct error err = NO_ERROR;

        rig.client.space = NULL;
        rig.api.CreateComputeSystem = create_plain;
        rig.api.OpenComputeSystem = open_plain;
        rig.api.CreateComputeSystemInNamespace = NULL;
        rig.api.OpenComputeSystemInNamespace = NULL;
        system = rig_system(&rig, "demo");
        cr_expect(eq(int, hcs_system_open(&rig.client, "demo", &again, &err), 0), "%s", err.text);
        hcs_system_close(again);
        again = NULL;
        cr_expect(eq(int, hcs_system_open(&rig.client, "other", &again, &err), HCS_NOT_FOUND), "%s", err.text);
        cr_expect(again == NULL);
        hcs_system_close(system);
}

/* --- deadlines --------------------------------------------------------------------------------------------------------- */

Test(client_windows, the_callers_deadline_is_the_deadline)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        rig.client.deadline_ms = 7000;
        fake_inject(&(struct fake_fault){ .call = "PauseComputeSystem", .lost = true });
        cr_expect(eq(int, hcs_system_pause(system, &err), HCS_E_OPERATION_TIMEOUT));
        cr_expect(eq(u64, fake_waited_ms(), 7000));
        cr_expect(eq(str, err.text, "PauseComputeSystem: no answer for \"demo\" within 7 s; the service is still at it, or hangs"));
        cr_expect(eq(str, (char *)rig_log(&rig), "warning: demo: still waiting for PauseComputeSystem, for 4 s at most\n"));
        hcs_system_close(system);
}

Test(client_windows, a_deadline_before_three_seconds_is_kept_too)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        rig.client.deadline_ms = 2000;
        fake_inject(&(struct fake_fault){ .call = "PauseComputeSystem", .lost = true });
        cr_expect(eq(int, hcs_system_pause(system, &err), HCS_E_OPERATION_TIMEOUT));
        cr_expect(eq(u64, fake_waited_ms(), 2000));
        cr_expect(eq(str, (char *)rig_log(&rig), ""), "nothing was slow");
        hcs_system_close(system);
}

/* --- pipes ------------------------------------------------------------------------------------------------------------- */

static HRESULT answer_with_pipes(HCS_OPERATION operation, DWORD timeout_ms, HCS_PROCESS_INFORMATION *information, PWSTR *result)
{
        HRESULT code = fake_api()->WaitForOperationResultAndProcessInfo(operation, timeout_ms, information, result);

        information->StdInput = (HANDLE)(intptr_t)-1;
        information->StdOutput = (HANDLE)(intptr_t)0x44;
        information->StdError = NULL;
        return code;
}

Test(client_windows, pipes_that_were_not_asked_for_are_none)
{
        struct hcs_system *system = rig_started(&rig, "demo");
        struct hcs_process *process = NULL;
        struct hcs_pipes pipes = { 0 };
        struct error err = NO_ERROR;

        rig.api.WaitForOperationResultAndProcessInfo = answer_with_pipes;
        cr_assert(eq(int, hcs_process_create_piped(system, "{}", &process, &pipes, &err), 0), "%s", err.text);
        cr_expect(pipes.in == NULL && pipes.err == NULL);
        cr_expect(pipes.out == (HANDLE)(intptr_t)0x44);
        cr_expect(ne(u32, hcs_process_id(process), 0));
        hcs_process_close(process);
        hcs_system_close(system);
}
