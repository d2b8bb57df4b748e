/* An init is run: with its descriptors in their places wherever they were before, or not, and then why is told. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sched.h>

#include "hcs/local/bring-up.h"
#include "hcs/local/spawn.h"

#define MANY 60

/* All that is below MANY is taken, but for `gap` and the number behind it. */
static void leave_gap(int gap)
{
        while (fcntl(0, F_DUPFD_CLOEXEC, 3) < MANY)
                ;
        close(gap);
        close(gap + 1);
}

/* Of a program that does nothing, in a process whose descriptors nobody else needs.  The init is opened as a file first and as a mount of
 * its own then; both are put where there is room. */
static int spawn_with_gap(int gap)
{
        const struct local_descriptors descriptors = { .streams = { -1, -1, -1 }, .console = -1 };
        struct spawn spawn = { .descriptors = &descriptors, .group = -1, .target = -1, .filter = -1, .control = { -1, -1 },
                               .program = "/bin/true", .plan = { .id = "one" } };
        struct spawned spawned = SPAWNED_NONE;
        struct error err = { 0 };
        int status = 0, nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

        spawn.document = spawn.listen = fcntl(nothing, F_DUPFD_CLOEXEC, MANY + 1);
        if (spawn_open(&spawn, &err) < 0)
                return 2;
        for (int i = 0; i < 2; i++)
                spawn.control[i] = fcntl(spawn.control[i], F_DUPFD_CLOEXEC, MANY + 1);
        leave_gap(gap);
        if (spawn_init(&spawn, &spawned, &err) < 0 || waitpid(spawned.pid, &status, 0) < 0)
                return 3;
        return status == 0 ? 0 : 1;
}

/* Both ways to be born: beside the caller, whose memory is copied then, and in its memory while it waits. */
Test(spawn, tells_why_the_init_is_not_run)
{
        const struct local_descriptors descriptors = { .streams = { -1, -1, -1 }, .console = -1 };
        char path[] = "/tmp/hcs-spawn.XXXXXX";
        int script = mkstemp(path), nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

        cr_assert(script >= 0 && write(script, "nonsense\n", 9) == 9 && fchmod(script, 0755) == 0);
        close(script);
        for (int busy = 0; busy < 2; busy++) {
                struct spawn spawn = { .descriptors = &descriptors, .group = -1, .target = -1, .filter = -1, .control = { -1, -1 },
                                       .document = nothing, .listen = nothing, .busy = busy, .program = path, .plan = { .id = "one" } };
                struct spawned spawned = SPAWNED_NONE;
                struct conversation conversation = { .spawned = &spawned };
                struct error err = { 0 };

                cr_assert(eq(int, spawn_open(&spawn, &err), 0), "%s", err.text);
                if (spawn_init(&spawn, &spawned, &err) < 0 && errno == ENOSYS)
                        cr_skip_test("needs clone3, which this kernel (or valgrind) does not know");
                cr_expect(lt(int, conversation_hold(&conversation, &err), 0));
                cr_expect(eq(str, err.text, "running hcs-sandbox-init: exec format error"));
                spawn_done(&spawn);
        }
        unlink(path);
}

Test(spawn, runs_the_init_wherever_its_descriptor_is)
{
        struct clone_args nonsense = { .flags = CLONE_NEWNS | CLONE_FS };

        if (syscall(SYS_clone3, &nonsense, sizeof(nonsense)) < 0 && errno == ENOSYS)
                cr_skip_test("needs clone3, which this kernel (or valgrind) does not know");
        for (int gap = 3; gap < 12; gap++) {
                pid_t pid = fork();
                int status = 0;

                if (pid == 0)
                        _exit(spawn_with_gap(gap));
                cr_assert(eq(int, waitpid(pid, &status, 0), pid));
                cr_expect(eq(int, status, 0), "with a gap at %d: %x", gap, (unsigned)status);
        }
}
