/* A verb is one file that says everything about itself: its name, its flags, its help, its action.  main.c lists them once;
 * help and the checks of the command line are made from the same struct. */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include <stdbool.h>

#include "hcs/base/error.h"
#include "hcs/base/log.h"
#include "src/lib/sandbox.h"

#ifndef PROGRAM                         /* hcs-sandbox-layer calls itself "hcs-sandbox layer" */
#define PROGRAM "hcs-sandbox"
#endif

enum cmd_flag_kind { CMD_FLAG_BOOL, CMD_FLAG_TEXT, CMD_FLAG_LIST };    /* LIST may be given more than once */

struct cmd_flag {
        const char *name;               /* "pid-file": --pid-file FILE, --pid-file=FILE */
        char letter;                    /* 0: no short form */
        enum cmd_flag_kind kind;
        const char *value;              /* "FILE" in help; NULL for BOOL */
        const char *says;
};

/* What was typed, by a table of flags. */
struct cmd_args;
bool args_has(const struct cmd_args *args, const char *flag);
const char *args_text(const struct cmd_args *args, const char *flag);            /* the last one; NULL when not given */
int args_list(const struct cmd_args *args, const char *flag, struct arena *arena, struct strings *ret, struct error *err);

/* What every verb gets. */
struct cmd_context {
        const struct cmd *cmd;
        const char *root;               /* as given; NULL: the usual place */
        uint32_t timeout_ms;            /* for each request; 0: as usual */
        int cgroup_manager;             /* enum doc_cgroups */
        const struct log *log;
        const struct cmd_args *global;  /* the flags before the verb */
        const struct cmd_args *args;
        char **before;                  /* what stood before the verb: the program and the global flags */
        int before_count;
        uint32_t inherited;             /* how many descriptors from 3 on the caller had open, without a gap */
        char **words;                   /* what is neither flag nor value */
        int word_count;
        int exit_code;                  /* set by a verb that returns 0, since codes of Windows go beyond what run() can return; or by one
                                         * that fails in a way of its own, instead of failure_status */
};

struct cmd {
        const char *name;
        const char *usage;              /* "[flags] ID [SIGNAL]" */
        const char *says;               /* one line, lower case; NULL: for ourselves, and not in the list */
        const char *more;               /* for --help; may be NULL */
        int min_words, max_words;       /* max -1: any number */
        bool words_end_flags;           /* exec ID COMMAND -x: -x is the command's */
        const struct cmd_flag *flags;   /* the last has name NULL; may be NULL */
        /* The exit status, 0 or more; below zero: failed, told in err. */
        int (*run)(struct cmd_context *context, struct error *err);
        int failure_status;             /* 0 means 1 */
};

/* Shared by verbs (common.c). */
int cmd_host(const struct cmd_context *context, struct sandbox_host **ret, struct error *err);
/* The host and the sandbox named by the first word; missing is an error. */
int cmd_open(const struct cmd_context *context, struct sandbox_host **ret_host, struct sandbox **ret, struct error *err);
int cmd_write_pid_file(const char *path, uint32_t pid, struct error *err);
/* --preserve-fds N: descriptors 3 to 3 + N - 1, behind `listening` ones (cmd_listen_fds()); the caller must have opened them all.  The
 * list lives in `arena`. */
int cmd_preserved_fds(const struct cmd_context *context, uint32_t listening, struct arena *arena, struct hcs_streams *streams,
                      struct error *err);
/* The system's half (ground-linux.c, ground-windows.c): what spec writes, a connection to
 * --console-socket, the system's name for --platform, and the program's entry, which calls cmd_main() with UTF-8 words. */
extern const char cmd_platform[];
/* Sockets that a service manager hands over with us (sd_listen_fds(3)): how many from 3 on; 0 when they are not ours.  *ret_names may
 * stay NULL. */
uint32_t cmd_listen_fds(const char **ret_names);
/* Who wants to know when the program is ready (sd_notify(3)); NULL: nobody. */
const char *cmd_notify_socket(void);
/* Starts, and tells that one; `wait`: returns only then, else it is told while we go on. */
int cmd_start_sandbox(const struct cmd_context *context, struct sandbox *sandbox, bool wait, struct error *err);
void cmd_streams(struct hcs_streams *ret);      /* our own three */
int cmd_template(const struct cmd_context *context, char **ret, struct error *err);
int cmd_connect_console(const char *path, int *ret_socket, struct error *err);
int cmd_main(int count, char **words, uint32_t inherited);
/* The name of a uid, out of /etc/passwd; the number when it has none.  Lives in `arena`. */
const char *cmd_user_name(struct arena *arena, const char *uid);
/* To --pidfd-socket: one message with a pidfd of this process.  Linux only. */
int cmd_send_pidfd(const char *socket, uint32_t pid, struct error *err);
/* Does the caller want to know the pid, by --pid-file or --pidfd-socket?  Then it is told. */
bool cmd_tells_pid(const struct cmd_context *context);
int cmd_tell_pid(const struct cmd_context *context, uint32_t pid, struct error *err);
/* Writes to standard output, all or an error. */
int cmd_print(const char *text, struct error *err);
int cmd_print_bytes(const char *bytes, size_t length, struct error *err);

/* The annotations that stand before the verb.  They live in `arena`. */
int cmd_annotations(const struct cmd_context *context, struct arena *arena, struct string_map *ret, struct error *err);

/* Flags that create and run share; put them at the head of their tables. */
#define CMD_CREATE_FLAGS \
        { "bundle", 'b', CMD_FLAG_TEXT, "DIRECTORY", "the bundle (default: the working directory)" }, \
        { "pid-file", 0, CMD_FLAG_TEXT, "FILE", "write the first process's pid there" }, \
        { "pidfd-socket", 0, CMD_FLAG_TEXT, "SOCKET", "send a pidfd of the first process to this UNIX socket" }, \
        { "scratch", 0, CMD_FLAG_TEXT, "NAME", "keep what it writes under this name, and go on from what is there" }, \
        { "scratch-size", 0, CMD_FLAG_TEXT, "SIZE", "let what it writes take no more than this: 64M, 2G" }, \
        { "console-socket", 0, CMD_FLAG_TEXT, "SOCKET", "send the terminal's master to this UNIX socket" }, \
        { "preserve-fds", 0, CMD_FLAG_TEXT, "N", "hand descriptors 3 to 3+N-1 to the program" }, \
        { "no-pivot", 0, CMD_FLAG_BOOL, NULL, "change the root without pivot_root (for an initramfs)" }, \
        { "no-new-keyring", 0, CMD_FLAG_BOOL, NULL, "stay in the caller's session keyring" }

/* --scratch-size; 0 when it is not given. */
int cmd_scratch_size(const struct cmd_context *context, uint64_t *ret, struct error *err);
/* Fills in what those flags say. */
int cmd_read_create(const struct cmd_context *context, struct arena *arena, struct sandbox_create *ret, struct error *err);

/* Flags that checkpoint and restore share, and what they say (criu-linux.c).  Paths are made absolute, in `arena`. */
#define CMD_CRIU_FLAGS \
        { "image-path", 0, CMD_FLAG_TEXT, "DIRECTORY", "where the image lies (default: ./checkpoint)" }, \
        { "work-path", 0, CMD_FLAG_TEXT, "DIRECTORY", "where criu writes its log (default: beside the image)" }, \
        { "tcp-established", 0, CMD_FLAG_BOOL, NULL, "with connections of TCP, which go on" }, \
        { "ext-unix-sk", 0, CMD_FLAG_BOOL, NULL, "with UNIX sockets that lead outside" }, \
        { "shell-job", 0, CMD_FLAG_BOOL, NULL, "with a session and a terminal that are not the sandbox's own" }, \
        { "file-locks", 0, CMD_FLAG_BOOL, NULL, "with locks on files" }, \
        { "link-remap", 0, CMD_FLAG_BOOL, NULL, "with open files that were removed but have other names" }, \
        { "auto-dedup", 0, CMD_FLAG_BOOL, NULL, "drop memory from a parent image that a later one has anew" }, \
        { "manage-cgroups-mode", 0, CMD_FLAG_TEXT, "soft|full|strict|ignore", "what is restored of cgroups (default: soft)" }, \
        { "empty-ns", 0, CMD_FLAG_LIST, "NAMESPACE", "network: without its devices, which is so always" }, \
        { "lazy-pages", 0, CMD_FLAG_BOOL, NULL, "refused: memory that comes later is not carried out" }
int cmd_read_criu(const struct cmd_context *context, struct arena *arena, const char **ret_image, struct doc_save_settings *ret,
                  struct error *err);
/* A verb of verbs, whose first word is another's: one of `below`, whose names are "OUTER INNER". */
int cmd_run_below(struct cmd_context *context, const struct cmd *const *below, struct error *err);

/* The verbs that this system has, in the order of help; ends with NULL (verbs-linux.c, verbs-windows.c). */
#define CMD_VERBS_MAX 32
extern const struct cmd *const cmd_verbs[];

extern const struct cmd cmd_create, cmd_start, cmd_state, cmd_kill, cmd_delete, cmd_run, cmd_exec, cmd_list, cmd_ps, cmd_pause,
                        cmd_resume, cmd_spec, cmd_features, cmd_document, cmd_monitor, cmd_doctor, cmd_update, cmd_events,
                        cmd_checkpoint, cmd_restore, cmd_diff, cmd_apply, cmd_discard, cmd_do, cmd_layer, cmd_commit, cmd_clone,
                        cmd_scratch;

#endif
