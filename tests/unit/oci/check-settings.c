#include "tests/unit/oci/refusals.h"

#define PROCESS(members) "{\"process\":{" members "}}"
#define LINUX(members) "{\"linux\":{" members "}}"

Test(oci_check_settings, wants_schedulers_that_hang_together)
{
        EXPECT_REFUSED(
                { PROCESS("\"scheduler\":{}"), "process.scheduler.policy: missing" },
                { PROCESS("\"scheduler\":{\"policy\":\"FIFO\"}"), "process.scheduler.policy: found \"FIFO\"; expected one of SCHED_OTHER, " },
                { PROCESS("\"scheduler\":{\"policy\":\"SCHED_FIFO\"}"), "process.scheduler.priority: found 0; expected a number from 1 to 99" },
                { PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":100}"), "process.scheduler.priority: found 100" },
                { PROCESS("\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"priority\":1}"), "process.scheduler.priority: found 1" },
                { PROCESS("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":20}"), "process.scheduler.nice: found 20; expected a number from -20 to 19" },
                { PROCESS("\"scheduler\":{\"policy\":\"SCHED_IDLE\",\"nice\":1}"), "process.scheduler.nice: does not go with SCHED_IDLE" },
                { PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\"}"), "process.scheduler: runtime, deadline and period" },
                { PROCESS("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"runtime\":1}"), "process.scheduler: runtime, deadline and period" },
                { PROCESS("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"flags\":[\"x\"]}"), "process.scheduler.flags: found \"x\"; expected one of SCHED_FLAG_" });
        EXPECT_ACCEPTED(PROCESS("\"scheduler\":null"), PROCESS("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":-20}"),
                        PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":99,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"]}"),
                        PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1,\"deadline\":2,\"period\":3}"));
}

Test(oci_check_settings, wants_io_priorities_and_processors)
{
        EXPECT_REFUSED(
                { PROCESS("\"ioPriority\":{\"class\":\"IDLE\"}"), "process.ioPriority.class: found \"IDLE\"; expected one of IOPRIO_CLASS_RT, " },
                { PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}"), "process.ioPriority.priority: found 8; expected a number from 0 to 7" },
                { PROCESS("\"execCPUAffinity\":{\"initial\":\"0-\"}"), "process.execCPUAffinity.initial: found \"0-\"; expected numbers and ranges" },
                { PROCESS("\"execCPUAffinity\":{\"final\":\"3-1\"}"), "process.execCPUAffinity.final: found \"3-1\"" });
        EXPECT_ACCEPTED(PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\"}"), PROCESS("\"execCPUAffinity\":{}"),
                        PROCESS("\"execCPUAffinity\":{\"initial\":\"0\",\"final\":\"0-1,7\"}"));
}

Test(oci_check_settings, wants_memory_policies_and_personalities)
{
        EXPECT_REFUSED(
                { LINUX("\"memoryPolicy\":{\"nodes\":\"0\"}"), "linux.memoryPolicy.mode: missing" },
                { LINUX("\"memoryPolicy\":{\"mode\":\"BIND\"}"), "linux.memoryPolicy.mode: found \"BIND\"; expected one of MPOL_DEFAULT, " },
                { LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"all\"}"), "linux.memoryPolicy.nodes: found \"all\"" },
                { LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"flags\":[\"F\"]}"), "linux.memoryPolicy.flags: found \"F\"; expected one of MPOL_F_" },
                { LINUX("\"personality\":{\"domain\":\"BSD\"}"), "linux.personality.domain: found \"BSD\"; expected one of LINUX, LINUX32" },
                { LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"F\"]}"), "linux.personality.flags: found \"F\"; the specification names none yet" });
        EXPECT_ACCEPTED(LINUX("\"memoryPolicy\":{}"), LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0-3\",\"flags\":[\"MPOL_F_STATIC_NODES\"]}"),
                        LINUX("\"personality\":{\"domain\":\"LINUX32\"}"), LINUX("\"personality\":null"));
}
