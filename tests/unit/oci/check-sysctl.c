#include "tests/unit/oci/refusals.h"

#define SET(name, value) "{\"linux\":{\"sysctl\":{\"" name "\":\"" value "\"}}}"
#define MOUNT_ONLY(name) "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"sysctl\":{\"" name "\":\"1\"}}}"

Test(oci_check_sysctl, changes_nothing_of_the_host)
{
        EXPECT_REFUSED(
                { SET("kernel.core_pattern", "|/x"), "linux.sysctl.kernel.core_pattern: the whole host shares this parameter" },
                { SET("vm.swappiness", "1"), "linux.sysctl.vm.swappiness: the whole host shares" },
                { SET("kernel.shm_next_id", "1"), "the whole host shares" },
                { SET("fs.file-max", "1"), "the whole host shares" },
                { SET("user.max_user_namespaces", "1"), "the whole host shares" },
                { SET("netx.ipv4", "1"), "the whole host shares" });
}

Test(oci_check_sysctl, needs_the_namespace_that_a_parameter_belongs_to)
{
        EXPECT_REFUSED(
                { MOUNT_ONLY("net.ipv4.ip_forward"), "linux.sysctl.net.ipv4.ip_forward: it belongs to the \"network\" namespace" },
                { MOUNT_ONLY("net/ipv4/ip_forward"), "belongs to the \"network\" namespace" },
                { MOUNT_ONLY("kernel.shmmax"), "belongs to the \"ipc\" namespace" },
                { MOUNT_ONLY("fs.mqueue.msg_max"), "belongs to the \"ipc\" namespace" },
                { MOUNT_ONLY("kernel.domainname"), "belongs to the \"uts\" namespace" });
        EXPECT_ACCEPTED(SET("net.ipv4.ip_forward", "1"), SET("net/ipv4/conf/eth0.1/forwarding", "0"), SET("kernel.shmmax", "4096"),
                        SET("kernel.sem", "250 32000 100 128"), SET("net.ipv4.ip_local_port_range", "1024\\t65535"),
                        SET("fs.mqueue.msg_max", "10"), SET("kernel.msgmax", ""));
}

Test(oci_check_sysctl, leaves_names_of_the_machine_to_their_members)
{
        EXPECT_REFUSED(
                { SET("kernel.hostname", "box"), "linux.sysctl.kernel.hostname: found \"box\"; expected that as the "
                  "configuration's \"hostname\"" },
                { SET("kernel/hostname", "box"), "expected that as the configuration's \"hostname\"" },
                { "{\"domainname\":\"a\",\"linux\":{\"sysctl\":{\"kernel.domainname\":\"b\"}}}",
                  "linux.sysctl.kernel.domainname: found \"b\", but \"domainname\" says \"a\"" });
        /* docker run --domainname */
        EXPECT_ACCEPTED(SET("kernel.domainname", "lan"));
}

Test(oci_check_sysctl, takes_no_tricks_in_names)
{
        EXPECT_REFUSED(
                { SET("net/../kernel/core_pattern", "x"), "net/../kernel/core_pattern: not the name of a kernel parameter" },
                { SET("net....kernel.core_pattern", "x"), "not the name of a kernel parameter" },
                { SET("net/./ipv4", "x"), "not the name" }, { SET("net//ipv4", "x"), "not the name" },
                { SET("/net/ipv4", "x"), "not the name" }, { SET(".net.ipv4", "x"), "not the name" },
                { SET("net.ipv4.", "x"), "not the name" }, { SET("net/ipv4/", "x"), "not the name" },
                { SET("net.ipv4/ip_forward", "x"), "not the name" }, { SET("", "x"), "not the name" },
                { SET("net", "x"), "not the name" }, { SET("net.ipv4\\n", "x"), "not the name" });
}

/* A line break in a value set a second parameter in another runtime. */
Test(oci_check_sysctl, takes_one_line_as_a_value)
{
        EXPECT_REFUSED(
                { SET("net.ipv4.ip_forward", "1\\nkernel.core_pattern=x"),
                  "linux.sysctl.net.ipv4.ip_forward: the value holds control characters; expected one line" },
                { SET("kernel.shmmax", "1\\r"), "the value holds control characters" });
}
