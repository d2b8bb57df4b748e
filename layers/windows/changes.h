/* What an exported layer holds, as a list: for those who want to see it. */
#ifndef LAYERS_WINDOWS_CHANGES_H
#define LAYERS_WINDOWS_CHANGES_H

#include <stdbool.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"

enum winchange_type { WINCHANGE_FILE = 1, WINCHANGE_DIRECTORY, WINCHANGE_LINK, WINCHANGE_DELETED };

struct winchange {
        const char *path;               /* below Files, with slashes: "Windows/x.txt" */
        enum winchange_type type;
        uint64_t size;                  /* of a file's content */
};
typedef LIST_OF(struct winchange) winchange_list;

/* Sorted by path; lives in `arena`.  Hives are not among them: HCS exports them always. */
int winchanges_read(const char *folder, struct arena *arena, winchange_list *ret, struct error *err);

#endif
