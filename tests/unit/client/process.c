#include "tests/unit/client/rig.h"

#include <signal.h>
#include <unistd.h>

static struct rig rig;

static void begin(void) { rig_begin(&rig); }
static void end(void) { rig_end(&rig); }

TestSuite(client_process, .init = begin, .fini = end, .timeout = 20);

Test(client_process, the_first_one_is_let_go_without_descriptors)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_properties properties = { 0 };
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_system_properties(system, false, &arena, &properties, &err), 0));
        cr_expect(eq(int, properties.init_state, DOC_INIT_RUNNING));
        cr_expect(eq(u32, hcs_process_id(process), properties.init_process_id));
        cr_expect(eq(u32, fake_calls("AddResourceToOperation"), 0));
        hcs_process_close(process);
        hcs_system_close(system);
}

Test(client_process, it_cannot_be_let_go_twice)
{
        struct hcs_process *process = NULL, *again = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_process_create(system, "{}", NULL, &again, &err), HCS_E_INVALID_STATE));
        cr_expect(eq(ptr, again, NULL));
        hcs_process_close(process);
        hcs_system_close(system);
}

Test(client_process, descriptors_go_along_under_their_addresses)
{
        int handles[12] = { 20, 21, -1, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
        struct hcs_streams streams = {
                .in = 7, .out = 8, .err = 9, .console = 10, .handles = handles, .handle_count = 12
        };
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_system_start(system, &streams, &err), 0), "%s", err.text);
        hcs_system_close(system);
        rig_expect_journal("CreateComputeSystem demo " DOCUMENT "\n"
                           "AddResourceToOperation hcs:/Process/StdInput file 7\n"
                           "AddResourceToOperation hcs:/Process/StdOutput file 8\n"
                           "AddResourceToOperation hcs:/Process/StdError file 9\n"
                           "AddResourceToOperation hcs:/Process/ConsoleSocket socket 10\n"
                           "AddResourceToOperation hcs:/Process/Handles/0 file 20\n"
                           "AddResourceToOperation hcs:/Process/Handles/1 file 21\n"
                           "AddResourceToOperation hcs:/Process/Handles/3 file 23\n"
                           "AddResourceToOperation hcs:/Process/Handles/4 file 24\n"
                           "AddResourceToOperation hcs:/Process/Handles/5 file 25\n"
                           "AddResourceToOperation hcs:/Process/Handles/6 file 26\n"
                           "AddResourceToOperation hcs:/Process/Handles/7 file 27\n"
                           "AddResourceToOperation hcs:/Process/Handles/8 file 28\n"
                           "AddResourceToOperation hcs:/Process/Handles/9 file 29\n"
                           "AddResourceToOperation hcs:/Process/Handles/10 file 30\n"
                           "AddResourceToOperation hcs:/Process/Handles/11 file 31\n"
                           "StartComputeSystem demo\n"
                           "CloseComputeSystem demo\n");
}

Test(client_process, a_further_one_without_streams_is_no_first_one)
{
        struct hcs_streams none = HCS_STREAMS_NONE;
        struct hcs_process *first = NULL, *further = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &first);
        int probe = dup(0);
        struct error err = NO_ERROR;

        close(probe);
        cr_assert(eq(int, hcs_process_create(system, "{}", &none, &further, &err), 0), "%s", err.text);
        cr_expect(ne(u32, hcs_process_id(first), hcs_process_id(further)));
        cr_expect(eq(u32, fake_calls("AddResourceToOperation"), 1), "something must tell it from the first");
        cr_expect(eq(int, dup(0), probe), "a descriptor was left open");
        close(probe);
        hcs_process_close(further);
        hcs_process_close(first);
        hcs_system_close(system);
}

Test(client_process, a_service_that_takes_no_descriptors_is_said_so)
{
        struct hcs_streams streams = { .in = -1, .out = 1, .err = -1, .console = -1 };
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        rig.api.AddResourceToOperation = NULL;
        cr_expect(eq(int, hcs_system_start(system, &streams, &err), E_NOT_SUPPORTED));
        cr_expect(eq(str, err.text,
                     "StartComputeSystem: standard output can't be handed over; this service takes no descriptors"));
        hcs_system_close(system);
}

Test(client_process, a_descriptor_that_is_refused_is_named)
{
        struct hcs_streams streams = { .in = 0, .out = 1, .err = 2, .console = -1 };
        struct hcs_system *system = rig_system(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "AddResourceToOperation", .nth = 2, .code = E_INVALID_PARAMETER });
        cr_expect(eq(int, hcs_system_start(system, &streams, &err), E_INVALID_PARAMETER));
        cr_expect(eq(str, err.text,
                     "handing over standard output, descriptor 1: AddResourceToOperation: an argument was not "
                     "accepted (0x80070057 ERROR_INVALID_PARAMETER)"));
        cr_expect(eq(u32, fake_calls("StartComputeSystem"), 0));
        hcs_system_close(system);
}

Test(client_process, a_refused_creation_leaves_nothing)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_process_create(system, "{\"Shell\":1}", NULL, &process, &err), E_INVALID_DATA));
        cr_expect(ne(ptr, strstr(err.text, "$.Shell: unknown member"), NULL), "%s", err.text);
        fake_inject(&(struct fake_fault){ .call = "CreateProcess", .nth = 1, .code = E_FILE_NOT_FOUND });
        cr_expect(eq(int, hcs_process_create(system, "{}", NULL, &process, &err), E_FILE_NOT_FOUND));
        fake_inject(
                &(struct fake_fault){ .call = "CreateProcess", .nth = 1, .code = E_NOT_SUPPORTED, .at_once = true });
        cr_expect(eq(int, hcs_process_create(system, "{}", NULL, &process, &err), E_NOT_SUPPORTED));
        cr_expect(eq(ptr, process, NULL));
        hcs_system_close(system);
}

Test(client_process, invalid_argument_from_a_host_that_runs_it_all_the_same_is_seen_through)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){
                .call = "CreateProcess", .nth = 1, .code = E_INVALID_PARAMETER, .takes_effect = true });
        cr_assert(eq(int, hcs_process_create(system, "{}", NULL, &process, &err), 0), "%s", err.text);
        cr_expect(gt(u32, hcs_process_id(process), 4194304));
        hcs_process_close(process);
        hcs_system_close(system);
}

Test(client_process, a_real_invalid_argument_stays_one)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_started(&rig, "demo");
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "CreateProcess", .nth = 1, .code = E_INVALID_PARAMETER });
        cr_expect(eq(int, hcs_process_create(system, "{}", NULL, &process, &err), E_INVALID_PARAMETER));
        hcs_system_close(system);
}

Test(client_process, open_finds_what_runs_and_only_that)
{
        struct hcs_process *process = NULL, *again = NULL, *none = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_process_open(system, hcs_process_id(process), &again, &err), 0));
        cr_expect(eq(u32, hcs_process_id(again), hcs_process_id(process)));
        cr_expect(eq(int, hcs_process_open(system, 1, &none, &err), HCS_NOT_FOUND));
        cr_expect(fake_process_exit("demo", 0, 0));
        cr_expect(eq(int, hcs_process_open(system, hcs_process_id(process), &none, &err), HCS_NOT_FOUND));
        fake_inject(&(struct fake_fault){ .call = "OpenProcess", .nth = 1, .code = E_ACCESS });
        cr_expect(eq(int, hcs_process_open(system, 1, &none, &err), E_ACCESS));
        cr_expect(eq(ptr, none, NULL));
        hcs_process_close(again);
        hcs_process_close(process);
        hcs_system_close(system);
}

/* --- signals ------------------------------------------------------------------------------------------------------ */

Test(client_process, a_signal_is_a_document)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        struct error err = NO_ERROR;

        cr_expect(eq(int, hcs_process_signal(process, SIGUSR1, false, &err), 0));
        cr_expect(eq(str, (char *)fake_document("SignalProcess"), "{\"Signal\":10}"));
        cr_expect(eq(int, hcs_process_signal(process, 0, true, &err), 0));
        cr_expect(eq(str, (char *)fake_document("SignalProcess"), "{\"Signal\":0,\"All\":true}"));
        cr_expect(eq(int, hcs_process_signal(process, 65, false, &err), E_INVALID_DATA),
                  "the service knows signals to 64");
        hcs_process_close(process);
        hcs_system_close(system);
}

Test(client_process, killing_ends_it_and_again_is_an_outcome)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        struct error err = NO_ERROR;
        int code = 0;

        cr_expect(eq(int, hcs_process_signal(process, SIGKILL, false, &err), 0));
        cr_expect(eq(int, hcs_process_wait(process, INFINITE, &code, &err), 0));
        cr_expect(eq(int, code, 137));
        cr_expect(eq(int, hcs_process_signal(process, SIGKILL, false, &err), HCS_ALREADY_STOPPED));
        hcs_process_close(process);
        hcs_system_close(system);
}

static int signal_answered_with(struct hcs_process *process, int32_t code)
{
        struct error err = NO_ERROR;

        fake_inject(&(struct fake_fault){ .call = "SignalProcess", .nth = 1, .code = code });
        return hcs_process_signal(process, SIGKILL, false, &err);
}

Test(client_process, every_word_for_a_dead_process_is_an_outcome)
{
        static const int32_t clear[] = { HCS_E_PROCESS_ALREADY_STOPPED, HCS_E_SYSTEM_ALREADY_STOPPED,
                                         HCS_E_SYSTEM_NOT_FOUND, E_NOT_FOUND, ERROR_CODE(0xC0370110) };
        static const int32_t unclear[] = { E_ACCESS, HCS_E_ACCESS_DENIED, HCS_E_INVALID_STATE };
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);

        for (size_t i = 0; i < ARRAY_LENGTH(clear); i++)
                cr_expect(eq(int, signal_answered_with(process, clear[i]), HCS_ALREADY_STOPPED));
        for (size_t i = 0; i < ARRAY_LENGTH(unclear); i++)
                cr_expect(eq(int, signal_answered_with(process, unclear[i]), unclear[i]),
                          "it is alive, so the refusal is real");
        cr_assert(fake_process_exit("demo", 0, 0));
        for (size_t i = 0; i < ARRAY_LENGTH(unclear); i++)
                cr_expect(eq(int, signal_answered_with(process, unclear[i]), HCS_ALREADY_STOPPED), "it is dead");
        hcs_process_close(process);
        hcs_system_close(system);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void *end_later(void *argument)
{
        usleep(50000);
        cr_expect(fake_process_exit("demo", *(const uint32_t *)argument, 42));
        return NULL;
}

static void wait_for_the_end(const struct hcs_api *api)
{
        struct hcs_streams none = HCS_STREAMS_NONE;
        struct hcs_process *first = NULL, *process = NULL;
        struct hcs_system *system;
        struct error err = NO_ERROR;
        pthread_t thread;
        uint32_t pid;
        int code = 7;

        rig.api = *api;
        system = rig_running(&rig, "demo", &first);
        cr_assert(eq(int, hcs_process_create(system, "{}", &none, &process, &err), 0));
        cr_expect(eq(int, hcs_process_wait(process, 0, &code, &err), HCS_STILL_RUNNING));
        cr_expect(eq(int, hcs_process_wait(process, 10, &code, &err), HCS_STILL_RUNNING));
        cr_expect(eq(int, code, 7), "an outcome leaves the output alone");
        pid = hcs_process_id(process);
        pthread_create(&thread, NULL, end_later, &pid);
        cr_expect(eq(int, hcs_process_wait(process, INFINITE, &code, &err), 0), "%s", err.text);
        pthread_join(thread, NULL);
        cr_expect(eq(int, code, 42));
        cr_expect(eq(int, hcs_process_wait(first, 0, &code, &err), HCS_STILL_RUNNING), "the first one lives on");
        hcs_process_close(process);
        hcs_process_close(first);
        hcs_system_close(system);
}

Test(client_process, waits_for_the_end) { wait_for_the_end(fake_api()); }
Test(client_process, waits_on_a_host_that_has_no_call_for_it) { wait_for_the_end(fake_api_without_waits()); }

static int waited(struct hcs_process *process, struct fake_fault fault, int *ret_code)
{
        struct error err = NO_ERROR;

        fault.call = "WaitForProcessExit";
        fault.nth = 1;
        fake_inject(&fault);
        return hcs_process_wait(process, 5, ret_code, &err);
}

Test(client_process, a_code_that_nobody_saw_is_minus_one)
{
        struct hcs_process *process = NULL;
        struct hcs_system *system = rig_running(&rig, "demo", &process);
        int code = 0;

        cr_assert(fake_process_exit("demo", 0, 5));
        cr_expect(eq(int, waited(process, (struct fake_fault){ .no_result = true }, &code), 0));
        cr_expect(eq(int, code, -1));
        code = 0;
        cr_expect(eq(int, waited(process, (struct fake_fault){ .code = E_NOT_FOUND }, &code), 0));
        cr_expect(eq(int, code, -1));
        code = 0;
        cr_expect(eq(int,
                     waited(process,
                            (struct fake_fault){ .result = "{\"ProcessId\":5,\"Exited\":true,\"ExitCode\":3,"
                                                           "\"LastWaitResult\":-2147023728}" },
                            &code),
                     0));
        cr_expect(eq(int, code, -1));
        cr_expect(eq(int, waited(process, (struct fake_fault){ .result = "{\"Exited\":true,\"ExitCode\":3}" }, &code),
                     0));
        cr_expect(eq(int, code, 3));
        cr_expect(eq(int, waited(process, (struct fake_fault){ .result = "nonsense" }, &code), E_INVALID_DATA));
        cr_expect(eq(int, waited(process, (struct fake_fault){ .code = E_TIMED_OUT }, &code), HCS_STILL_RUNNING));
        cr_expect(eq(int, waited(process, (struct fake_fault){ .code = E_ACCESS }, &code), E_ACCESS));
        hcs_process_close(process);
        hcs_system_close(system);
}
