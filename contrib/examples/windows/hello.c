/* One sandbox by the library: made of the bundle that is named, started, waited for, deleted.  The program's output comes to ours.
 *
 *     x86_64-w64-mingw32-gcc -I. hello.c libhcs-sandbox.dll.a -o hello.exe     (hcs-sandbox.dll and hcs-sandbox.exe beside it)
 *     hello.exe BUNDLE */
#include <hcs-sandbox.h>
#include <stdio.h>
#include <windows.h>

static int stream(DWORD which)
{
        return (int)(intptr_t)GetStdHandle(which);
}

static int fail(const char *doing, const struct hcs_sandbox_error *err)
{
        fprintf(stderr, "hello: %s: %s\n", doing, err->text);
        return 1;
}

/* A further process, with its output on ours as well. */
static int run_another(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err)
{
        static const char *const args[] = { "cmd.exe", "/c", "echo another one", NULL };
        struct hcs_sandbox_exec_options options = HCS_SANDBOX_EXEC_OPTIONS_INIT;
        struct hcs_sandbox_process *process;
        int status = -1;

        options.args = args;
        options.out = stream(STD_OUTPUT_HANDLE);
        if (hcs_sandbox_exec(sandbox, &options, &process, err) < 0)
                return -1;
        if (hcs_sandbox_process_wait(process, -1, &status, err) < 0)
                status = -1;
        hcs_sandbox_process_close(process);
        return status;
}

int main(int count, char **words)
{
        struct hcs_sandbox_create_options options = HCS_SANDBOX_CREATE_OPTIONS_INIT;
        struct hcs_sandbox_error err = { 0 };
        struct hcs_sandbox_host *host;
        struct hcs_sandbox *sandbox;
        int status = -1;

        if (count != 2) {
                fprintf(stderr, "usage: hello BUNDLE\n");
                return 1;
        }
        options.out = stream(STD_OUTPUT_HANDLE);
        options.err = stream(STD_ERROR_HANDLE);
        if (hcs_sandbox_host_open(NULL, &host, &err) < 0)
                return fail("the host", &err);
        if (hcs_sandbox_create(host, "hello", words[1], &options, &sandbox, &err) < 0)
                return fail("create", &err);
        if (run_another(sandbox, &err) != 0)
                fail("exec", &err);
        if (hcs_sandbox_start(sandbox, &err) < 0 || hcs_sandbox_wait(sandbox, -1, &status, &err) < 0)
                fail("start", &err);
        if (hcs_sandbox_delete(sandbox, true, &err) < 0)
                fail("delete", &err);
        hcs_sandbox_close(sandbox);
        hcs_sandbox_host_close(host);
        return status;
}
