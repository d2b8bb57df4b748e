/* What the two versions of cgroups do each their own way; cgroup.c chooses.  Private to the cgroup files. */
#ifndef HCS_LOCAL_CGROUP_KINDS_H
#define HCS_LOCAL_CGROUP_KINDS_H

#include "hcs/local/cgroup.h"

extern const char *const cgroup_controller_names[CGROUP_CONTROLLER_COUNT];

#define CGROUP_PATH_MAX 4096
/* The directory of a group in a hierarchy.  cgroup_compose() has seen that it fits. */
void cgroup_directory(const char *mount, const char *path, char ret[CGROUP_PATH_MAX]);

/* systemd makes a directory for each controller that the kernel knows, and it stays where there is no hierarchy to be had. */
bool cgroup_is_hierarchy(const char *mount);

/* The v2 group in the text of a /proc/PID/cgroup; NULL: there is none. */
char *cgroup_unified_group(struct arena *arena, const char *membership);

/* A relative cgroupsPath lies here, and nothing else does.  Has it levels of its own, "a/b/c"?  They go with the last sandbox below
 * them, also while another one is about to make its group there: did that fail by this, so that it is to be made again? */
#define CGROUP_OWN_PLACE "/hcs-sandbox/"
bool cgroup_has_levels(const char *path);
bool cgroup_lost_level(const struct cgroup *cgroup, int code, unsigned *round);

#define CGROUP_EMPTY_MS 5000            /* how long killed processes may take to leave */

int cgroup_v1_make(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct error *err);
int cgroup_v1_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err);
int cgroup_v1_freeze(const struct cgroup *cgroup, bool frozen, struct error *err);
int cgroup_v1_is_frozen(const struct cgroup *cgroup, bool *ret, struct error *err);
/* SIGKILL for all, and they are thawed to die of it.  `hold`: frozen before, so that nobody forks away from the signal. */
int cgroup_v1_kill(const struct cgroup *cgroup, bool hold, struct error *err);

int cgroup_v1_update(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct cgroup_undo *undo,
                     struct error *err);

int cgroup_v2_make(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct error *err);
int cgroup_v2_update(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct cgroup_undo *undo,
                     struct error *err);
int cgroup_v2_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err);
const char *cgroup_v2_home(struct arena *arena, const struct cgroup *cgroup, const char *membership);
int cgroup_v2_freeze(const struct cgroup *cgroup, bool frozen, struct error *err);
int cgroup_v2_is_frozen(const struct cgroup *cgroup, bool *ret, struct error *err);
int cgroup_v2_kill(const struct cgroup *cgroup, struct error *err);

/* Where values are written: the directory of a group.  `undo` NULL: the group is in the making, and goes whole when a value is
 * refused.  Else what is there is kept, to be put back. */
struct cgroup_target { int dir; struct cgroup_undo *undo; };

/* One value into one file of the group; a controller that is not there is named. */
int cgroup_write(const struct cgroup_target *to, const char *file, const char *value, const char *member, struct error *err);
int cgroup_write_number(const struct cgroup_target *to, const char *file, int64_t number, const char *member, struct error *err);
/* One line into a file that has a line for each device, "8:0 rate"; what it was is the line that begins with the same word, and
 * `none` behind that word where there was no such line. */
int cgroup_write_line(const struct cgroup_target *to, const char *file, const char *line, const char *none, const char *member,
                      struct error *err);
/* Of two values each bounds the other: `first` goes first, unless the kernel finds it invalid before the other. */
struct cgroup_value { const char *file, *value, *member; };
int cgroup_write_pair(const struct cgroup_target *to, const struct cgroup_value *first, const struct cgroup_value *second,
                      struct error *err);
/* One write(2), again when a signal came between: the kernel ends some of them early then.  errno when -1. */
int cgroup_put(int fd, const char *value);
bool cgroup_has(const struct cgroup_target *to, const char *file);
/* The number in a file; INT64_MAX for "max".  -1: there is none. */
int64_t cgroup_read_number(int dir, const char *file);

/* cgroup-sub.c.  What the wishes of exec --cgroup say of a v1 hierarchy; an empty path, or wishes of NULL: the group itself. */
void cgroup_sub_find(const char *wishes, int controller, const char **ret_path, int *ret_length);

/* cgroup-undo.c. */
struct cgroup_undo_item { int dir; char *file, *old; };
int cgroup_undo_keep(struct cgroup_undo *undo, int dir, const char *file, const char *line, const char *none, struct error *err);

/* cgroup-io.c.  The limits of block devices. */
int cgroup_v1_limit_io(const struct cgroup_target *to, const struct spec_block_io *io, struct error *err);
int cgroup_v2_limit_io(const struct cgroup_target *to, const struct spec_block_io *io, struct error *err);

/* cgroup-more.c.  Controllers that few use. */
int cgroup_v1_limit_huge_pages(const struct cgroup_target *to, const struct spec_resources *resources, struct error *err);
int cgroup_v2_limit_huge_pages(const struct cgroup_target *to, const struct spec_resources *resources, struct error *err);
int cgroup_limit_rdma(const struct cgroup_target *to, const struct spec_resources *resources, struct error *err);
int cgroup_v1_set_class(const struct cgroup_target *to, const struct spec_network *network, struct error *err);
int cgroup_v1_set_priorities(const struct cgroup_target *to, const struct spec_network *network, struct error *err);

/* cgroup-weight.c.  The weight on v2 (1 to 10000) of shares on v1 (2 to 262144). */
unsigned cgroup_weight_of_shares(uint64_t shares);

void cgroup_sleep(unsigned round);      /* 1, 2, 4, ... 64 ms */

/* cgroup-walk.c.  A group by the path of its directory, and those below it.  One that is not there has nobody in it. */
int cgroup_collect(const char *path, struct cgroup_pids *ret, struct error *err);
int cgroup_kill_each(const char *path, struct error *err);
int cgroup_is_used(const char *path, bool *ret, struct error *err);
/* Writes a value into a file of each, where it is taken. */
int cgroup_write_each(const char *path, const char *file, const char *value, struct error *err);
enum { CGROUP_IN_USE = 1 };
/* rmdir of a group, and before it of those `below`.  CGROUP_IN_USE: somebody is still in it, or there are others below. */
int cgroup_remove_directory(const char *path, bool below, struct error *err);

/* cgroup-devices.c.  OCI's rules in their order, with those that every sandbox has. */
struct cgroup_device_rule {
        bool allow;
        char type;                      /* 'b', 'c', or 'a' for both */
        int64_t major, minor;           /* -1: any */
        unsigned access;                /* BPF_DEVCG_ACC_* */
};
struct cgroup_device_rules { struct cgroup_device_rule *items; size_t count; };
int cgroup_device_rules(struct arena *arena, const struct spec_resources *resources, struct cgroup_device_rules *ret,
                        struct error *err);
int cgroup_devices_apply_v1(int dir, const struct spec_resources *resources, struct error *err);
int cgroup_devices_apply_v2(int dir, const struct spec_resources *resources, struct error *err);
/* The same where there are some already, which go. */
int cgroup_devices_replace_v2(int dir, const struct spec_resources *resources, struct error *err);

/* What v1 is told: the answer for everything, and the exceptions from it.  The same meaning, or an error. */
struct cgroup_device_list { bool allow; struct cgroup_device_rule *items; size_t count; };
int cgroup_device_list(struct arena *arena, const struct cgroup_device_rules *rules, struct cgroup_device_list *ret,
                       struct error *err);

/* What v2 is told, for tests too, which run it without a kernel. */
struct bpf_insn;
struct cgroup_device_program { struct bpf_insn *code; size_t count; };
int cgroup_device_program(struct arena *arena, const struct cgroup_device_rules *rules, struct cgroup_device_program *ret,
                          struct error *err);

#endif
