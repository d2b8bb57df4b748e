#include "hcs/base/text.h"
#include "src/cli/cmd.h"

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text out = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct oci_state state;
        int r;

        r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = sandbox_state(sandbox, &arena, &state, err);
        if (r < 0)
                return r;
        state.owner = text_equal(state.owner, "0") ? "" : cmd_user_name(&arena, state.owner);
        r = oci_state_write(&state, &out, err);
        return r < 0 ? r : cmd_print(out.data, err);
}

const struct cmd cmd_state = {
        .name = "state",
        .usage = "ID",
        .says = "print the state of a sandbox as JSON",
        .min_words = 1, .max_words = 1,
        .run = run,
};
