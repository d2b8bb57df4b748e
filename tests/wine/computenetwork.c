/* The double of computenetwork.dll.  A handle is the id, in memory of this DLL; what is made stays when it is closed. */
#include <windows.h>
#include <computenetwork.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "tests/wine/wire.h"

struct open { struct open *self; WCHAR id[40]; };

static struct wire_strings strings;
static volatile LONG open_count;

/* Strings are the caller's, to be ended by CoTaskMemFree. */
static PWSTR give(const char *text)
{
        return wire_give(&strings, text, CoTaskMemAlloc);
}

static void name_id(REFGUID id, WCHAR name[40])
{
        static const GUID null;

        name[0] = L'\0';
        if (id && memcmp(id, &null, sizeof(null)) != 0)
                swprintf(name, 40, L"%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", id->Data1, id->Data2, id->Data3, id->Data4[0],
                         id->Data4[1], id->Data4[2], id->Data4[3], id->Data4[4], id->Data4[5], id->Data4[6], id->Data4[7]);
}

/* Fails: the record is *error.  Succeeds: the text is *ret, if wanted. */
static HRESULT ask(const char *call, const WCHAR *id, const WCHAR *document, const WCHAR *in, PWSTR *ret, PWSTR *error)
{
        struct wire_answer answer;
        HRESULT result = wire_simple(call, 0, id, document, in, &answer);

        if (error)
                *error = result < 0 ? give(answer.text) : NULL;
        if (ret)
                *ret = result >= 0 ? give(answer.text ? answer.text : "") : NULL;
        free(answer.text);
        return result;
}

static HRESULT open_by(const char *call, REFGUID id, const WCHAR *document, const struct open *in, void **ret, PWSTR *error)
{
        struct open *open;
        WCHAR name[40];
        PWSTR given = NULL;
        HRESULT result;

        name_id(id, name);
        result = ask(call, name, document, in ? in->id : NULL, &given, error);
        if (result >= 0 && given) {
                open = calloc(1, sizeof(*open));
                open->self = open;
                InterlockedIncrement(&open_count);
                wcsncpy(open->id, given, 39);
                *ret = open;
        }
        CoTaskMemFree(given);
        return result;
}

static HRESULT close_it(void *handle)
{
        struct open *open = handle;

        if (!open || open->self != open)
                return (HRESULT)0x80070006;
        open->self = NULL;
        InterlockedDecrement(&open_count);
        return S_OK;                            /* its memory stays: one that is used again is found out */
}

static HRESULT with(const char *call, void *handle, const WCHAR *document, PWSTR *ret, PWSTR *error)
{
        const struct open *open = handle;

        if (!open || open->self != open)
                return (HRESULT)0x80070006;
        return ask(call, open->id, document, NULL, ret, error);
}

#define COMMON(Name, Plural, type) \
        HRESULT WINAPI HcnEnumerate##Plural(PCWSTR query, PWSTR *ret, PWSTR *error) \
        { \
                return ask("HcnEnumerate" #Plural, NULL, query, NULL, ret, error); \
        } \
        HRESULT WINAPI HcnOpen##Name(REFGUID id, type *ret, PWSTR *error) \
        { \
                return open_by("HcnOpen" #Name, id, NULL, NULL, ret, error); \
        } \
        HRESULT WINAPI HcnModify##Name(type handle, PCWSTR settings, PWSTR *error) \
        { \
                return with("HcnModify" #Name, handle, settings, NULL, error); \
        } \
        HRESULT WINAPI HcnQuery##Name##Properties(type handle, PCWSTR query, PWSTR *ret, PWSTR *error) \
        { \
                return with("HcnQuery" #Name "Properties", handle, query, ret, error); \
        } \
        HRESULT WINAPI HcnDelete##Name(REFGUID id, PWSTR *error) \
        { \
                WCHAR name[40]; \
                name_id(id, name); \
                return ask("HcnDelete" #Name, name, NULL, NULL, NULL, error); \
        } \
        HRESULT WINAPI HcnClose##Name(type handle) \
        { \
                return close_it(handle); \
        }

COMMON(Network, Networks, HCN_NETWORK)
COMMON(Endpoint, Endpoints, HCN_ENDPOINT)
COMMON(Namespace, Namespaces, HCN_NAMESPACE)

HRESULT WINAPI HcnCreateNetwork(REFGUID id, PCWSTR settings, HCN_NETWORK *ret, PWSTR *error)
{
        return open_by("HcnCreateNetwork", id, settings, NULL, ret, error);
}

HRESULT WINAPI HcnCreateNamespace(REFGUID id, PCWSTR settings, HCN_NAMESPACE *ret, PWSTR *error)
{
        return open_by("HcnCreateNamespace", id, settings, NULL, ret, error);
}

HRESULT WINAPI HcnCreateEndpoint(HCN_NETWORK network, REFGUID id, PCWSTR settings, HCN_ENDPOINT *ret, PWSTR *error)
{
        const struct open *in = network;

        if (!in || in->self != in)
                return (HRESULT)0x80070006;
        return open_by("HcnCreateEndpoint", id, settings, in, ret, error);
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *ending)
{
        char what[60];

        (void)instance, (void)ending;
        if (reason == DLL_PROCESS_DETACH && (open_count || wire_kept(&strings) > 0)) {
                snprintf(what, sizeof(what), "networks=%u network-strings=%u", (unsigned)open_count, (unsigned)wire_kept(&strings));
                wire_goodbye(what);
        }
        return TRUE;
}
