/* The fake is a service of its own right: what it lets pass, a test lets pass.  These tests speak to the bare table. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/error.h"
#include "hcs/base/utf16.h"
#include "hcs/fake/fake.h"

#define SPACE u"/run/fake"
#define DOCUMENT u"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1}}"
#define E_HANDLE ERROR_CODE(0x80070006)

static const struct hcs_api *api;

static void begin(void) { api = fake_api(); }
static void end(void) { fake_reset(); }

TestSuite(fake, .init = begin, .fini = end, .timeout = 20);

/* What an operation comes to, with its document for whoever wants it (free()). */
static HRESULT result_of(HCS_OPERATION operation, char **ret_document)
{
        struct error err = { 0 };
        PWSTR result = NULL;
        char *document = NULL;
        HRESULT code;

        code = api->WaitForOperationResult(operation, 1000, &result);
        if (result)
                cr_assert(eq(int, utf16_to_utf8(result, &document, &err), 0));
        api->LocalFree(result);
        if (ret_document)
                *ret_document = document;
        else
                free(document);
        return code;
}

static HRESULT create(PCWSTR id, PCWSTR document, HCS_SYSTEM *ret, char **ret_document)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HRESULT code;

        code = api->CreateComputeSystemInNamespace(SPACE, id, document, operation, NULL, ret);
        if (code >= 0)
                code = result_of(operation, ret_document);
        api->CloseOperation(operation);
        return code;
}

static HRESULT request(HRESULT (*call)(HCS_SYSTEM, HCS_OPERATION, PCWSTR), HCS_SYSTEM system, PCWSTR options,
                       char **ret_document)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HRESULT code;

        code = call(system, operation, options);
        if (code >= 0)
                code = result_of(operation, ret_document);
        api->CloseOperation(operation);
        return code;
}

static HRESULT create_process(HCS_SYSTEM system, PCWSTR parameters, HCS_PROCESS *ret, DWORD *ret_pid)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_PROCESS_INFORMATION information = { 0 };
        PWSTR result = NULL;
        HRESULT code;

        code = api->CreateProcess(system, parameters, operation, NULL, ret);
        if (code >= 0)
                code = api->WaitForOperationResultAndProcessInfo(operation, 1000, &information, &result);
        api->LocalFree(result);
        api->CloseOperation(operation);
        if (ret_pid)
                *ret_pid = information.ProcessId;
        return code;
}

static HCS_SYSTEM running(PCWSTR id)
{
        HCS_SYSTEM system = NULL;

        cr_assert(eq(int, create(id, DOCUMENT, &system, NULL), S_OK));
        cr_assert(eq(int, request(api->StartComputeSystem, system, NULL, NULL), S_OK));
        return system;
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

Test(fake, refuses_an_unknown_member_with_its_path)
{
        HCS_SYSTEM system = NULL;
        char *document = NULL;

        cr_expect(eq(int,
                     create(u"a", u"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"HostedSystem\":{\"Extra\":1}}",
                            &system, &document),
                     E_INVALID_DATA));
        cr_assert(ne(ptr, document, NULL));
        cr_expect(ne(ptr, strstr(document, "$.HostedSystem.Extra"), NULL), "%s", document);
        free(document);
        api->CloseComputeSystem(system);
}

Test(fake, refuses_what_is_no_json_with_a_code_of_its_own)
{
        HCS_SYSTEM system = NULL;

        cr_expect(eq(int, create(u"a", u"{\"SchemaVersion\":", &system, NULL), HCS_E_INVALID_JSON));
        api->CloseComputeSystem(system);
}

Test(fake, a_success_has_no_document)
{
        HCS_SYSTEM system = NULL;
        char *document = NULL;

        cr_expect(eq(int, create(u"a", DOCUMENT, &system, &document), S_OK));
        cr_expect(eq(ptr, document, NULL));
        api->CloseComputeSystem(system);
}

Test(fake, enumerates_what_there_is)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_SYSTEM a = running(u"a"), b = NULL;
        char *document = NULL;

        cr_assert(eq(int, create(u"b", DOCUMENT, &b, NULL), S_OK));
        cr_assert(eq(int, api->EnumerateComputeSystemsInNamespace(SPACE, NULL, operation), S_OK));
        cr_assert(eq(int, result_of(operation, &document), S_OK));
        cr_expect(ne(ptr, strstr(document, "\"Id\":\"a\""), NULL), "%s", document);
        cr_expect(ne(ptr, strstr(document, "\"State\":\"Created\""), NULL), "%s", document);
        free(document);

        cr_assert(eq(int, api->EnumerateComputeSystemsInNamespace(SPACE, u"{\"Ids\":[\"b\"]}", operation), S_OK));
        cr_assert(eq(int, result_of(operation, &document), S_OK));
        cr_expect(eq(ptr, strstr(document, "\"Id\":\"a\""), NULL), "%s", document);
        free(document);

        cr_assert(eq(int, api->EnumerateComputeSystemsInNamespace(u"/elsewhere", NULL, operation), S_OK));
        cr_assert(eq(int, result_of(operation, &document), S_OK));
        cr_expect(eq(str, document, "[]"));
        free(document);
        api->CloseOperation(operation);
        api->CloseComputeSystem(a);
        api->CloseComputeSystem(b);
}

/* --- states ------------------------------------------------------------------------------------------------------- */

Test(fake, knows_which_state_allows_what)
{
        HCS_SYSTEM system = NULL;
        HCS_PROCESS process = NULL;

        cr_assert(eq(int, create(u"a", DOCUMENT, &system, NULL), S_OK));
        cr_expect(eq(int, request(api->PauseComputeSystem, system, NULL, NULL), HCS_E_INVALID_STATE));
        cr_expect(eq(int, create_process(system, u"{}", &process, NULL), HCS_E_INVALID_STATE));
        api->CloseProcess(process);
        cr_expect(eq(int, request(api->StartComputeSystem, system, NULL, NULL), S_OK));
        cr_expect(eq(int, request(api->StartComputeSystem, system, NULL, NULL), HCS_E_INVALID_STATE));
        cr_expect(eq(int, request(api->ResumeComputeSystem, system, NULL, NULL), HCS_E_INVALID_STATE));
        cr_expect(eq(int, request(api->PauseComputeSystem, system, NULL, NULL), S_OK));
        cr_expect(eq(int, request(api->PauseComputeSystem, system, NULL, NULL), HCS_E_INVALID_STATE));
        cr_expect(eq(int, request(api->ResumeComputeSystem, system, NULL, NULL), S_OK));
        cr_expect(eq(int, request(api->TerminateComputeSystem, system, NULL, NULL), S_OK));
        cr_expect(eq(int, request(api->TerminateComputeSystem, system, NULL, NULL), HCS_E_SYSTEM_ALREADY_STOPPED));
        cr_expect(eq(int, request(api->PauseComputeSystem, system, NULL, NULL), HCS_E_SYSTEM_ALREADY_STOPPED));
        api->CloseComputeSystem(system);
        cr_expect(eq(sz, fake_books().misuses, 0), "wrong states are refused, not misuse");
}

Test(fake, ids_are_unique_until_they_are_gone)
{
        HCS_SYSTEM first = NULL, second = NULL, opened = NULL;

        cr_assert(eq(int, create(u"a", DOCUMENT, &first, NULL), S_OK));
        cr_expect(eq(int, create(u"a", DOCUMENT, &second, NULL), HCS_E_SYSTEM_ALREADY_EXISTS));
        cr_expect(ne(ptr, second, NULL), "the handle comes before the refusal");
        api->CloseComputeSystem(second);
        cr_expect(eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &opened), S_OK));
        api->CloseComputeSystem(opened);
        cr_expect(eq(int, request(api->TerminateComputeSystem, first, NULL, NULL), S_OK));
        cr_expect(
                eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &opened), HCS_E_SYSTEM_NOT_FOUND));
        cr_expect(eq(int, create(u"a", DOCUMENT, &second, NULL), S_OK));
        api->CloseComputeSystem(second);
        api->CloseComputeSystem(first);
}

Test(fake, forgets_stopped_systems_when_told)
{
        HCS_SYSTEM system = running(u"a"), opened = NULL;

        cr_assert(fake_process_exit("a", 0, 0));
        cr_expect(eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &opened), S_OK));
        api->CloseComputeSystem(opened);
        fake_forget_stopped(true);
        cr_expect(
                eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &opened), HCS_E_SYSTEM_NOT_FOUND));
        api->CloseComputeSystem(system);
}

Test(fake, ends_a_system_with_its_last_handle_when_the_document_says_so)
{
        HCS_SYSTEM system = NULL, opened = NULL;

        cr_assert(eq(int,
                     create(u"a",
                            u"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"ShouldTerminateOnLastHandleClosed\":true}",
                            &system, NULL),
                     S_OK));
        cr_assert(eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &opened), S_OK));
        api->CloseComputeSystem(system);
        cr_assert(eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &system), S_OK));
        api->CloseComputeSystem(system);
        api->CloseComputeSystem(opened);
        cr_expect(
                eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &opened), HCS_E_SYSTEM_NOT_FOUND));
}

/* --- operations --------------------------------------------------------------------------------------------------- */

Test(fake, accepted_is_not_done)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_SYSTEM system = NULL, opened = NULL;

        cr_assert(eq(int, api->CreateComputeSystemInNamespace(SPACE, u"a", DOCUMENT, operation, NULL, &system), S_OK));
        cr_expect(
                eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &opened), HCS_E_SYSTEM_NOT_FOUND));
        cr_expect(eq(int, request(api->StartComputeSystem, system, NULL, NULL), HCS_E_INVALID_STATE));
        cr_expect(eq(sz, fake_books().misuses, 1), "a client must wait");
        cr_expect(eq(int, result_of(operation, NULL), S_OK));
        cr_expect(eq(int, request(api->StartComputeSystem, system, NULL, NULL), S_OK));
        api->CloseOperation(operation);
        api->CloseComputeSystem(system);
}

Test(fake, closing_an_operation_does_not_stop_its_request)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_SYSTEM system = running(u"a"), opened = NULL;

        cr_assert(eq(int, api->TerminateComputeSystem(system, operation, NULL), S_OK));
        api->CloseOperation(operation);
        cr_expect(
                eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &opened), HCS_E_SYSTEM_NOT_FOUND));
        api->CloseComputeSystem(system);
        cr_expect(eq(sz, fake_books().misuses, 0));
}

Test(fake, an_operation_takes_one_request_at_a_time_and_then_the_next)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_PROCESS_INFORMATION information;
        HCS_SYSTEM system = running(u"a");
        PWSTR result = NULL;

        cr_expect(eq(int, api->WaitForOperationResult(operation, 0, &result), HCS_E_OPERATION_NOT_STARTED));
        cr_expect(eq(int, api->PauseComputeSystem(system, operation, NULL), S_OK));
        cr_expect(eq(int, api->ResumeComputeSystem(system, operation, NULL), HCS_E_OPERATION_ALREADY_STARTED));
        cr_expect(eq(int, result_of(operation, NULL), S_OK));
        cr_expect(eq(int, api->ResumeComputeSystem(system, operation, NULL), S_OK));
        cr_expect(eq(int, api->WaitForOperationResultAndProcessInfo(operation, 0, &information, &result),
                     HCS_E_PROCESS_INFO_NOT_AVAILABLE));
        cr_expect(eq(int, result_of(operation, NULL), S_OK));
        cr_expect(eq(int, result_of(operation, NULL), S_OK), "the answer can be asked for again");
        api->CloseOperation(operation);
        api->CloseComputeSystem(system);
}

struct completion { pthread_mutex_t lock; pthread_cond_t done; HRESULT code; bool called, elsewhere; pthread_t main; };

static void complete(HCS_OPERATION operation, void *context)
{
        struct completion *completion = context;
        PWSTR result = NULL;

        pthread_mutex_lock(&completion->lock);
        completion->code = api->WaitForOperationResult(operation, 0, &result);
        completion->elsewhere = !pthread_equal(pthread_self(), completion->main);
        completion->called = true;
        api->LocalFree(result);
        api->CloseOperation(operation);         /* allowed in here */
        pthread_cond_signal(&completion->done);
        pthread_mutex_unlock(&completion->lock);
}

Test(fake, completes_on_another_thread)
{
        struct completion completion = { .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER, .code = 1,
                                         .main = pthread_self() };
        HCS_SYSTEM system = running(u"a");

        pthread_mutex_lock(&completion.lock);
        cr_assert(eq(int, api->PauseComputeSystem(system, api->CreateOperation(&completion, complete), NULL), S_OK));
        while (!completion.called)
                pthread_cond_wait(&completion.done, &completion.lock);
        pthread_mutex_unlock(&completion.lock);
        cr_expect(eq(int, completion.code, S_OK));
        cr_expect(completion.elsewhere);
        cr_expect(eq(sz, fake_books().operations, 0));
        api->CloseComputeSystem(system);
}

/* --- books -------------------------------------------------------------------------------------------------------- */

Test(fake, counts_what_is_not_given_back)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_SYSTEM system = running(u"a");
        HCS_PROCESS process = NULL;
        PWSTR result = NULL;

        cr_assert(eq(int, create_process(system, u"{}", &process, NULL), S_OK));
        cr_assert(eq(int, api->GetComputeSystemProperties(system, operation, NULL), S_OK));
        cr_assert(eq(int, api->WaitForOperationResult(operation, 0, &result), S_OK));
        cr_expect(eq(sz, fake_books().systems, 1));
        cr_expect(eq(sz, fake_books().processes, 1));
        cr_expect(eq(sz, fake_books().operations, 1));
        cr_expect(eq(sz, fake_books().strings, 1));

        api->LocalFree(result);
        api->CloseOperation(operation);
        api->CloseProcess(process);
        api->CloseComputeSystem(system);
        cr_expect(eq(sz, fake_books().systems + fake_books().processes + fake_books().operations + fake_books().strings,
                     0));
        cr_expect(eq(sz, fake_books().misuses, 0));
}

Test(fake, catches_use_after_close)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_SYSTEM system = running(u"a");
        int something = 0;

        api->CloseComputeSystem(system);
        cr_expect(eq(int, api->PauseComputeSystem(system, operation, NULL), E_HANDLE));
        cr_expect(eq(str, (char *)fake_books().misuse, "PauseComputeSystem with a system that was closed"));
        api->CloseComputeSystem(system);
        cr_expect(eq(int, api->PauseComputeSystem((HCS_SYSTEM)&something, operation, NULL), E_HANDLE));
        cr_expect(eq(int, api->PauseComputeSystem(NULL, operation, NULL), E_HANDLE));
        cr_expect(eq(int, api->PauseComputeSystem((HCS_SYSTEM)operation, operation, NULL), E_HANDLE));
        api->CloseOperation(operation);
        api->CloseOperation(operation);
        cr_expect(eq(sz, fake_books().misuses, 6));
}

Test(fake, catches_strings_freed_twice_or_not_its_own)
{
        PWSTR result = NULL;
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_SYSTEM system = running(u"a");
        int something = 0;

        cr_assert(eq(int, api->GetComputeSystemProperties(system, operation, NULL), S_OK));
        cr_assert(eq(int, api->WaitForOperationResult(operation, 0, &result), S_OK));
        cr_expect(eq(ptr, api->LocalFree(result), NULL));
        cr_expect(eq(sz, fake_books().misuses, 0));
        (void)api->LocalFree(result);
        (void)api->LocalFree(&something);
        cr_expect(eq(sz, fake_books().misuses, 2));
        cr_expect(eq(ptr, api->LocalFree(NULL), NULL));
        cr_expect(eq(sz, fake_books().misuses, 2));
        api->CloseOperation(operation);
        api->CloseComputeSystem(system);
}

Test(fake, reset_begins_anew)
{
        HCS_SYSTEM system = running(u"a");
        char *journal;

        fake_inject(&(struct fake_fault){ .call = "StartComputeSystem", .code = E_ACCESS });
        fake_reset();
        journal = fake_journal();
        cr_expect(eq(str, journal, ""));
        free(journal);
        cr_expect(eq(sz, fake_books().systems, 0));
        cr_expect(eq(u32, fake_calls("StartComputeSystem"), 0));
        cr_expect(eq(ptr, (void *)fake_document("CreateComputeSystem"), NULL));
        system = running(u"a");
        api->CloseComputeSystem(system);
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

Test(fake, a_fault_acts_at_its_call_and_no_other)
{
        HCS_SYSTEM system = NULL;

        fake_inject(&(struct fake_fault){ .call = "StartComputeSystem", .nth = 2, .code = E_ACCESS });
        cr_assert(eq(int, create(u"a", DOCUMENT, &system, NULL), S_OK));
        cr_expect(eq(int, request(api->StartComputeSystem, system, NULL, NULL), S_OK));
        cr_expect(eq(int, request(api->StartComputeSystem, system, NULL, NULL), E_ACCESS));
        cr_expect(eq(int, request(api->StartComputeSystem, system, NULL, NULL), HCS_E_INVALID_STATE));
        api->CloseComputeSystem(system);
}

Test(fake, a_fault_without_a_number_stays)
{
        HCS_SYSTEM system = NULL;

        fake_inject(&(struct fake_fault){ .call = "OpenComputeSystem", .code = HCS_E_ACCESS_DENIED });
        for (unsigned i = 0; i < 3; i++)
                cr_expect(eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &system),
                             HCS_E_ACCESS_DENIED));
}

Test(fake, a_failed_request_did_nothing_unless_told)
{
        HCS_SYSTEM system = running(u"a");

        fake_inject(&(struct fake_fault){ .call = "PauseComputeSystem", .nth = 1, .code = E_ACCESS });
        fake_inject(
                &(struct fake_fault){ .call = "PauseComputeSystem", .nth = 2, .code = E_ACCESS, .takes_effect = true });
        cr_expect(eq(int, request(api->PauseComputeSystem, system, NULL, NULL), E_ACCESS));
        cr_expect(eq(int, request(api->ResumeComputeSystem, system, NULL, NULL), HCS_E_INVALID_STATE));
        cr_expect(eq(int, request(api->PauseComputeSystem, system, NULL, NULL), E_ACCESS));
        cr_expect(eq(int, request(api->ResumeComputeSystem, system, NULL, NULL), S_OK));
        api->CloseComputeSystem(system);
}

Test(fake, time_passes_only_in_waits)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_SYSTEM system = running(u"a");
        PWSTR result = NULL;

        fake_inject(&(struct fake_fault){ .call = "PauseComputeSystem", .nth = 1, .delay_ms = 2500 });
        cr_expect(eq(int, api->PauseComputeSystem(system, operation, NULL), S_OK));
        cr_expect(eq(int, api->WaitForOperationResult(operation, 1000, &result), HCS_E_OPERATION_TIMEOUT));
        cr_expect(eq(int, api->WaitForOperationResult(operation, 1000, &result), HCS_E_OPERATION_TIMEOUT));
        cr_expect(eq(u64, fake_waited_ms(), 2000));
        cr_expect(eq(int, api->WaitForOperationResult(operation, 1000, &result), S_OK));
        cr_expect(eq(u64, fake_waited_ms(), 2500));
        api->CloseOperation(operation);
        api->CloseComputeSystem(system);
}

/* --- processes ---------------------------------------------------------------------------------------------------- */

Test(fake, the_end_of_the_first_process_is_the_end_of_all)
{
        HCS_OPERATION operation = api->CreateOperation(NULL, NULL);
        HCS_SYSTEM system = running(u"a");
        HCS_PROCESS first = NULL, second = NULL;
        HCS_PROCESS_INFORMATION information = { 0 };
        PWSTR result = NULL;
        char *status = NULL;
        DWORD pid = 0;
        struct error err = { 0 };

        cr_assert(eq(int, create_process(system, u"{}", &first, &pid), S_OK));
        cr_assert(eq(
                int,
                api->AddResourceToOperation(operation, HcsResourceTypeFile, HCS_RESOURCE_STD_OUT, (HANDLE)(intptr_t)5),
                S_OK));
        cr_assert(eq(int, api->CreateProcess(system, u"{}", operation, NULL, &second), S_OK));
        cr_assert(eq(int, api->WaitForOperationResultAndProcessInfo(operation, 0, &information, &result), S_OK));
        cr_expect(ne(u32, information.ProcessId, pid));

        cr_expect(eq(int, api->WaitForProcessExit(second, 0, &result), HCS_E_OPERATION_TIMEOUT));
        cr_assert(fake_process_exit("a", pid, 3));
        cr_expect(not(fake_process_exit("a", pid, 3)), "it can't end twice");
        cr_assert(eq(int, api->WaitForProcessExit(second, 0, &result), S_OK));
        cr_assert(eq(int, utf16_to_utf8(result, &status, &err), 0));
        cr_expect(ne(ptr, strstr(status, "\"ExitCode\":137"), NULL), "%s", status);
        free(status);
        api->LocalFree(result);
        result = NULL;
        cr_expect(eq(int, api->WaitForComputeSystemExit(system, 0, &result), S_OK));
        api->LocalFree(result);
        api->CloseOperation(operation);
        api->CloseProcess(first);
        api->CloseProcess(second);
        api->CloseComputeSystem(system);
        cr_expect(eq(sz, fake_books().strings, 0));
}

/* --- events ------------------------------------------------------------------------------------------------------- */

struct diary { pthread_mutex_t lock; pthread_cond_t news; char text[400]; unsigned count; };

static void note(HCS_EVENT *event, void *context)
{
        struct diary *diary = context;
        struct error err = { 0 };
        char *data = NULL;

        if (event->EventData)
                cr_expect(eq(int, utf16_to_utf8(event->EventData, &data, &err), 0));
        pthread_mutex_lock(&diary->lock);
        snprintf(diary->text + strlen(diary->text), sizeof(diary->text) - strlen(diary->text), "%x %s\n",
                 (unsigned)event->Type, data ? data : "-");
        diary->count++;
        pthread_cond_signal(&diary->news);
        pthread_mutex_unlock(&diary->lock);
        free(data);
}

static void await_news(struct diary *diary, unsigned count)
{
        pthread_mutex_lock(&diary->lock);
        while (diary->count < count)
                pthread_cond_wait(&diary->news, &diary->lock);
        pthread_mutex_unlock(&diary->lock);
}

Test(fake, tells_of_the_process_first_and_then_of_the_system)
{
        struct diary diary = { .lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER };
        HCS_SYSTEM system = running(u"a");
        HCS_PROCESS process = NULL;
        DWORD pid = 0;
        char expected[400];

        cr_assert(eq(int, create_process(system, u"{}", &process, &pid), S_OK));
        cr_assert(eq(int, api->SetComputeSystemCallback(system, HcsEventOptionNone, &diary, note), S_OK));
        cr_assert(eq(int, api->SetProcessCallback(process, HcsEventOptionNone, &diary, note), S_OK));
        cr_assert(fake_process_exit("a", 0, 7));
        await_news(&diary, 2);
        snprintf(expected, sizeof(expected),
                 "10000 {\"ProcessId\":%u,\"Exited\":true,\"ExitCode\":7,\"LastWaitResult\":0}\n"
                 "1 {\"Status\":0,\"ExitType\":\"GracefulExit\"}\n",
                 pid);
        cr_expect(eq(str, diary.text, expected));
        api->CloseProcess(process);
        api->CloseComputeSystem(system);
}

Test(fake, one_handle_has_one_listener)
{
        struct diary diary = { .lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER };
        HCS_SYSTEM system = running(u"a");

        cr_expect(eq(int, api->SetComputeSystemCallback(system, HcsEventOptionNone, &diary, note), S_OK));
        cr_expect(eq(int, api->SetComputeSystemCallback(system, HcsEventOptionNone, &diary, note),
                     ERROR_CODE(0x80370119)));
        api->CloseComputeSystem(system);
        cr_expect(not(fake_process_exit("nobody", 0, 0)));
        cr_expect(fake_process_exit("a", 0, 0));
        fake_reset();
        cr_expect(eq(u32, diary.count, 0), "a closed handle hears nothing");
}

Test(fake, a_restart_voids_handles_and_leaves_systems)
{
        struct diary diary = { .lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER };
        HCS_SYSTEM system = running(u"a"), again = NULL;

        cr_assert(eq(int, api->SetComputeSystemCallback(system, HcsEventOptionNone, &diary, note), S_OK));
        fake_service_restart();
        await_news(&diary, 1);
        cr_expect(eq(str, diary.text, "2000000 -\n"));
        cr_expect(eq(int, request(api->PauseComputeSystem, system, NULL, NULL), ERROR_CODE(0x8037011E)));
        api->CloseComputeSystem(system);
        cr_assert(eq(int, api->OpenComputeSystemInNamespace(SPACE, u"a", GENERIC_ALL, &again), S_OK));
        cr_expect(eq(int, request(api->PauseComputeSystem, again, NULL, NULL), S_OK));
        api->CloseComputeSystem(again);
        cr_expect(eq(sz, fake_books().misuses, 0));
}

static void *wait_forever(void *system)
{
        PWSTR result = NULL;
        HRESULT code = api->WaitForComputeSystemExit(system, INFINITE, &result);

        api->LocalFree(result);
        return (void *)(intptr_t)code;
}

Test(fake, a_restart_ends_waits)
{
        HCS_SYSTEM system = running(u"a");
        pthread_t thread;
        void *code = NULL;

        pthread_create(&thread, NULL, wait_forever, system);
        while (fake_calls("WaitForComputeSystemExit") == 0)
                sched_yield();
        fake_service_restart();
        pthread_join(thread, &code);
        cr_expect(eq(int, (int)(intptr_t)code, ERROR_CODE(0x8037011E)));
        api->CloseComputeSystem(system);
}
