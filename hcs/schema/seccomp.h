/* linux.seccomp of the runtime specification (config-linux.md, "Seccomp"): its shape, and its words.
 *
 * The specification's struct keeps the section as it came (a raw value): it is checked above, named by its digest in the engine, and
 * read by this table only where it is compiled.  No system's headers are needed: the numbers are Linux's ABI, seccomp(2). */
#ifndef HCS_SCHEMA_SECCOMP_H
#define HCS_SCHEMA_SECCOMP_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/json.h"
#include "hcs/base/macros.h"

struct seccomp_argument {
        uint32_t index;                 /* 0 to 5 */
        uint64_t value, value_two;      /* SCMP_CMP_MASKED_EQ: the mask, and what is left behind it */
        const char *op;
};

struct seccomp_rule {
        struct strings names;
        const char *action;
        const uint32_t *errno_ret;
        LIST_OF(struct seccomp_argument) args;
};

struct seccomp_section {
        const char *default_action;
        const uint32_t *default_errno_ret;
        struct strings architectures;   /* beside this machine's own */
        struct strings flags;           /* items NULL: not given */
        const char *listener_path, *listener_metadata;
        LIST_OF(struct seccomp_rule) syscalls;
};

extern const struct json_field seccomp_fields[];        /* struct seccomp_section */

/* A word and its number; the last has a NULL name. */
struct seccomp_word { const char *name; uint32_t number; };

/* SCMP_ACT_*: the number is what a filter answers, SECCOMP_RET_*, without its data. */
extern const struct seccomp_word seccomp_actions[];
#define SECCOMP_ANSWER_ERRNO    0x00050000u
#define SECCOMP_ANSWER_NOTIFY   0x7fc00000u
#define SECCOMP_ANSWER_TRACE    0x7ff00000u
#define SECCOMP_ANSWER_LOG      0x7ffc0000u
#define SECCOMP_ANSWER_ALLOW    0x7fff0000u

/* SECCOMP_FILTER_FLAG_*: the number is the bit of seccomp(2). */
extern const struct seccomp_word seccomp_flags[];
#define SECCOMP_FLAG_SPEC_ALLOW 0x4u
#define SECCOMP_FLAG_WAIT_KILLABLE 0x20u
#define SECCOMP_FLAG_LISTENER   0x8u            /* SECCOMP_FILTER_FLAG_NEW_LISTENER, which no section may name */

/* SCMP_ARCH_*: the number is the kernel's AUDIT_ARCH_*, with libseccomp's bit 30 for x32, which has x86_64's. */
extern const struct seccomp_word seccomp_architectures[];
#define SECCOMP_ARCHITECTURE_X86_64     0xc000003eu
#define SECCOMP_ARCHITECTURE_X32        0x4000003eu

/* SCMP_CMP_*, in libseccomp's order. */
extern const struct seccomp_word seccomp_operators[];

/* The row of a word, or NULL. */
const struct seccomp_word *seccomp_word_find(const struct seccomp_word *words, const char *name);

/* Is it one that can be compiled?  "linux.seccomp.syscalls[2].action: found ...", E_INVALID_DATA.  All that is said of a section that
 * passed leans on it. */
int seccomp_section_check(const struct seccomp_section *section, struct error *err);

/* The bits of seccomp(2) that a section asks for.  Not given means SPEC_ALLOW, as for the incumbents: a filter is a border for
 * system calls, not a reason to slow the program's own branches down (kernels since 5.16 think so by themselves). */
uint32_t seccomp_section_flags(const struct seccomp_section *section);
/* Is some call handed to a listener? */
bool seccomp_section_notifies(const struct seccomp_section *section);

#endif
