/* What the two versions of cgroups do each their own way; cgroup.c chooses.  Private to the cgroup files. */
#ifndef HCS_LOCAL_CGROUP_KINDS_H
#define HCS_LOCAL_CGROUP_KINDS_H

#include "hcs/local/cgroup.h"

extern const char *const cgroup_controller_names[CGROUP_CONTROLLER_COUNT];

#define CGROUP_PATH_MAX 4096
#define CGROUP_EMPTY_MS 5000            /* how long killed processes may take to leave */

int cgroup_v1_make(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct error *err);
int cgroup_v1_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err);
int cgroup_v1_freeze(const struct cgroup *cgroup, bool frozen, struct error *err);
int cgroup_v1_is_frozen(const struct cgroup *cgroup, bool *ret, struct error *err);
int cgroup_v1_remove(const struct cgroup *cgroup, bool kill, struct error *err);

int cgroup_v2_make(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct error *err);
int cgroup_v2_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err);
int cgroup_v2_freeze(const struct cgroup *cgroup, bool frozen, struct error *err);
int cgroup_v2_is_frozen(const struct cgroup *cgroup, bool *ret, struct error *err);
int cgroup_v2_remove(const struct cgroup *cgroup, bool kill, struct error *err);

/* One value into one file of the directory `dir`; a controller that is not there is named. */
int cgroup_write(int dir, const char *file, const char *value, const char *member, struct error *err);
int cgroup_write_number(int dir, const char *file, int64_t number, const char *member, struct error *err);

/* Host pids of a directory and those below it, added to *ret. */
int cgroup_collect(const char *path, struct cgroup_pids *ret, struct error *err);
/* Sends SIGKILL to every process below. */
int cgroup_kill_each(const char *path, struct error *err);
/* rmdir of a group and its sub-groups.  1: somebody is still in it. */
int cgroup_remove_directory(const char *path, struct error *err);
void cgroup_sleep(unsigned round);      /* 1, 2, 4, ... 64 ms */

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
