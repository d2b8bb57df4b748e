#include "src/lib/host.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "hcs/host/host.h"
#include "oci/windows/id.h"
#include "src/lib/ids.h"

#define NAME "hcs-sandbox"

int sandbox_default_root(char **ret, struct error *err)
{
        const char *data = getenv("ProgramData");

        if (!data || !*data)
                return error_set(err, E_NOT_FOUND, "where to keep state is not known: ProgramData is not set; set it or give "
                                 "--root DIRECTORY");
        return path_join(data, NAME, ret, err);
}

int sandbox_host_open(const char *root, const char *data, const char *init, const struct log *log,
                      struct sandbox_host **ret, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = calloc(1, sizeof(*host));
        int r;

        if (!host)
                return error_memory(err);
        if (init)
                return error_set(err, E_NOT_SUPPORTED, "an init program is for Linux alone");
        host->engine = malloc(sizeof(*host->engine));
        host->client.strays = calloc(1, sizeof(*host->client.strays));
        if (!host->engine || !host->client.strays)
                return error_memory(err);
        host_init(host->engine);
        r = root ? path_absolute(root, &host->root, err) : sandbox_default_root(&host->root, err);
        if (r >= 0)
                r = path_absolute(data ? data : host->root, &host->data, err);
        if (r < 0)
                return r;
        if (log)
                host->log = *log;
        host->client.api = &host->engine->api;
        host->client.log = &host->log;
        *ret = take_ptr(host);
        return 0;
}

void sandbox_host_close(struct sandbox_host *host)
{
        if (!host)
                return;
        free(host->root);
        free(host->data);
        free(host->engine);
        if (!sandbox_host_strays(host))
                free(host->client.strays);      /* a call that has not come back will count itself off yet */
        free(host);
}

void sandbox_host_closep(struct sandbox_host **host)
{
        sandbox_host_close(*host);
}

int32_t sandbox_host_strays(const struct sandbox_host *host)
{
        return host->client.strays ? __atomic_load_n(host->client.strays, __ATOMIC_ACQUIRE) : 0;
}

int sandbox_host_need_compute(const struct sandbox_host *host, struct error *err)
{
        return host_load(host->engine, HOST_COMPUTE, err);
}

/* Other people's files, dotted directories and our own "scratch" are none. */
static int add_entry(const WIN32_FIND_DATAW *entry, struct arena *arena, struct ids *ids, struct error *err)
{
        _cleanup_(free_charp) char *name = NULL;
        struct error ignored = { 0 };

        if (!(entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) || utf16_to_utf8(entry->cFileName, &name, &ignored) < 0 ||
            oci_windows_check_id(name, &ignored) < 0)
                return 0;
        return ids_add(ids, arena, name, err);
}

int sandbox_host_list(const struct sandbox_host *host, struct arena *arena, struct strings *ret, struct error *err)
{
        _cleanup_(free_charp) char *pattern = NULL;
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        struct ids ids = { 0 };
        WIN32_FIND_DATAW entry;
        HANDLE find;
        int r = 0;

        if (path_join(host->root, "*", &pattern, err) < 0 || utf16_from_utf8(pattern, &wide, err) < 0)
                return err->code;
        find = FindFirstFileW(wide, &entry);
        if (find == INVALID_HANDLE_VALUE) {
                DWORD code = GetLastError();

                *ret = ids.list;
                return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ? 0 :
                       system_error(err, code, "reading %s", host->root);
        }
        do {
                r = add_entry(&entry, arena, &ids, err);
        } while (r >= 0 && FindNextFileW(find, &entry));
        FindClose(find);
        ids_sort(&ids);
        *ret = ids.list;
        return r;
}
