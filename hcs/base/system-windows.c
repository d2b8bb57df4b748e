#include "hcs/base/system.h"

#include <stdio.h>
#include <string.h>

#include "hcs/base/text.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"

#include <ntsecapi.h>

const char *system_errno_text(int errnum)
{
        return strerror(errnum);
}

/* The system's words, without the stop and the line end that it puts behind them; "" when it has none. */
static void words_of(unsigned long code, char *words, size_t size)
{
        _cleanup_(free_charp) char *utf8 = NULL;
        struct error ignored = { 0 };
        WCHAR wide[512];
        DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, wide,
                                      ARRAY_LENGTH(wide) - 1, NULL);

        *words = '\0';
        while (length > 0 && (wide[length - 1] <= L' ' || wide[length - 1] == L'.'))
                length--;
        wide[length] = 0;
        if (length && utf16_to_utf8(wide, &utf8, &ignored) == 0)
                (void)snprintf(words, size, "%s", utf8);
}

int system_error(struct error *err, unsigned long code, const char *fmt, ...)
{
        char what[ERROR_TEXT_MAX / 2], words[512];
        int32_t hresult = (int32_t)code < 0 ? (int32_t)code : (int32_t)HRESULT_FROM_WIN32(code);
        va_list args;

        va_start(args, fmt);
        (void)vsnprintf(what, sizeof(what), fmt, args);
        va_end(args);
        words_of(code, words, sizeof(words));
        if (!*words)
                return error_set(err, hresult, "%s: error 0x%08x", what, (unsigned)hresult);
        return error_set(err, hresult, "%s: %s (0x%08x)", what, words, (unsigned)hresult);
}

uint64_t system_now_ms(void)
{
        return GetTickCount64();
}

void system_sleep_ms(uint32_t ms)
{
        Sleep(ms);
}

int system_random(void *bytes, size_t length, struct error *err)
{
        /* The same source as BCryptGenRandom's, without the DLL that each start would have to load for it. */
        return RtlGenRandom(bytes, (ULONG)length) ? 0 : error_set(err, E_UNEXPECTED_FAILURE, "getting random bytes: the system has none");
}

static int write_seconds(const SYSTEMTIME *now, char text[40])
{
        return snprintf(text, 40, "%04u-%02u-%02uT%02u:%02u:%02u", now->wYear, now->wMonth, now->wDay, now->wHour, now->wMinute,
                        now->wSecond);
}

/* A FILETIME counts hundreds of nanoseconds. */
void system_time(char text[40])
{
        FILETIME file;
        SYSTEMTIME now;
        ULARGE_INTEGER ticks;
        int length;

        GetSystemTimePreciseAsFileTime(&file);
        (void)FileTimeToSystemTime(&file, &now);
        ticks.LowPart = file.dwLowDateTime;
        ticks.HighPart = file.dwHighDateTime;
        length = write_seconds(&now, text);
        (void)snprintf(text + length, (size_t)(40 - length), ".%07u00Z", (unsigned)(ticks.QuadPart % 10000000));
}

void system_time_short(char text[40])
{
        SYSTEMTIME now;
        int length;

        GetSystemTime(&now);
        length = write_seconds(&now, text);
        (void)snprintf(text + length, (size_t)(40 - length), "Z");
}

bool system_is_first_user_namespace(void)
{
        return true;
}
