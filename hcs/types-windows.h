/* The types of the waist on Windows: those of the SDK's own headers, and what these lack in mingw-w64 10. */
#ifndef HCS_TYPES_WINDOWS_H
#define HCS_TYPES_WINDOWS_H

#include "hcs/base/windows.h"

#include <computecore.h>
#include <computenetwork.h>
#include <computestorage.h>
#include <virtdisk.h>

/* computecore.h of later SDKs (hcs-api.md 3.5, "newer"). */
typedef enum { HcsResourceTypeNone = 0, HcsResourceTypeFile = 1, HcsResourceTypeSocket = 4 } HCS_RESOURCE_TYPE;

#endif
