/* One request: begun, waited for with a deadline, its answer turned into 0, an outcome or words.  All waits for
 * operations and all words about refusals are made here, so every call behaves alike. */
#include "hcs/client/operation.h"

#include <stdio.h>
#include <string.h>

#include "hcs/base/arena.h"
#include "hcs/base/io.h"
#include "hcs/base/system.h"

static bool is_logged(const struct hcs_client *client, enum log_level level)
{
        return client->log && client->log->sink && client->log->level >= level;
}

HRESULT hcs_code(HRESULT code)
{
        uint32_t bits = (uint32_t)code;

        return (bits & 0xFFFF0000u) == 0xC0370000u ? (HRESULT)((bits & 0xFFFFu) | 0x80370000u) : code;
}

bool hcs_is_time_over(HRESULT code)
{
        code = hcs_code(code);
        return code == HCS_E_OPERATION_TIMEOUT || code == E_TIMED_OUT ||
               code == ERROR_CODE(0x80070102);         /* WAIT_TIMEOUT as an HRESULT */
}

int hcs_widen(const char *string, const char *what, char16_t **ret, struct error *err)
{
        int r;

        if (!string) {
                *ret = NULL;
                return 0;
        }
        r = utf16_from_utf8(string, ret, err);
        return r < 0 ? error_wrap(err, "%s", what) : 0;
}

int hcs_take_result(const struct hcs_client *client, PWSTR result, char **ret, struct error *err)
{
        int r;

        if (!result) {
                *ret = NULL;
                return 0;
        }
        r = utf16_to_utf8(result, ret, err);
        client->api->LocalFree(result);
        return r < 0 ? error_wrap(err, "the service's answer") : 0;
}

/* --- the log ------------------------------------------------------------------------------------------------------ */

static void log_document(const struct hcs_client *client, const char *head, const char *member, const char *document)
{
        _cleanup_(text_done) struct text masked = { 0 };

        if (document)
                hcs_mask_document(document, &masked);
        log_debug(client->log, "%s%s%s", head, masked.length ? member : "", masked.length ? masked.data : "");
}

void hcs_log_call(const struct hcs_client *client, const char *id, const char *call, const char *document)
{
        _cleanup_(text_done) struct text head = { 0 };

        if (!is_logged(client, LOG_LEVEL_DEBUG))
                return;
        text_addf(&head, "id=%s call=%s", id, call);
        log_document(client, head.data ? head.data : call, " document=", document);
}

static void log_answer(const struct hcs_operation *operation, HRESULT code, const char *result)
{
        _cleanup_(text_done) struct text head = { 0 };

        if (!is_logged(operation->client, LOG_LEVEL_DEBUG))
                return;
        text_addf(&head, "id=%s call=%s code=0x%08X", operation->id, operation->call, (unsigned)code);
        log_document(operation->client, head.data ? head.data : operation->call, " result=", result);
}

void hcs_log_slow(const struct hcs_client *client, const char *id, const char *call, uint32_t more_ms)
{
        log_warning(client->log, "%s: still waiting for %s, for %u s at most", id, call, more_ms / 1000);
}

/* --- words -------------------------------------------------------------------------------------------------------- */

/* A message grows on the stack: what tells of a failure must not need memory. */
struct line { char text[ERROR_TEXT_MAX]; size_t length; };

/* Appends the service's words in one line: line breaks and runs of blanks become one blank, the full stop at the end
 * goes. */
static void line_add(struct line *line, const char *separator, const char *words)
{
        size_t begin, space = sizeof(line->text) - 1;
        bool blank = false;

        for (; *separator && line->length < space; separator++)
                line->text[line->length++] = *separator;
        for (begin = line->length; *words && line->length < space; words++) {
                unsigned char c = (unsigned char)*words;

                if (c <= ' ' || c == 0x7f) {
                        blank = line->length > begin;
                        continue;
                }
                if (blank && line->length + 1 < space)
                        line->text[line->length++] = ' ';
                blank = false;
                line->text[line->length++] = (char)c;
        }
        if (line->length > begin && line->text[line->length - 1] == '.')
                line->length--;
        line->text[line->length] = '\0';
}

static bool has_words(const char *words)
{
        return words && words[strspn(words, " \t\r\n.")];
}

static int parse_result(struct arena *arena, const char *document, struct doc_result *ret, struct error *err)
{
        struct json_value *value;
        int r;

        r = json_parse(arena, document, strlen(document), "the service's answer", &value, err);
        if (r < 0)
                return r;
        return json_read(arena, doc_result_fields, value, ret, "$", JSON_IGNORE_UNKNOWN, err);
}

int hcs_refused(const struct hcs_client *client, const char *call, HRESULT code, const char *result, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct error ignored = { 0 };
        struct doc_result told = { 0 };
        struct line line = { .length = 0 };
        const char *meaning, *name;

        code = hcs_code(code);
        if (result && parse_result(&arena, result, &told, &ignored) < 0)
                told = (struct doc_result){ 0 };        /* a broken ResultError: the code alone must do */
        if (strcmp(client->api->name, "local") == 0 && has_words(told.error_message))
                return error_set(err, code, "%s", told.error_message);

        meaning = hcs_meaning(code);
        line_add(&line, "", call);
        line_add(&line, ": ", meaning ? meaning : "refused");
        name = hcs_code_name(code);
        (void)snprintf(line.text + line.length, sizeof(line.text) - line.length, " (0x%08x%s%s)", (unsigned)code, name ? " " : "",
                       name ? name : "");
        line.length = strlen(line.text);
        if (has_words(told.error_message))
                line_add(&line, ": ", told.error_message);
        for (size_t i = 0; i < told.error_events.count; i++) {
                struct line event = { .length = 0 };

                if (has_words(told.error_events.items[i].message))
                        line_add(&event, "", told.error_events.items[i].message);
                if (event.length && !strstr(line.text, event.text))    /* events like to repeat one another */
                        line_add(&line, "; ", event.text);
        }
        return error_set(err, code, "%s", line.text);
}

int hcs_no_answer(const char *call, const char *id, uint32_t deadline_ms, struct error *err)
{
        return error_set(err, HCS_E_OPERATION_TIMEOUT, "%s: no answer for \"%s\" within %u s; the service is still at it, or hangs",
                         call, id, deadline_ms / 1000);
}

/* A call that succeeded may have something to tell: an error of 0 with events. */
static void log_warnings(const struct hcs_operation *operation, const char *result)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct error ignored = { 0 };
        struct doc_result told = { 0 };

        if (!is_logged(operation->client, LOG_LEVEL_WARNING) || parse_result(&arena, result, &told, &ignored) < 0)
                return;
        for (size_t i = 0; i < told.error_events.count; i++)
                if (has_words(told.error_events.items[i].message))
                        log_warning(operation->client->log, "%s: %s", operation->id,
                                    told.error_events.items[i].message);
}

/* --- begin, wait, end --------------------------------------------------------------------------------------------- */

int hcs_operation_begin(struct hcs_operation *operation, const char *document, struct error *err)
{
        if (operation->client->deadline_ms)
                operation->deadline_ms = operation->client->deadline_ms;
        operation->handle = operation->client->api->CreateOperation(NULL, NULL);
        if (!operation->handle)
                return error_memory(err);
        hcs_log_call(operation->client, operation->id, operation->call, document);
        return 0;
}

void hcs_operation_done(struct hcs_operation *operation)
{
        if (operation->handle)
                operation->client->api->CloseOperation(take_ptr(operation->handle));
        io_closep(&operation->nothing);
}

static bool is_pending(HRESULT code)
{
        code = hcs_code(code);
        return code == HCS_E_OPERATION_TIMEOUT || code == HCS_E_OPERATION_PENDING;
}

static HRESULT wait_once(const struct hcs_operation *operation, uint32_t timeout_ms,
                         HCS_PROCESS_INFORMATION *information, PWSTR *result)
{
        const struct hcs_api *api = operation->client->api;

        if (information)
                return api->WaitForOperationResultAndProcessInfo(operation->handle, timeout_ms, information, result);
        return api->WaitForOperationResult(operation->handle, timeout_ms, result);
}

/* A string may come with any code; one that came with "not yet" is of no use. */
static HRESULT wait_for(const struct hcs_operation *operation, HCS_PROCESS_INFORMATION *information, PWSTR *result)
{
        HRESULT code;

        *result = NULL;
        code = wait_once(operation, operation->deadline_ms < HCS_SLOW_MS ? operation->deadline_ms : HCS_SLOW_MS, information,
                         result);
        if (!is_pending(code) || operation->deadline_ms <= HCS_SLOW_MS)
                return code;

        if (*result)
                operation->client->api->LocalFree(take_ptr(*result));
        hcs_log_slow(operation->client, operation->id, operation->call, operation->deadline_ms - HCS_SLOW_MS);
        return wait_once(operation, operation->deadline_ms - HCS_SLOW_MS, information, result);
}

static int end(struct hcs_operation *operation, HRESULT called, HCS_PROCESS_INFORMATION *information,
               char **ret_document, struct error *err)
{
        _cleanup_(free_charp) char *document = NULL;
        struct error unreadable = { 0 };
        PWSTR result = NULL;
        HRESULT code = called;
        int r;

        if (called >= 0)
                code = hcs_code(wait_for(operation, information, &result));
        r = hcs_take_result(operation->client, result, &document, &unreadable);
        log_answer(operation, code, document);

        if (called >= 0 && is_pending(code))
                return hcs_no_answer(operation->call, operation->id, operation->deadline_ms, err);
        if (code < 0)
                return hcs_refused(operation->client, operation->call, code, document, err);
        if (r < 0 && ret_document)
                return error_set(err, unreadable.code, "%s: %s", operation->call, unreadable.text);

        if (ret_document)
                *ret_document = take_ptr(document);
        else if (document)
                log_warnings(operation, document);
        return 0;
}

int hcs_operation_end(struct hcs_operation *operation, HRESULT called, char **ret_document, struct error *err)
{
        return end(operation, called, NULL, ret_document, err);
}

int hcs_operation_end_process(struct hcs_operation *operation, HRESULT called, HCS_PROCESS_INFORMATION *ret_information,
                              struct error *err)
{
        return end(operation, called, ret_information, NULL, err);
}

/* --- exits without a call to wait for them ------------------------------------------------------------------------ */

int hcs_poll_exit(int (*ask)(void *object, int *ret_code, struct error *err), void *object, uint32_t timeout_ms,
                  int *ret_code, struct error *err)
{
        uint64_t end = system_now_ms() + timeout_ms;
        uint64_t pause = 5;

        for (;;) {
                uint64_t now;
                int r;

                r = ask(object, ret_code, err);
                if (r != HCS_STILL_RUNNING)
                        return r;
                now = system_now_ms();
                if (timeout_ms != INFINITE && now >= end)
                        return HCS_STILL_RUNNING;

                if (timeout_ms != INFINITE && pause > end - now)
                        pause = end - now;
                system_sleep_ms((uint32_t)pause);
                pause = pause < 125 ? pause * 2 : 250;
        }
}
