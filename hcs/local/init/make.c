/* The order in which a place is made.  Each line leans on those before it; the reasons that aren't plain stand beside. */
#include <fcntl.h>
#include <unistd.h>

#include "hcs/local/control.h"
#include "hcs/local/hooks.h"
#include "hcs/local/init/init.h"

/* createRuntime hooks see the namespaces, but not yet the new root: the engine runs them while we wait. */
static int wait_for_outer_hooks(const struct init *init, struct error *err)
{
        struct control_message message;
        int r;

        if (!init->plan.wait_for_hooks)
                return 0;
        r = control_send(init->plan.control, CONTROL_HOOKS, NULL, err);
        if (r < 0)
                return r;
        r = control_receive(init->plan.control, -1, &message, err);
        if (r < 0)
                return r;
        return r == 0 && message.tag == CONTROL_GO ? 0 : error_set(err, E_BROKEN_PIPE, "the caller gave up");
}

static int run_container_hooks(const struct init *init, struct error *err)
{
        const char *bundle = init->document.hosted_system->oci_bundle_path;
        struct hook_state state = { .spec = init->spec, .id = init->plan.id, .status = "created", .pid = getpid(),
                                    .bundle = bundle, .cwd = bundle };

        if (!init->spec->hooks || init->spec->hooks->create_container.count == 0)
                return 0;
        return hooks_run(&init->spec->hooks->create_container, "createContainer", &state, err);
}

/* The group is being made while we come to life: we ask for it late.  But the engine hands its doors over before it serves. */
static int attach_and_join(struct init *init, struct error *err)
{
        bool served = root_is_served(init);
        int r = served ? namespaces_join_group(init, err) : 0;

        if (r >= 0)
                r = root_attach(init, err);
        return r >= 0 && !served ? namespaces_join_group(init, err) : r;
}

int init_make(struct init *init, struct error *err)
{
        int r;

        if (setsid() < 0)
                return error_errno(err, "beginning a session");
        r = namespaces_complete(init, err);
        if (r >= 0)
                r = kernel_join_keyring(init, err);
        if (r >= 0)
                r = kernel_set(init, err);
        if (r >= 0)
                r = mounts_prepare(init, err);
        if (r >= 0)
                r = attach_and_join(init, err);
        if (r >= 0)
                r = kernel_set_parameters(init, err);
        if (r >= 0)
                r = wait_for_outer_hooks(init, err);
        if (r >= 0)
                r = mounts_make(init, err);
        if (r >= 0)
                r = devices_make(init, err);            /* after the mounts: they lie on the /dev of the bundle */
        if (r >= 0 && init->process->terminal)
                r = console_open(init, "/dev/pts/ptmx", err);
        if (r >= 0)
                r = masks_make(init, err);              /* after all that could be masked */
        if (r >= 0)
                r = run_container_hooks(init, err);
        if (r >= 0)
                r = root_enter(init, err);
        if (r >= 0)
                r = root_finish(init, err);             /* read-only only now: mount points are made until here */
        return r >= 0 ? program_prepare(init, init->spec->linux_->personality, init->spec->linux_->memory_policy, err) : r;
}
