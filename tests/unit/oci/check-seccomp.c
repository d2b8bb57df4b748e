#include "tests/unit/oci/refusals.h"

#define SECCOMP(members) "{\"linux\":{\"seccomp\":{" members "}}}"
#define RULE(members) SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{" members "}]")

Test(oci_check_seccomp, wants_actions_that_exist)
{
        EXPECT_REFUSED(
                { SECCOMP("\"syscalls\":[]"), "linux.seccomp.defaultAction: missing" },
                { SECCOMP("\"defaultAction\":\"ALLOW\""), "linux.seccomp.defaultAction: found \"ALLOW\"; expected one of SCMP_ACT_KILL, " },
                { RULE("\"names\":[\"mkdir\"]"), "linux.seccomp.syscalls[0].action: missing" },
                { RULE("\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_\""), "linux.seccomp.syscalls[0].action: found \"SCMP_ACT_\"" },
                { RULE("\"names\":[],\"action\":\"SCMP_ACT_LOG\""), "linux.seccomp.syscalls[0].names: missing or empty" },
                { RULE("\"action\":\"SCMP_ACT_LOG\""), "linux.seccomp.syscalls[0].names: missing or empty" });
        EXPECT_ACCEPTED(SECCOMP(""), "{\"linux\":{\"seccomp\":null}}",
                        SECCOMP("\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\""),
                        RULE("\"names\":[\"no_such_call_anywhere\"],\"action\":\"SCMP_ACT_KILL\",\"comment\":\"\",\"includes\":{}"));
}

Test(oci_check_seccomp, gives_an_errno_only_where_it_goes)
{
        EXPECT_REFUSED(
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1"), "linux.seccomp.defaultAction: SCMP_ACT_ALLOW does not go with an errno" },
                { RULE("\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_TRAP\",\"errnoRet\":1"), "linux.seccomp.syscalls[0].action: SCMP_ACT_TRAP does not go" },
                { RULE("\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":65536"), "linux.seccomp.syscalls[0].errnoRet: found a number" });
        EXPECT_ACCEPTED(SECCOMP("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38"),
                        RULE("\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":7"),
                        RULE("\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0"));
}

Test(oci_check_seccomp, knows_the_words_of_arguments_architectures_and_flags)
{
        EXPECT_REFUSED(
                { RULE("\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]"),
                  "linux.seccomp.syscalls[0].args[0].index: found a number, 6; expected a whole number from 0 to 5" },
                { RULE("\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":0,\"value\":0,\"op\":\"EQ\"}]"),
                  "linux.seccomp.syscalls[0].args[0].op: found \"EQ\"; expected one of SCMP_CMP_NE, " },
                { RULE("\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\"}]"), "args[0].value: missing" },
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\",\"x86_64\"]"),
                  "linux.seccomp.architectures: found \"x86_64\"; expected one of SCMP_ARCH_X86, " },
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"]"),
                  "linux.seccomp.flags: found \"SECCOMP_FILTER_FLAG_NEW_LISTENER\"; expected one of SECCOMP_FILTER_FLAG_TSYNC, " });
        EXPECT_ACCEPTED(SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_RISCV64\"],\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]"));
}

Test(oci_check_seccomp, wants_a_listener_for_what_is_notified)
{
        EXPECT_REFUSED(
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/l\""), "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY; the listener" },
                { RULE("\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\""), "linux.seccomp.listenerPath: missing or empty" },
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"l\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}]"),
                  "linux.seccomp.listenerPath: found \"l\"; expected an absolute path" },
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]"),
                  "linux.seccomp.flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is about" },
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"m\""), "linux.seccomp.listenerMetadata: given without listenerPath" });
        EXPECT_ACCEPTED(SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\",\"listenerMetadata\":\"m\","
                                "\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}]"));
}
