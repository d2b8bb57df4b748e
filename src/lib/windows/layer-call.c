#include "src/lib/windows/layer-call.h"

#include <stdlib.h>

#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "hcs/client/bounded.h"
#include "hcs/client/operation.h"
#include "hcs/host/host.h"
#include "src/lib/windows/plan.h"

#define DEADLINE_MS (60u * 60 * 1000)
#define TEXTS 4

struct layer_call {
        struct hcs_bounded bounded;
        struct hcs_api api;             /* a copy: whoever gave the call up may go first */
        HRESULT (*run)(const struct layer_call *call);
        char16_t *texts[TEXTS];
        HANDLE disk;                    /* borrowed, but by a call that was given up, which closes it */
        HRESULT code;
};

static void make(struct hcs_bounded *bounded)
{
        struct layer_call *call = (struct layer_call *)bounded;

        call->code = call->run(call);
}

static void call_free(struct layer_call *call)
{
        for (int i = 0; i < TEXTS; i++)
                free(call->texts[i]);
        free(call);
}

static void end(struct hcs_bounded *bounded)
{
        struct layer_call *call = (struct layer_call *)bounded;

        if (call->disk)
                CloseHandle(call->disk);
        call_free(call);
}

static void call_freep(struct layer_call **call)
{
        if (*call)
                call_free(*call);
}

/* `disk`: of the call, or NULL; it becomes NULL when that was given up. */
static int call_with_disk(const struct sandbox_host *host, const char *name, HRESULT (*run)(const struct layer_call *),
                          const char *const texts[TEXTS], void **disk, struct error *err)
{
        _cleanup_(call_freep) struct layer_call *call = NULL;
        HRESULT code;
        int r = host_load(host->engine, HOST_STORAGE, err);

        if (r < 0)
                return r;
        call = calloc(1, sizeof(*call));
        if (!call)
                return error_memory(err);
        call->bounded = (struct hcs_bounded){ .make = make, .end = end };
        call->api = *host->client.api;
        call->run = run;
        call->disk = *disk;
        for (int i = 0; i < TEXTS; i++)
                if (hcs_widen(texts[i], "a path", &call->texts[i], err) < 0)
                        return err->code;
        r = hcs_bounded_make(&host->client, texts[0], name, DEADLINE_MS, &call->bounded, err);
        if (r == HCS_E_OPERATION_TIMEOUT)
                *disk = call = NULL;
        if (r < 0)
                return r;
        code = call->code > 0 ? (HRESULT)HRESULT_FROM_WIN32((DWORD)call->code) : call->code;
        log_debug(&host->log, "call=%s path=\"%s\" code=0x%08x", name, texts[0], (unsigned)code);
        if (code >= 0)
                return 0;
        (void)hcs_refused(&host->client, name, code, NULL, err);
        return error_wrap(err, "%s", texts[0]);
}

static int call_layer(const struct sandbox_host *host, const char *name, HRESULT (*run)(const struct layer_call *),
                      const char *const texts[TEXTS], struct error *err)
{
        void *none = NULL;

        return call_with_disk(host, name, run, texts, &none, err);
}

/* --- the calls ------------------------------------------------------------------------------------------------------------ */

static HRESULT run_export(const struct layer_call *call)
{
        return call->api.ExportLayer(call->texts[0], call->texts[1], call->texts[2], call->texts[3]);
}

static HRESULT run_import(const struct layer_call *call)
{
        return call->api.ImportLayer(call->texts[0], call->texts[1], call->texts[2]);
}

static HRESULT run_destroy(const struct layer_call *call)
{
        return call->api.DestroyLayer(call->texts[0]);
}

static HRESULT run_set_up(const struct layer_call *call)
{
        return call->api.SetupBaseOSLayer(call->texts[0], call->disk, call->texts[1]);
}

int layer_call_export(const struct sandbox_host *host, const char *path, const char *folder, const struct win_layer_data *parents,
                      bool writable,
                      struct error *err)
{
        const struct win_export_layer_options wanted = { .is_writable_layer = writable };
        _cleanup_(free_charp) char *data = NULL, *options = NULL;

        if (winplan_print(win_layer_data_fields, parents, &data, err) < 0 ||
            winplan_print(win_export_layer_options_fields, &wanted, &options, err) < 0)
                return err->code;
        return call_layer(host, "HcsExportLayer", run_export, (const char *[TEXTS]){ path, folder, data, options }, err);
}

int layer_call_import(const struct sandbox_host *host, const char *layer, const char *folder, const struct win_layer_data *parents,
                      struct error *err)
{
        _cleanup_(free_charp) char *data = NULL;

        if (winplan_print(win_layer_data_fields, parents, &data, err) < 0)
                return err->code;
        return call_layer(host, "HcsImportLayer", run_import, (const char *[TEXTS]){ layer, folder, data }, err);
}

int layer_call_destroy(const struct sandbox_host *host, const char *layer, struct error *err)
{
        int r = call_layer(host, "HcsDestroyLayer", run_destroy, (const char *[TEXTS]){ layer }, err);

        return r == (int)HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND) ? E_FILE_NOT_FOUND : r;
}

int layer_call_set_up(const struct sandbox_host *host, const char *layer, void **disk, int type, struct error *err)
{
        const struct win_os_layer_options wanted = { .type = type };
        _cleanup_(free_charp) char *options = NULL;

        if (winplan_print(win_os_layer_options_fields, &wanted, &options, err) < 0)
                return err->code;
        return call_with_disk(host, "HcsSetupBaseOSLayer", run_set_up, (const char *[TEXTS]){ layer, options }, disk, err);
}

int layer_call_take_rights(struct error *err)
{
        static const WCHAR *const names[] = { SE_BACKUP_NAME, SE_RESTORE_NAME };
        struct { DWORD count; LUID_AND_ATTRIBUTES all[ARRAY_LENGTH(names)]; } wanted = { .count = ARRAY_LENGTH(names) };
        HANDLE token;
        DWORD code = 0;

        if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token))
                return system_error(err, GetLastError(), "asking for the right to back up files");
        for (size_t i = 0; i < ARRAY_LENGTH(names) && !code; i++) {
                wanted.all[i].Attributes = SE_PRIVILEGE_ENABLED;
                if (!LookupPrivilegeValueW(NULL, names[i], &wanted.all[i].Luid))
                        code = GetLastError();
        }
        if (!code && !AdjustTokenPrivileges(token, FALSE, (TOKEN_PRIVILEGES *)(void *)&wanted, 0, NULL, NULL))
                code = GetLastError();
        else if (!code)
                code = GetLastError();          /* ERROR_NOT_ALL_ASSIGNED is no failure of the call */
        CloseHandle(token);
        if (code == ERROR_NOT_ALL_ASSIGNED)
                return error_set(err, E_ACCESS,
                                 "layers want the rights to back up and restore files, which this session has not: run it in a "
                                 "console that was started with \"Run as administrator\"");
        return code ? system_error(err, code, "taking the right to back up files") : 0;
}
