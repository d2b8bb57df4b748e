/* Names in a Windows layer, judged as Windows would understand them. */
#ifndef LAYERS_WINDOWS_NAMES_H
#define LAYERS_WINDOWS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

#define WINNAMES_PATH_MAX 3900          /* bytes; with a folder before it a path of Linux (4,096) holds it */
#define WINNAMES_MARK ".wh."
#define WINNAMES_DIRECTORY ".$wcidirs$"

struct winname {
        char path[WINNAMES_PATH_MAX + 1];       /* Files/a/b, without a stream and without the mark of a whiteout */
        const char *stream;                     /* "" for the file itself; else what is behind its colon, in `room` */
        char room[WINNAMES_PATH_MAX + 1];
        bool is_mark;                           /* .wh. stood before the last name */
};

/* Takes the path of an entry apart.  Refused (E_INVALID_DATA, with the reason and without the path): absolute, "..", backslashes, no
 * UTF-8, characters and device names that Windows keeps for itself, blanks and dots at the end of a name, more than one stream, a
 * name of the transport form's own, anything outside of Files, Hives and UtilityVM/Files, too long, too deep. */
int winnames_read(const char *path, uint32_t depth, struct winname *ret, struct error *err);

/* Is it a hive, the file in Hives itself?  Is it below Files or UtilityVM/Files, where files are of the transport form? */
bool winnames_is_hive(const char *path);
bool winnames_is_file(const char *path);

/* The text with the capitals of most scripts with capitals made small, as a file system takes them for the same: of Latin, Greek,
 * Cyrillic, Armenian.  Never longer than 3 bytes for 2; `ret` has room for twice the length. */
void winnames_fold(const char *text, char *ret);

#endif
