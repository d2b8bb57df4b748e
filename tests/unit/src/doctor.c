#include "src/lib/doctor.h"

#include "tests/unit/base/place.h"

/* A machine of files. */
struct machine { struct place place; struct arena arena; uint32_t uid; };

static struct machine machine_new(uint32_t uid)
{
        static const char *const directories[] = { "proc", "proc/sys", "proc/sys/kernel", "proc/sys/user", "proc/self", "proc/self/ns",
                                                   "sys", "sys/fs", "sys/fs/cgroup", "sys/fs/cgroup/mine", "dev", "bin" };
        struct machine machine = { .place = place_new(), .uid = uid };

        for (size_t i = 0; i < ARRAY_LENGTH(directories); i++)
                place_directory(&machine.place, directories[i]);
        place_file(&machine.place, "proc/sys/kernel/osrelease", "6.1.0-test\n");
        place_file(&machine.place, "proc/filesystems", "nodev\tproc\nnodev\toverlay\n\text4\n");
        place_file(&machine.place, "proc/self/ns/user", "");
        place_file(&machine.place, "proc/self/cgroup", "0::/mine\n");
        place_file(&machine.place, "proc/sys/user/max_user_namespaces", "1000\n");
        place_file(&machine.place, "sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
        place_file(&machine.place, "sys/fs/cgroup/mine/cgroup.procs", "");
        place_file(&machine.place, "dev/fuse", "");
        place_file(&machine.place, "bin/fuse-overlayfs", "");
        cr_assert(eq(int, fchmodat(machine.place.dir, "bin/fuse-overlayfs", 0755, 0), 0));
        return machine;
}

static void machine_donep(struct machine *machine)
{
        arena_done(&machine->arena);
        place_donep(&machine->place);
}

static void leave_out(const struct machine *machine, const char *name)
{
        cr_assert(eq(int, unlinkat(machine->place.dir, name, 0), 0), "%s", name);
}

static struct doctor_findings look(struct machine *machine)
{
        const struct doctor_place place = { .root = machine->place.path, .path = "/sbin:/bin", .uid = machine->uid };
        struct doctor_findings findings;
        struct error err = { 0 };

        cr_assert(eq(int, doctor_look_at(&place, &machine->arena, &findings, &err), 0), "%s", err.text);
        return findings;
}

static const struct doctor_finding *find(const struct doctor_findings *findings, const char *name)
{
        for (size_t i = 0; i < findings->count; i++)
                if (strcmp(findings->items[i].name, name) == 0)
                        return &findings->items[i];
        return NULL;
}

/* One thing is as said, with a command when it is not good; and the whole accordingly. */
static void expect_found(struct machine *machine, const char *name, int verdict, const char *mend)
{
        struct doctor_findings findings = look(machine);
        const struct doctor_finding *finding = find(&findings, name);

        cr_assert(finding != NULL, "nothing is said of %s", name);
        cr_expect(eq(int, finding->verdict, verdict), "%s: %s", name, finding->found);
        cr_expect(eq(int, doctor_all_there(&findings), verdict != DOCTOR_MISSING), "%s", name);
        if (verdict == DOCTOR_GOOD)
                cr_expect(finding->mend == NULL);
        else
                cr_expect(finding->mend && strstr(finding->mend, mend) != NULL, "%s: %s", name, finding->mend);
}

Test(doctor, a_good_machine_lacks_nothing)
{
        for (uint32_t uid = 0; uid <= 1000; uid += 1000) {
                _cleanup_(machine_donep) struct machine machine = machine_new(uid);
                struct doctor_findings findings = look(&machine);

                cr_expect(doctor_all_there(&findings));
                for (size_t i = 0; i < findings.count; i++)
                        cr_expect(eq(int, findings.items[i].verdict, DOCTOR_GOOD), "%s: %s", findings.items[i].name,
                                  findings.items[i].found);
        }
}

Test(doctor, an_old_kernel_is_not_enough)
{
        static const struct { const char *release; int verdict; } kernels[] = {
                { "4.19.0-20-amd64\n", DOCTOR_MISSING }, { "5.9.16\n", DOCTOR_MISSING }, { "5.10.0\n", DOCTOR_GOOD }, { "6.0\n", DOCTOR_GOOD },
                { "10.2.1\n", DOCTOR_GOOD }, { "rubbish\n", DOCTOR_MISSING },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(kernels); i++) {
                _cleanup_(machine_donep) struct machine machine = machine_new(0);

                place_file(&machine.place, "proc/sys/kernel/osrelease", kernels[i].release);
                expect_found(&machine, "kernel", kernels[i].verdict, "5.10");
        }
}

Test(doctor, cgroups_are_told_by_version)
{
        _cleanup_(machine_donep) struct machine machine = machine_new(0);

        leave_out(&machine, "sys/fs/cgroup/cgroup.controllers");
        expect_found(&machine, "cgroup", DOCTOR_MISSING, "mount -t cgroup2");
        place_directory(&machine.place, "sys/fs/cgroup/memory");
        expect_found(&machine, "cgroup", DOCTOR_GOOD, "");
        machine.uid = 1000;
        expect_found(&machine, "cgroup", DOCTOR_WANTING, "unified_cgroup_hierarchy");
}

Test(doctor, a_group_that_is_not_the_callers_has_no_limits)
{
        _cleanup_(machine_donep) struct machine machine = machine_new(1000);

        leave_out(&machine, "sys/fs/cgroup/mine/cgroup.procs");
        expect_found(&machine, "cgroup", DOCTOR_WANTING, "Delegate=yes");
}

Test(doctor, user_namespaces_are_needed_without_root)
{
        static const struct { const char *file, *value, *mend; bool for_root; } switches[] = {
                { "proc/sys/user/max_user_namespaces", "0\n", "user.max_user_namespaces", true },
                { "proc/sys/kernel/unprivileged_userns_clone", "0\n", "unprivileged_userns_clone=1", false },
                { "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "apparmor", false },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(switches); i++) {
                _cleanup_(machine_donep) struct machine machine = machine_new(1000);

                place_file(&machine.place, switches[i].file, switches[i].value);
                expect_found(&machine, "user namespaces", DOCTOR_MISSING, switches[i].mend);
                machine.uid = 0;
                expect_found(&machine, "user namespaces", switches[i].for_root ? DOCTOR_WANTING : DOCTOR_GOOD, switches[i].mend);
        }
}

Test(doctor, overlay_may_be_a_module)
{
        static const char *const above[] = { "lib", "lib/modules", "lib/modules/6.1.0-test", "lib/modules/6.1.0-test/kernel",
                                             "lib/modules/6.1.0-test/kernel/fs", "lib/modules/6.1.0-test/kernel/fs/overlayfs" };
        _cleanup_(machine_donep) struct machine machine = machine_new(0);

        place_file(&machine.place, "proc/filesystems", "nodev\tproc\n\text4\nnodev\tnot-overlay\n");
        expect_found(&machine, "overlay", DOCTOR_MISSING, "modprobe overlay");
        for (size_t i = 0; i < ARRAY_LENGTH(above); i++)
                place_directory(&machine.place, above[i]);
        expect_found(&machine, "overlay", DOCTOR_GOOD, "");
}

Test(doctor, fuse_overlayfs_is_wanted_without_root)
{
        _cleanup_(machine_donep) struct machine machine = machine_new(1000);
        struct doctor_findings findings;

        leave_out(&machine, "dev/fuse");
        expect_found(&machine, "fuse-overlayfs", DOCTOR_WANTING, "modprobe fuse");
        leave_out(&machine, "bin/fuse-overlayfs");
        expect_found(&machine, "fuse-overlayfs", DOCTOR_WANTING, "apt-get install fuse-overlayfs");
        machine.uid = 0;
        findings = look(&machine);
        cr_expect(find(&findings, "fuse-overlayfs") == NULL, "root needs none");
}

Test(doctor, says_it_for_people_and_for_programs)
{
        struct doctor_findings findings = { .count = 0 };
        _cleanup_(text_done) struct text table = { 0 }, json = { 0 };
        struct error err = { 0 };

        doctor_add(&findings, "kernel", DOCTOR_GOOD, "Linux 6.1", "never said");
        doctor_add(&findings, "overlay", DOCTOR_MISSING, "not \"there\"", "modprobe overlay");
        cr_assert(eq(int, doctor_write_table(&findings, &table, &err), 0));
        cr_expect(eq(str, table.data, "good     kernel           Linux 6.1\n"
                     "missing  overlay          not \"there\"\n"
                     "                       -> modprobe overlay\n"
                     "Something that is needed is missing; see the lines with \"missing\".\n"));
        cr_assert(eq(int, doctor_write_json(&findings, &json, &err), 0));
        cr_expect(eq(str, json.data, "{\n"
                     "  \"Good\": false,\n"
                     "  \"Findings\": [\n"
                     "    {\n"
                     "      \"Name\": \"kernel\",\n"
                     "      \"Verdict\": \"good\",\n"
                     "      \"Found\": \"Linux 6.1\"\n"
                     "    },\n"
                     "    {\n"
                     "      \"Name\": \"overlay\",\n"
                     "      \"Verdict\": \"missing\",\n"
                     "      \"Found\": \"not \\\"there\\\"\",\n"
                     "      \"Mend\": \"modprobe overlay\"\n"
                     "    }\n"
                     "  ]\n"
                     "}\n"));
}
