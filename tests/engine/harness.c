#include "tests/engine/harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CGROUPS "/sys/fs/cgroup"

/* --- running ------------------------------------------------------------------------------------------------------------ */

struct caught { int fd; char *text; size_t used, size; };

/* What is beyond the size is read, so that nobody blocks, and forgotten. */
static void take(struct caught *caught)
{
        char bytes[8192];
        ssize_t n = read(caught->fd, bytes, sizeof(bytes));
        size_t room = caught->size - 1 - caught->used, length = n > 0 ? (size_t)n : 0;

        if (n <= 0) {
                close(caught->fd);
                caught->fd = -1;
                return;
        }
        length = length < room ? length : room;
        memcpy(caught->text + caught->used, bytes, length);
        caught->used += length;
}

static long now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Orphans come to the test, which is a subreaper: the machine's own init may take its time, and the end of a PID namespace
 * waits for everybody in it to be reaped. */
static bool reap(pid_t wanted, int *ret_status)
{
        bool found = false;
        int status;

        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
                if (pid == wanted) {
                        *ret_status = status;
                        found = true;
                }
        return found;
}

/* Until the program has ended: its children may keep the pipes, so what comes within 100 ms after that is all. */
static int catch_output(pid_t pid, struct caught both[2])
{
        long end = now_ms() + TIME_LIMIT_MS;
        int status = 0;
        bool done = false, late = false;

        while (!done || both[0].fd >= 0 || both[1].fd >= 0) {
                struct pollfd fds[2] = { { both[0].fd, POLLIN, 0 }, { both[1].fd, POLLIN, 0 } };
                int ready = poll(fds, 2, done ? 100 : 20);

                for (int i = 0; i < 2; i++)
                        if (ready > 0 && fds[i].revents)
                                take(&both[i]);
                if (done && (ready == 0 || now_ms() > end + 5000))
                        break;
                if (reap(pid, &status))
                        done = true;
                if (!done && !late && now_ms() > end) {
                        kill(-pid, SIGKILL);
                        late = true;
                }
        }
        for (int i = 0; i < 2; i++)
                if (both[i].fd >= 0)
                        close(both[i].fd);
        return late ? 124 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* In the child.  A session of its own: a program that hangs is killed with all that it started. */
static void become(const struct box *box)
{
        setsid();
        if (box->uid == geteuid())
                return;
        if (setgroups(0, NULL) < 0 || setresgid(box->uid, box->uid, box->uid) < 0 || setresuid(box->uid, box->uid, box->uid) < 0)
                _exit(126);
}

static void run(const struct box *box, struct result *ret, char *const *args)
{
        struct caught both[2] = { { .text = ret->out, .size = sizeof(ret->out) }, { .text = ret->err, .size = sizeof(ret->err) } };
        int out[2], err[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        pid_t pid;

        memset(ret, 0, sizeof(*ret));
        if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
                cr_fatal("pipes");
        pid = fork();
        if (pid == 0) {
                become(box);
                dup2(null, 0);
                dup2(out[1], 1);
                dup2(err[1], 2);
                execv(args[0], args);
                _exit(126);
        }
        close(out[1]);
        close(err[1]);
        close(null);
        both[0].fd = out[0];
        both[1].fd = err[0];
        ret->status = catch_output(pid, both);
        cr_expect(eq(ptr, strstr(ret->err, "Sanitizer"), NULL), "%s", ret->err);
        cr_expect(eq(ptr, strstr(ret->err, "runtime error: "), NULL), "%s", ret->err);
}

void box_run(struct box *box, struct result *ret, ...)
{
        char *args[64] = { box->program, (char *)"--root", box->root };
        int count = 3;
        va_list words;

        va_start(words, ret);
        while (count < 63 && (args[count] = va_arg(words, char *)))
                count++;
        va_end(words);
        run(box, ret, args);
}

void box_shell(struct box *box, struct result *ret, const char *fmt, ...)
{
        char line[8192], value[4300];
        char *args[] = { (char *)"/bin/sh", (char *)"-c", line, NULL };
        va_list words;

        va_start(words, fmt);
        vsnprintf(line, sizeof(line), fmt, words);
        va_end(words);
        snprintf(value, sizeof(value), "%s --root %s", box->program, box->root);
        setenv("H", value, 1);
        setenv("DIR", box->dir, 1);
        setenv("ROOTFS", box->rootfs, 1);
        run(box, ret, args);
}

/* --- bundles ------------------------------------------------------------------------------------------------------------ */

const char *box_bundle_text(struct box *box, const char *name, const char *config)
{
        static __thread char path[160];
        char file[200];
        FILE *stream;

        snprintf(path, sizeof(path), "%s/%s", box->dir, name);
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                cr_fatal("making %s", path);
        snprintf(file, sizeof(file), "%s/config.json", path);
        stream = fopen(file, "we");
        if (!stream)
                cr_fatal("writing %s", file);
        fputs(config, stream);
        fclose(stream);
        return path;
}

static const char *or_empty(const char *text)
{
        return text ? text : "";
}

const char *box_bundle(struct box *box, const char *name, const struct bundle *bundle)
{
        char config[16384], root[160] = "", user[256] = "", mappings[256] = "";

        if (!bundle->host)
                snprintf(root, sizeof(root), "\"root\": { \"path\": \"%s\" },", box->rootfs);
        if (!bundle->host && box->uid != 0) {
                snprintf(user, sizeof(user), ", { \"type\": \"user\" }");
                snprintf(mappings, sizeof(mappings), ", \"uidMappings\": [{ \"containerID\": 0, \"hostID\": %u, \"size\": 1 }],"
                         " \"gidMappings\": [{ \"containerID\": 0, \"hostID\": %u, \"size\": 1 }]", box->uid,
                         box->uid == geteuid() ? getegid() : box->uid);
        }
        snprintf(config, sizeof(config),
                 "{ \"ociVersion\": \"1.2.0\", %s %s \"hostname\": \"box\",\n"
                 "  \"process\": { %s \"user\": { \"uid\": 0, \"gid\": 0 }, \"cwd\": \"/\",\n"
                 "    \"env\": [\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\"], \"args\": %s },\n"
                 "  \"mounts\": [ { \"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\" },\n"
                 "    { \"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\","
                 " \"options\": [\"nosuid\", \"mode=755\"] },\n"
                 "    { \"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\",\n"
                 "      \"options\": [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\"] } %s ],\n"
                 "  \"linux\": { \"namespaces\": [ { \"type\": \"pid\" }, { \"type\": \"network\" }, { \"type\": \"ipc\" },\n"
                 "    { \"type\": \"uts\" }, { \"type\": \"mount\" } %s %s ] %s %s } }\n",
                 root, or_empty(bundle->top), or_empty(bundle->process), bundle->args ? bundle->args : "[\"true\"]",
                 or_empty(bundle->mounts), user, or_empty(bundle->namespaces), mappings, or_empty(bundle->linux_));
        return box_bundle_text(box, name, config);
}

void box_try(struct box *box, struct result *ret, const struct bundle *bundle)
{
        const char *path = box_bundle(box, "try", bundle);

        box_run(box, ret, "run", "--bundle", path, "try", NULL);
}

/* --- setting up ----------------------------------------------------------------------------------------------------------- */

/* Runs a shell line that the harness itself needs; returns what it prints, in `out`. */
static int line(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int line(char *out, size_t size, const char *fmt, ...)
{
        char text[8192];
        size_t n = 0;
        va_list words;
        FILE *stream;

        va_start(words, fmt);
        vsnprintf(text, sizeof(text), fmt, words);
        va_end(words);
        stream = popen(text, "r");
        if (!stream)
                cr_fatal("starting a shell");
        if (out) {
                n = fread(out, 1, size - 1, stream);
                out[n] = '\0';
        }
        return pclose(stream);
}

/* Some 270 links: made here, since as many processes would be most of what a test takes. */
static void make_rootfs(const char *rootfs)
{
        char names[8192], *rest = names;
        int bin;

        if (line(names, sizeof(names), "cd %s && mkdir bin proc dev sys tmp etc mnt && cp \"$(command -v busybox)\" bin/ && busybox --list",
                 rootfs) != 0)
                cr_fatal("making a root file system in %s", rootfs);
        bin = open(strcat(strcpy((char[128]){ 0 }, rootfs), "/bin"), O_PATH | O_DIRECTORY | O_CLOEXEC);
        for (char *name; (name = strsep(&rest, "\n"));)
                if (*name && symlinkat("busybox", bin, name) < 0 && errno != EEXIST)
                        cr_fatal("making the link %s in %s", name, rootfs);
        close(bin);
}

static bool is_hierarchy(const char *path)
{
        struct statfs kind;

        return statfs(path, &kind) == 0 && (kind.f_type == CGROUP_SUPER_MAGIC || kind.f_type == CGROUP2_SUPER_MAGIC);
}

static bool has_file(const char *directory, const char *name)
{
        char path[512];

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        return access(path, F_OK) == 0;
}

/* A group for this box, put over the hierarchy's top. */
static void cover_hierarchy(const struct box *box, const char *top)
{
        const char *tag = strrchr(box->dir, '/') + 1;
        char group[256];

        snprintf(group, sizeof(group), "%s/%s", top, tag);
        /* v2: the controllers that the host gives; v1's cpuset: what its parent has, or nobody could live in it. */
        if (has_file(top, "cgroup.subtree_control"))
                (void)line(NULL, 0, "cd %s && for c in $(cat cgroup.controllers); do echo +$c >cgroup.subtree_control; done 2>/dev/null", top);
        if (mkdir(group, 0755) < 0 && errno != EEXIST)
                cr_fatal("making the cgroup %s", group);
        if (has_file(group, "cpuset.mems") && !has_file(group, "cgroup.controllers"))
                (void)line(NULL, 0, "cd %s && cat ../cpuset.cpus >cpuset.cpus; cat ../cpuset.mems >cpuset.mems", group);
        if (mount(group, top, NULL, MS_BIND, NULL) < 0)
                cr_fatal("covering %s", top);
}

/* Calls fn for each hierarchy. */
static void each_hierarchy(const struct box *box, void (*fn)(const struct box *box, const char *top))
{
        DIR *directory = is_hierarchy(CGROUPS) ? NULL : opendir(CGROUPS);
        struct dirent *entry;
        char top[512];

        if (is_hierarchy(CGROUPS))
                fn(box, CGROUPS);
        while (directory && (entry = readdir(directory))) {
                snprintf(top, sizeof(top), CGROUPS "/%s", entry->d_name);
                if (*entry->d_name != '.' && is_hierarchy(top))
                        fn(box, top);
        }
        if (directory)
                closedir(directory);
}

static void own_machine(const struct box *box)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                cr_fatal("making a mount namespace");
        each_hierarchy(box, cover_hierarchy);
}

static void setup(struct box *box, uid_t uid)
{
        const char *given = getenv("HCS_SANDBOX");

        needs_programs("busybox");
        if (!realpath(given ? given : "./hcs-sandbox", box->program))
                cr_fatal("there is no program %s", given ? given : "./hcs-sandbox");
        if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
                cr_fatal("becoming a subreaper");
        box->uid = uid;
        snprintf(box->dir, sizeof(box->dir), "/tmp/hcs-test.XXXXXX");
        if (!mkdtemp(box->dir))
                cr_fatal("making %s", box->dir);
        chmod(box->dir, 0755);
        snprintf(box->root, sizeof(box->root), "%s/state", box->dir);
        snprintf(box->rootfs, sizeof(box->rootfs), "%s/rootfs", box->dir);
        mkdir(box->rootfs, 0755);
        make_rootfs(box->rootfs);
        if (geteuid() == 0)
                own_machine(box);
}

void box_setup(struct box *box)
{
        setup(box, geteuid());
}

void box_setup_user(struct box *box)
{
        uid_t uid = geteuid() == 0 ? BOX_USER : geteuid();

        needs_user_namespaces();
        setup(box, uid);
        if (line(NULL, 0, "d=%s; p=\"%s\"; mkdir $d/bin $d/home $d/run && cp \"$p\" \"${p}-init\" \"${p}-seccomp\" \"${p}-layer\" $d/bin/ && "
                 "chmod 0700 $d/run && chown -R %u:%u $d", box->dir, box->program, uid, uid == geteuid() ? getegid() : uid) != 0)
                cr_fatal("copying %s", box->program);
        snprintf(box->program, sizeof(box->program), "%s/bin/hcs-sandbox", box->dir);
        /* What udev gives everybody, in this test's own mount namespace. */
        if (uid != geteuid())
                (void)line(NULL, 0, "n=/tmp/.hcs-fuse.$$; test -c /dev/fuse && mknod -m 666 $n c 10 229 && mount --bind $n /dev/fuse; rm -f $n");
        /* Each test is a process of its own, so this reaches nobody else. */
        setenv("HOME", strcat(strcpy((char[128]){ 0 }, box->dir), "/home"), 1);
        setenv("XDG_RUNTIME_DIR", strcat(strcpy((char[128]){ 0 }, box->dir), "/run"), 1);
        unsetenv("XDG_DATA_HOME");
}

/* --- looking behind --------------------------------------------------------------------------------------------------------- */

/* What ends on its own gets two seconds for it. */
static void expect_nothing(const char *what, const char *command)
{
        char found[4096];

        for (long end = now_ms() + 2000;;) {
                (void)reap(0, &(int){ 0 });
                (void)line(found, sizeof(found), "%s", command);
                if (!*found || now_ms() > end)
                        break;
                usleep(20000);
        }
        cr_expect(eq(str, found, (char *)""), "left behind, %s", what);
}

/* All groups: the links beside v1's hierarchies ("cpu,cpuacct") are not followed.  "/hcs-sandbox" is the parent of all and stays. */
static void expect_no_groups(void)
{
        if (is_hierarchy(CGROUPS))
                expect_nothing("cgroups", "find " CGROUPS " -mindepth 1 -type d ! -path " CGROUPS "/hcs-sandbox");
        else
                expect_nothing("cgroups", "find " CGROUPS " -mindepth 2 -type d \\( -fstype cgroup -o -fstype cgroup2 \\) "
                               "\\( ! -path '" CGROUPS "/*/hcs-sandbox' -o -path '" CGROUPS "/*/*/hcs-sandbox' \\)");
}

void box_expect_empty(struct box *box)
{
        char command[1024];

        snprintf(command, sizeof(command), "ls -A %s 2>/dev/null | grep -vx .seccomp", box->root);
        expect_nothing("state", command);
        /* A user's process may not be looked into by others, by root it may. */
        setenv("DIR", box->dir, 1);
        expect_nothing("processes or mounts", "echo $DIR/ | grep -lFf- /proc/[0-9]*/mountinfo /proc/[0-9]*/cmdline 2>/dev/null");
        if (geteuid() == 0)
                expect_no_groups();
}

/* Takes the cover off. */
static void uncover_hierarchy(const struct box *box, const char *top)
{
        (void)box;
        umount2(top, MNT_DETACH);
}

void box_teardown(struct box *box)
{
        struct result result;

        if (!box->dir[0])
                return;
        /* A test that ended early may leave sandboxes; --force must clean them. */
        box_shell(box, &result, "for i in $(ls $DIR/state 2>/dev/null); do $H delete --force $i || exit 1; done");
        cr_expect(eq(int, result.status, 0), "delete --force: %s", result.err);
        box_expect_empty(box);
        if (geteuid() == 0) {
                each_hierarchy(box, uncover_hierarchy);
                (void)line(NULL, 0, "find " CGROUPS "/%1$s " CGROUPS "/*/%1$s -depth -type d -exec rmdir {} + 2>/dev/null", strrchr(box->dir, '/') + 1);
        }
        (void)line(NULL, 0, "rm -rf %s", box->dir);
        box->dir[0] = '\0';
}

/* --- needs ------------------------------------------------------------------------------------------------------------------ */

void needs_root(void)
{
        if (geteuid() != 0)
                cr_skip("needs root");
}

void needs_programs(const char *names)
{
        char missing[256];

        (void)line(missing, sizeof(missing), "for p in %s; do command -v $p >/dev/null || printf ' %%s' $p; done", names);
        if (*missing)
                cr_skip("needs%s", missing);
}

/* The status of a shell line run by somebody without privileges. */
static int as_user(const char *command)
{
        return geteuid() == 0 ? line(NULL, 0, "setpriv --reuid %d --regid %d --clear-groups sh -c '%s' >/dev/null 2>&1", BOX_USER,
                                     BOX_USER, command)
                              : line(NULL, 0, "sh -c '%s' >/dev/null 2>&1", command);
}

void needs_user_namespaces(void)
{
        if (as_user("unshare --user --map-root-user --mount true") != 0)
                cr_skip("this machine lets no user make user namespaces (kernel.unprivileged_userns_clone, AppArmor)");
}

void needs_fuse_overlayfs(void)
{
        needs_user_namespaces();
        needs_programs("fuse-overlayfs");
        if (as_user("test -r /dev/fuse && test -w /dev/fuse") != 0)
                cr_skip("users may not open /dev/fuse on this machine");
}

void needs_cgroup(const char *controller)
{
        if (line(NULL, 0, "test -d " CGROUPS "/%s || grep -qw %s " CGROUPS "/cgroup.controllers 2>/dev/null", controller,
                 controller) != 0)
                cr_skip("the cgroup controller %s is not there", controller);
}
