#include "hcs/base/io.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "hcs/base/path.h"
#include "tests/unit/base/place.h"

/* --- whole files -------------------------------------------------------------------------------------------------------- */

static void expect_content(const struct place *place, const char *name, const char *content)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, io_read_file_at(place->dir, name, 1u << 20, &text, &err), 0), "%s", err.text);
        cr_expect(eq(str, text.data ? text.data : "", (char *)content));
}

Test(base_io, reads_to_the_end_and_no_further_than_allowed)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(text_done) struct text text = { 0 };
        struct error err = { 0 };
        char content[40000];

        memset(content, 'x', sizeof(content) - 1);
        content[sizeof(content) - 1] = '\0';
        place_file(&place, "f", content);
        expect_content(&place, "f", content);
        cr_expect(eq(int, io_read_file_at(place.dir, "f", sizeof(content) - 1, &text, &err), 0));
        text_clear(&text);
        cr_expect(eq(int, io_read_file_at(place.dir, "f", sizeof(content) - 2, &text, &err), E_INVALID_DATA));
        cr_expect(eq(str, err.text, "f is too large: more than 39998 bytes"));
        cr_expect(eq(int, io_read_file_at(place.dir, "no", 10, &text, &err), E_FILE_NOT_FOUND));
        cr_expect(lt(int, io_read_file_at(place.dir, ".", 10, &text, &err), 0));
        place_file(&place, "empty", "");
        expect_content(&place, "empty", "");
}

Test(base_io, replaces_a_file_whole_with_its_exact_mode)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };

        umask(0277);
        cr_assert(eq(int, io_replace_at(place.dir, "f", "one", 3, 0666, &err), 0), "%s", err.text);
        cr_expect(eq(int, (int)place_mode(&place, "f"), S_IFREG | 0666));
        expect_content(&place, "f", "one");
        cr_assert(eq(int, io_replace_at(place.dir, "f", "two!", 4, 0600, &err), 0), "%s", err.text);
        cr_expect(eq(int, (int)place_mode(&place, "f"), S_IFREG | 0600));
        expect_content(&place, "f", "two!");
        cr_expect(eq(int, unlinkat(place.dir, "f", 0), 0));
        cr_expect(eq(int, rmdir(place.path), 0), "nothing else is there");
}

Test(base_io, replaces_a_link_and_not_what_it_points_to)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };

        place_file(&place, "target", "kept");
        place_link(&place, "target", "f");
        cr_assert(eq(int, io_replace_at(place.dir, "f", "new", 3, 0644, &err), 0), "%s", err.text);
        expect_content(&place, "target", "kept");
        expect_content(&place, "f", "new");
}

Test(base_io, leaves_no_temporary_file_behind_a_failure)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };

        place_directory(&place, "d");
        cr_expect(lt(int, io_replace_at(place.dir, "d", "x", 1, 0644, &err), 0));
        cr_expect(lt(int, io_replace_at(place.dir, "no/such", "x", 1, 0644, &err), 0));
        cr_expect(eq(int, unlinkat(place.dir, "d", AT_REMOVEDIR), 0));
        cr_expect(eq(int, rmdir(place.path), 0), "nothing else is there");
}

Test(base_io, writes_a_value_only_to_what_exists)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };

        cr_expect(eq(int, io_write_value_at(place.dir, "no", "1", &err), E_FILE_NOT_FOUND));
        cr_expect(not(place_has(&place, "no")));
        place_file(&place, "f", "");
        cr_expect(eq(int, io_write_value_at(place.dir, "f", "123", &err), 0), "%s", err.text);
        expect_content(&place, "f", "123");
        cr_expect(lt(int, io_write_value_at(AT_FDCWD, "/proc/self/oom_score_adj", "many\n", &err), 0));
        cr_expect(eq(str, err.text, "writing \"many\\n\" to /proc/self/oom_score_adj: invalid argument"));
}

Test(base_io, makes_directories_down_to_the_last)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };
        char path[256];

        snprintf(path, sizeof(path), "%s/a//b/c/", place.path);
        cr_expect(eq(int, io_make_directories(path, 0755, &err), 0), "%s", err.text);
        cr_expect(eq(int, io_make_directories(path, 0755, &err), 0), "%s", err.text);
        cr_expect(place_has(&place, "a/b/c"));
        cr_assert(eq(int, fchdir(place.dir), 0));
        cr_expect(eq(int, io_make_directories("r/s", 0755, &err), 0), "%s", err.text);
        cr_expect(eq(int, io_make_directories("t", 0755, &err), 0), "%s", err.text);
        cr_expect(place_has(&place, "r/s"));
        cr_expect(eq(int, io_make_directories("/", 0755, &err), 0), "%s", err.text);
        cr_expect(lt(int, io_make_directories("", 0755, &err), 0));

        place_file(&place, "file", "");
        cr_expect(lt(int, io_make_directories("file", 0755, &err), 0), "a file is no directory");
        cr_expect(lt(int, io_make_directories("file/x", 0755, &err), 0));
        place_link(&place, "nowhere", "dangling");
        cr_expect(lt(int, io_make_directories("dangling", 0755, &err), 0));
        place_link(&place, "r", "link");
        cr_expect(eq(int, io_make_directories("link/u", 0755, &err), 0), "%s", err.text);
        cr_expect(place_has(&place, "r/u"));
}

/* --- trees -------------------------------------------------------------------------------------------------------------- */

static void expect_removed(const struct place *place, const char *name)
{
        struct error err = { 0 };
        int before = place_open_descriptors();

        cr_expect(eq(int, io_remove_tree_at(place->dir, name, &err), 0), "%s", err.text);
        cr_expect(not(place_has(place, name)));
        cr_expect(eq(int, place_open_descriptors(), before));
}

Test(base_io, removes_whatever_it_is)
{
        _cleanup_(place_donep) struct place place = place_new();

        expect_removed(&place, "absent");
        place_file(&place, "file", "x");
        expect_removed(&place, "file");
        place_directory(&place, "empty");
        expect_removed(&place, "empty");
        place_directory(&place, "t");
        place_directory(&place, "t/a");
        place_directory(&place, "t/a/b");
        place_directory(&place, "t/...");
        place_file(&place, "t/.hidden", "");
        place_file(&place, "t/a/b/c", "");
        cr_assert(eq(int, mkfifoat(place.dir, "t/a/fifo", 0600), 0));
        place_link(&place, "nowhere", "t/a/dangling");
        for (int i = 0; i < 3000; i++) {
                char name[32];

                snprintf(name, sizeof(name), "t/a/b/many-%d", i);
                place_file(&place, name, "");
        }
        expect_removed(&place, "t");
}

Test(base_io, removes_links_and_not_what_they_point_to)
{
        _cleanup_(place_donep) struct place place = place_new();

        place_directory(&place, "kept");
        place_file(&place, "kept/file", "x");
        place_directory(&place, "t");
        place_link(&place, "../kept", "t/relative");
        place_link(&place, place.path, "t/absolute");
        expect_removed(&place, "t");
        place_link(&place, "kept", "link");
        expect_removed(&place, "link");
        expect_content(&place, "kept/file", "x");
}

static void make_deep(const struct place *place, const char *name, int levels)
{
        int dir = dup(place->dir), next;

        for (int i = 0; i < levels; i++) {
                cr_assert(eq(int, mkdirat(dir, i ? "d" : name, 0755), 0));
                next = openat(dir, i ? "d" : name, O_PATH | O_DIRECTORY | O_CLOEXEC);
                cr_assert(ge(int, next, 0));
                close(dir);
                dir = next;
                if (i % 50 == 0)
                        cr_assert(eq(int, mkdirat(dir, "beside", 0755), 0));
        }
        close(dir);
}

Test(base_io, removes_a_tree_deeper_than_descriptors_reach)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct rlimit limit;

        make_deep(&place, "deep", 5000);
        cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &limit), 0));
        limit.rlim_cur = 100;
        cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &limit), 0));
        expect_removed(&place, "deep");
}

/* Runs as nobody when we are root, whom no mode stops.  The exit status says what went wrong. */
static void expect_removed_by_nobody(const struct place *place, const char *name)
{
        pid_t child = fork();
        int status = -1;

        if (child == 0) {
                struct error err = { 0 };

                if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
                        _exit(1);
                if (io_remove_tree_at(place->dir, name, &err) < 0) {
                        fprintf(stderr, "%s\n", err.text);
                        _exit(2);
                }
                _exit(0);
        }
        cr_assert(eq(int, waitpid(child, &status, 0), child));
        cr_expect(eq(int, status, 0));
        cr_expect(not(place_has(place, name)));
}

Test(base_io, removes_directories_that_forbid_it)
{
        _cleanup_(place_donep) struct place place = place_new();
        static const char *const names[] = { "t/none/none/none", "t/none/none", "t/none/x", "t/none", "t/readonly", "t/search" };
        static const mode_t modes[] = { 0, 0, 0, 0, 0400, 0100 };

        cr_assert(eq(int, fchmod(place.dir, 0777), 0));
        place_directory(&place, "t");
        place_directory(&place, "t/none");
        place_directory(&place, "t/none/x");
        place_directory(&place, "t/none/none");
        place_directory(&place, "t/none/none/none");
        place_file(&place, "t/none/none/none/file", "");
        place_directory(&place, "t/readonly");
        place_file(&place, "t/readonly/file", "");
        place_directory(&place, "t/search");
        place_directory(&place, "t/search/sub");
        place_file(&place, "t/search/sub/file", "");
        if (geteuid() == 0)
                for (const char *const *name = (const char *const[]){ "t", "t/none", "t/none/x", "t/none/none", "t/none/none/none",
                                                                      "t/readonly", "t/search", "t/search/sub", NULL }; *name; name++)
                        cr_assert(eq(int, fchownat(place.dir, *name, 65534, 65534, 0), 0));
        for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
                cr_assert(eq(int, fchmodat(place.dir, names[i], modes[i], 0), 0));
        cr_assert(eq(int, fchmodat(place.dir, "t", 0500, 0), 0));
        expect_removed_by_nobody(&place, "t");
}

/* The chmod that opens a directory must not go through a link. */
Test(base_io, changes_no_mode_beside_the_tree)
{
        _cleanup_(place_donep) struct place place = place_new();

        place_file(&place, "kept", "x");
        cr_assert(eq(int, fchmodat(place.dir, "kept", 0444, 0), 0));
        place_directory(&place, "t");
        place_link(&place, "../kept", "t/link");
        if (geteuid() == 0)
                cr_assert(eq(int, fchownat(place.dir, "t", 65534, 65534, 0), 0));
        cr_assert(eq(int, fchmodat(place.dir, "t", 0, 0), 0));
        cr_assert(eq(int, fchmod(place.dir, 0777), 0));
        expect_removed_by_nobody(&place, "t");
        cr_expect(eq(int, (int)place_mode(&place, "kept"), S_IFREG | 0444));
}

/* A bind mount has the device of what it shows: device numbers alone would not stop it. */
Test(base_io, does_not_cross_a_mount)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };
        char from[128], to[128];

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                cr_skip_test("needs root: a mount namespace");
        place_directory(&place, "kept");
        place_file(&place, "kept/file", "x");
        place_directory(&place, "t");
        place_directory(&place, "t/sub");
        place_directory(&place, "t/sub/mount");
        place_file(&place, "t/sub/file", "");
        snprintf(from, sizeof(from), "%s/kept", place.path);
        snprintf(to, sizeof(to), "%s/t/sub/mount", place.path);
        cr_assert(eq(int, mount(from, to, NULL, MS_BIND, NULL), 0));

        cr_expect(eq(int, io_remove_tree_at(place.dir, "t", &err), E_BUSY));
        cr_expect(eq(str, err.text, "removing \"mount\" below t: device or resource busy"));
        expect_content(&place, "kept/file", "x");
        cr_expect(eq(int, umount2(to, MNT_DETACH), 0));
        expect_removed(&place, "t");
}

Test(base_io, crosses_a_mount_on_the_way_to_the_top)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };
        char path[128];

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                cr_skip_test("needs root: a mount namespace");
        place_directory(&place, "m");
        snprintf(path, sizeof(path), "%s/m", place.path);
        cr_assert(eq(int, mount("tmpfs", path, "tmpfs", 0, NULL), 0));
        place_directory(&place, "m/t");
        place_file(&place, "m/t/x", "");
        cr_expect(eq(int, io_remove_tree_at(place.dir, "m/t", &err), 0), "%s", err.text);
        cr_expect(not(place_has(&place, "m/t")));
        cr_expect(eq(int, umount2(path, MNT_DETACH), 0));
}

/* --- sockets ------------------------------------------------------------------------------------------------------------ */

Test(base_io, hands_a_descriptor_over)
{
        struct error err = { 0 };
        int pair[2], pipes[2], received = -1;
        char byte;

        cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0));
        cr_assert(eq(int, pipe2(pipes, O_CLOEXEC), 0));
        cr_assert(eq(int, io_send_fd(pair[0], pipes[1], "/dev/pts/0", &err), 0), "%s", err.text);
        cr_assert(eq(int, io_receive_fd(pair[1], &received, &err), 0), "%s", err.text);
        cr_expect(fcntl(received, F_GETFD) & FD_CLOEXEC);
        cr_expect(eq(int, io_write_all(received, "x", 1, "the pipe", &err), 0));
        cr_expect(eq(int, (int)read(pipes[0], &byte, 1), 1));

        cr_assert(eq(int, io_send_fd(pair[0], pipes[1], "", &err), 0), "a name may be empty");
        close(received);
        cr_assert(eq(int, io_receive_fd(pair[1], &received, &err), 0), "%s", err.text);
        close(received);
}

Test(base_io, takes_one_descriptor_and_leaves_none_open_of_two)
{
        union { struct cmsghdr header; char bytes[CMSG_SPACE(2 * sizeof(int))]; } extra = { 0 };
        struct iovec bytes = { .iov_base = "x", .iov_len = 1 };
        struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof(extra) };
        struct error err = { 0 };
        int pair[2], received = -1, before;

        cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0));
        before = place_open_descriptors();
        extra.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(2 * sizeof(int)) };
        memcpy(CMSG_DATA(&extra.header), (int[]){ 0, 1 }, 2 * sizeof(int));
        cr_assert(eq(int, (int)sendmsg(pair[0], &message, 0), 1));
        cr_expect(eq(int, io_receive_fd(pair[1], &received, &err), E_INVALID_DATA));
        cr_expect(eq(int, received, -1));
        cr_expect(eq(int, place_open_descriptors(), before));

        cr_assert(eq(int, (int)write(pair[0], "y", 1), 1));
        cr_expect(eq(int, io_receive_fd(pair[1], &received, &err), E_BROKEN_PIPE), "bytes without a descriptor");
        close(pair[0]);
        cr_expect(eq(int, io_receive_fd(pair[1], &received, &err), E_BROKEN_PIPE), "the other side is gone");
}

Test(base_io, says_when_the_reader_is_gone)
{
        struct error err = { 0 };
        int pair[2];

        cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0));
        close(pair[1]);
        cr_expect(eq(int, io_send_fd(pair[0], 0, "x", &err), E_BROKEN_PIPE), "and no signal");
}

Test(base_io, connects_to_a_socket_behind_a_long_path)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "s" };
        struct error err = { 0 };
        int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;
        char path[600], part[201];

        memset(part, 'a', 200);
        part[200] = '\0';
        snprintf(path, sizeof(path), "%s/%s/%s", place.path, part, part);
        cr_assert(eq(int, io_make_directories(path, 0755, &err), 0), "%s", err.text);
        cr_assert(eq(int, chdir(path), 0));
        cr_assert(eq(int, bind(listener, (struct sockaddr *)&name, sizeof(name)), 0));
        cr_assert(eq(int, listen(listener, 1), 0));
        strcat(path, "/s");
        cr_expect(eq(int, io_connect_unix(path, &fd, &err), 0), "%s", err.text);
        cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        close(fd);
        cr_expect(eq(int, io_connect_unix("s", &fd, &err), 0), "%s", err.text);
        close(fd);
        close(listener);
        cr_expect(lt(int, io_connect_unix("s", &fd, &err), 0));
        cr_expect(eq(int, io_connect_unix("no/such", &fd, &err), E_FILE_NOT_FOUND));
}
