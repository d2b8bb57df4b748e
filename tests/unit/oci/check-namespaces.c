#include "tests/unit/oci/refusals.h"

Test(oci_check_namespaces, are_known_and_each_there_once)
{
        EXPECT_REFUSED(
                { "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"bogus\"}]}}",
                  "linux.namespaces[1].type: found a string, \"bogus\"; expected one of \"pid\", \"network\"" },
                { "{\"linux\":{\"namespaces\":[{}]}}", "linux.namespaces[0].type: missing" },
                { "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"mount\"}]}}",
                  "linux.namespaces[2].type: \"mount\" is here twice; expected each once" },
                { "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\",\"path\":\"ns/pid\"}]}}",
                  "linux.namespaces[1].path: found \"ns/pid\"; expected an absolute path" });
        EXPECT_ACCEPTED("{\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}",
                        "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"time\"},{\"type\":\"cgroup\"},"
                        "{\"type\":\"network\",\"path\":\"/run/netns/x\"}]}}");
}

Test(oci_check_namespaces, take_an_empty_path_for_a_new_one)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, test_parse("{\"linux\":{\"namespaces\":[{\"type\":\"mount\",\"path\":\"\"}]}}", &config, &err), 0), "%s",
                  err.text);
        cr_expect(eq(ptr, (void *)config->spec.linux_->namespaces.items[0].path, NULL));
        oci_config_free(config);
}

#define USER_ONLY "\"namespaces\":[{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}]"

Test(oci_check_namespaces, need_the_one_of_mounts_only_for_what_can_not_be_had_without)
{
        EXPECT_REFUSED(
                { "{\"linux\":{" USER_ONLY "}}", "linux.namespaces: \"mount\" is missing; whoever is in a \"user\" namespace" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"ro\",\"unbindable\"]}],\"linux\":{\"namespaces\":[]}}",
                  "mounts[0].options: found \"unbindable\", which needs a mount namespace" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"runbindable\"]}],\"linux\":{\"namespaces\":[]}}",
                  "mounts[0].options: found \"runbindable\", which needs" });
        EXPECT_ACCEPTED("{\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]}}", "{\"linux\":{\"namespaces\":[]}}",
                        "{\"linux\":{\"namespaces\":null}}",
                        "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"unbindable\"]}],"
                        "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}");
}

#define USER "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}]"
#define ONE "[{\"containerID\":0,\"hostID\":1000,\"size\":1}]"

Test(oci_check_namespaces, have_mappings_with_a_new_user_namespace_and_only_then)
{
        EXPECT_REFUSED(
                { "{\"linux\":{" USER "}}", "linux.uidMappings: missing; a new \"user\" namespace needs to know who is who" },
                { "{\"linux\":{" USER ",\"uidMappings\":" ONE "}}", "linux.gidMappings: missing" },
                { "{\"linux\":{" USER ",\"gidMappings\":" ONE "}}", "linux.uidMappings: missing" },
                { "{\"linux\":{\"uidMappings\":" ONE "}}", "linux.uidMappings: found mappings without a \"user\" namespace" },
                { "{\"linux\":{\"gidMappings\":" ONE "}}", "linux.gidMappings: found mappings without a \"user\" namespace" });
        EXPECT_ACCEPTED("{\"linux\":{" USER ",\"uidMappings\":" ONE ",\"gidMappings\":" ONE "}}",
                        "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}]}}",
                        /* Kubernetes repeats the mappings of the pod's namespace */
                        "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}],"
                        "\"uidMappings\":" ONE ",\"gidMappings\":" ONE "}}");
}

Test(oci_check_namespaces, map_each_id_once)
{
#define WITH(uids) "{\"linux\":{" USER ",\"uidMappings\":[" uids "],\"gidMappings\":" ONE "}}"
        EXPECT_REFUSED(
                { WITH("{\"hostID\":0,\"size\":1}"), "linux.uidMappings[0].containerID: missing" },
                { WITH("{\"containerID\":0,\"hostID\":0,\"size\":0}"), "linux.uidMappings[0].size: found a number, 0; expected" },
                { WITH("{\"containerID\":4294967295,\"hostID\":0,\"size\":1}"), "linux.uidMappings[0].containerID: found a number" },
                { WITH("{\"containerID\":1,\"hostID\":0,\"size\":4294967295}"), "linux.uidMappings[0].size: found 4294967295; the "
                  "range goes past the last id" },
                { WITH("{\"containerID\":0,\"hostID\":4294967290,\"size\":6}"), "linux.uidMappings[0].size: found 6" },
                { WITH("{\"containerID\":0,\"hostID\":10,\"size\":10},{\"containerID\":9,\"hostID\":50,\"size\":1}"),
                  "linux.uidMappings[1].containerID: this range overlaps that of item 0" },
                { WITH("{\"containerID\":0,\"hostID\":10,\"size\":10},{\"containerID\":10,\"hostID\":19,\"size\":1}"),
                  "linux.uidMappings[1].hostID: this range overlaps that of item 0" });
        EXPECT_ACCEPTED(WITH("{\"containerID\":0,\"hostID\":0,\"size\":4294967295}"),
                        WITH("{\"containerID\":0,\"hostID\":1000,\"size\":1},{\"containerID\":1,\"hostID\":100000,\"size\":65536}"));
}

/* More than the kernel takes would end in a bare EINVAL. */
Test(oci_check_namespaces, have_no_more_mappings_than_the_kernel_takes)
{
        for (int count = 340; count <= 341; count++) {
                struct oci_config *config = NULL;
                struct text patch = { 0 };
                struct error err = { 0 };
                int r;

                text_add(&patch, "{\"linux\":{" USER ",\"gidMappings\":" ONE ",\"uidMappings\":[");
                for (int i = 0; i < count; i++)
                        text_addf(&patch, "%s{\"containerID\":%d,\"hostID\":%d,\"size\":1}", i ? "," : "", i, 1000 + i);
                text_add(&patch, "]}}");
                r = test_parse(patch.data, &config, &err);
                cr_expect(eq(int, r < 0, count > 340), "%d: %s", count, err.text);
                if (r < 0)
                        cr_expect(strstr(err.text, "linux.uidMappings: found 341; expected at most 340") != NULL, "%s", err.text);
                oci_config_free(config);
                text_done(&patch);
        }
}

Test(oci_check_namespaces, have_offsets_with_a_new_time_namespace_only)
{
        EXPECT_REFUSED(
                { "{\"linux\":{\"timeOffsets\":{\"boottime\":{\"secs\":1}}}}", "linux.timeOffsets: found without a \"time\" "
                  "namespace; add {\"type\": \"time\"}" },
                { "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"time\",\"path\":\"/x\"}],"
                  "\"timeOffsets\":{\"monotonic\":{\"secs\":-5}}}}", "linux.timeOffsets: found for a \"time\" namespace that exists" },
                { "{\"linux\":{\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}}}",
                  "linux.timeOffsets.boottime.nanosecs: found a number, 1000000000" });
        EXPECT_ACCEPTED("{\"linux\":{\"timeOffsets\":{}}}",
                        "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"time\"}],"
                        "\"timeOffsets\":{\"monotonic\":{\"secs\":-5,\"nanosecs\":999999999},\"boottime\":{\"secs\":86400}}}}");
}
