/* The public face of change sets, which Windows has no counterpart of yet. */
#include "src/lib/public.h"

static int refuse(struct hcs_sandbox_error *err)
{
        return error_set(public_error(err), E_NOT_SUPPORTED, "change sets are not on Windows yet");
}

int hcs_sandbox_changes(struct hcs_sandbox *sandbox, char **ret, struct hcs_sandbox_error *err)
{
        (void)sandbox;
        (void)ret;
        return refuse(err);
}

int hcs_sandbox_patch(struct hcs_sandbox *sandbox, int descriptor, struct hcs_sandbox_error *err)
{
        (void)sandbox;
        (void)descriptor;
        return refuse(err);
}

int hcs_sandbox_apply(struct hcs_sandbox *sandbox, const struct hcs_sandbox_apply_options *options, char **ret,
                      struct hcs_sandbox_error *err)
{
        (void)sandbox;
        (void)options;
        (void)ret;
        return refuse(err);
}

int hcs_sandbox_undo(struct hcs_sandbox_host *host, bool force, struct hcs_sandbox_error *err)
{
        (void)host;
        (void)force;
        return refuse(err);
}

int hcs_sandbox_discard(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err)
{
        (void)sandbox;
        return refuse(err);
}
