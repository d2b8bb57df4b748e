#include "src/lib/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"

#define LOCK_MS 10000                   /* how long a call waits for another one to end */

int handle_new(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err)
{
        struct sandbox *sandbox = calloc(1, sizeof(*sandbox));

        if (!sandbox)
                return error_memory(err);
        sandbox->host = host;
        sandbox->directory = sandbox->view = -1;
        sandbox->id = strdup(id);
        if (!sandbox->id) {
                free(sandbox);
                return error_memory(err);
        }
        *ret = sandbox;
        return 0;
}

void sandbox_close(struct sandbox *sandbox)
{
        if (!sandbox)
                return;
        hcs_process_close(sandbox->first);
        hcs_system_close(sandbox->system);
        layer_farewell_end(sandbox->farewell);
        composition_done(&sandbox->composition);
        io_closep(&sandbox->directory);
        io_closep(&sandbox->view);
        free(sandbox->id);
        free(sandbox);
}

void sandbox_closep(struct sandbox **sandbox)
{
        sandbox_close(*sandbox);
}

const char *sandbox_id(const struct sandbox *sandbox)
{
        return sandbox->id;
}

int *sandbox_view(struct sandbox *sandbox)
{
        return &sandbox->view;
}

const struct sandbox_host *sandbox_of_host(const struct sandbox *sandbox)
{
        return sandbox->host;
}

int handle_open_directory(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        int r = path_join(sandbox->host->root, sandbox->id, &path, err);

        if (r < 0)
                return r;
        sandbox->directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (sandbox->directory < 0)
                return errno == ENOENT ? SANDBOX_NOT_FOUND : error_errno(err, "opening %s", path);
        return 0;
}

int sandbox_missing(const char *id, struct error *err)
{
        return error_set(err, E_NOT_FOUND, "container \"%s\" does not exist", id);
}

int sandbox_open(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err)
{
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        int r;

        r = oci_check_id(id, err);
        if (r >= 0)
                r = handle_new(host, id, &sandbox, err);
        if (r >= 0)
                r = handle_open_directory(sandbox, err);
        if (r != 0)
                return r;
        *ret = take_ptr(sandbox);
        return 0;
}

int handle_open_system(struct sandbox *sandbox, struct error *err)
{
        return sandbox->system ? 0 : hcs_system_open(&sandbox->host->client, sandbox->id, &sandbox->system, err);
}

/* --- the lock ----------------------------------------------------------------------------------------------------------- */

int handle_lock(struct sandbox *sandbox, struct error *err)
{
        struct timespec nap = { .tv_nsec = 5000000 };

        for (int left_ms = LOCK_MS; flock(sandbox->directory, LOCK_EX | LOCK_NB) < 0; left_ms -= 5) {
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return error_errno(err, "locking container \"%s\"", sandbox->id);
                if (left_ms <= 0)
                        return error_set(err, E_BUSY, "another call has been at work on container \"%s\" for more than %d s; "
                                         "end that one, then try again", sandbox->id, LOCK_MS / 1000);
                (void)nanosleep(&nap, NULL);
        }
        sandbox->locked = true;
        return 0;
}

void handle_unlock(struct sandbox *sandbox)
{
        if (sandbox->locked)
                (void)flock(sandbox->directory, LOCK_UN);
        sandbox->locked = false;
}

int handle_check(const struct sandbox *sandbox, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        struct stat ours, there;
        int r = path_join(sandbox->host->root, sandbox->id, &path, err);

        if (r < 0)
                return r;
        if (fstat(sandbox->directory, &ours) < 0)
                return error_errno(err, "looking at the state of container \"%s\"", sandbox->id);
        if (stat(path, &there) < 0)
                return errno == ENOENT ? SANDBOX_NOT_FOUND : error_errno(err, "looking at %s", path);
        return ours.st_ino == there.st_ino && ours.st_dev == there.st_dev ? 0 : SANDBOX_NOT_FOUND;
}

int handle_need_system(struct sandbox *sandbox, struct error *err)
{
        int r = handle_open_system(sandbox, err);

        return r == HCS_NOT_FOUND ? error_set(err, E_NOT_FOUND, "container not running: \"%s\" was never brought up; delete it",
                                              sandbox->id) : r;
}

/* Whoever creates it holds the lock until it stands.  A lock of our own would be given away by asking. */
bool handle_is_being_made(const struct sandbox *sandbox)
{
        if (sandbox->locked)
                return false;
        if (flock(sandbox->directory, LOCK_SH | LOCK_NB) < 0)
                return true;
        (void)flock(sandbox->directory, LOCK_UN);
        return false;
}
