/* The program hcs-sandbox-layer: the verbs of `hcs-sandbox layer`, and what they share. */
#ifndef LAYER_LAYER_H
#define LAYER_LAYER_H

#include "layers/archive/archive.h"
#include "layers/store.h"
#include "src/cli/cmd.h"

extern const struct cmd cmd_layer_commit, cmd_layer_export, cmd_layer_import, cmd_layer_list, cmd_layer_remove, cmd_layer_verify;

/* DATA/layers of whoever calls.  `make` false: STORE_ABSENT when there is none. */
int layer_store(struct arena *arena, bool make, struct store *ret, struct error *err);
/* The error for a name that STORE_ABSENT was the answer to. */
int layer_missing(const char *name, struct error *err);
/* --format: *ret_json.  */
int layer_format(const struct cmd_context *context, bool *ret_json, struct error *err);
/* A libarchive that is made to want more memory than this program may have gets an error instead. */
void layer_limit_memory(void);
/* For archive_warn: `context` is the log. */
void layer_warn(void *context, const char *text);
/* "sha256:" and the digits; lives in `arena`. */
const char *layer_sum(struct arena *arena, const char *digits);

/* --progress auto|bar|json|none, on standard error.  Give its address to archive_progress as the context of layer_progress_tell(). */
struct layer_progress { enum { PROGRESS_NONE = 1, PROGRESS_BAR, PROGRESS_JSON } kind; int64_t told_ms; bool shown; };
int layer_progress_begin(const struct cmd_context *context, struct layer_progress *ret, struct error *err);
void layer_progress_tell(void *progress, uint64_t done, uint64_t total, uint64_t entries);
/* Takes the bar away. */
void layer_progress_end(struct layer_progress *progress);

/* What `layer export` is asked for: the upper directories of a sandbox, or a layer's tree. */
#define LAYER_PARTS_MAX 64
struct layer_source { struct archive_part parts[LAYER_PARTS_MAX]; size_t count; bool marks_by_name; };
int layer_source_open(const struct cmd_context *context, struct arena *arena, const char *name, struct layer_source *ret,
                      struct error *err);
void layer_source_done(struct layer_source *source);

/* One file that is to become a layer: opened, and what it must be: by an OCI image layout, or what the caller wanted. */
struct layer_blob { int fd; const char *digest, *diff_id, *wanted; uint64_t size; };
/* Is it a digest as we know them, sha256: and 64 digits? */
int layer_digest_check(const char *digest, struct error *err);
struct layer_image { struct layer_blob blobs[STORE_LAYERS_MAX]; size_t count; };
/* DIRECTORY[:TAG].  Reads and checks all but the layers. */
int layer_image_open(struct arena *arena, const char *what, struct layer_image *ret, struct error *err);
void layer_image_done(struct layer_image *image);

#define LAYER_FORMAT_FLAG { "format", 'f', CMD_FLAG_TEXT, "text|json", "how to print (default: text)" }
#define LAYER_PROGRESS_FLAG \
        { "progress", 0, CMD_FLAG_TEXT, "auto|bar|json|none", "on standard error (default: a bar when that is a terminal)" }

#endif
