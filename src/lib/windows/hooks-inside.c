/* A hook that runs inside is a further process of the system, before its first. */
#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "oci/windows/hooks.h"
#include "src/lib/windows/feed.h"
#include "src/lib/windows/hooks-state.h"
#include "src/lib/windows/plan.h"
#include "src/lib/windows/relay.h"

#define LOOK_MS 50
#define ROOT "C:\\"

struct inside { struct hcs_process *process; struct relay *relay; struct feed feed; bool told; };

static void inside_done(struct inside *inside)
{
        feed_done(&inside->feed);
        if (inside->relay)
                relay_finish(inside->relay);
        hcs_process_close(inside->process);
}

static int begin(const struct spec_hook *hook, struct hcs_system *system, const struct winhook_state *state, const struct text *text,
                 struct inside *inside, struct error *err)
{
        _cleanup_(free_charp) char *parameters = NULL;
        struct win_process process = { 0 };
        struct hcs_pipes pipes = { 0 };
        int r = oci_windows_compile_hook(hook, &state->config->arena, &process, err);

        process.working_directory = ROOT;
        process.create_std_in_pipe = process.create_std_out_pipe = process.create_std_err_pipe = true;
        if (r >= 0)
                r = winplan_print(win_process_fields, &process, &parameters, err);
        if (r >= 0)
                r = hcs_process_create_piped(system, parameters, &inside->process, &pipes, err);
        if (r < 0)
                return r;
        r = feed_begin(&inside->feed, take_ptr(pipes.in), text->data, text->length, err);
        if (r >= 0)
                return relay_start(inside->process, &pipes, NULL, false, &inside->relay, err);
        CloseHandle(pipes.out);
        CloseHandle(pipes.err);
        return r;
}

/* The guest hears of the end of its input by the request, not by the handle (hcs-api.md 3.3). */
static void look_after_input(struct inside *inside)
{
        struct error ignored = { 0 };

        if (inside->told || !feed_look(&inside->feed))
                return;
        inside->told = true;
        (void)hcs_process_modify(inside->process, "{\"Operation\":\"CloseHandle\",\"CloseHandle\":{\"Handle\":\"StdIn\"}}", &ignored);
}

static int wait_for_end(struct inside *inside, const struct spec_hook *hook, const struct winhook_state *state, struct error *err)
{
        struct winhook_watch watch = { .hook = hook, .state = state, .begun = system_now_ms() };
        struct error ignored = { 0 };
        int code = -1, r;

        for (;;) {
                look_after_input(inside);
                r = hcs_process_wait(inside->process, LOOK_MS, &code, err);
                if (r != HCS_STILL_RUNNING)
                        break;
                r = winhook_look(&watch, err);
                if (r < 0) {
                        (void)hcs_process_terminate(inside->process, &ignored);
                        return r;
                }
        }
        return r < 0 ? r : winhook_code((uint32_t)code, err);
}

static int run_one(const struct spec_hook *hook, struct hcs_system *system, const struct winhook_state *state, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(inside_done) struct inside inside = { 0 };
        int r = winhook_state_print(state, &text, err);

        if (r >= 0)
                r = begin(hook, system, state, &text, &inside, err);
        return r < 0 ? r : wait_for_end(&inside, hook, state, err);
}

int winhooks_run_inside(const spec_hook_list *hooks, struct hcs_system *system, const struct winhook_state *state, struct error *err)
{
        for (size_t i = 0; i < hooks->count; i++)
                if (run_one(&hooks->items[i], system, state, err) < 0)
                        return error_wrap(err, "startContainer hook %zu, %s", i + 1, hooks->items[i].path);
        return 0;
}
