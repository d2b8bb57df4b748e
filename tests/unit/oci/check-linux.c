#include "tests/unit/oci/refusals.h"

#define DEVICE(members) "{\"linux\":{\"devices\":[{" members "}]}}"

Test(oci_check_linux, wants_devices_that_exist)
{
        EXPECT_REFUSED(
                { DEVICE("\"path\":\"/dev/x\""), "linux.devices[0].type: missing" },
                { DEVICE("\"type\":\"c\",\"major\":1,\"minor\":3"), "linux.devices[0].path: missing" },
                { DEVICE("\"type\":\"x\",\"path\":\"/dev/x\""), "linux.devices[0].type: found \"x\"; expected \"c\" or \"u\"" },
                { DEVICE("\"type\":\"c\",\"path\":\"dev/x\",\"major\":1,\"minor\":3"), "linux.devices[0].path: found \"dev/x\"" },
                { DEVICE("\"type\":\"c\",\"path\":\"\",\"major\":1,\"minor\":3"), "linux.devices[0].path: missing or empty" },
                { DEVICE("\"type\":\"c\",\"path\":\"/dev/x\""), "linux.devices[0].major: missing or 0; expected a number from 1" },
                { DEVICE("\"type\":\"b\",\"path\":\"/dev/x\",\"major\":0,\"minor\":0"), "linux.devices[0].major: missing or 0" },
                { DEVICE("\"type\":\"c\",\"path\":\"/dev/x\",\"major\":4096,\"minor\":0"), "linux.devices[0].major: out of range" },
                { DEVICE("\"type\":\"c\",\"path\":\"/dev/x\",\"major\":-1,\"minor\":0"), "linux.devices[0].major: out of range" },
                { DEVICE("\"type\":\"c\",\"path\":\"/dev/x\",\"major\":1,\"minor\":-1"), "linux.devices[0].minor: found -1" },
                { DEVICE("\"type\":\"c\",\"path\":\"/dev/x\",\"major\":1,\"minor\":1048576"), "linux.devices[0].minor" },
                { DEVICE("\"type\":\"p\",\"path\":\"/dev/x\",\"fileMode\":65536"), "linux.devices[0].fileMode: found 65536" },
                { DEVICE("\"type\":\"p\",\"path\":\"/dev/x\",\"uid\":4294967295"), "linux.devices[0].uid: found a number" });
        EXPECT_ACCEPTED(DEVICE("\"type\":\"c\",\"path\":\"/dev/null\",\"major\":1,\"minor\":3,\"fileMode\":438,\"uid\":0,\"gid\":0"),
                        DEVICE("\"type\":\"u\",\"path\":\"/dev/x\",\"major\":4095,\"minor\":1048575"),
                        /* podman's fileMode has the type in it */
                        DEVICE("\"type\":\"c\",\"path\":\"/dev/tty\",\"major\":5,\"minor\":0,\"fileMode\":8624"),
                        DEVICE("\"type\":\"p\",\"path\":\"/dev/initctl\""));
}

Test(oci_check_linux, wants_a_cgroup_within_the_tree)
{
        EXPECT_REFUSED(
                { "{\"linux\":{\"cgroupsPath\":\"../up\"}}", "linux.cgroupsPath: found \"../up\"; expected a path without \".\" and \"..\"" },
                { "{\"linux\":{\"cgroupsPath\":\"/a/../../b\"}}", "linux.cgroupsPath: found \"/a/../../b\"" },
                { "{\"linux\":{\"cgroupsPath\":\"/a/..\"}}", "linux.cgroupsPath" },
                { "{\"linux\":{\"cgroupsPath\":\".\"}}", "linux.cgroupsPath: found \".\"" },
                { "{\"linux\":{\"cgroupsPath\":\"a/./b\"}}", "linux.cgroupsPath: found \"a/./b\"" },
                { "{\"linux\":{\"cgroupsPath\":\"/\"}}", "linux.cgroupsPath: found \"/\", the group that everything is in" },
                { "{\"linux\":{\"cgroupsPath\":\"//\"}}", "linux.cgroupsPath: found \"//\"" },
                { "{\"linux\":{\"cgroupsPath\":\"/a\\nb\"}}", "linux.cgroupsPath: found \"/a\\nb\"" });
        EXPECT_ACCEPTED("{\"linux\":{\"cgroupsPath\":\"\"}}", "{\"linux\":{\"cgroupsPath\":\"/libpod_parent/libpod-1\"}}",
                        "{\"linux\":{\"cgroupsPath\":\"a..b/c\"}}", "{\"linux\":{\"cgroupsPath\":\"a:b\"}}",
                        "{\"linux\":{\"cgroupsPath\":\"/a:b:c\"}}", "{\"linux\":{\"cgroupsPath\":\"machine.slice:libpod:abc\"}}",
                        "{\"linux\":{\"cgroupsPath\":\":cri:abc\"}}");
}

Test(oci_check_linux, knows_the_words_of_propagation)
{
        EXPECT_REFUSED({ "{\"linux\":{\"rootfsPropagation\":\"bogus\"}}", "linux.rootfsPropagation: found \"bogus\"; expected "
                         "private, slave, shared or unbindable" });
        EXPECT_ACCEPTED("{\"linux\":{\"rootfsPropagation\":\"\"}}", "{\"linux\":{\"rootfsPropagation\":\"rslave\"}}",
                        "{\"linux\":{\"rootfsPropagation\":\"shared\"}}", "{\"linux\":{\"rootfsPropagation\":\"runbindable\"}}");
}

Test(oci_check_linux, masks_absolute_paths)
{
        EXPECT_REFUSED(
                { "{\"linux\":{\"maskedPaths\":[\"/proc/kcore\",\"proc/keys\"]}}", "linux.maskedPaths[1]: found \"proc/keys\"" },
                { "{\"linux\":{\"readonlyPaths\":[\"\"]}}", "linux.readonlyPaths[0]: found \"\"; expected an absolute path" });
        EXPECT_ACCEPTED("{\"linux\":{\"maskedPaths\":[],\"readonlyPaths\":[\"/proc/sys\"]}}");
}

Test(oci_check_linux, wants_names_of_network_devices)
{
        EXPECT_REFUSED(
                { "{\"linux\":{\"netDevices\":{\"a/b\":{}}}}", "linux.netDevices.a/b: \"a/b\" is no name of a network device" },
                { "{\"linux\":{\"netDevices\":{\"eth0\":{\"name\":\"sixteen-letters!\"}}}}", "linux.netDevices.eth0: \"sixteen-letters!\" is no name" },
                { "{\"linux\":{\"netDevices\":{\"eth0\":{},\"eth1\":{\"name\":\"eth0\"}}}}", "linux.netDevices.eth1: \"eth0\" is to be the name of two" },
                { "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"netDevices\":{\"eth0\":{}}}}", "linux.netDevices: found without a \"network\" namespace" });
        EXPECT_ACCEPTED("{\"linux\":{\"netDevices\":{\"eth0\":{},\"eth1\":{\"name\":\"lan\"}}}}");
}

#define RDT(members) "{\"linux\":{\"intelRdt\":{" members "}}}"

Test(oci_check_linux, wants_classes_of_caches_that_can_be)
{
        EXPECT_REFUSED(
                { RDT("\"closID\":\"a/b\""), "linux.intelRdt.closID: found \"a/b\"; expected the name" },
                { RDT("\"closID\":\"..\""), "linux.intelRdt.closID: found \"..\"" },
                { RDT("\"closID\":\"info\""), "linux.intelRdt.closID: found \"info\"" },
                { RDT("\"closID\":\"a\\nb\""), "linux.intelRdt.closID: found \"a" },
                { RDT("\"l3CacheSchema\":\"MB:0=1\""), "linux.intelRdt.l3CacheSchema: found \"MB:0=1\"; expected a line that begins with \"L3\"" },
                { RDT("\"memBwSchema\":\"0=1\""), "linux.intelRdt.memBwSchema: found \"0=1\"; expected a line that begins with \"MB:\"" },
                { RDT("\"memBwSchema\":\"MB:0=1\\nL3:0=1\""), "linux.intelRdt.memBwSchema: found a line break" },
                { RDT("\"schemata\":[\"\"]"), "linux.intelRdt.schemata[0]: empty" },
                { RDT("\"schemata\":[\"L3:0=1\\nMB:0=1\"]"), "linux.intelRdt.schemata: found a line break" },
                { RDT("\"enableCMT\":true"), "linux.intelRdt.enableCMT: the specification has dropped it; say enableMonitoring" },
                { RDT("\"enableMBM\":true"), "linux.intelRdt.enableMBM: " });
        EXPECT_ACCEPTED(RDT(""), RDT("\"closID\":\"/\",\"enableMonitoring\":true,\"enableCMT\":false"),
                        RDT("\"closID\":\"gold\",\"l3CacheSchema\":\"L3CODE:0=f\\nL3DATA:0=f0\",\"memBwSchema\":\"MB:0=20;1=70\","
                            "\"schemata\":[\"L2:0=f;1=f\"]"));
}

Test(oci_check_linux, takes_what_is_empty_for_absent)
{
        EXPECT_ACCEPTED("{\"linux\":{\"seccomp\":{},\"mountLabel\":\"\",\"netDevices\":{},\"memoryPolicy\":{},"
                        "\"personality\":null}}", "{\"linux\":{\"seccomp\":null}}");
}
