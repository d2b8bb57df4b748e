#include "tests/unit/oci/refusals.h"

Test(oci_check_mounts, need_a_destination_below_the_root)
{
        EXPECT_REFUSED(
                { "{\"mounts\":[{\"type\":\"tmpfs\"}]}", "mounts[0].destination: missing; it is required" },
                { "{\"mounts\":[{\"destination\":\"\",\"type\":\"tmpfs\"}]}", "mounts[0].destination: found \"\"" },
                { "{\"mounts\":[{\"destination\":\"/\",\"type\":\"tmpfs\"}]}", "mounts[0].destination: found \"/\"; the root itself" },
                { "{\"mounts\":[{\"destination\":\"/a/..//\",\"type\":\"tmpfs\"}]}", "mounts[0].destination: found \"/a/..//\"" },
                { "{\"mounts\":[{\"destination\":\".\",\"type\":\"tmpfs\"}]}", "mounts[0].destination: found \".\"" });
}

Test(oci_check_mounts, take_a_relative_destination_from_the_root_and_say_so)
{
        struct remembered seen = { 0 };
        const struct log log = { .sink = remember, .context = &seen, .level = LOG_LEVEL_WARNING };
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, test_parse_logging("{\"mounts\":[{\"destination\":\"data/\",\"type\":\"tmpfs\"}]}", &log, &config, &err),
                     0), "%s", err.text);
        cr_expect(eq(str, (char *)config->spec.mounts.items[0].destination, "/data"));
        cr_expect(eq(str, seen.text.data, "1 mounts[0].destination: found \"data/\"; taken as /data/\n"));
        text_done(&seen.text);
        oci_config_free(config);
}

Test(oci_check_mounts, need_a_type_or_a_source)
{
        EXPECT_REFUSED(
                { "{\"mounts\":[{\"destination\":\"/a\"}]}", "mounts[0].type: missing or empty; expected a file system" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"\",\"options\":[\"ro\"]}]}", "mounts[0].type: missing or empty" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"options\":[\"bind\"]}]}", "mounts[0].source: missing or empty" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"\"}]}", "mounts[0].source: missing or empty" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\"},{\"destination\":\"/b\",\"options\":[\"rbind\"]}]}",
                  "mounts[1].source: missing or empty" });
        EXPECT_ACCEPTED("{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"rbind\"]},"
                        "{\"destination\":\"/a\",\"type\":\"none\",\"source\":\"/b\",\"options\":[\"bind\"]},"
                        "{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/b\"},"
                        "{\"destination\":\"/a\",\"type\":\"squashfs\",\"source\":\"/dev/x\"}]}");
}

Test(oci_check_mounts, take_a_relative_bind_source_from_the_bundle)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, test_parse("{\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"data\"},"
                                     "{\"destination\":\"/b\",\"source\":\"./x/../y\",\"options\":[\"rbind\"]},"
                                     "{\"destination\":\"/c\",\"type\":\"tmpfs\",\"source\":\"shm\"}]}", &config, &err), 0),
                  "%s", err.text);
        cr_expect(eq(str, (char *)config->spec.mounts.items[0].source, "/bundle/data"));
        cr_expect(eq(str, (char *)config->spec.mounts.items[1].source, "/bundle/./x/../y"));
        cr_expect(eq(str, (char *)config->spec.mounts.items[2].source, "shm"));
        oci_config_free(config);
}

Test(oci_check_mounts, know_the_options_of_bind_mounts)
{
        EXPECT_REFUSED(
                { "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"readonly\"]}]}",
                  "mounts[0].options[1]: found \"readonly\"; a bind mount takes only attributes" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"type\":\"bind\",\"options\":[\"huge=never\"]}]}",
                  "mounts[0].options[0]: found \"huge=never\"" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"sync\"]}]}",
                  "mounts[0].options[1]: found \"sync\"; a bind mount takes only attributes" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"remount\",\"ro\"]}]}",
                  "mounts[0].options[1]: found \"remount\"" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"tmpcopyup\"]}]}",
                  "mounts[0].options[1]: found \"tmpcopyup\"; it goes with type \"tmpfs\" only" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"proc\",\"options\":[\"tmpcopyup\"]}]}",
                  "mounts[0].options[0]: found \"tmpcopyup\"" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"\"]}]}",
                  "mounts[0].options[0]: found \"\"; expected a mount option" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"a\\nb\"]}]}",
                  "mounts[0].options[0]: found \"a\\nb\"" });
        EXPECT_ACCEPTED("{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"mode=755\",\"size=1k\"]}]}",
                        "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"rbind\",\"rro\",\"nosuid\",\"rslave\","
                        "\"rnoatime\",\"nosymfollow\"]},{\"destination\":\"/c\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\","
                        "\"size=64k\",\"huge=never\",\"sync\"]}]}");
}

#define MAPPING "[{\"containerID\":0,\"hostID\":1000,\"size\":1}]"

Test(oci_check_mounts, map_ids_of_binds_by_both_lists_or_by_the_user_namespace)
{
        EXPECT_REFUSED(
                { "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"idmap\"]}]}",
                  "mounts[0].options[1]: found \"idmap\" without uidMappings and gidMappings, and without a \"user\" namespace" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"type\":\"bind\",\"uidMappings\":" MAPPING "}]}", "mounts[0].gidMappings: missing" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"type\":\"bind\",\"gidMappings\":" MAPPING "}]}", "mounts[0].uidMappings: missing" },
                { "{\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"uidMappings\":" MAPPING ",\"gidMappings\":" MAPPING "}]}",
                  "mounts[0].uidMappings: only a bind mount can be mapped" });
        EXPECT_ACCEPTED("{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"type\":\"bind\",\"uidMappings\":" MAPPING ",\"gidMappings\":" MAPPING "}]}",
                        "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"rbind\",\"ridmap\"],\"uidMappings\":" MAPPING ",\"gidMappings\":" MAPPING "}]}");
}

/* Rule 5: what the runtime reads and writes below /proc must be the kernel's. */
Test(oci_check_mounts, put_nothing_but_procfs_on_proc)
{
        EXPECT_REFUSED(
                { "{\"mounts\":[{\"destination\":\"/proc\",\"type\":\"tmpfs\"}]}",
                  "mounts[0].destination: found \"/proc\" for type \"tmpfs\"; only type \"proc\", or a bind of /proc" },
                { "{\"mounts\":[{\"destination\":\"/proc/\",\"type\":\"bind\",\"source\":\"/srv/fake\"}]}",
                  "mounts[0].destination: found \"/proc\" for a bind of \"/srv/fake\"" },
                { "{\"mounts\":[{\"destination\":\"//x/..//proc/.\",\"type\":\"tmpfs\"}]}", "mounts[0].destination: found \"/proc\"" },
                { "{\"mounts\":[{\"destination\":\"proc\",\"type\":\"tmpfs\"}]}", "mounts[0].destination: found \"/proc\"" },
                { "{\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"/srv\",\"options\":[\"bind\"]}]}",
                  "mounts[0].destination: found \"/proc\" for a bind of \"/srv\"" },
                { "{\"mounts\":[{\"destination\":\"/proc/self/attr\",\"type\":\"bind\",\"source\":\"/srv/fake\"}]}",
                  "mounts[0].destination: found \"/proc/self/attr\"; below /proc only a few files" },
                { "{\"mounts\":[{\"destination\":\"/proc/sys\",\"type\":\"bind\",\"source\":\"/srv/fake\"}]}", "below /proc" },
                { "{\"mounts\":[{\"destination\":\"/proc/meminfo\",\"type\":\"tmpfs\"}]}", "below /proc" },
                { "{\"mounts\":[{\"destination\":\"/proc/cpuinfo/../self\",\"type\":\"bind\",\"source\":\"/x\"}]}", "below /proc" });
        EXPECT_ACCEPTED("{\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}]}",
                        "{\"mounts\":[{\"destination\":\"/proc\",\"type\":\"none\",\"source\":\"/proc\",\"options\":[\"rbind\"]}]}",
                        "{\"mounts\":[{\"destination\":\"/proc/meminfo\",\"source\":\"/var/lib/lxcfs/proc/meminfo\","
                        "\"type\":\"bind\"},{\"destination\":\"/process\",\"type\":\"tmpfs\"}]}");
}
