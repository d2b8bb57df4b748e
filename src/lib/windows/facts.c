/* What there is to know of this Windows (oci/facts.h).  The service is asked for the schema that it takes; the registry and the
 * kernel for the rest. */
#include <stdio.h>
#include <string.h>

#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "hcs/schema/windows-query.h"
#include "oci/check.h"
#include "src/lib/windows/plan.h"

/* GetVersion tells the version that a manifest claims; this one tells the truth. */
uint32_t winfacts_build(void)
{
        typedef LONG (WINAPI *get_version)(OSVERSIONINFOW *);
        OSVERSIONINFOW version = { .dwOSVersionInfoSize = sizeof(version) };
        FARPROC address = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion");
        get_version ask;

        memcpy(&ask, &address, sizeof(ask));
        return address && ask(&version) >= 0 ? version.dwBuildNumber : 0;
}

static bool attributes_of(const char *path, DWORD *ret)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        struct error ignored = { 0 };

        if (utf16_from_utf8(path, &wide, &ignored) < 0)
                return false;
        *ret = GetFileAttributesW(wide);
        return *ret != INVALID_FILE_ATTRIBUTES;
}

static bool is_directory(const char *path)
{
        DWORD attributes;

        return attributes_of(path, &attributes) && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* --- the base layer that Windows keeps (hcs-documents.md section 4.5) ---------------------------------------------------- */

/* The oldest directory below `parent` that has `inside`, which tools take too; how Windows chooses is unverified. */
static int find_oldest(struct arena *arena, const char *parent, const char *behind, const char **ret, struct error *err)
{
        _cleanup_(free_charp) char *name = NULL;
        _cleanup_(free_utf16p) char16_t *pattern = NULL;
        const char *text = arena_printf(arena, "%s\\*", parent);
        FILETIME best = { 0 };
        WIN32_FIND_DATAW entry;
        HANDLE find;

        if (!text || utf16_from_utf8(text, &pattern, err) < 0)
                return text ? err->code : error_memory(err);
        find = FindFirstFileW(pattern, &entry);
        if (find == INVALID_HANDLE_VALUE)
                return 0;
        do {
                const char *path;
                struct error ignored = { 0 };

                free(take_ptr(name));
                if (entry.cFileName[0] == u'.' || utf16_to_utf8(entry.cFileName, &name, &ignored) < 0)
                        continue;
                path = arena_printf(arena, "%s\\%s%s", parent, name, behind);
                if (!path || !is_directory(arena_printf(arena, "%s\\Files", path)))
                        continue;
                if (!*ret || CompareFileTime(&entry.ftCreationTime, &best) < 0) {
                        *ret = path;
                        best = entry.ftCreationTime;
                }
        } while (FindNextFileW(find, &entry));
        FindClose(find);
        return 0;
}

int winfacts_base_layer(struct arena *arena, const char **ret, struct error *err)
{
        const char *found = NULL;
        int r = find_oldest(arena, FACTS_CONTAINERS "\\BaseImages", "\\BaseLayer", &found, err);

        if (r >= 0 && !found)
                r = find_oldest(arena, FACTS_CONTAINERS "\\Layers", "", &found, err);
        *ret = found;                   /* none: whoever needs one says so */
        return r;
}

/* --- the service --------------------------------------------------------------------------------------------------------- */

int winfacts_schema(struct sandbox_host *host, struct arena *arena, struct doc_version *ret, struct error *err)
{
        _cleanup_(free_charp) char *answer = NULL;
        struct win_service_properties properties = { 0 };
        struct win_basic_information basic = { 0 };
        struct json_value *value;
        int r = sandbox_host_need_compute(host, err);

        if (r >= 0)
                r = hcs_service_properties(&host->client, "{\"PropertyTypes\":[\"Basic\"]}", &answer, err);
        if (r >= 0)
                r = json_parse(arena, answer, strlen(answer), "GetServiceProperties", &value, err);
        if (r >= 0)
                r = json_read(arena, win_service_properties_fields, value, &properties, "$", JSON_IGNORE_UNKNOWN, err);
        if (r >= 0 && properties.properties && properties.properties->type == JSON_ARRAY && properties.properties->count)
                r = json_read(arena, win_basic_information_fields, &properties.properties->items[0], &basic, "$.Properties[0]",
                              JSON_IGNORE_UNKNOWN, err);
        if (r < 0)
                return r;
        *ret = (struct doc_version){ 2, 1 };   /* what the oldest host that we run on takes */
        for (size_t i = 0; i < basic.supported_schema_versions.count; i++) {
                const struct doc_version *told = &basic.supported_schema_versions.items[i];

                if (told->major == 2 && told->minor > ret->minor)
                        *ret = *told;
        }
        return 0;
}

int winfacts_ask(struct sandbox_host *host, const struct oci_windows *config, struct arena *arena, struct oci_facts *ret,
                 struct error *err)
{
        MEMORYSTATUSEX memory = { .dwLength = sizeof(memory) };
        struct oci_facts facts;
        int r;

        oci_facts_default(&facts);
        facts.processors = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
        if (GlobalMemoryStatusEx(&memory))
                facts.memory_in_mb = memory.ullTotalPhys >> 20;
        facts.build = winfacts_build();
        if (facts.build < WINFACTS_OLDEST_BUILD)
                return error_set(err, E_NOT_SUPPORTED, "this is build %u of Windows; the oldest that will do is %u (Windows 10 1809, "
                                 "Windows Server 2019)", facts.build, WINFACTS_OLDEST_BUILD);
        facts.data_directory = arena_copy(arena, host->data);
        if (!facts.data_directory)
                return error_memory(err);
        r = winfacts_schema(host, arena, &facts.schema_version, err);
        if (r >= 0 && oci_windows_needs_base_layer(config))
                r = winfacts_base_layer(arena, &facts.base_layer, err);
        if (r >= 0)
                r = winfacts_look(config, arena, &facts, err);
        if (r < 0)
                return r;
        *ret = facts;
        return 0;
}
