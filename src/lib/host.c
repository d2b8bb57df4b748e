#include "src/lib/host.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "hcs/base/utf8.h"
#include "oci/config.h"
#include "src/lib/ids.h"

#define NAME "hcs-sandbox"

int sandbox_default_root(char **ret, struct error *err)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR");

        /* Podman makes a user uid 0 of a user namespace, and says nothing else of it to most verbs. */
        if (geteuid() == 0 && (!runtime || !*runtime || system_is_first_user_namespace()))
                return path_join("/run", NAME, ret, err);
        if (!runtime || !*runtime)              /* set but empty is what podman hands to its root verbs */
                return error_set(err, E_NOT_FOUND, "where to keep state is not known: XDG_RUNTIME_DIR is not set; set it or give "
                                 "--root DIRECTORY");
        return path_join(runtime, NAME, ret, err);
}

int sandbox_check_path(const char *path, const char *what, struct error *err)
{
        if (utf8_is_valid(path, strlen(path)))
                return 0;
        return error_set(err, E_INVALID_PARAMETER, "the %s \"%s\" has bytes in its name that are not UTF-8; choose another", what, path);
}

int sandbox_host_open(const char *root, const char *data, const char *init, const struct log *log,
                      struct sandbox_host **ret, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = calloc(1, sizeof(*host));
        int r;

        if (!host)
                return error_memory(err);
        r = root ? path_absolute(root, &host->root, err) : sandbox_default_root(&host->root, err);
        if (r >= 0 && data)
                r = path_absolute(data, &host->data, err);
        if (r >= 0 && init)
                r = path_absolute(init, &host->init, err);
        if (r >= 0)
                r = sandbox_check_path(host->root, "state directory", err);
        if (r < 0)
                return r;
        if (log)
                host->log = *log;
        host->client = (struct hcs_client){ .api = local_api(), .space = host->root, .log = &host->log };
        *ret = take_ptr(host);
        return 0;
}

void sandbox_host_close(struct sandbox_host *host)
{
        if (!host)
                return;
        free(host->root);
        free(host->data);
        free(host->init);
        free(host);
}

void sandbox_host_closep(struct sandbox_host **host)
{
        sandbox_host_close(*host);
}

/* Others' files and our own dotted directories are none. */
static bool is_sandbox(const struct dirent *entry)
{
        struct error ignored = { 0 };

        return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) && oci_check_id(entry->d_name, &ignored) == 0;
}

int sandbox_host_list(const struct sandbox_host *host, struct arena *arena, struct strings *ret, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = opendir(host->root);
        struct ids ids = { 0 };
        struct dirent *entry;

        if (!dir && errno != ENOENT)
                return error_errno(err, "reading %s", host->root);
        while (dir && (entry = readdir(dir)))
                if (is_sandbox(entry) && ids_add(&ids, arena, entry->d_name, err) < 0)
                        return err->code;
        ids_sort(&ids);
        *ret = ids.list;
        return 0;
}
