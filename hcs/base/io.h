/* Files and descriptors.  Everything is opened close-on-exec.  A path is
 * UTF-8.  Linux's half is io-linux.c; Windows' (io-windows.c) has what takes no directory's descriptor and no socket. */
#ifndef HCS_BASE_IO_H
#define HCS_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"

void io_closep(int *fd);                        /* for _cleanup_; closes 0 and up */
void io_close_filep(FILE **file);
void io_close_dirp(void *dir);                  /* for _cleanup_ on a DIR * */

/* Reads to the end, at most `max` bytes (more is E_INVALID_DATA, "too large"); `what` names it in messages. */
int io_read_all(int fd, size_t max, struct text *out, const char *what, struct error *err);
/* Opens below `dir` (AT_FDCWD too) and reads to the end. */
int io_read_file_at(int dir, const char *name, size_t max, struct text *out, struct error *err);
/* The same for a path. */
int io_read_file(const char *path, size_t max, struct text *out, struct error *err);
/* Linux.  Is there something of this name below `dir`?  IO_ABSENT when not; what can't be known is a failure. */
enum { IO_ABSENT = 1 };
int io_look_for(int dir, const char *name, struct error *err);
/* All of it, through EINTR and short writes. */
int io_write_all(int fd, const void *bytes, size_t length, const char *what, struct error *err);
/* One write(2) of a whole value to an existing kernel file (cgroup, proc): never creates, never in pieces. */
int io_write_value_at(int dir, const char *name, const char *value, struct error *err);
/* Opens for adding to the end, made when it is not there. */
int io_open_append(const char *path, mode_t mode, int *ret_fd, struct error *err);
/* For reading, from the beginning. */
int io_open(const char *path, int *ret_fd, struct error *err);
/* For writing, empty; a link is not followed. */
int io_create(const char *path, int *ret_fd, struct error *err);
/* Waits until what was written is on the disk. */
int io_sync(int fd, const char *what, struct error *err);
/* Puts it in the place of what is there. */
int io_rename(const char *from, const char *to, struct error *err);
/* Takes a file away, if it can: for what was made in vain. */
void io_remove(const char *path);
/* Makes a file that must not be there (E_ALREADY_EXISTS), with these bytes; what is half done is taken away again. */
int io_make_file(const char *path, const void *bytes, size_t length, mode_t mode, struct error *err);
/* A whole file: temporary name, write, rename.  `mode` is exact. */
int io_replace_at(int dir, const char *name, const void *bytes, size_t length, mode_t mode, struct error *err);

/* The same for a path. */
int io_replace(const char *path, const void *bytes, size_t length, mode_t mode, struct error *err);

/* Removes a tree below `dir` without following links and without crossing mounts (one inside is "device or resource
 * busy"); absent is fine.  Opens directories that forbid it by chmod first. */
int io_remove_tree_at(int dir, const char *name, struct error *err);
/* The same for a path.  Windows: links in it are removed themselves. */
int io_remove_tree(const char *path, struct error *err);
/* mkdir -p of an absolute or relative path of our own (not of a foreign root); what is there must be a directory. */
int io_make_directories(const char *path, mode_t mode, struct error *err);
/* One, that must not be there: E_ALREADY_EXISTS. */
int io_make_directory(const char *path, mode_t mode, struct error *err);

/* Opens a UNIX stream socket to a path of any length (through /proc/self/fd of its directory). */
int io_connect_unix(const char *path, int *ret_fd, struct error *err);
/* Sends one message with one descriptor / receives one (more than one are refused).  The payload is `name`, at least one
 * byte. */
int io_send_fd(int socket, int fd, const char *name, struct error *err);
int io_receive_fd(int socket, int *ret_fd, struct error *err);

#endif
