/* The double of virtdisk.dll: small files with a head of their own.  A disk that is open can't be deleted. */
#include <windows.h>
/* The header declares imports; here they are made. */
#pragma GCC diagnostic ignored "-Wattributes"
#include <virtdisk.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wine/disk.h"
#include "tests/wine/wire.h"

/* As Windows reads it; mingw-w64 10 lacks a member (hcs-api.md section 5.1). */
struct parameters { DWORD version; GUID id; ULONGLONG size; ULONG block, sector, physical; PCWSTR parent, source; };
_Static_assert(offsetof(struct parameters, parent) == 48, "CREATE_VIRTUAL_DISK_PARAMETERS");

static DWORD ask(const char *call, const WCHAR *path, DWORD number)
{
        struct wire_request request = { .number = number, .client = wire_client() };
        const char *texts[WIRE_TEXTS] = { wire_narrow(path), NULL, NULL };
        struct wire_answer answer;

        strncpy(request.call, call, sizeof(request.call) - 1);
        wire_ask(&request, texts, &answer);
        free((void *)(uintptr_t)texts[0]);
        free(answer.text);
        /* Win32 errors here; those of the disks' own facility are whole. */
        return ((DWORD)answer.head.result & 0xffff0000u) == 0x80070000u ? (DWORD)answer.head.result & 0xffff : (DWORD)answer.head.result;
}

DWORD WINAPI CreateVirtualDisk(PVIRTUAL_STORAGE_TYPE type, PCWSTR path, VIRTUAL_DISK_ACCESS_MASK access, PSECURITY_DESCRIPTOR descriptor,
                               CREATE_VIRTUAL_DISK_FLAG flags, ULONG provider, PCREATE_VIRTUAL_DISK_PARAMETERS given, LPOVERLAPPED overlapped,
                               PHANDLE ret)
{
        const struct parameters *wanted = (const void *)given;
        DWORD code, put;
        HANDLE file;

        (void)descriptor, (void)flags;
        if (!type || !path || !given || !ret || provider || overlapped || (wanted->version == 2 && access != VIRTUAL_DISK_ACCESS_NONE))
                return ERROR_INVALID_PARAMETER;
        if (!wanted->parent && (wanted->size == 0 || wanted->size % 512))
                return ERROR_INVALID_PARAMETER;
        if (wanted->parent && GetFileAttributesW(wanted->parent) == INVALID_FILE_ATTRIBUTES)
                return 0xC03A000Du;             /* ERROR_VHD_PARENT_VHD_NOT_FOUND */
        code = ask("CreateVirtualDisk", path, 0);
        if (code)
                return code;
        file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, CREATE_NEW, 0, NULL);
        if (file == INVALID_HANDLE_VALUE)
                return GetLastError();
        WriteFile(file, wanted->parent ? "vhdxntfs" : "vhdxnew ", 8, &put, NULL);
        *ret = file;
        return 0;
}

DWORD WINAPI OpenVirtualDisk(PVIRTUAL_STORAGE_TYPE type, PCWSTR path, VIRTUAL_DISK_ACCESS_MASK access, OPEN_VIRTUAL_DISK_FLAG flags,
                             POPEN_VIRTUAL_DISK_PARAMETERS given, PHANDLE ret)
{
        char magic[4] = "";
        HANDLE file;
        DWORD code, got;

        (void)flags;
        if (!type || !path || !ret || (given && given->Version == OPEN_VIRTUAL_DISK_VERSION_2 && access != VIRTUAL_DISK_ACCESS_NONE))
                return ERROR_INVALID_PARAMETER;
        code = ask("OpenVirtualDisk", path, 0);
        if (code)
                return code;
        file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
        if (file == INVALID_HANDLE_VALUE)
                return GetLastError();
        if (!ReadFile(file, magic, 4, &got, NULL) || memcmp(magic, "vhdx", 4) != 0) {
                CloseHandle(file);
                return 0xC03A0015u;             /* ERROR_VIRTDISK_NOT_VIRTUAL_DISK */
        }
        *ret = file;
        return 0;
}

DWORD WINAPI AttachVirtualDisk(HANDLE disk, PSECURITY_DESCRIPTOR descriptor, ATTACH_VIRTUAL_DISK_FLAG flags, ULONG provider,
                               PATTACH_VIRTUAL_DISK_PARAMETERS given, LPOVERLAPPED overlapped)
{
        WCHAR path[MAX_PATH];

        (void)descriptor, (void)given;
        if (provider || overlapped)
                return ERROR_INVALID_PARAMETER;
        return disk_path(disk, path) ? ask("AttachVirtualDisk", path, (DWORD)flags) : ERROR_INVALID_HANDLE;
}

DWORD WINAPI DetachVirtualDisk(HANDLE disk, DETACH_VIRTUAL_DISK_FLAG flags, ULONG provider)
{
        WCHAR path[MAX_PATH];

        if (flags || provider)
                return ERROR_INVALID_PARAMETER;
        return disk_path(disk, path) ? ask("DetachVirtualDisk", path, 0) : ERROR_INVALID_HANDLE;
}
