/* What was wanted: ROOT/ID/sandbox.json, written before anything is made, so that whoever comes later can undo it. */
#ifndef LIB_RECORD_H
#define LIB_RECORD_H

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/text.h"
#include "oci/state.h"

struct sandbox_record {
        struct oci_state state;         /* without status and pid */
        uint32_t owner;                 /* uid */
        const char *scratch;            /* a directory that goes with the sandbox; NULL: none */
        bool scratch_kept;
        bool scratch_in_memory;
        const char *reference;          /* to a mask; NULL: none */
        struct strings layer_references;        /* to named layers */
        const char *way;                /* how the host's system was taken: "overlay", ...; NULL: an ordinary bundle */
};

enum { SANDBOX_NO_RECORD = 1 };

#define SANDBOX_RECORD_NAME "sandbox.json"
#define SANDBOX_RECORD_MAX  (1u << 20)

int sandbox_record_print(const struct sandbox_record *record, struct text *out, struct error *err);
int sandbox_record_parse(const struct text *text, struct arena *arena, struct sandbox_record *ret, struct error *err);

/* The file, on Linux. */
int sandbox_record_write(int directory, const struct sandbox_record *record, struct error *err);
int sandbox_record_read(int directory, struct arena *arena, struct sandbox_record *ret, struct error *err);

#endif
