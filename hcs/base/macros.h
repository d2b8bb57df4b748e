/* The few words that the whole house leans on: ownership (_cleanup_, take_ptr, take_fd), typed lists, and the
 * length of an array.  Nothing here hides a return or a jump. */
#ifndef HCS_BASE_MACROS_H
#define HCS_BASE_MACROS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define _cleanup_(fn)     __attribute__((cleanup(fn)))
#ifdef __MINGW32__                      /* C99's formats, which __USE_MINGW_ANSI_STDIO brings */
#define _printf_(f, a)    __attribute__((format(gnu_printf, f, a)))
#else
#define _printf_(f, a)    __attribute__((format(printf, f, a)))
#endif
#define _unused_          __attribute__((unused))
#define _must_check_      __attribute__((warn_unused_result))

#define ARRAY_LENGTH(a)   (sizeof(a) / sizeof((a)[0]))

/* A counted list of anything.  Memory is an arena's or another owner's; the list itself owns nothing.
 * items == NULL says "not given"; items != NULL with count == 0 says "given, and empty". */
#define LIST_OF(type)     struct { type *items; size_t count; }

/* Hands an owned pointer or descriptor over and leaves the empty value behind. */
#define take_ptr(p)       ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })
#define take_fd(fd)       ({ int taken_ = (fd); (fd) = -1; taken_; })

/* The same with a name for each item; the names keep their order. */
#define MAP_OF(type)      struct { struct { const char *key; type value; } *items; size_t count; }

struct strings     { const char **items; size_t count; };
struct uint32s     { uint32_t *items; size_t count; };
struct uint64s     { uint64_t *items; size_t count; };
struct bytes       { const unsigned char *items; size_t count; };
struct string_pair { const char *key, *value; };
struct string_map  { struct string_pair *items; size_t count; };
struct number_pair { const char *key; uint64_t value; };
struct number_map  { struct number_pair *items; size_t count; };

static inline void free_charp(char **p) { free(*p); }

#endif
