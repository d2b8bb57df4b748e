/* The client's own: one call of the waist from beginning to end, and what its files share.  Others include client.h.
 *
 * A call goes: hcs_operation_begin(), the table's function, hcs_operation_end(), and hcs_operation_done() by
 * _cleanup_.  S_OK out of the function says only that the request was accepted; what it came to, and the service's
 * words about that, come out of the operation.  An operation is used once: nobody has to know what a used one
 * remembers. */
#ifndef HCS_CLIENT_OPERATION_H
#define HCS_CLIENT_OPERATION_H

#include "hcs/client/client.h"

#include "hcs/base/text.h"
#include "hcs/base/utf16.h"

/* How long a request may take: what boots or ends something, and all the rest. */
#define HCS_LONG_MS     (4u * 60 * 1000)
#define HCS_SHORT_MS    (30u * 1000)
#define HCS_E_CALLBACK_ALREADY_SET ERROR_CODE(0x80370119)
/* From here on the log says what is waited for. */
#define HCS_SLOW_MS     (3u * 1000)

struct hcs_operation {
        const struct hcs_client *client;
        const char *id;                 /* of the system, for the log */
        const char *call;               /* as the table names it */
        uint32_t deadline_ms;
        HCS_OPERATION handle;
        int nothing;                    /* /dev/null, where a request needs it */
};
#define HCS_OPERATION_FOR(c, i, n, ms) { .client = (c), .id = (i), .call = (n), .deadline_ms = (ms), .nothing = -1 }

/* Makes the handle and logs the call with the document (UTF-8, may be NULL) that goes with it. */
int hcs_operation_begin(struct hcs_operation *operation, const char *document, struct error *err);
/* What the request came to.  `called` is what the table's function returned.  ret_document, when given, gets the
 * result (caller's, free(); NULL when there is none); without it a result can only hold warnings, which go to the
 * log.  A failure has the code of the service, in its 0x8037 form. */
int hcs_operation_end(struct hcs_operation *operation, HRESULT called, char **ret_document, struct error *err);
/* The same for CreateProcess, whose answer is the process's number. */
int hcs_operation_end_process(struct hcs_operation *operation, HRESULT called, HCS_PROCESS_INFORMATION *ret_information,
                              struct error *err);
/* Closes it.  A request that still runs goes on; nobody will hear of it. */
void hcs_operation_done(struct hcs_operation *operation);

/* --- calls without an operation ----------------------------------------------------------------------------------- */

void hcs_log_call(const struct hcs_client *client, const char *id, const char *call, const char *document);
/* Says what is waited for, and for how long still. */
void hcs_log_slow(const struct hcs_client *client, const char *id, const char *call, uint32_t more_ms);
/* HCS_E_OPERATION_TIMEOUT, told in `err`. */
int hcs_no_answer(const char *call, const char *id, uint32_t deadline_ms, struct error *err);
/* Tells a refusal in `err`: the call, what the code means, and the service's ResultError (UTF-8, may be NULL).  A
 * local engine that gave words has said all there is: they go through as they are. */
int hcs_refused(const struct hcs_client *client, const char *call, HRESULT code, const char *result, struct error *err);
/* A result of the table as UTF-8, freed by the table whatever comes of it.  NULL stays NULL. */
int hcs_take_result(const struct hcs_client *client, PWSTR result, char **ret, struct error *err);
/* The older interface and guests give HCS's codes as 0xC037xxxx. */
HRESULT hcs_code(HRESULT code);
/* Is it one of the codes with which a wait for an exit says that the time is over? */
bool hcs_is_time_over(HRESULT code);
/* What a code means and what to do, in a few words; NULL when that is nothing but the code. */
const char *hcs_meaning(HRESULT code);
/* What it is called ("HCS_E_INVALID_STATE"); NULL when it has no name here. */
const char *hcs_code_name(HRESULT code);

/* UTF-8 to UTF-16; NULL stays NULL.  `what` names it in messages. */
int hcs_widen(const char *string, const char *what, char16_t **ret, struct error *err);

/* Waits for an exit on a host whose table has no call for it (Windows before 2104): asks again and again, ever slower.
 * ask() gives 0 once it has exited, HCS_STILL_RUNNING, or what went wrong. */
int hcs_poll_exit(int (*ask)(void *object, int *ret_code, struct error *err), void *object, uint32_t timeout_ms,
                  int *ret_code, struct error *err);

/* --- plain.c: calls without an operation, each with a deadline ---------------------------------------------------- */

/* 0: the call was made, and *ret_code is what the table said; *ret is set when that is no failure. */
int hcs_plain_open_system(const struct hcs_client *client, const char *id, HCS_SYSTEM *ret, HRESULT *ret_code, struct error *err);
int hcs_plain_open_process(struct hcs_system *system, uint32_t pid, HCS_PROCESS *ret, HRESULT *ret_code, struct error *err);
/* Close, and free() what their callbacks use.  One that takes too long is told, and goes on by itself. */
void hcs_plain_close_system(struct hcs_system *system);
void hcs_plain_close_process(const struct hcs_system *system, HCS_PROCESS process);
/* Questions to the service, with a document (UTF-8).  *ret, which may be NULL, is the caller's, free(). */
typedef HRESULT (WINAPI *hcs_service_call)(PCWSTR document, PWSTR *result);
int hcs_plain_ask(const struct hcs_client *client, const char *name, hcs_service_call call, const char *document, char **ret,
                  HRESULT *ret_code, struct error *err);

/* --- streams.c, mask.c -------------------------------------------------------------------------------------------- */

/* Sends descriptors along with a request.  `always`: at least one goes, also when all are "none". */
int hcs_streams_add(struct hcs_operation *operation, const struct hcs_streams *streams, bool always, struct error *err);

/* Appends a document for the log, with the values of environments and whatever looks like a credential as "***". */
void hcs_mask_document(const char *document, struct text *out);

/* --- handles ------------------------------------------------------------------------------------------------------ */

struct hcs_system {
        const struct hcs_client *client;
        HCS_SYSTEM handle;
        bool listens;                   /* the one callback that a handle may have is set */
        bool stays;                     /* a call that was given up may still use the handle: it is never closed */
        void (*on_exit)(void *context); /* NULL once it was called */
        void (*on_out_of_memory)(void *context);
        void *context;
        char id[];
};

#endif
