/* How the double DLLs speak with their service (service.c), which stands for vmcompute and hns: one request and one reply on
 * a connection to a named pipe.  Both are a head and texts of UTF-8 behind it. */
#ifndef TESTS_WINE_WIRE_H
#define TESTS_WINE_WIRE_H

#include <windows.h>

#include <stdbool.h>
#include <stdint.h>

#define WIRE_PIPE       L"\\\\.\\pipe\\hcs-sandbox-double"
#define WIRE_TEXTS      4
#define WIRE_TEXT_MAX   (16u << 20)

struct wire_request {
        char call[56];                  /* the export's name; "Hello" and "Goodbye" are the DLLs' own */
        uint64_t client;                /* from Hello: a connection that ends with the process */
        uint64_t handle, other;
        uint32_t number, wide;
        uint32_t length[WIRE_TEXTS];    /* without a NUL; UINT32_MAX: NULL was given */
};

enum wire_action { WIRE_GO, WIRE_LOSE, WIRE_CRASH };

struct wire_reply {
        int32_t result;
        int32_t action;                 /* wire_action: the completion never comes, or the caller dies here */
        uint64_t handle;
        uint32_t number, pipes;         /* pipes: bits 1 in, 2 out, 4 err that wait below WIRE_PIPE "-NUMBER-in" and so on */
        uint32_t length, late;          /* late: the call is accepted, the operation fails */
};

struct wire_answer { struct wire_reply head; char *text; };     /* text: NULL or malloc()ed, NUL-terminated */

/* Sends and receives.  Without a service the result is HCS_E_SERVICE_NOT_AVAILABLE.  wire_ask() is for calls that answer at once: when
 * their answer is lost, they never come back. */
void wire_ask(const struct wire_request *request, const char *const texts[WIRE_TEXTS], struct wire_answer *ret);
void wire_call(const struct wire_request *request, const char *const texts[WIRE_TEXTS], struct wire_answer *ret);
bool wire_read(HANDLE pipe, void *to, size_t size);
bool wire_write(HANDLE pipe, const void *from, size_t size);
char *wire_narrow(const WCHAR *text);   /* NULL for NULL; to be freed with free() */
WCHAR *wire_wide(const char *text);
/* The id of this process with the service; the connection stays open.  DOUBLE_WHO of the environment is its name, for faults. */
uint64_t wire_client(void);
/* Strings that were given, each in a block with a number of its own behind the text: which of them does the caller still have? */
struct wire_given { void *block; size_t size; uint64_t number; };
#define WIRE_GIVEN_MAX 4096
struct wire_strings { struct wire_given all[WIRE_GIVEN_MAX]; size_t count; SRWLOCK lock; };
WCHAR *wire_give(struct wire_strings *strings, const char *text, void *(WINAPI *allocate)(SIZE_T size));
size_t wire_kept(struct wire_strings *strings);
/* Tells what this process left open. */
void wire_goodbye(const char *what);
/* One call with what most calls have. */
int32_t wire_simple(const char *call, uint64_t handle, const WCHAR *a, const WCHAR *b, const WCHAR *c, struct wire_answer *ret);

#endif
