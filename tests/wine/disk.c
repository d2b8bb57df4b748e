#include "tests/wine/disk.h"

#include <string.h>

bool disk_path(HANDLE disk, WCHAR path[MAX_PATH])
{
        DWORD length = GetFinalPathNameByHandleW(disk, path, MAX_PATH, FILE_NAME_NORMALIZED);

        if (length == 0 || length >= MAX_PATH)
                return false;
        if (wcsncmp(path, L"\\\\?\\", 4) == 0)
                memmove(path, path + 4, (wcslen(path + 4) + 1) * sizeof(WCHAR));
        return true;
}
