/* Terminals: a pty of the sandbox's own, given to whoever asked, or relayed. */
#include "tests/engine/harness.h"

static struct box box;
static void setup(void) { needs_root(); needs_programs("script"); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(terminal, .init = setup, .fini = teardown, .timeout = 120);

Test(terminal, run_relays_it_with_the_size_and_the_status)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .process = "\"terminal\": true,",
                .args = "[\"sh\", \"-c\", \"tty; stty size; test -t 0 && test -t 1 && echo yes; ls -l /dev/console; read x; echo got $x; exit 6\"]" });
        box_shell(&box, &r, "(sleep 1; echo word) | script -qec \"stty rows 33 cols 99; $H run -b $DIR/b one\" /dev/null");
        expect_status(&r, 6);
        expect_out(&r, "/dev/pts/0");
        expect_out(&r, "33 99");
        expect_out(&r, "yes");
        expect_out(&r, "got word");
}

Test(terminal, the_end_of_an_input_that_is_none_is_told)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .process = "\"terminal\": true,",
                .args = "[\"sh\", \"-c\", \"stty -echo; cat; echo the end; exit 6\"]" });
        box_shell(&box, &r, "$H run -b $DIR/b one </dev/null");
        expect_status(&r, 6);
        expect_out(&r, "the end");
        box_shell(&box, &r, "(sleep 0.5; printf 'a line\nand a part') | $H run -b $DIR/b one");
        expect_status(&r, 6);
        expect_out(&r, "a line\r\nand a partthe end");
}

Test(terminal, exec_has_one_too)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one; script -qec \"$H exec -t one sh -c 'tty; exit 5'\" /dev/null </dev/null");
        expect_status(&r, 5);
        expect_out(&r, "/dev/pts/");
}

Test(terminal, create_wants_to_know_who_gets_it)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .process = "\"terminal\": true," });
        box_shell(&box, &r, "$H create -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "--console-socket");
}

Test(terminal, a_console_socket_gets_the_master)
{
        struct result r;

        needs_programs("python3");
        (void)box_bundle(&box, "b", &(struct bundle){ .process = "\"terminal\": true, \"consoleSize\": { \"height\": 12, \"width\": 34 },",
                                                      .args = "[\"sh\", \"-c\", \"stty size; echo over\"]" });
        box_shell(&box, &r, "cat >$DIR/get.py <<'P'\n"
                  "import socket, array, os, sys, subprocess\n"
                  "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1)\n"
                  "h = sys.argv[2].split()\n"
                  "p = subprocess.Popen(h + ['create', '--console-socket', sys.argv[1], '-b', sys.argv[3], 'one'])\n"
                  "c, _ = s.accept(); m, a, _, _ = c.recvmsg(100, 100)\n"
                  "fd = array.array('i', a[0][2])[0]; assert p.wait() == 0\n"
                  "subprocess.check_call(h + ['start', 'one'])\n"
                  "out = b''\n"
                  "while b'over' not in out: out += os.read(fd, 100)\n"
                  "print(m.decode(), out.decode())\n"
                  "P\n"
                  "python3 $DIR/get.py $DIR/sock \"$H\" $DIR/b");
        expect_status(&r, 0);
        expect_out(&r, "/dev/pts/0");
        expect_out(&r, "12 34");
}
