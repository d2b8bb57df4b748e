#include "hcs/schema/specification.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

/* Every member of the specification that the tables know, in their order and written compactly, so that what is read and
 * written again must be the same bytes: a member that is not read, read into another's place or written under another name
 * shows. */
static const char whole[] =
        "{\"ociVersion\":\"1.2.0\","
        "\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},"
        "\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[3,4],\"username\":\"u\"},"
        "\"args\":[\"sh\",\"-c\"],\"commandLine\":\"sh -c\",\"env\":[\"A=b\"],\"cwd\":\"/c\","
        "\"capabilities\":{\"bounding\":[\"CAP_A\"],\"effective\":[\"CAP_B\"],\"inheritable\":[\"CAP_C\"],"
        "\"permitted\":[\"CAP_D\"],\"ambient\":[\"CAP_E\"]},"
        "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":18446744073709551615}],\"noNewPrivileges\":true,"
        "\"apparmorProfile\":\"a\",\"oomScoreAdj\":-5,\"selinuxLabel\":\"s\","
        "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-1,\"priority\":2,\"flags\":[\"f\"],\"runtime\":3,"
        "\"deadline\":4,\"period\":5},"
        "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":4},"
        "\"execCPUAffinity\":{\"initial\":\"0\",\"final\":\"1\"}},"
        "\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"hostname\":\"h\",\"domainname\":\"d\","
        "\"mounts\":[{\"destination\":\"/m\",\"type\":\"tmpfs\",\"source\":\"t\",\"options\":[\"ro\"],"
        "\"uidMappings\":[{\"containerID\":1,\"hostID\":2,\"size\":3}],"
        "\"gidMappings\":[{\"containerID\":4,\"hostID\":5,\"size\":6}]}],"
        "\"hooks\":{\"prestart\":[{\"path\":\"/1\",\"args\":[\"a\"],\"env\":[\"B=c\"],\"timeout\":9}],"
        "\"createRuntime\":[{\"path\":\"/2\"}],\"createContainer\":[{\"path\":\"/3\"}],"
        "\"startContainer\":[{\"path\":\"/4\"}],\"poststart\":[{\"path\":\"/5\"}],\"poststop\":[{\"path\":\"/6\"}]},"
        "\"annotations\":{\"k\":\"v\",\"a\":\"\"},"
        "\"linux\":{\"uidMappings\":[{\"containerID\":7,\"hostID\":8,\"size\":9}],"
        "\"gidMappings\":[{\"containerID\":10,\"hostID\":11,\"size\":12}],\"sysctl\":{\"net.x\":\"1\"},"
        "\"resources\":{\"devices\":[{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rwm\"}],"
        "\"memory\":{\"limit\":1,\"reservation\":2,\"swap\":3,\"kernel\":4,\"kernelTCP\":5,\"swappiness\":6,"
        "\"disableOOMKiller\":false,\"useHierarchy\":true,\"checkBeforeUpdate\":false},"
        "\"cpu\":{\"shares\":1,\"quota\":2,\"burst\":3,\"period\":4,\"realtimeRuntime\":5,\"realtimePeriod\":6,"
        "\"cpus\":\"0\",\"mems\":\"1\",\"idle\":1},"
        "\"pids\":{\"limit\":0},"
        "\"blockIO\":{\"weight\":1,\"leafWeight\":2,\"weightDevice\":[{\"major\":3,\"minor\":4,\"weight\":5,\"leafWeight\":6}],"
        "\"throttleReadBpsDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}],"
        "\"throttleWriteBpsDevice\":[{\"major\":4,\"minor\":5,\"rate\":6}],"
        "\"throttleReadIOPSDevice\":[{\"major\":7,\"minor\":8,\"rate\":9}],"
        "\"throttleWriteIOPSDevice\":[{\"major\":10,\"minor\":11,\"rate\":12}]},"
        "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0}],"
        "\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"eth0\",\"priority\":2}]},"
        "\"rdma\":{\"mlx\":{\"hcaHandles\":3}},\"unified\":{\"memory.high\":\"1\"}},"
        "\"cgroupsPath\":\"/g\","
        "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/n\"},{\"type\":\"mount\"},{\"type\":\"ipc\"},"
        "{\"type\":\"uts\"},{\"type\":\"user\"},{\"type\":\"cgroup\"},{\"type\":\"time\"}],"
        "\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\",\"major\":1,\"minor\":2,\"fileMode\":438,\"uid\":0,\"gid\":5}],"
        "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"x\":[1,2.50,null,true]},"
        "\"rootfsPropagation\":\"private\",\"maskedPaths\":[\"/a\"],\"readonlyPaths\":[\"/b\"],\"mountLabel\":\"l\","
        "\"intelRdt\":{\"closID\":\"c\"},\"netDevices\":{\"eth0\":{}},\"memoryPolicy\":{\"mode\":\"MPOL_BIND\"},"
        "\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"f\"]},"
        "\"timeOffsets\":{\"monotonic\":{\"secs\":-1,\"nanosecs\":2},\"boottime\":{\"secs\":3}}},"
        "\"windows\":{\"layerFolders\":[]},\"vm\":{\"kernel\":{}},\"solaris\":{},\"zos\":{},\"freebsd\":{}}";

static void read_spec(struct arena *arena, const char *text, struct spec *spec)
{
        struct json_value *value = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, json_parse(arena, text, strlen(text), "test", &value, &err), 0), "%s", err.text);
        cr_assert(eq(int, json_read(arena, spec_fields, value, spec, "", JSON_REFUSE_UNKNOWN, &err), 0), "%s", err.text);
}

Test(schema_specification, reads_and_writes_every_member)
{
        struct arena arena = { 0 };
        struct text out = { 0 };
        struct spec spec = { 0 };

        read_spec(&arena, whole, &spec);
        json_write(&out, spec_fields, &spec);
        cr_expect(eq(str, out.data, (char *)whole));
        text_done(&out);
        arena_done(&arena);
}

Test(schema_specification, puts_members_where_they_belong)
{
        struct arena arena = { 0 };
        struct spec spec = { 0 };

        read_spec(&arena, whole, &spec);
        cr_expect(eq(u32, spec.process->user.gid, 2));
        cr_expect(eq(u32, *spec.process->user.umask, 18));
        cr_expect(eq(u64, spec.process->rlimits.items[0].hard, UINT64_MAX));
        cr_expect(eq(str, (char *)spec.process->capabilities->inheritable.items[0], "CAP_C"));
        cr_expect(eq(int, *spec.hooks->prestart.items[0].timeout, 9));
        cr_expect(eq(str, (char *)spec.hooks->create_container.items[0].path, "/3"));
        cr_expect(eq(i64, *spec.linux_->resources->memory->kernel_tcp, 5));
        cr_expect(eq(i64, *spec.linux_->resources->cpu->realtime_runtime, 5));
        cr_expect(eq(u64, *spec.linux_->resources->cpu->realtime_period, 6));
        cr_expect(eq(i64, *spec.linux_->resources->pids->limit, 0), "0 is an answer");
        cr_expect(eq(u32, spec.linux_->gid_mappings.items[0].host_id, 11));
        cr_expect(eq(i64, spec.linux_->time_offsets->monotonic->secs, -1));
        cr_expect(eq(str, (char *)json_get(spec.linux_->seccomp, "defaultAction")->text, "SCMP_ACT_ALLOW"));
        arena_done(&arena);
}

Test(schema_specification, leaves_out_what_was_absent)
{
        static const char least[] = "{\"ociVersion\":\"1.0.0\",\"process\":{\"user\":{\"uid\":0,\"gid\":0}}}";
        struct arena arena = { 0 };
        struct text out = { 0 };
        struct spec spec = { 0 };

        read_spec(&arena, least, &spec);
        cr_expect(eq(ptr, (void *)spec.root, NULL));
        cr_expect(eq(ptr, (void *)spec.process->user.umask, NULL));
        json_write(&out, spec_fields, &spec);
        cr_expect(eq(str, out.data, (char *)least));
        text_done(&out);
        arena_done(&arena);
}

Test(schema_specification, finds_namespaces_and_annotations)
{
        const struct spec empty = { 0 };
        struct arena arena = { 0 };
        struct spec spec = { 0 };

        read_spec(&arena, whole, &spec);
        for (int kind = SPEC_NAMESPACE_PID; kind < SPEC_NAMESPACE_END; kind++) {
                const struct spec_namespace *found = spec_namespace_find(&spec, (enum spec_namespace_kind)kind);

                cr_assert(ne(ptr, (void *)found, NULL), "%s", spec_namespace_names[kind - 1]);
                cr_expect(eq(int, found->kind, kind));
        }
        cr_expect(eq(str, (char *)spec_namespace_find(&spec, SPEC_NAMESPACE_NETWORK)->path, "/n"));
        cr_expect(eq(ptr, (void *)spec_namespace_find(&empty, SPEC_NAMESPACE_PID), NULL));
        cr_expect(eq(ptr, (void *)spec_namespace_names[SPEC_NAMESPACE_END - 1], NULL), "names and kinds are as many");

        cr_expect(eq(str, (char *)spec_annotation(&spec, "k"), "v"));
        cr_expect(eq(str, (char *)spec_annotation(&spec, "a"), ""));
        cr_expect(eq(ptr, (void *)spec_annotation(&spec, "K"), NULL));
        cr_expect(eq(ptr, (void *)spec_annotation(&empty, "k"), NULL));
        arena_done(&arena);
}
