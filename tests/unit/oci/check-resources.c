#include "tests/unit/oci/refusals.h"

#define MEMORY(members) "{\"linux\":{\"resources\":{\"memory\":{" members "}}}}"
#define CPU(members) "{\"linux\":{\"resources\":{\"cpu\":{" members "}}}}"
#define RULE(members) "{\"linux\":{\"resources\":{\"devices\":[{" members "}]}}}"
#define RESOURCES(members) "{\"linux\":{\"resources\":{" members "}}}"

Test(oci_check_resources, limits_memory_in_bytes)
{
        EXPECT_REFUSED(
                { MEMORY("\"limit\":-2"), "linux.resources.memory.limit: found -2; expected a number of bytes, or -1 for no limit" },
                { MEMORY("\"limit\":1"), "linux.resources.memory.limit: found 1 bytes; nothing can run in less than 4096" },
                { MEMORY("\"limit\":\"64M\""), "linux.resources.memory.limit: found a string, \"64M\"; expected a whole number" },
                { MEMORY("\"reservation\":-7"), "linux.resources.memory.reservation: found -7" },
                { MEMORY("\"swap\":-7"), "linux.resources.memory.swap: found -7" },
                { MEMORY("\"kernelTCP\":-7"), "linux.resources.memory.kernelTCP: found -7" },
                { MEMORY("\"kernel\":1048576"), "linux.resources.memory.kernel: found 1048576; the kernel has no such limit" },
                { MEMORY("\"kernel\":1048576,\"limit\":1048577"), "linux.resources.memory.kernel: found 1048576; the kernel has no such limit" },
                { MEMORY("\"kernel\":1048576,\"limit\":-1"), "linux.resources.memory.kernel: found 1048576; the kernel has no such limit" },
                { MEMORY("\"swappiness\":101"), "linux.resources.memory.swappiness: found a number, 101; expected a whole number "
                  "from 0 to 100" });
        EXPECT_ACCEPTED(MEMORY("\"limit\":-1"), MEMORY("\"limit\":0"), MEMORY("\"limit\":4096,\"reservation\":-1"),
                        MEMORY("\"swappiness\":0,\"disableOOMKiller\":true,\"kernel\":0,\"kernelTCP\":-1"),
                        MEMORY("\"limit\":1048576,\"kernel\":1048576"));
}

Test(oci_check_resources, counts_swap_with_memory)
{
        EXPECT_REFUSED(
                { MEMORY("\"limit\":1048576,\"swap\":524288"), "linux.resources.memory.swap: found 524288, below limit, 1048576" },
                { MEMORY("\"swap\":524288"), "linux.resources.memory.swap: found 524288 without a limit" },
                { MEMORY("\"limit\":-1,\"swap\":524288"), "linux.resources.memory.swap: found 524288 without a limit" });
        EXPECT_ACCEPTED(MEMORY("\"limit\":1048576,\"swap\":1048576"), MEMORY("\"limit\":1048576,\"swap\":-1"), MEMORY("\"swap\":-1"),
                        MEMORY("\"limit\":1048576,\"swap\":0"));
}

Test(oci_check_resources, keeps_to_what_the_kernel_takes_for_cpus)
{
        EXPECT_REFUSED(
                { CPU("\"shares\":1"), "linux.resources.cpu.shares: found 1; expected from 2 to 262144" },
                { CPU("\"shares\":262145"), "linux.resources.cpu.shares: found 262145" },
                { CPU("\"period\":999"), "linux.resources.cpu.period: found 999; expected from 1000 to 1000000 microseconds" },
                { CPU("\"period\":1000001"), "linux.resources.cpu.period: found 1000001" },
                { CPU("\"quota\":999"), "linux.resources.cpu.quota: found 999; expected at least 1000 microseconds, or -1" },
                { CPU("\"quota\":-2"), "linux.resources.cpu.quota: found -2" },
                { CPU("\"burst\":5"), "linux.resources.cpu.burst: found 5; expected at most quota, which must be given" },
                { CPU("\"burst\":2001,\"quota\":2000"), "linux.resources.cpu.burst: found 2001" },
                { CPU("\"idle\":2"), "linux.resources.cpu.idle: found a number, 2; expected a whole number from 0 to 1" },
                { CPU("\"realtimeRuntime\":-2"), "linux.resources.cpu.realtimeRuntime: found -2" },
                { CPU("\"realtimeRuntime\":9,\"realtimePeriod\":8"), "linux.resources.cpu.realtimeRuntime: found 9, above" });
        EXPECT_ACCEPTED(CPU("\"shares\":0,\"quota\":0,\"period\":0"), CPU("\"shares\":1024,\"quota\":-1,\"period\":100000"),
                        CPU("\"quota\":2000,\"burst\":2000,\"idle\":1"), CPU("\"realtimeRuntime\":8,\"realtimePeriod\":9"));
}

Test(oci_check_resources, reads_lists_of_cpus_and_nodes)
{
        EXPECT_REFUSED(
                { CPU("\"cpus\":\"all\""), "linux.resources.cpu.cpus: found \"all\"; expected a list such as \"0-3,5\"" },
                { CPU("\"cpus\":\"3-1\""), "linux.resources.cpu.cpus: found \"3-1\"" },
                { CPU("\"cpus\":\"0,\""), "linux.resources.cpu.cpus" }, { CPU("\"cpus\":\",0\""), "linux.resources.cpu.cpus" },
                { CPU("\"cpus\":\"0-\""), "linux.resources.cpu.cpus" }, { CPU("\"cpus\":\"0 1\""), "linux.resources.cpu.cpus" },
                { CPU("\"cpus\":\"1-2-3\""), "linux.resources.cpu.cpus" }, { CPU("\"cpus\":\"-1\""), "linux.resources.cpu.cpus" },
                { CPU("\"cpus\":\"12345678901\""), "linux.resources.cpu.cpus" },
                { CPU("\"mems\":\"0\\n\""), "linux.resources.cpu.mems: found \"0\\n\"" });
        EXPECT_ACCEPTED(CPU("\"cpus\":\"\",\"mems\":\"\""), CPU("\"cpus\":\"0-3,5,7-7\",\"mems\":\"0\""));
}

Test(oci_check_resources, limits_processes)
{
        EXPECT_REFUSED({ RESOURCES("\"pids\":{\"limit\":-2}"), "linux.resources.pids.limit: found -2; expected a number up to" },
                       { RESOURCES("\"pids\":{\"limit\":4194305}"), "linux.resources.pids.limit: found 4194305" });
        EXPECT_ACCEPTED(RESOURCES("\"pids\":{}"), RESOURCES("\"pids\":{\"limit\":0}"), RESOURCES("\"pids\":{\"limit\":-1}"),
                        RESOURCES("\"pids\":{\"limit\":2048}"));
}

Test(oci_check_resources, reads_the_rules_of_devices)
{
        EXPECT_REFUSED(
                { RULE("\"type\":\"c\""), "linux.resources.devices[0].allow: missing" },
                { RULE("\"allow\":true,\"type\":\"p\""), "linux.resources.devices[0].type: found \"p\"; expected \"a\" (all)" },
                { RULE("\"allow\":true,\"access\":\"rwx\""), "linux.resources.devices[0].access: found \"rwx\"; expected letters" },
                { RULE("\"allow\":true,\"major\":-2"), "linux.resources.devices[0].major: found -2; expected a number from 0" },
                { RULE("\"allow\":true,\"minor\":1048576"), "linux.resources.devices[0].minor: found 1048576" });
        EXPECT_ACCEPTED(RULE("\"allow\":false,\"access\":\"rwm\""), RULE("\"allow\":true,\"type\":\"\",\"access\":\"\""),
                        RULE("\"allow\":true,\"type\":\"c\",\"major\":-1,\"minor\":-1,\"access\":\"m\""),
                        RULE("\"allow\":true,\"type\":\"a\",\"major\":null}, {\"allow\":true,\"type\":\"b\",\"major\":0"));
}

Test(oci_check_resources, keeps_to_what_the_kernel_takes_for_devices_pages_and_packets)
{
        EXPECT_REFUSED(
                { RESOURCES("\"blockIO\":{\"weight\":9}"), "linux.resources.blockIO.weight: found 9; expected from 10 to 1000" },
                { RESOURCES("\"blockIO\":{\"leafWeight\":1001}"), "linux.resources.blockIO.leafWeight: found 1001" },
                { RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":5}]}"), "linux.resources.blockIO.weightDevice: weight: found 5" },
                { RESOURCES("\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":-1,\"minor\":0,\"rate\":1}]}"),
                  "linux.resources.blockIO.throttleReadBpsDevice[0]: found -1:0" },
                { RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2mb\",\"limit\":0}]"), "linux.resources.hugepageLimits[0].pageSize: found \"2mb\"" },
                { RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":0}]"), "linux.resources.hugepageLimits[0].pageSize: " },
                { RESOURCES("\"network\":{\"priorities\":[{\"name\":\"a b\",\"priority\":1}]}"), "linux.resources.network.priorities[0].name: found \"a b\"" },
                { RESOURCES("\"rdma\":{\"m x\":{\"hcaHandles\":1}}"), "linux.resources.rdma: found \"m x\"" });
        EXPECT_ACCEPTED(RESOURCES("\"blockIO\":{\"weight\":10,\"leafWeight\":1000}"), RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"64KB\",\"limit\":0}]"),
                        RESOURCES("\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"eth0\",\"priority\":1}]}"),
                        RESOURCES("\"rdma\":{\"mlx5_1\":{\"hcaHandles\":1,\"hcaObjects\":2}}"));
        /* What docker sends when nothing was asked. */
        EXPECT_ACCEPTED(RESOURCES("\"blockIO\":{\"weight\":0},\"hugepageLimits\":[],\"network\":{},\"rdma\":{},\"unified\":{}"));
}

/* Files of controllers only: with the others a bundle could move or kill processes. */
Test(oci_check_resources, takes_the_files_of_cgroup_v2_by_name)
{
        EXPECT_ACCEPTED(RESOURCES("\"unified\":{\"memory.high\":\"1\",\"hugetlb.2MB.max\":\"0\",\"cgroup.max.depth\":\"3\"}"));
        EXPECT_REFUSED(
                { RESOURCES("\"unified\":{\"cgroup.procs\":\"1\"}"), "linux.resources.unified: found \"cgroup.procs\"; expected a file of a" },
                { RESOURCES("\"unified\":{\"cgroup.kill\":\"1\"}"), "linux.resources.unified: found \"cgroup.kill\"" },
                { RESOURCES("\"unified\":{\"../x.y\":\"1\"}"), "linux.resources.unified: found \"../x.y\"" },
                { RESOURCES("\"unified\":{\"a/memory.max\":\"1\"}"), "linux.resources.unified: found \"a/memory.max\"" },
                { RESOURCES("\"unified\":{\"memory\":\"1\"}"), "linux.resources.unified: found \"memory\"" },
                { RESOURCES("\"unified\":{\"memory.\":\"1\"}"), "linux.resources.unified: found \"memory.\"" },
                { RESOURCES("\"unified\":{\"\":\"1\"}"), "linux.resources.unified: found \"\"" });
}
