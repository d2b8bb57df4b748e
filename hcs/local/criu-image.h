/* What an image and its surroundings agree on.  Who saves a system and who restores it name what lies outside of it by the same keys:
 * mounts of the host's files, namespaces of others, the streams of the first process.
 *
 *      DESTINATION             a bind mount of the configuration, by its words
 *      host:/null              a device of the host's /dev, by its place there
 *      cgroup:NAME             the sandbox's group in a hierarchy, where it has no cgroup namespace
 *      extRootNetNS, ...PidNS  a namespace that is joined by its path
 *
 * The streams are in descriptors.json beside the image, as runc and crun have it: an array of what 0, 1 and 2 lead to.  It is written
 * last, so an image without one is not whole. */
#ifndef HCS_LOCAL_CRIU_IMAGE_H
#define HCS_LOCAL_CRIU_IMAGE_H

#include "hcs/local/cgroup.h"
#include "hcs/local/criu.h"
#include "hcs/schema/document.h"

#define CRIU_STREAMS_FILE "descriptors.json"

/* What both say alike. */
void criu_add_settings(struct text *out, const struct doc_save_settings *settings, const struct spec *spec);

/* Makes the image's directory, if it may, and the one for logs, and opens the first; says where criu will find both. */
struct criu_directories { int image; const char *log_path; };
#define CRIU_DIRECTORIES_NONE { .image = -1 }
int criu_open_directories(const char *image, const char *work, bool make, struct criu_directories *ret, struct text *out,
                          struct error *err);
void criu_directories_done(struct criu_directories *directories);

/* Of a living first process. */
int criu_add_saved_mounts(struct arena *arena, pid_t pid, const struct spec *spec, struct text *out, struct error *err);
int criu_add_saved_namespaces(pid_t pid, const struct spec *spec, struct text *out, struct error *err);
/* `ret` becomes the content of descriptors.json. */
int criu_add_saved_streams(struct arena *arena, pid_t pid, struct text *out, struct text *ret, struct error *err);

int criu_add_restored_mounts(struct arena *arena, const struct doc_hosted_system *hosted, const struct cgroup *cgroup,
                             struct text *out, struct error *err);
/* Opens the namespaces that are joined and adds them to what the program gets. */
int criu_add_restored_namespaces(const struct spec *spec, struct criu_launch *launch, struct text *out, struct error *err);
int criu_add_restored_streams(int image, struct text *out, struct error *err);

#endif
