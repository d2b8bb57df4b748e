/* The double of computestorage.dll: every call is the service's.  A disk is named to it by the path of its file. */
#include <windows.h>
#include <computestorage.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wine/disk.h"
#include "tests/wine/wire.h"

static struct wire_strings strings;

static void *WINAPI allocate(SIZE_T size)
{
        return LocalAlloc(LMEM_FIXED, size);
}

static HRESULT ask_four(const char *call, const WCHAR *const wide[WIRE_TEXTS])
{
        struct wire_request request = { .client = wire_client() };
        char *texts[WIRE_TEXTS];
        struct wire_answer answer;

        strncpy(request.call, call, sizeof(request.call) - 1);
        for (int i = 0; i < WIRE_TEXTS; i++)
                texts[i] = wire_narrow(wide[i]);
        wire_ask(&request, (const char *const *)texts, &answer);
        for (int i = 0; i < WIRE_TEXTS; i++)
                free(texts[i]);
        free(answer.text);
        return answer.head.result;
}

static HRESULT ask(const char *call, const WCHAR *a, const WCHAR *b, const WCHAR *c)
{
        return ask_four(call, (const WCHAR *[WIRE_TEXTS]){ a, b, c });
}

HRESULT WINAPI HcsDestroyLayer(PCWSTR path)
{
        return path ? ask("HcsDestroyLayer", path, NULL, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsImportLayer(PCWSTR layer, PCWSTR source, PCWSTR data)
{
        return layer && source && data ? ask("HcsImportLayer", layer, source, data) : E_INVALIDARG;
}

HRESULT WINAPI HcsExportLayer(PCWSTR layer, PCWSTR folder, PCWSTR data, PCWSTR options)
{
        return layer && folder && data && options ? ask_four("HcsExportLayer", (const WCHAR *[WIRE_TEXTS]){ layer, folder, data, options }) :
               E_INVALIDARG;
}

HRESULT WINAPI HcsExportLegacyWritableLayer(PCWSTR mount, PCWSTR folder, PCWSTR to, PCWSTR data)
{
        return mount && folder && to && data ?
               ask_four("HcsExportLegacyWritableLayer", (const WCHAR *[WIRE_TEXTS]){ mount, folder, to, data }) : E_INVALIDARG;
}

/* `options` is documented to be NULL. */
HRESULT WINAPI HcsInitializeLegacyWritableLayer(PCWSTR mount, PCWSTR folder, PCWSTR data, PCWSTR options)
{
        return mount && folder && data && (!options || !*options) ? ask("HcsInitializeLegacyWritableLayer", mount, folder, data) :
               E_INVALIDARG;
}

HRESULT WINAPI HcsSetupBaseOSLayer(PCWSTR layer, HANDLE disk, PCWSTR options)
{
        WCHAR path[MAX_PATH];

        if (!layer || !options)
                return E_INVALIDARG;
        if (disk && !disk_path(disk, path))
                return (HRESULT)0x80070006;
        return ask("HcsSetupBaseOSLayer", layer, options, disk ? path : NULL);
}

HRESULT WINAPI HcsSetupBaseOSVolume(PCWSTR layer, PCWSTR volume, PCWSTR options)
{
        return layer && volume && options ? ask("HcsSetupBaseOSVolume", layer, volume, options) : E_INVALIDARG;
}

/* `options` is documented to be NULL. */
HRESULT WINAPI HcsInitializeWritableLayer(PCWSTR layer, PCWSTR data, PCWSTR options)
{
        return layer && data && (!options || !*options) ? ask("HcsInitializeWritableLayer", layer, data, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsAttachLayerStorageFilter(PCWSTR layer, PCWSTR data)
{
        return layer && data ? ask("HcsAttachLayerStorageFilter", layer, data, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsDetachLayerStorageFilter(PCWSTR layer)
{
        return layer ? ask("HcsDetachLayerStorageFilter", layer, NULL, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsFormatWritableLayerVhd(HANDLE disk)
{
        WCHAR path[MAX_PATH];

        return disk_path(disk, path) ? ask("HcsFormatWritableLayerVhd", path, NULL, NULL) : (HRESULT)0x80070006;
}

HRESULT WINAPI HcsGetLayerVhdMountPath(HANDLE disk, PWSTR *ret)
{
        WCHAR path[MAX_PATH];
        struct wire_answer answer;
        HRESULT result;

        if (!ret || !disk_path(disk, path))
                return ret ? (HRESULT)0x80070006 : E_INVALIDARG;
        result = wire_simple("HcsGetLayerVhdMountPath", 0, path, NULL, NULL, &answer);
        if (result >= 0)
                *ret = wire_give(&strings, answer.text, allocate);
        free(answer.text);
        return result;
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *ending)
{
        char what[40];

        (void)instance, (void)ending;
        if (reason == DLL_PROCESS_DETACH && wire_kept(&strings) > 0) {
                snprintf(what, sizeof(what), "mount-paths=%u", (unsigned)wire_kept(&strings));
                wire_goodbye(what);
        }
        return TRUE;
}
