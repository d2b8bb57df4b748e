/* Twenty copies of this machine side by side: each writes a file that the others do not see, and answers.
 *
 *     cc twenty.c $(pkg-config --cflags --libs hcs-sandbox) -o twenty && sudo ./twenty
 *
 * Arguments, all optional: a state directory, a data directory, the path of hcs-sandbox-init. */
#include <fcntl.h>
#include <hcs-sandbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT 20

static const char config[] =
        "{ \"ociVersion\": \"1.2.0\", \"hostname\": \"twenty\",\n"
        "  \"process\": { \"user\": { \"uid\": 0, \"gid\": 0 }, \"cwd\": \"/\", \"noNewPrivileges\": true,\n"
        "    \"env\": [\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\"],\n"
        "    \"args\": [\"/bin/sh\", \"-c\", \"read n; echo number $n > /etc/answer; cat /etc/answer\"] },\n"
        "  \"mounts\": [ { \"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\" },\n"
        "    { \"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"nosuid\", \"mode=755\"] } ],\n"
        "  \"linux\": { \"namespaces\": [ { \"type\": \"pid\" }, { \"type\": \"network\" }, { \"type\": \"ipc\" },\n"
        "    { \"type\": \"uts\" }, { \"type\": \"mount\" } ] } }\n";

struct one { struct hcs_sandbox *sandbox; int in, out; };

static int fail(const char *doing, const struct hcs_sandbox_error *err)
{
        fprintf(stderr, "twenty: %s: %s\n", doing, err->text);
        return 1;
}

static int write_bundle(const char *directory)
{
        char path[4096];
        FILE *file;

        if (!mkdtemp((char *)directory))
                return -1;
        snprintf(path, sizeof(path), "%s/config.json", directory);
        file = fopen(path, "we");
        if (!file)
                return -1;
        fputs(config, file);
        return fclose(file);
}

/* Each has a pipe to its standard input and one from its standard output. */
static int begin(struct hcs_sandbox_host *host, const char *bundle, int number, struct one *one, struct hcs_sandbox_error *err)
{
        struct hcs_sandbox_create_options options = HCS_SANDBOX_CREATE_OPTIONS_INIT;
        int in[2], out[2], r;
        char id[32];

        if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
                return -1;
        options.in = in[0];
        options.out = out[1];
        options.err = 2;
        snprintf(id, sizeof(id), "twenty-%d-%d", (int)getpid(), number);
        r = hcs_sandbox_create(host, id, bundle, &options, &one->sandbox, err);
        if (r >= 0)
                r = hcs_sandbox_start(one->sandbox, err);
        close(in[0]);
        close(out[1]);
        one->in = in[1];
        one->out = out[0];
        return r;
}

static int finish(int number, struct one *one, struct hcs_sandbox_error *err)
{
        char answer[128];
        ssize_t n;
        int status = -1;

        dprintf(one->in, "%d\n", number);
        close(one->in);
        n = read(one->out, answer, sizeof(answer) - 1);
        answer[n > 0 ? n : 0] = '\0';
        close(one->out);
        if (hcs_sandbox_wait(one->sandbox, 10000, &status, err) < 0)
                return -1;
        answer[strcspn(answer, "\n")] = '\0';
        printf("sandbox %2d answered \"%s\" and exited with %d\n", number, answer, status);
        if (hcs_sandbox_delete(one->sandbox, true, err) < 0)
                return -1;
        hcs_sandbox_close(one->sandbox);
        return 0;
}

int main(int count, char **args)
{
        struct hcs_sandbox_host_options options = HCS_SANDBOX_HOST_OPTIONS_INIT;
        char bundle[] = "/tmp/twenty.XXXXXX", path[64];
        struct hcs_sandbox_host *host;
        struct hcs_sandbox_error err;
        struct one all[COUNT] = { 0 };

        options.root = count > 1 ? args[1] : NULL;
        options.data = count > 2 ? args[2] : NULL;
        options.init = count > 3 ? args[3] : NULL;
        if (write_bundle(bundle) < 0) {
                perror("twenty: writing the bundle");
                return 1;
        }
        if (hcs_sandbox_host_open(&options, &host, &err) < 0)
                return fail("opening the host", &err);
        for (int i = 0; i < COUNT; i++)
                if (begin(host, bundle, i, &all[i], &err) < 0)
                        return fail("beginning a sandbox", &err);
        for (int i = 0; i < COUNT; i++)
                if (finish(i, &all[i], &err) < 0)
                        return fail("ending a sandbox", &err);
        hcs_sandbox_host_close(host);

        snprintf(path, sizeof(path), "%s/config.json", bundle);
        unlink(path);
        rmdir(bundle);
        return 0;
}
