/* One call to virtdisk.dll, computestorage.dll or, about files, computecore.dll: with a deadline, and with all that it needs, so
 * that it can be given up (hcs/client/bounded.h).  All of them answer at once, or when it pleases the host. */
#ifndef LIB_WINDOWS_DISK_CALL_H
#define LIB_WINDOWS_DISK_CALL_H

#include "hcs/client/bounded.h"
#include "hcs/client/client.h"

struct disk_call {
        struct hcs_bounded bounded;
        struct hcs_api api;             /* a copy: whoever gave the call up may go first */
        HRESULT (*run)(struct disk_call *call);
        char16_t *path, *other;         /* the file, volume or machine; what goes with it: a parent, a document, a file */
        HANDLE disk;                    /* borrowed, but by a call that was given up, which closes it; or made */
        uint64_t maximum_size;          /* of one that is made; bytes */
        uint32_t block_size;
        bool no_drive_letter;           /* of one that is attached */
        PWSTR result;
        HRESULT code;                   /* virtdisk.dll gives 0, a Win32 error, or one of its own facility, complete */
};

/* path and other: UTF-8, may be NULL.  *ret is the caller's, disk_call_endp(). */
int disk_call_new(const struct hcs_client *client, HRESULT (*run)(struct disk_call *call), const char *path, const char *other,
                  struct disk_call **ret, struct error *err);
void disk_call_endp(struct disk_call **call);
/* 0: it was made, and (*call)->code says what came of it.  When it was given up, *call becomes NULL, and with it the disk's handle
 * has gone. */
int disk_call_make(const struct hcs_client *client, const char *name, const char *what, struct disk_call **call, struct error *err);

HRESULT disk_call_create(struct disk_call *call);
HRESULT disk_call_open(struct disk_call *call);
HRESULT disk_call_format(struct disk_call *call);
HRESULT disk_call_attach(struct disk_call *call);
HRESULT disk_call_mount_path(struct disk_call *call);
HRESULT disk_call_detach(struct disk_call *call);
HRESULT disk_call_initialize(struct disk_call *call);
HRESULT disk_call_attach_filter(struct disk_call *call);
HRESULT disk_call_detach_filter(struct disk_call *call);
HRESULT disk_call_grant(struct disk_call *call);
HRESULT disk_call_grant_group(struct disk_call *call);
HRESULT disk_call_revoke(struct disk_call *call);
HRESULT disk_call_guest_state(struct disk_call *call);
HRESULT disk_call_runtime_state(struct disk_call *call);

#endif
