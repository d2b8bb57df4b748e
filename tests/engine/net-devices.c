/* linux.netDevices: devices of the host that go into a sandbox.  They are pairs of veth in a network namespace of the test's own, which is
 * the host to the sandbox. */
#include "tests/engine/harness.h"

#include <sched.h>
#include <stdio.h>

static struct box box;

static void setup(void)
{
        struct result r;

        needs_root();
        needs_programs("ip");
        box_setup(&box);
        if (unshare(CLONE_NEWNET) < 0)
                cr_fatal("making a network namespace");
        box_shell(&box, &r, "ip link add left type veth peer name right");
        if (r.status != 0)
                cr_skip("this kernel has no veth: %s", r.err);
}

static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(net_devices, .init = setup, .fini = teardown, .timeout = 120);

#define LOOK "[\"sh\", \"-c\", \"ip -o link; ip -o addr\"]"

Test(net_devices, a_device_goes_in_with_its_lasting_addresses_and_is_up)
{
        struct result r;

        box_shell(&box, &r, "ip addr add 10.9.8.7/24 brd 10.9.8.255 dev left && ip -6 addr add fd00::7/64 dev left nodad && ip link set left up && "
                  "ip link set right up && ip addr add 10.9.9.9/32 dev left scope link");
        expect_status(&r, 0);
        box_try(&box, &r, &(struct bundle){ .args = LOOK, .linux_ = ", \"netDevices\": { \"left\": { \"name\": \"lan\" } }" });
        expect_status(&r, 0);
        expect_out(&r, "lan");
        expect_out(&r, "UP");
        expect_out(&r, "inet 10.9.8.7/24 brd 10.9.8.255");
        expect_out(&r, "inet6 fd00::7/64");
        expect_no_out(&r, "10.9.9.9");
        expect_no_out(&r, "left");
}

Test(net_devices, it_keeps_its_name_and_several_go)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = LOOK, .linux_ = ", \"netDevices\": { \"left\": {}, \"right\": { \"name\": \"other\" } }" });
        expect_status(&r, 0);
        expect_out(&r, "left");
        expect_out(&r, "other");
        box_shell(&box, &r, "ip -o link");
        expect_no_out(&r, "left");
}

Test(net_devices, one_that_is_not_there_or_a_name_that_is_taken_is_an_error)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .linux_ = ", \"netDevices\": { \"nope\": {} }" });
        expect_status(&r, 1);
        expect_err(&r, "linux.netDevices.nope: there is no such network device");
        box_try(&box, &r, &(struct bundle){ .linux_ = ", \"netDevices\": { \"left\": { \"name\": \"lo\" } }" });
        expect_status(&r, 1);
        expect_err(&r, "linux.netDevices.left: the sandbox has a device \"lo\" already");
        box_shell(&box, &r, "ip -o link show left");
        expect_status(&r, 0);
}
