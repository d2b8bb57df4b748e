/* What exec's process is composed of. */
#include "src/lib/exec.h"

#include "tests/unit/src/house.h"

static struct house house;
static struct sandbox *sandbox;
static struct arena arena;

static void begin(void)
{
        house_begin(&house);
        arena = (struct arena){ 0 };
        sandbox = house_running(&house, "one");
}

static void end(void)
{
        sandbox_close(sandbox);
        arena_done(&arena);
        house_end(&house);
}

TestSuite(exec, .init = begin, .fini = end, .timeout = 20);

static const char *ls[] = { "ls", "-l" };
#define COMMAND .args = { ls, 2 }

static struct spec_process compose(const struct exec_wishes *wishes)
{
        struct spec_process process = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, exec_compose(sandbox, wishes, &arena, NULL, &process, &err), 0), "%s", err.text);
        return process;
}

static void expect_refusal(const struct exec_wishes *wishes, const char *says)
{
        struct spec_process process = { 0 };
        struct error err = { 0 };

        cr_expect(lt(int, exec_compose(sandbox, wishes, &arena, NULL, &process, &err), 0), "%s", says);
        cr_expect(ne(ptr, strstr(err.text, says), NULL), "expected \"%s\", found: %s", says, err.text);
}

static void expect_list(const struct strings *list, const char *expected)
{
        _cleanup_(text_done) struct text text = { 0 };

        for (size_t i = 0; i < list->count; i++)
                text_addf(&text, "%s%s", i ? " " : "", list->items[i]);
        cr_expect(eq(str, text.data, (char *)expected));
}

Test(exec, what_is_not_said_is_the_sandboxes_own)
{
        const struct spec_process process = compose(&(struct exec_wishes){ COMMAND });

        expect_list(&process.args, "ls -l");
        expect_list(&process.env, "PATH=/bin PATHS=x A=1");
        cr_expect(eq(str, (char *)process.cwd, (char *)"/"));
        cr_expect(eq(u32, process.user.uid, 7));
        cr_expect(eq(u32, process.user.gid, 8));
        cr_assert(eq(sz, process.user.additional_gids.count, 1));
        cr_expect(not(process.terminal));
}

Test(exec, a_variable_replaces_its_namesake_and_no_other)
{
        const char *env[] = { "PATH=/sbin", "B=2", "A=", "C=x=y" };
        const struct spec_process process = compose(&(struct exec_wishes){ COMMAND, .env = { env, 4 } });

        expect_list(&process.env, "PATHS=x PATH=/sbin B=2 A= C=x=y");
}

Test(exec, a_variable_without_a_value_is_refused)
{
        const char *env[] = { "PATH" };

        expect_refusal(&(struct exec_wishes){ COMMAND, .env = { env, 1 } }, "expected NAME=VALUE");
}

Test(exec, another_user_brings_none_of_the_first_ones_groups)
{
        const char *groups[] = { "5", "4294967294" };
        struct spec_process process = compose(&(struct exec_wishes){ COMMAND, .user = "1000" });

        cr_expect(eq(u32, process.user.uid, 1000));
        cr_expect(eq(u32, process.user.gid, 0));
        cr_expect(eq(sz, process.user.additional_gids.count, 0));
        process = compose(&(struct exec_wishes){ COMMAND, .user = "1:2", .groups = { groups, 2 } });
        cr_expect(eq(u32, process.user.uid, 1));
        cr_expect(eq(u32, process.user.gid, 2));
        cr_assert(eq(sz, process.user.additional_gids.count, 2));
        cr_expect(eq(u32, process.user.additional_gids.items[1], 4294967294));
}

Test(exec, users_and_groups_are_numbers)
{
        static const char *const users[] = { "", ":", "x", "1:", ":1", "-1", "+1", "1:x", "1:2:3", "4294967296", " 1", "1 ", "0x1",
                                             "11111111111111111111111111111111111" };
        const char *group[] = { "wheel" };

        for (size_t i = 0; i < ARRAY_LENGTH(users); i++)
                expect_refusal(&(struct exec_wishes){ COMMAND, .user = users[i] }, "expected numbers, UID or UID:GID");
        expect_refusal(&(struct exec_wishes){ COMMAND, .groups = { group, 1 } }, "expected a number");
}

Test(exec, added_capabilities_are_never_inheritable_or_ambient)
{
        const char *names[] = { "CAP_NET_RAW" };
        const struct spec_process process = compose(&(struct exec_wishes){ COMMAND, .capabilities = { names, 1 } });

        cr_assert(ne(ptr, (void *)process.capabilities, NULL));
        expect_list(&process.capabilities->bounding, "CAP_NET_RAW");
        expect_list(&process.capabilities->effective, "CAP_NET_RAW");
        expect_list(&process.capabilities->permitted, "CAP_NET_RAW");
        cr_expect(eq(sz, process.capabilities->inheritable.count, 0));
        cr_expect(eq(sz, process.capabilities->ambient.count, 0));
}

Test(exec, a_process_object_is_taken_as_it_is)
{
        static const char json[] = "{ \"cwd\": \"/tmp\", \"args\": [\"id\"], \"user\": { \"uid\": 1, \"gid\": 2 } }";
        const struct exec_wishes wishes = { .process = json, .length = strlen(json), .what = "FILE", .terminal = true };
        const struct spec_process process = compose(&wishes);

        expect_list(&process.args, "id");
        cr_expect(eq(sz, process.env.count, 0), "nothing of the sandbox's own");
        cr_expect(eq(str, (char *)process.cwd, (char *)"/tmp"));
        cr_expect(process.terminal, "the flag adds to the file");
}

Test(exec, what_is_no_process_object_is_refused_by_the_name_of_its_file)
{
        static const struct { const char *text; size_t length; } texts[] = {
                { "", 0 }, { "{", 1 }, { "[]", 2 }, { "{}", 2 }, { "{}\0{}", 5 }, { "{\"args\":[]}", 11 }, { "\xff", 1 },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
                const struct exec_wishes wishes = { .process = texts[i].text, .length = texts[i].length, .what = "FILE" };
                struct spec_process process = { 0 };
                struct error err = { 0 };

                cr_expect(lt(int, exec_compose(sandbox, &wishes, &arena, NULL, &process, &err), 0), "text %zu", i);
                cr_expect(ne(sz, strlen(err.text), 0));
        }
}

Test(exec, needs_a_command)
{
        expect_refusal(&(struct exec_wishes){ .terminal = true }, "needs a command");
}

Test(exec, a_paused_sandbox_runs_nothing_new_unless_told)
{
        struct error err = { 0 };

        cr_assert(eq(int, sandbox_pause(sandbox, true, &err), 0), "%s", err.text);
        expect_refusal(&(struct exec_wishes){ COMMAND }, "paused");
        (void)compose(&(struct exec_wishes){ COMMAND, .even_paused = true });
}

Test(exec, a_stopped_sandbox_runs_nothing)
{
        fake_process_exit("one", 0, 0);
        expect_refusal(&(struct exec_wishes){ COMMAND, .even_paused = true }, "container not running");
}
