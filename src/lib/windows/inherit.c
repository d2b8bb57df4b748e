#include "src/lib/windows/inherit.h"

#include <stdint.h>
#include <wchar.h>

#include "hcs/base/macros.h"
#include "hcs/base/system.h"
#include "hcs/base/windows.h"

int inherit_copy(void *given, void **ret, struct error *err)
{
        SECURITY_ATTRIBUTES inherit = { .nLength = sizeof(inherit), .bInheritHandle = TRUE };
        HANDLE own = GetCurrentProcess(), copy = NULL;

        if (!given || given == INVALID_HANDLE_VALUE || !DuplicateHandle(own, given, own, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS))
                copy = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit, OPEN_EXISTING, 0,
                                   NULL);
        if (copy == INVALID_HANDLE_VALUE)
                return system_error(err, GetLastError(), "opening NUL");
        *ret = copy;
        return 0;
}

bool inherit_is_console(void *handle)
{
        DWORD mode;

        return GetConsoleMode(handle, &mode);
}

int inherit_pipe(bool ours_reads, void **ret_ours, void **ret_theirs, struct error *err)
{
        SECURITY_ATTRIBUTES inherit = { .nLength = sizeof(inherit), .bInheritHandle = TRUE };
        HANDLE ours, theirs;
        uint64_t salt;
        WCHAR name[80];

        if (system_random(&salt, sizeof(salt), err) < 0)
                return err->code;
        (void)swprintf(name, ARRAY_LENGTH(name), L"\\\\.\\pipe\\hcs-sandbox-inherited-%016llx", (unsigned long long)salt);
        ours = CreateNamedPipeW(name, (ours_reads ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_OUTBOUND) | FILE_FLAG_OVERLAPPED |
                                FILE_FLAG_FIRST_PIPE_INSTANCE, PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, 4096, 4096, 0, NULL);
        if (ours == INVALID_HANDLE_VALUE)
                return system_error(err, GetLastError(), "making a pipe");
        theirs = CreateFileW(name, ours_reads ? GENERIC_WRITE : GENERIC_READ, 0, &inherit, OPEN_EXISTING,
                             ours_reads ? FILE_FLAG_OVERLAPPED : 0, NULL);
        if (theirs == INVALID_HANDLE_VALUE) {
                (void)system_error(err, GetLastError(), "opening a pipe");
                CloseHandle(ours);
                return err->code;
        }
        *ret_ours = ours;
        *ret_theirs = theirs;
        return 0;
}
