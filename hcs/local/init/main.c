#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/warm.h"
#include "hcs/local/control.h"
#include "hcs/local/hooks.h"
#include "hcs/local/init/init.h"

#define DOCUMENT_MAX (64u << 20)

/* The caller's ignored and blocked signals are not the program's. */
static void reset_signals(void)
{
        sigset_t none;

        for (int i = 1; i < NSIG; i++)
                sys_reset_signal(i);
        sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int read_plan(struct init *init, const char *text, struct error *err)
{
        struct json_value *value;
        int r;

        r = json_parse(&init->arena, text, strlen(text), "the plan", &value, err);
        if (r < 0)
                return r;
        r = json_read(&init->arena, plan_fields, value, &init->plan, "", JSON_REFUSE_UNKNOWN, err);
        if (r < 0)
                return r;
        if (!text_equal(init->plan.version, PACKAGE_VERSION))
                return error_set(err, E_INVALID_DATA, "hcs-sandbox-init is version " PACKAGE_VERSION ", its caller is %s: "
                                 "install both from one package", init->plan.version);
        return 0;
}

/* From here on our own descriptors end with the execve. */
static void close_on_exec(const struct plan *plan)
{
        (void)sys_close_range(3 + plan->handles, ~0u, CLOSE_RANGE_CLOEXEC);
}

static int read_document(struct init *init, struct error *err)
{
        struct text text = { 0 };
        struct json_value *value;
        int r;

        r = io_read_all(init->plan.document, DOCUMENT_MAX, &text, "the document", err);
        if (r < 0)
                return r;
        close(init->plan.document);
        r = json_parse(&init->arena, text.data ? text.data : "", text.length, "the document", &value, err);
        if (r >= 0)
                r = init->plan.join
                        ? json_read(&init->arena, plan_join_fields, value, &init->join, "$", JSON_REFUSE_UNKNOWN, err)
                        : json_read(&init->arena, doc_system_fields, value, &init->document, "$", JSON_REFUSE_UNKNOWN, err);
        text_done(&text);
        if (r < 0)
                return r;

        if (init->plan.join) {
                init->process = init->join.process;
        } else {
                init->spec = init->document.hosted_system->oci_specification;
                init->process = init->spec->process;
        }
        return 0;
}

/* Ready.  From CONTROL_COMMIT on the engine may go; before, its end is ours.  Until here the kernel sees to that
 * (PR_SET_PDEATHSIG), from here on the socket does: an engine that dies right behind its word has given it. */
static int report_ready(const struct init *init, struct error *err)
{
        struct control_message message;
        int r;

        if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
                return error_errno(err, "outliving the caller");
        r = control_send(init->plan.control, CONTROL_READY, NULL, err);
        if (r < 0)
                return r;
        r = control_receive(init->plan.control, -1, &message, err);
        if (r < 0)
                return r;
        if (r > 0 || message.tag != CONTROL_COMMIT)
                return error_set(err, E_BROKEN_PIPE, "the caller gave up");
        return 0;
}

/* Waits for a knock that means it.  A caller that goes away without a word is not one. */
static int wait_for_start(const struct init *init, struct error *err)
{
        for (;;) {
                struct control_message message;
                int fd, r;

                do {
                        fd = accept4(init->plan.listen, NULL, NULL, SOCK_CLOEXEC);
                } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
                if (fd < 0)
                        return error_errno(err, "waiting to be started");

                r = control_receive(fd, -1, &message, err);
                if (r == 0 && message.tag == START_GO)
                        return fd;
                close(fd);
        }
}

static int run_start_hooks(const struct init *init, struct error *err)
{
        const struct spec *spec = init->spec;
        struct hook_state state = { .spec = spec, .id = init->plan.id, .status = "created", .pid = getpid(), .cwd = "/",
                                    .bundle = init->document.hosted_system->oci_bundle_path };

        if (!spec->hooks || spec->hooks->start_container.count == 0)
                return 0;
        return hooks_run(&spec->hooks->start_container, "startContainer", &state, err);
}

static void execute_first(struct init *init, struct error *err)
{
        int knock;

        if (report_ready(init, err) < 0)
                return;
        close(init->plan.control);
        knock = wait_for_start(init, err);
        if (knock < 0)
                return;
        if (run_start_hooks(init, err) == 0)
                (void)program_execute(init, err);
        control_send_error(knock, err);
}

static void execute_further(struct init *init, struct error *err)
{
        if (report_ready(init, err) == 0)
                (void)program_execute(init, err);
        control_send_error(init->plan.control, err);
}

static int prepare(struct init *init, char *plan, struct error *err)
{
        int r;

        r = read_plan(init, plan, err);
        if (r < 0)
                return r;
        memset(plan, 0, strlen(plan));          /* not for the eyes of a `ps` inside */
        close_on_exec(&init->plan);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return error_errno(err, "keeping this process unreadable");
        r = control_send(init->plan.control, CONTROL_BORN, NULL, err);
        if (r >= 0)
                r = read_document(init, err);
        if (r < 0)
                return r;
        return init->plan.join ? init_join(init, err) : init_make(init, err);
}

int main(int count, char **args)
{
        struct init init = { .proc = -1, .overlay = -1, .root = -1, .outside = -1, .notify = -1, .terminal = -1,
                             .plan = { .control = -1, .filter = -1 } };
        struct error err = { 0 };

        if (count != 2) {
                static const char usage[] = "hcs-sandbox-init is run by hcs-sandbox, not by hand\n";

                (void)!write(2, usage, sizeof(usage) - 1);
                return 1;
        }
        warm_up();
        umask(0);
        reset_signals();
        if (prepare(&init, args[1], &err) < 0) {
                if (init.plan.control >= 0)
                        control_send_error(init.plan.control, &err);
                return 1;
        }
        if (init.plan.join)
                execute_further(&init, &err);
        else
                execute_first(&init, &err);
        return 1;
}
