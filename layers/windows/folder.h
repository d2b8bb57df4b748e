/* A folder of the transport form on this machine: folder-linux.c, folder-windows.c.  Paths are UTF-8, with slashes, below the folder;
 * nothing
 * is followed out of it.  Times are Windows'; Linux keeps two of the four, and gives the others the time of writing. */
#ifndef LAYERS_WINDOWS_FOLDER_H
#define LAYERS_WINDOWS_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/arena.h"
#include "layers/windows/tar.h"

struct winfolder { int dir; char *path; };      /* Linux: the descriptor; Windows: the path */

struct winfolder_file { int fd; uint64_t size; struct wintar_times times; };

struct winfolder_entry {
        const char *name;
        bool is_directory;
        uint32_t attributes;            /* as the machine has it; WINFILE_DIRECTORY or WINFILE_ARCHIVE on Linux */
        struct wintar_times times;
        uint64_t device, number, names; /* which file it is, and how many names it has */
};
typedef LIST_OF(struct winfolder_entry) winfolder_list;

int winfolder_open(const char *path, struct winfolder *ret, struct error *err);
void winfolder_done(struct winfolder *folder);

/* Sorted by their bytes; lives in `arena`.  Anything but files and directories is E_INVALID_DATA.  "" is the folder itself. */
int winfolder_read_directory(const struct winfolder *folder, const char *path, struct arena *arena, winfolder_list *ret, struct error *err);
/* For reading.  E_FILE_NOT_FOUND. */
int winfolder_open_file(const struct winfolder *folder, const char *path, struct winfolder_file *ret, struct error *err);
int winfolder_read(struct winfolder_file *file, uint64_t at, void *bytes, size_t length, size_t *ret, struct error *err);

/* All of these refuse what is there already. */
int winfolder_make_directory(const struct winfolder *folder, const char *path, struct error *err);
int winfolder_make_file(const struct winfolder *folder, const char *path, struct winfolder_file *ret, struct error *err);
int winfolder_link(const struct winfolder *folder, const char *path, const char *target, struct error *err);
int winfolder_remove_file(const struct winfolder *folder, const char *path, struct error *err);
int winfolder_write(struct winfolder_file *file, const void *bytes, size_t length, struct error *err);
/* The times of one that was written. */
int winfolder_set_times(struct winfolder_file *file, const struct wintar_times *times, struct error *err);
void winfolder_close(struct winfolder_file *file);      /* fine on one that is closed: fd -1 */

#endif
