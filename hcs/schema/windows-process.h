/* ProcessParameters and the documents that act on a process or on a whole system: console size, signal, shutdown, pause,
 * save, crash (hcs-documents.md section 9). */
#ifndef HCS_SCHEMA_WINDOWS_PROCESS_H
#define HCS_SCHEMA_WINDOWS_PROCESS_H

#include "hcs/schema/specification.h"
#include "hcs/schema/windows-common.h"

struct win_process {
        const char *application_name;
        const char *command_line;               /* Windows guests */
        struct strings command_args;            /* Linux agents */
        const char *user;                       /* NULL: the image's own */
        const char *working_directory;
        struct string_map environment;
        bool restricted_token, emulate_console;
        bool create_std_in_pipe, create_std_out_pipe, create_std_err_pipe;
        struct uint32s console_size;            /* height, width; each at most 65535 */
        bool use_existing_login, use_legacy_console;
        const struct spec_process *oci_process; /* unpublished; Linux agents */
};

enum win_modify_operation { WIN_MODIFY_CONSOLE_SIZE = 1, WIN_MODIFY_CLOSE_HANDLE, WIN_MODIFY_OPERATION_END };
enum win_std_handle { WIN_STD_IN = 1, WIN_STD_OUT, WIN_STD_ERR, WIN_STD_ALL, WIN_STD_END };

struct win_console_size { uint16_t height, width; };
struct win_close_handle { int handle; };        /* enum win_std_handle */

struct win_process_modify {
        int operation;                          /* enum win_modify_operation */
        const struct win_console_size *console_size;
        const struct win_close_handle *close_handle;
};

enum win_process_signal { WIN_CTRL_C = 1, WIN_CTRL_BREAK, WIN_CTRL_CLOSE, WIN_CTRL_LOG_OFF, WIN_CTRL_SHUTDOWN, WIN_SIGNAL_END };

struct win_signal { int signal; };              /* enum win_process_signal; Linux agents get doc_signal's number */

enum win_shutdown_mechanism { WIN_SHUTDOWN_GUEST_CONNECTION = 1, WIN_SHUTDOWN_INTEGRATION_SERVICE, WIN_SHUTDOWN_MECHANISM_END };
enum win_shutdown_type { WIN_SHUTDOWN_SHUTDOWN = 1, WIN_SHUTDOWN_HIBERNATE, WIN_SHUTDOWN_REBOOT, WIN_SHUTDOWN_TYPE_END };

struct win_shutdown_options { int mechanism, type; bool force; const char *reason; };

enum win_suspension_level { WIN_SUSPEND = 1, WIN_SUSPEND_MEMORY_LOW, WIN_SUSPEND_MEMORY_MEDIUM, WIN_SUSPEND_MEMORY_HIGH, WIN_SUSPEND_END };
enum win_pause_reason { WIN_PAUSE_NONE = 1, WIN_PAUSE_SAVE, WIN_PAUSE_TEMPLATE, WIN_PAUSE_END };

struct win_pause_notification { int reason; };
struct win_pause_options { int suspension_level; const struct win_pause_notification *hosted_notification; };

enum win_save_type { WIN_SAVE_TO_FILE = 1, WIN_SAVE_AS_TEMPLATE, WIN_SAVE_END };

struct win_save_options { int save_type; const char *save_state_file_path; };

enum win_crash_type { WIN_CRASH_GUEST = 1, WIN_CRASH_END };

struct win_crash_options { int type; };

extern const char *const win_process_signal_names[];    /* "CtrlC", ...; index is signal - 1 */
extern const struct json_field win_process_fields[];
extern const struct json_field win_process_modify_fields[];
extern const struct json_field win_signal_fields[];
extern const struct json_field win_shutdown_options_fields[];
extern const struct json_field win_pause_options_fields[];
extern const struct json_field win_save_options_fields[];
extern const struct json_field win_crash_options_fields[];

#endif
