/* tombstones.txt: a line "Version 1.0" behind the mark of UTF-8, then a path in each, with backslashes and one before it, from Files on. */
#ifndef LAYERS_WINDOWS_TOMBSTONES_H
#define LAYERS_WINDOWS_TOMBSTONES_H

#include "layers/windows/folder.h"

#define WINTOMBSTONES "tombstones.txt"

/* Paths as entries have them ("Files/a/b"), sorted; live in `arena`.  None, when there is no such file. */
int wintombstones_read(const struct winfolder *folder, struct arena *arena, struct strings *ret, struct error *err);
int wintombstones_begin(const struct winfolder *folder, struct winfolder_file *ret, struct error *err);
int wintombstones_add(struct winfolder_file *file, const char *path, struct error *err);

#endif
