/* <windows.h>, without the short words that it takes away from everybody. */
#ifndef HCS_BASE_WINDOWS_H
#define HCS_BASE_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#define NOGDI
#define NOMINMAX
#include <windows.h>

#undef near
#undef far
#undef small
#undef interface
#undef CreateProcess            /* a row of hcs/api.h; we say CreateProcessW */

#endif
