/* What was attached to a machine and where its guest sees it, and who looks after that: guest.c for Linux, windows-guest.c for Windows. */
#ifndef TESTS_WINE_GUEST_H
#define TESTS_WINE_GUEST_H

#include "tests/wine/service.h"

/* kinds: "pmem", "scsi" and "share" are attached, by number or name; "place" is a path inside at which one of them is mounted; "root" a
 * place at which layers were combined. */
struct part { struct part *next; const char *kind; char *name, *of; bool mapped; };     /* mapped: a share in the guest's own memory */

struct part *part_find(const struct system *machine, const char *kind, const char *name);
struct part *part_add(struct system *machine, const char *kind, const char *name, const char *of);
void part_drop(struct system *machine, struct part *part);
const char *guest_number(const struct json_value *object, const char *name);    /* "0" when absent */
/* Attaches a file or a folder that is there, by a name that nothing else has. */
int32_t guest_attach(struct call *call, struct system *machine, const char *kind, const char *name, const char *path);
/* A disk that is written to has one machine. */
int32_t guest_attach_disk(struct call *call, struct system *machine, const char *name, const struct json_value *settings);

/* A Windows machine: its document, a request to it, a container in it. */
int32_t windows_want_machine(struct call *call, struct system *machine, const struct json_value *document);
int32_t windows_modify(struct call *call, struct system *machine);
int32_t windows_want_container(struct call *call, struct system *system, const struct system *machine, const struct json_value *container);

#endif
