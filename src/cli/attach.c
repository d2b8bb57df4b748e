#include "src/cli/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hcs/base/io.h"

/* --- begin, end --------------------------------------------------------------------------------------------------------- */

int attach_begin(struct attach *attach, bool subreaper, struct error *err)
{
        sigset_t all;

        sigfillset(&all);
        sigdelset(&all, SIGPIPE);
        sigdelset(&all, SIGSEGV);
        sigdelset(&all, SIGBUS);
        sigdelset(&all, SIGFPE);
        sigdelset(&all, SIGILL);
        sigdelset(&all, SIGABRT);
        (void)sigprocmask(SIG_SETMASK, &all, &attach->mask);
        attach->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
        if (attach->signals < 0)
                return error_errno(err, "watching for signals");
        if (subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
                return error_errno(err, "becoming a child subreaper");
        return 0;
}

int attach_make_console(void *context, int *ret_fd, struct error *err)
{
        struct attach *attach = context;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, attach->console) < 0)
                return error_errno(err, "making a socket pair for the terminal");
        *ret_fd = attach->console[0];
        return 0;
}

static void restore(struct attach *attach)
{
        if (attach->raw)
                (void)tcsetattr(0, TCSADRAIN, &attach->before);
        attach->raw = false;
}

void attach_end(struct attach *attach)
{
        int *const fds[] = { &attach->signals, &attach->console[0], &attach->console[1], &attach->master };

        restore(attach);
        for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
                io_closep(fds[i]);
                *fds[i] = -1;
        }
}

/* --- terminal ----------------------------------------------------------------------------------------------------------- */

static void copy_size(const struct attach *attach)
{
        struct winsize size;

        if (ioctl(0, TIOCGWINSZ, &size) == 0)
                (void)ioctl(attach->master, TIOCSWINSZ, &size);
}

int attach_take_terminal(struct attach *attach, struct error *err)
{
        struct termios raw;
        int r;

        if (attach->console[1] < 0)
                return 0;
        io_closep(&attach->console[0]);         /* the engine's end: if nothing was sent, nothing will be waited for */
        attach->console[0] = -1;
        r = io_receive_fd(attach->console[1], &attach->master, err);
        if (r < 0)
                return error_wrap(err, "taking the terminal");
        if (fcntl(attach->master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
                return error_errno(err, "setting the terminal up");
        copy_size(attach);
        if (tcgetattr(0, &attach->before) == 0) {       /* input may be a file or a pipe: nothing to set then */
                raw = attach->before;
                cfmakeraw(&raw);
                if (tcsetattr(0, TCSANOW, &raw) < 0)
                        return error_errno(err, "setting the terminal raw");
                attach->raw = true;
        }
        return 0;
}

/* Bytes on their way from one side to the other. */
struct flow { int from, to; char bytes[8192]; size_t begin, end; bool closed, deaf, within_line; };

static bool is_empty(const struct flow *flow)
{
        return flow->begin == flow->end;
}

static void flow_read(struct flow *flow)
{
        ssize_t n = read(flow->from, flow->bytes, sizeof(flow->bytes));

        if (n > 0) {
                flow->begin = 0;
                flow->end = flow->deaf ? 0 : (size_t)n;
                flow->within_line = flow->bytes[n - 1] != '\n';
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
                flow->closed = true;            /* EIO: the pty's other side has gone */
        }
}

/* A file's or a pipe's end, told as a person at the terminal tells it: within a line the first one sends the line off. */
static void flow_tell_end(const struct attach *attach, struct flow *flow)
{
        struct termios terminal;

        if (!flow->closed || flow->deaf || tcgetattr(attach->master, &terminal) < 0)
                return;
        flow->begin = 0;
        flow->bytes[flow->end++] = (char)terminal.c_cc[VEOF];
        if (flow->within_line)
                flow->bytes[flow->end++] = (char)terminal.c_cc[VEOF];
}

static void flow_write(struct flow *flow)
{
        ssize_t n = write(flow->to, flow->bytes + flow->begin, flow->end - flow->begin);

        if (n > 0)
                flow->begin += (size_t)n;
        else if (n < 0 && errno != EAGAIN && errno != EINTR) {
                flow->begin = flow->end;
                flow->deaf = true;              /* nobody reads any more: the program still must not stand still */
        }
}

/* --- the loop ----------------------------------------------------------------------------------------------------------- */

struct loop { struct flow in, out; bool exited; int status; };

/* All signals that wait. */
static int take_signals(struct attach *attach, const struct attach_target *target, struct loop *loop, struct error *err)
{
        struct signalfd_siginfo info;

        while (read(attach->signals, &info, sizeof(info)) == sizeof(info)) {
                int signal = (int)info.ssi_signo, r = 0;
                struct error ignored = { 0 };

                if (signal == SIGCHLD) {
                        r = target->wait(target->object, &loop->status, err);
                        if (r < 0)
                                return r;
                        loop->exited = r == 0;
                } else if (signal == SIGWINCH) {
                        if (attach->master >= 0)
                                copy_size(attach);
                } else if (signal != SIGURG && !(attach->master >= 0 && (signal == SIGTTIN || signal == SIGTTOU))) {
                        (void)target->signal(target->object, signal, &ignored);
                }
        }
        return 0;
}

static void relay_round(const struct attach *attach, struct loop *loop, int timeout_ms)
{
        struct pollfd fds[5] = {
                { .fd = loop->exited ? -1 : attach->signals, .events = POLLIN },
                { .fd = !loop->in.closed && is_empty(&loop->in) ? loop->in.from : -1, .events = POLLIN },
                { .fd = is_empty(&loop->in) ? -1 : loop->in.to, .events = POLLOUT },
                { .fd = !loop->out.closed && is_empty(&loop->out) ? loop->out.from : -1, .events = POLLIN },
                { .fd = is_empty(&loop->out) ? -1 : loop->out.to, .events = POLLOUT },
        };

        if (poll(fds, attach->master >= 0 ? 5 : 1, timeout_ms) < 0)
                return;
        if (attach->master < 0)
                return;
        if (fds[1].revents) {
                flow_read(&loop->in);
                flow_tell_end(attach, &loop->in);
        }
        if (fds[2].revents)
                flow_write(&loop->in);
        if (fds[3].revents)
                flow_read(&loop->out);
        if (fds[4].revents)
                flow_write(&loop->out);
}

/* What the program wrote last is still in the pty, and comes out of it a moment later. */
static void drain(const struct attach *attach, struct loop *loop)
{
        for (int round = 0; round < 1000 && (!loop->out.closed || !is_empty(&loop->out)); round++) {
                bool before = is_empty(&loop->out);

                loop->in.closed = true;
                relay_round(attach, loop, 20);
                if (before && is_empty(&loop->out))
                        break;
        }
}

static int wait_first(void *object, int *ret_status, struct error *err)
{
        return sandbox_wait(object, 0, ret_status, err);
}

static int signal_first(void *object, int signal, struct error *err)
{
        return sandbox_signal(object, signal, false, err);
}

struct attach_target attach_first(struct sandbox *sandbox)
{
        return (struct attach_target){ .wait = wait_first, .signal = signal_first, .object = sandbox };
}

int attach_hold(struct attach *attach, const struct attach_target *target, struct error *err)
{
        struct loop loop = { .in = { .from = 0, .to = attach->master }, .out = { .from = attach->master, .to = 1 } };
        int r;

        /* It may have exited before anybody looked. */
        r = target->wait(target->object, &loop.status, err);
        if (r < 0)
                return r;
        loop.exited = r == 0;
        while (!loop.exited) {
                relay_round(attach, &loop, -1);
                r = take_signals(attach, target, &loop, err);
                if (r < 0)
                        return r;
        }
        if (attach->master >= 0)
                drain(attach, &loop);
        restore(attach);
        return loop.status < 0 ? 255 : loop.status;
}
