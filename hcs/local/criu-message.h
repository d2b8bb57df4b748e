/* What is said to CRIU and what it says, as bytes: messages of Protocol Buffers, of which a program like this needs numbers and
 * strings only.  The numbers of fields are those of CRIU's images/rpc.proto, which its authors keep compatible.
 *
 * Writing can't fail but for memory, which the text remembers.  Reading takes foreign bytes: what is cut short or of an unknown kind
 * is an error, unknown fields are passed over. */
#ifndef HCS_LOCAL_CRIU_MESSAGE_H
#define HCS_LOCAL_CRIU_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"

enum criu_request { CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4, CRIU_NOTIFY = 6, CRIU_FEATURE_CHECK = 9, CRIU_VERSION = 10 };

/* Fields of criu_opts. */
enum criu_option {
        CRIU_IMAGES_DIR_FD = 1, CRIU_PID = 2, CRIU_LEAVE_RUNNING = 3, CRIU_EXT_UNIX_SK = 4, CRIU_TCP_ESTABLISHED = 5,
        CRIU_EVASIVE_DEVICES = 6, CRIU_SHELL_JOB = 7, CRIU_FILE_LOCKS = 8, CRIU_LOG_LEVEL = 9, CRIU_LOG_FILE = 10,
        CRIU_NOTIFY_SCRIPTS = 12, CRIU_ROOT = 13, CRIU_PARENT_IMG = 14, CRIU_TRACK_MEM = 15, CRIU_AUTO_DEDUP = 16,
        CRIU_WORK_DIR_FD = 17, CRIU_LINK_REMAP = 18, CRIU_MANAGE_CGROUPS = 24, CRIU_CG_ROOT = 25, CRIU_RST_SIBLING = 26,
        CRIU_INHERIT_FD = 27, CRIU_MANAGE_CGROUPS_MODE = 34, CRIU_EXTERNAL = 37, CRIU_EMPTY_NS = 38, CRIU_JOIN_NS = 39,
        CRIU_FREEZE_CGROUP = 44, CRIU_ORPHAN_PTS_MASTER = 50, CRIU_CONFIG_FILE = 51, CRIU_TCP_CLOSE = 52, CRIU_LSM_PROFILE = 53,
        CRIU_LSM_MOUNT_CONTEXT = 63,
};

/* Of manage_cgroups_mode. */
enum { CRIU_CGROUPS_IGNORE = 0, CRIU_CGROUPS_SOFT = 3, CRIU_CGROUPS_FULL = 4, CRIU_CGROUPS_STRICT = 5 };

void criu_add_number(struct text *out, uint32_t field, uint64_t number);
void criu_add_text(struct text *out, uint32_t field, const char *string);
/* A message within a message. */
void criu_add_message(struct text *out, uint32_t field, const struct text *inner);
/* Two members within an option: {1: first, 2: second}, {1: key, 2: number}. */
void criu_add_pair(struct text *out, enum criu_option option, const char *first, const char *second);
void criu_add_pair_number(struct text *out, enum criu_option option, const char *key, uint64_t number);

/* A whole request; `options` may be NULL.  A feature check asks whether memory can be tracked, which a pre-dump needs. */
void criu_request_write(struct text *out, enum criu_request type, const struct text *options);
/* The answer to a notification. */
void criu_notified_write(struct text *out, bool good);

struct criu_answer {
        uint32_t type;                  /* enum criu_request */
        bool success;
        uint32_t pid;                   /* restored, or with the notification */
        char script[64];                /* of a notification: "post-restore" */
        int32_t error_number;           /* an errno, or 0 */
        char error[512];
        bool tracks_memory;
        uint32_t major, minor, sublevel;
};
int criu_answer_read(const void *bytes, size_t length, struct criu_answer *ret, struct error *err);

#endif
