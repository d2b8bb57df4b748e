#include "src/lib/windows/affinity.h"

#include <stdlib.h>

#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"

/* Of ntdll, which mingw's headers don't have whole: a silo's job is outside of the names that OpenJobObject finds. */
struct native_text { USHORT length, size; WCHAR *text; };
struct native_name { ULONG size; HANDLE root; struct native_text *name; ULONG flags; void *security, *quality; };
typedef LONG (WINAPI *open_job_fn)(HANDLE *ret, ACCESS_MASK access, struct native_name *name);
typedef ULONG (WINAPI *code_fn)(LONG status);

#define CASE_INSENSITIVE     0x40
#define SET_AND_QUERY        (JOB_OBJECT_SET_ATTRIBUTES | JOB_OBJECT_QUERY)

static int open_job(const char *id, HANDLE *ret, struct error *err)
{
        HMODULE native = GetModuleHandleW(L"ntdll.dll");
        const open_job_fn open = native ? (open_job_fn)(void *)GetProcAddress(native, "NtOpenJobObject") : NULL;
        const code_fn code_of = native ? (code_fn)(void *)GetProcAddress(native, "RtlNtStatusToDosError") : NULL;
        _cleanup_(text_done) struct text path = { 0 };
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        struct native_text text;
        struct native_name name = { .size = sizeof(name), .name = &text, .flags = CASE_INSENSITIVE };
        LONG status;

        if (!open || !code_of)
                return error_set(err, E_NOT_SUPPORTED, "this Windows has no NtOpenJobObject");
        text_addf(&path, "\\Container_%s", id);
        if (text_check(&path, err) < 0 || utf16_from_utf8(path.data, &wide, err) < 0)
                return err->code;
        text.text = (WCHAR *)wide;
        text.length = (USHORT)(utf16_length(wide) * sizeof(WCHAR));
        text.size = (USHORT)(text.length + sizeof(WCHAR));
        status = open(ret, SET_AND_QUERY, &name);
        return status < 0 ? system_error(err, code_of(status), "the container's job, %s", path.data) : 0;
}

/* One group, the first: as hcsshim does it, beside the limits that are there. */
static bool set_mask(HANDLE job, uint64_t mask)
{
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;

        if (!QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits), NULL))
                return false;
        limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_AFFINITY;
        limits.BasicLimitInformation.Affinity = (ULONG_PTR)mask;
        return SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
}

/* Unverified: that a silo's job takes it. */
static bool set_groups(HANDLE job, const struct oci_windows_documents *documents)
{
        const size_t count = documents->affinity.count;
        GROUP_AFFINITY *groups = calloc(count, sizeof(*groups));
        bool worked = false;

        if (!groups) {
                SetLastError(ERROR_NOT_ENOUGH_MEMORY);
                return false;
        }
        for (size_t i = 0; i < count; i++) {
                groups[i].Mask = (KAFFINITY)documents->affinity.items[i].mask;
                groups[i].Group = (WORD)documents->affinity.items[i].group;
        }
        worked = SetInformationJobObject(job, JobObjectGroupInformationEx, groups, (DWORD)(count * sizeof(*groups)));
        free(groups);
        return worked;
}

int affinity_set(const struct oci_windows_documents *documents, struct error *err)
{
        const bool simple = documents->affinity.count == 1 && documents->affinity.items[0].group == 0;
        HANDLE job = NULL;
        bool worked;
        int r = documents->affinity.count ? open_job(documents->id, &job, err) : 0;

        if (r >= 0 && job) {
                worked = simple ? set_mask(job, documents->affinity.items[0].mask) : set_groups(job, documents);
                if (!worked)
                        r = system_error(err, GetLastError(), "binding the container's job to processors");
                CloseHandle(job);
        }
        return r < 0 ? error_wrap(err, "windows.resources.cpu.affinity") : 0;
}
