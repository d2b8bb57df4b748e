/* Which table the Settings of a request have: it follows from ResourcePath, ResourceType or PropertyType. */
#ifndef HCS_SCHEMA_WINDOWS_SETTINGS_H
#define HCS_SCHEMA_WINDOWS_SETTINGS_H

#include "hcs/schema/windows-modify.h"

enum win_settings { WIN_SETTINGS_UNKNOWN, WIN_SETTINGS_NONE, WIN_SETTINGS_NUMBER, WIN_SETTINGS_STRUCT };

/* By the ResourcePath of a request to a system ("VirtualMachine/Devices/Scsi/0/Attachments/1").  *fields is set for
 * WIN_SETTINGS_STRUCT.  Names between slashes (controllers, LUNs, GUIDs) may be anything but empty. */
enum win_settings win_modify_settings(const char *resource_path, const struct json_field **fields);
/* By the ResourceType of a guest request; `linux_guest` chooses the agent.  NULL when it is not one we know. */
const struct json_field *win_guest_settings(const char *resource_type, bool linux_guest);

/* Settings that are a plain number, such as a memory size.  Lives in `arena`; NULL when there is no memory. */
const struct json_value *win_number_value(struct arena *arena, uint64_t number);

#endif
