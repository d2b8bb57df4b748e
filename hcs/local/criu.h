/* CRIU, which writes the state of processes into files and makes processes of them again: found, run as `criu swrk`, and talked to
 * over a socket (criu-message.h) until it is done.  Nothing of it is loaded into this program; who does not ask does not need it.
 *
 * Facts: CRIU's images/rpc.proto; what runc and crun ask of it.  Its own words are in a log beside the image. */
#ifndef HCS_LOCAL_CRIU_H
#define HCS_LOCAL_CRIU_H

#include <stdbool.h>
#include <sys/types.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/text.h"
#include "hcs/local/criu-message.h"

#define CRIU_FDS_MAX 8
#define CRIU_SOCKET 3                   /* its number there */
#define CRIU_IMAGE 4                    /* that of the image's directory */
#define CRIU_WORK 5                     /* of the one for logs */
#define CRIU_FIRST_FD 6                 /* and of the first of `more` */

struct criu {
        int socket;                     /* -1: it does not run */
        pid_t pid;
};
#define CRIU_NONE { .socket = -1 }

struct criu_launch {
        int streams[3];                 /* its own; a restored program inherits them; -1: /dev/null */
        int more[CRIU_FDS_MAX];         /* become CRIU_FIRST_FD, and on */
        size_t more_count;
        const char *image, *work;       /* directories, absolute, that are there; NULL: none */
        const char *root;               /* a directory that it sees mounted on `place`, alone; NULL: nothing */
        const char *place;
        bool readonly;                  /* that mount */
};

/* Where it is: PATH first, then the usual places.  None is an error that names the package.  Lives in `arena`. */
int criu_find(struct arena *arena, const char **ret_program, struct error *err);
/* Makes the process, as our child; it waits for criu_begin(), so that it can be put in its place. */
int criu_launch(struct criu *criu, const char *program, const struct criu_launch *launch, struct error *err);
/* Lets it go, with a request. */
int criu_begin(struct criu *criu, const struct text *request, struct error *err);

/* A step that it has come to; it waits for what this gives back.  `fd` -1: none came along. */
typedef int (*criu_step)(void *context, const struct criu_answer *answer, int fd, struct error *err);
/* Hears it until it is done.  `step` may be NULL. */
int criu_hear(struct criu *criu, criu_step step, void *context, struct criu_answer *ret, struct error *err);
/* Closes the connection, which ends it, and reaps it. */
void criu_end(struct criu *criu);

/* What its log says first of what went wrong, added to *err, with the log's place. */
void criu_add_log(const char *directory, const char *log, struct error *err);

#endif
