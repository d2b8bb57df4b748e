#include "src/lib/host.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/path.h"

#define NAME "hcs-sandbox"

int sandbox_default_root(char **ret, struct error *err)
{
        const char *data = getenv("ProgramData");

        if (!data || !*data)
                return error_set(err, E_NOT_FOUND, "where to keep state is not known: ProgramData is not set; set it or give "
                                 "--root DIRECTORY");
        return path_join(data, NAME, ret, err);
}
