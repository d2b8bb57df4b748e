/* Descriptors on their way down.  Linux's half: a handle is a descriptor.  They are borrowed by the engine until the
 * call that they go with has returned, and by nobody after that. */
#include <fcntl.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/client/operation.h"

#define NUMBER_MAX 10                   /* digits of a uint32_t */

static int add(struct hcs_operation *operation, HCS_RESOURCE_TYPE type, PCWSTR address, const char *what, int fd,
               struct error *err)
{
        const struct hcs_api *api = operation->client->api;
        HRESULT code;

        if (fd < 0)
                return 0;
        if (!api->AddResourceToOperation)
                return error_set(err, E_NOT_SUPPORTED, "%s: %s can't be handed over; this service takes no descriptors",
                                 operation->call, what);
        log_debug(operation->client->log, "id=%s call=AddResourceToOperation what=\"%s\" descriptor=%d", operation->id,
                  what, fd);
        code = api->AddResourceToOperation(operation->handle, type, address, (HANDLE)(intptr_t)fd);
        if (code < 0) {
                (void)hcs_refused(operation->client, "AddResourceToOperation", code, NULL, err);
                return error_wrap(err, "handing over %s, descriptor %d", what, fd);
        }
        return 0;
}

/* HCS_RESOURCE_HANDLES and a decimal. */
static void handle_address(char16_t *address, size_t index)
{
        char16_t digits[NUMBER_MAX];
        size_t count = 0;

        do {
                digits[count++] = (char16_t)(u'0' + index % 10);
                index /= 10;
        } while (index && count < NUMBER_MAX);
        while (count)
                *address++ = digits[--count];
        *address = 0;
}

static int add_handles(struct hcs_operation *operation, const struct hcs_streams *streams, struct error *err)
{
        static const char16_t prefix[] = HCS_RESOURCE_HANDLES;
        char16_t address[ARRAY_LENGTH(prefix) + NUMBER_MAX];
        int r = 0;

        memcpy(address, prefix, sizeof(prefix));
        for (size_t i = 0; i < streams->handle_count && r >= 0; i++) {
                handle_address(address + ARRAY_LENGTH(prefix) - 1, i);
                r = add(operation, HcsResourceTypeFile, address, "a descriptor to keep", streams->handles[i], err);
        }
        return r;
}

static int add_network(struct hcs_operation *operation, HCN_NAMESPACE network, struct error *err)
{
        const struct hcs_api *api = operation->client->api;
        HRESULT code;

        if (!network)
                return 0;
        code = api->AddResourceToOperation(operation->handle, HcsResourceTypeNone, HCS_RESOURCE_NETWORK, network);
        if (code >= 0)
                return 0;
        (void)hcs_refused(operation->client, "AddResourceToOperation", code, NULL, err);
        return error_wrap(err, "handing over a network namespace");
}

static bool is_empty(const struct hcs_streams *streams)
{
        for (size_t i = 0; i < streams->handle_count; i++)
                if (streams->handles[i] >= 0)
                        return false;
        return streams->in < 0 && streams->out < 0 && streams->err < 0 && streams->console < 0;
}

/* A further process is told from the first by the descriptors that come with it, so one goes along also when its caller
 * has none for it.  It lives as long as the operation. */
static int add_nothing(struct hcs_operation *operation, struct error *err)
{
        operation->nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (operation->nothing < 0)
                return error_errno(err, "opening /dev/null");
        return add(operation, HcsResourceTypeFile, HCS_RESOURCE_STD_IN, "standard input", operation->nothing, err);
}

int hcs_streams_add(struct hcs_operation *operation, const struct hcs_streams *streams, bool always, struct error *err)
{
        int r;

        if (always && is_empty(streams))
                return add_nothing(operation, err);
        r = add(operation, HcsResourceTypeFile, HCS_RESOURCE_STD_IN, "standard input", streams->in, err);
        if (r >= 0)
                r = add(operation, HcsResourceTypeFile, HCS_RESOURCE_STD_OUT, "standard output", streams->out, err);
        if (r >= 0)
                r = add(operation, HcsResourceTypeFile, HCS_RESOURCE_STD_ERR, "standard error", streams->err, err);
        if (r >= 0)
                r = add(operation, HcsResourceTypeSocket, HCS_RESOURCE_CONSOLE, "the console socket", streams->console,
                        err);
        if (r >= 0)
                r = add_network(operation, streams->network, err);
        return r < 0 ? r : add_handles(operation, streams, err);
}
