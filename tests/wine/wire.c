#include "tests/wine/wire.h"

#include <stdlib.h>
#include <string.h>

#define SERVICE_NOT_AVAILABLE ((int32_t)0x80370114)

bool wire_read(HANDLE pipe, void *to, size_t size)
{
        char *at = to;

        while (size > 0) {
                DWORD got = 0;

                if (!ReadFile(pipe, at, (DWORD)size, &got, NULL) || got == 0)
                        return false;
                at += got;
                size -= got;
        }
        return true;
}

bool wire_write(HANDLE pipe, const void *from, size_t size)
{
        const char *at = from;

        while (size > 0) {
                DWORD put = 0;

                if (!WriteFile(pipe, at, (DWORD)size, &put, NULL))
                        return false;
                at += put;
                size -= put;
        }
        return true;
}

char *wire_narrow(const WCHAR *text)
{
        char *result;
        int size;

        if (!text)
                return NULL;
        size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
        result = malloc((size_t)size + 1);
        if (result)
                WideCharToMultiByte(CP_UTF8, 0, text, -1, result, size, NULL, NULL);
        return result;
}

WCHAR *wire_wide(const char *text)
{
        WCHAR *result;
        int size;

        if (!text)
                return NULL;
        size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
        result = malloc(((size_t)size + 1) * sizeof(WCHAR));
        if (result)
                MultiByteToWideChar(CP_UTF8, 0, text, -1, result, size);
        return result;
}

static HANDLE connect_service(void)
{
        for (int i = 0; i < 200; i++) {
                HANDLE pipe = CreateFileW(WIRE_PIPE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);

                if (pipe != INVALID_HANDLE_VALUE)
                        return pipe;
                if (GetLastError() != ERROR_PIPE_BUSY)
                        return INVALID_HANDLE_VALUE;
                Sleep(10);      /* all of the service's instances are taken for the moment */
        }
        return INVALID_HANDLE_VALUE;
}

static bool exchange(HANDLE pipe, struct wire_request *request, const char *const texts[WIRE_TEXTS], struct wire_answer *ret)
{
        for (int i = 0; i < WIRE_TEXTS; i++)
                request->length[i] = texts[i] ? (uint32_t)strlen(texts[i]) : UINT32_MAX;
        if (!wire_write(pipe, request, sizeof(*request)))
                return false;
        for (int i = 0; i < WIRE_TEXTS; i++)
                if (texts[i] && !wire_write(pipe, texts[i], request->length[i]))
                        return false;
        if (!wire_read(pipe, &ret->head, sizeof(ret->head)))
                return false;
        if (ret->head.length == 0)
                return true;
        ret->text = calloc(1, (size_t)ret->head.length + 1);
        return ret->text && wire_read(pipe, ret->text, ret->head.length);
}

void wire_call(const struct wire_request *request, const char *const texts[WIRE_TEXTS], struct wire_answer *ret)
{
        struct wire_request copy = *request;
        HANDLE pipe = connect_service();

        memset(ret, 0, sizeof(*ret));
        if (pipe == INVALID_HANDLE_VALUE || !exchange(pipe, &copy, texts, ret))
                ret->head.result = SERVICE_NOT_AVAILABLE;
        if (pipe != INVALID_HANDLE_VALUE)
                CloseHandle(pipe);
        if (ret->head.action == WIRE_CRASH)
                TerminateProcess(GetCurrentProcess(), 117);
}

void wire_ask(const struct wire_request *request, const char *const texts[WIRE_TEXTS], struct wire_answer *ret)
{
        wire_call(request, texts, ret);
        if (ret->head.action == WIRE_LOSE)
                Sleep(INFINITE);
}

/* The one thing that a DLL of Windows, too, keeps for its process. */
static uint64_t client;
static INIT_ONCE client_once = INIT_ONCE_STATIC_INIT;

static BOOL CALLBACK say_hello(INIT_ONCE *once, void *unused, void **unused_too)
{
        struct wire_request request = { .call = "Hello", .number = GetCurrentProcessId() };
        const char *const texts[WIRE_TEXTS] = { getenv("DOUBLE_WHO") };
        struct wire_answer answer = { .text = NULL };
        HANDLE pipe = connect_service();

        (void)once, (void)unused, (void)unused_too;
        if (pipe != INVALID_HANDLE_VALUE && exchange(pipe, &request, texts, &answer))
                client = answer.head.handle;    /* the connection stays until the process ends */
        return TRUE;
}

uint64_t wire_client(void)
{
        InitOnceExecuteOnce(&client_once, say_hello, NULL, NULL);
        return client;
}

int32_t wire_simple(const char *call, uint64_t handle, const WCHAR *a, const WCHAR *b, const WCHAR *c, struct wire_answer *ret)
{
        struct wire_request request = { .handle = handle, .client = wire_client() };
        char *texts[WIRE_TEXTS] = { wire_narrow(a), wire_narrow(b), wire_narrow(c) };

        strncpy(request.call, call, sizeof(request.call) - 1);
        wire_ask(&request, (const char *const *)texts, ret);
        for (int i = 0; i < WIRE_TEXTS; i++)
                free(texts[i]);
        return ret->head.result;
}

/* --- what a caller is given and has to give back ---------------------------------------------------------------------------- */

WCHAR *wire_give(struct wire_strings *strings, const char *text, void *(WINAPI *allocate)(SIZE_T size))
{
        WCHAR *wide = wire_wide(text);
        struct wire_given given;
        size_t length;

        if (!wide)
                return NULL;
        length = (wcslen(wide) + 1) * sizeof(WCHAR);
        given.size = length + sizeof(given.number);
        given.block = allocate(given.size);
        AcquireSRWLockExclusive(&strings->lock);
        given.number = strings->count + 0x5472696e67730000u;
        memcpy(given.block, wide, length);
        memcpy((char *)given.block + length, &given.number, sizeof(given.number));
        if (strings->count < WIRE_GIVEN_MAX)
                strings->all[strings->count++] = given;
        ReleaseSRWLockExclusive(&strings->lock);
        free(wide);
        return given.block;
}

/* A block of that size with that number at its end is the one that was given.  Both kinds come from the heap of the process. */
size_t wire_kept(struct wire_strings *strings)
{
        HANDLE heap = GetProcessHeap();
        size_t kept = 0;

        for (size_t i = 0; i < strings->count; i++) {
                const struct wire_given *given = &strings->all[i];

                kept += HeapValidate(heap, 0, given->block) && HeapSize(heap, 0, given->block) == given->size &&
                        memcmp((char *)given->block + given->size - sizeof(given->number), &given->number, sizeof(given->number)) == 0;
        }
        return kept;
}

void wire_goodbye(const char *what)
{
        struct wire_request request = { .call = "Goodbye", .client = wire_client() };
        const char *const texts[WIRE_TEXTS] = { what };
        struct wire_answer answer;

        wire_call(&request, texts, &answer);
        free(answer.text);
}
