/* What a sandbox has changed, found from its record and its document, and told: for people and for programs. */
#ifndef LIB_CHANGES_H
#define LIB_CHANGES_H

#include "layers/changes.h"
#include "src/lib/sandbox.h"

/* All lives in `arena`.  An ordinary bundle has no change set: an error. */
int sandbox_changes(struct sandbox *sandbox, struct arena *arena, change_list *ret, struct error *err);
/* The question that was asked for that, which says where the parts of the scratch lie. */
int sandbox_changes_question(struct sandbox *sandbox, struct arena *arena, struct changes_question *ret, struct error *err);

/* Writes it to `fd` as a patch (layers/patch.h says what is in it); `printable`: for a terminal. */
int sandbox_patch(struct sandbox *sandbox, int fd, bool printable, struct error *err);

/* A line each:  A /path, M /path (content, mode), D /path, T /path, R /old -> /new; control characters escaped. */
void changes_print_lines(struct text *out, const change_list *list);
/* The paths alone, each ended by `end`: '\n' (control characters escaped) or NUL (as they are). */
void changes_print_names(struct text *out, const change_list *list, char end);
/* "12 added (3.4 MB), 2 changed, 1 deleted"; "nothing" when the list is empty. */
void changes_print_stat(struct text *out, const change_list *list);
/* { "summary": { ... }, "changes": [ { "path", "change", ... } ] }.  A path that is not UTF-8 has U+FFFD for each byte that is none,
 * and beside it "pathBase64" with the bytes; so have "from" and "link". */
void changes_print_json(struct text *out, const change_list *list);
/* Its "changes" alone, and "path" or another name in that encoding. */
void changes_print_list(struct text *out, const change_list *list);
void changes_print_path(struct text *out, const char *key, const char *path);

#endif
