/* Operations of the local engine.  Every call is done when it returns; the operation only keeps what it came to until it is
 * asked, as HCS's own callers expect it. */
#include "hcs/local/engine.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/utf16.h"

HCS_OPERATION local_create_operation(const void *context, HCS_OPERATION_COMPLETION completion)
{
        struct hcs_operation_object *operation = calloc(1, sizeof(*operation));

        if (!operation)
                return NULL;
        operation->context = context;
        operation->completion = completion;
        for (int i = 0; i < LOCAL_STREAM_COUNT; i++)
                operation->descriptors.streams[i] = -1;
        operation->descriptors.console = -1;
        return operation;
}

void local_close_operation(HCS_OPERATION operation)
{
        if (!operation)
                return;
        free(operation->document);
        free(operation->descriptors.handles);
        free(operation);
}

static bool same_uri(PCWSTR a, const char16_t *b)
{
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return *a == *b;
}

/* The number behind `prefix`; -1 when the address is not of that kind. */
static int handle_index(PCWSTR uri, const char16_t *prefix)
{
        int index = 0;

        for (; *prefix; prefix++, uri++)
                if (*uri != *prefix)
                        return -1;
        if (!*uri)
                return -1;
        for (; *uri; uri++) {
                if (*uri < u'0' || *uri > u'9' || index > 100000)
                        return -1;
                index = index * 10 + (*uri - u'0');
        }
        return index;
}

static HRESULT add_handle(struct local_descriptors *descriptors, int index, int fd)
{
        if (index < 0)
                return E_INVALID_PARAMETER;

        if ((uint32_t)index >= descriptors->handle_count) {
                int *more = realloc(descriptors->handles, ((size_t)index + 1) * sizeof(*more));

                if (!more)
                        return E_NO_MEMORY;
                for (uint32_t i = descriptors->handle_count; i <= (uint32_t)index; i++)
                        more[i] = -1;
                descriptors->handles = more;
                descriptors->handle_count = (uint32_t)index + 1;
        }
        descriptors->handles[index] = fd;
        return S_OK;
}

HRESULT local_add_resource(HCS_OPERATION operation, HCS_RESOURCE_TYPE type, PCWSTR uri, HANDLE handle)
{
        static const char16_t *const streams[] = { HCS_RESOURCE_STD_IN, HCS_RESOURCE_STD_OUT, HCS_RESOURCE_STD_ERR };
        int fd = (int)(intptr_t)handle;

        if (operation && uri && type == HcsResourceTypeNone && same_uri(uri, HCS_RESOURCE_NETWORK)) {
                operation->descriptors.network = handle;
                return S_OK;
        }
        if (!operation || !uri || fd < 0 || (type != HcsResourceTypeFile && type != HcsResourceTypeSocket))
                return E_INVALID_PARAMETER;

        for (size_t i = 0; i < ARRAY_LENGTH(streams); i++)
                if (same_uri(uri, streams[i])) {
                        operation->descriptors.streams[i] = fd;
                        return S_OK;
                }
        if (same_uri(uri, HCS_RESOURCE_CONSOLE)) {
                operation->descriptors.console = fd;
                return S_OK;
        }
        return add_handle(&operation->descriptors, handle_index(uri, HCS_RESOURCE_HANDLES), fd);
}

static char *error_document(const struct error *err)
{
        struct text text = { 0 };
        struct doc_result result = { .error = err->code, .error_message = err->text };

        json_write(&text, doc_result_fields, &result);
        if (text.failed) {
                text_done(&text);
                return NULL;                    /* the code alone must do */
        }
        return text.data;
}

HRESULT local_operation_finish(HCS_OPERATION operation, int result, const struct error *err, char *document)
{
        struct error ignored = { 0 };

        operation->used = true;
        operation->result = result < 0 ? err->code : S_OK;
        if (result < 0) {
                free(document);
                document = error_document(err);
        }
        free(operation->document);
        operation->document = NULL;
        if (document && utf16_from_utf8(document, &operation->document, &ignored) < 0)
                operation->document = NULL;
        free(document);

        if (operation->completion)
                operation->completion(operation, (void *)(uintptr_t)operation->context);
        return S_OK;
}

HRESULT local_wait_for_result_and_info(HCS_OPERATION operation, DWORD timeout_ms, HCS_PROCESS_INFORMATION *information,
                                       PWSTR *result)
{
        (void)timeout_ms;                       /* it is done already */
        if (!operation)
                return E_INVALID_PARAMETER;
        if (!operation->used)
                return HCS_E_OPERATION_NOT_STARTED;

        if (information)
                *information = operation->information;
        if (result)
                *result = take_ptr(operation->document);
        return operation->result;
}

HRESULT local_wait_for_result(HCS_OPERATION operation, DWORD timeout_ms, PWSTR *result)
{
        return local_wait_for_result_and_info(operation, timeout_ms, NULL, result);
}
