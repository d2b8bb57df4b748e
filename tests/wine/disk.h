/* A disk's handle is that of its file, so that CloseHandle() is what ends it. */
#ifndef TESTS_WINE_DISK_H
#define TESTS_WINE_DISK_H

#include <windows.h>

#include <stdbool.h>

/* The file's path, without "\\?\". */
bool disk_path(HANDLE disk, WCHAR path[MAX_PATH]);

#endif
