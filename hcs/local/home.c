#include "hcs/local/home.h"

#include "hcs/base/text.h"

void home_done(struct home *home)
{
        cgroup_doors_done(&home->doors);
        scope_done(&home->scope);
}

/* On v2 nobody walks in by a door: a process is born in its group, or systemd has put it there. */
int home_make_group(struct home *home, const struct spec *spec, struct error *err)
{
        bool doors = home->tree.version == CGROUP_V1 || !home->scope.unit;
        int r;

        r = cgroup_make(&home->group, spec->linux_->resources, !spec_namespace_find(spec, SPEC_NAMESPACE_USER), err);
        return r < 0 || !doors ? r : cgroup_open_doors(&home->group, NULL, &home->doors, err);
}

/* Where a sandbox has no group of its own, a hierarchy begins at its top for it, with the groups of all others.  The init does not mount
 * it then; who may mount does. */
static void widen(struct cgroup *group, const struct spec *spec)
{
        group->unified_too = spec_process_may(spec->process, "CAP_SYS_ADMIN");
        group->every_hierarchy |= group->unified_too;
}

/* An id is unique in its space only: outside the usual one, the group's name says which space it is. */
static const char *group_name(const struct hcs_system_object *system, struct arena *arena)
{
        uint32_t hash = 2166136261u;

        if (text_equal(system->space, "/run/hcs-sandbox"))
                return system->id;
        for (const char *c = system->space; *c; c++)
                hash = (hash ^ (unsigned char)*c) * 16777619u;
        return arena_printf(arena, "%s-%08x", system->id, hash);
}

/* On v1 systemd gives a user a group in its own hierarchy and none in that of a controller. */
static int refuse_limits_of_user(const struct spec_resources *resources, struct error *err)
{
        if (!cgroup_asked(resources))
                return 0;
        return error_set(err, E_NOT_SUPPORTED, "linux.resources: systemd gives users no limits on cgroup v1; drop them, or boot with "
                         "systemd.unified_cgroup_hierarchy=1");
}

static int open_scope(struct home *home, const struct spec *spec, struct local_record *record, struct error *err)
{
        cgroup_open(&home->tree, home->scope.path, &home->group);
        home->group.every_hierarchy = true;
        widen(&home->group, spec);
        record->cgroup = home->scope.path;
        return cgroup_check_free(&home->group, err);
}

/* systemd's part of it; the scope itself comes when there is a process to be in it. */
static int prepare_scope(struct hcs_system_object *system, struct arena *arena, const struct spec *spec, struct local_record *record,
                         struct home *home, struct error *err)
{
        scope_property_list properties;
        struct cgroup_tree *tree = &home->tree;
        int r;

        if (tree->version == CGROUP_NONE)
                return error_set(err, E_NOT_SUPPORTED, "systemd has no cgroups to give where none are mounted at " CGROUP_TOP);
        r = scope_compose(arena, spec->linux_->cgroups_path, system->id, scope_is_for_user(), &home->scope, err);
        if (r >= 0)
                r = scope_properties(arena, spec->linux_->resources, &spec->annotations, tree->version, &properties, err);
        if (r >= 0 && !home->scope.user && !spec_namespace_find(spec, SPEC_NAMESPACE_USER))
                r = scope_add_devices(arena, spec->linux_->resources, tree->version, &properties, err);
        if (r >= 0)
                r = scope_begin(&home->scope, arena, system->id, &properties, err);
        if (r < 0)
                return r;
        if (home->scope.user && tree->version == CGROUP_V1)
                r = refuse_limits_of_user(spec->linux_->resources, err);
        else
                r = open_scope(home, spec, record, err);
        if (r < 0)
                return r;
        record->scope = home->scope.unit;
        record->scope_of_user = home->scope.user;
        return local_record_write(system->directory, record, err);
}

static int refuse_limits_without_group(const struct spec_resources *resources, struct error *err)
{
        if (!cgroup_asked(resources) && (!resources || resources->unified.count == 0))
                return 0;
        return error_set(err, E_INVALID_PARAMETER, "linux.resources: limits need a cgroup, and none is to be made (--cgroup-manager "
                         "disabled); drop the limits, or choose another manager");
}

/* Composes the group and writes its name down. */
int home_prepare_group(struct hcs_system_object *system, struct arena *arena, const struct doc_hosted_system *hosted,
                        struct local_record *record, struct home *home, struct error *err)
{
        const struct spec *spec = hosted->oci_specification;
        const struct spec_resources *resources = spec->linux_->resources;
        int manager = hosted->options ? hosted->options->cgroup_manager : DOC_CGROUPS_OWN, r;
        const char *name;

        if (manager == DOC_CGROUPS_NONE)
                return refuse_limits_without_group(resources, err);
        r = cgroup_tree_find(arena, CGROUP_TOP, &home->tree, err);
        if (r < 0)
                return r;
        if (manager == DOC_CGROUPS_SYSTEMD)
                return prepare_scope(system, arena, spec, record, home, err);
        if (scope_is_meant(spec->linux_->cgroups_path))
                return error_set(err, E_INVALID_DATA, "linux.cgroupsPath: found \"%.200s\", which asks for a group made by systemd; "
                                 "say --systemd-cgroup too, or name a path", spec->linux_->cgroups_path);
        name = group_name(system, arena);
        if (!name)
                return error_memory(err);
        r = cgroup_compose(arena, &home->tree, spec->linux_->cgroups_path, name, resources, &home->group, err);
        if (r < 0 || !home->group.path)
                return r;
        widen(&home->group, spec);
        r = cgroup_check_free(&home->group, err);
        if (r < 0)
                return r;

        record->cgroup = home->group.path;
        r = local_record_write(system->directory, record, err);
        if (r < 0)
                return r;
        /* On v2 the child is born in its group; on v1 it joins later, and the group is made while it comes to life. */
        return home->tree.version == CGROUP_V2 ? home_make_group(home, spec, err) : 0;
}

/* The class for linux.intelRdt, written down before it is made. */
int home_make_class(const struct hcs_system_object *system, struct arena *arena, const struct spec_intel_rdt *wanted,
                      struct local_record *record, struct home *home, struct error *err)
{
        const char *mount;
        int r;

        if (!wanted)
                return 0;
        r = resctrl_find(arena, &mount, err);
        if (r >= 0)
                r = resctrl_compose(arena, mount, wanted, system->id, &home->resctrl, err);
        if (r < 0)
                return r;
        record->resctrl_class = home->resctrl.class;
        record->resctrl_own = home->resctrl.own;
        record->resctrl_monitor = home->resctrl.monitor;
        r = local_record_write(system->directory, record, err);
        if (r >= 0)
                r = resctrl_make(&home->resctrl, err);
        return r < 0 ? r : resctrl_fill(&home->resctrl, wanted, err);
}
