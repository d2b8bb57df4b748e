/* The rules of linux.seccomp.  A call's name may be unknown, as the specification wants it: profiles are written for many kernels. */
#include "hcs/base/text.h"
#include "hcs/schema/seccomp.h"

#define AT "linux.seccomp."

static int refuse_word(const char *at, const char *found, const struct seccomp_word *words, struct error *err)
{
        _cleanup_(text_done) struct text names = { 0 };

        for (size_t i = 0; words[i].name; i++)
                text_addf(&names, "%s%s", i ? ", " : "", words[i].name);
        if (names.failed)
                return error_memory(err);
        return error_set(err, E_INVALID_DATA, AT "%s: found \"%.60s\"; expected one of %s", at, found, names.data);
}

static int check_words(const char *at, const struct strings *found, const struct seccomp_word *words, struct error *err)
{
        for (size_t i = 0; i < found->count; i++)
                if (!seccomp_word_find(words, found->items[i]))
                        return refuse_word(at, found->items[i], words, err);
        return 0;
}

/* The error has a meaning only where there is one. */
static int check_action(const char *at, const char *member, const char *action, const uint32_t *errno_ret, struct error *err)
{
        const struct seccomp_word *word = seccomp_word_find(seccomp_actions, action);
        _cleanup_(text_done) struct text where = { 0 };

        text_addf(&where, "%s%s", at, member);
        if (where.failed)
                return error_memory(err);
        if (!word)
                return refuse_word(where.data, action, seccomp_actions, err);
        if (errno_ret && word->number != SECCOMP_ANSWER_ERRNO && word->number != SECCOMP_ANSWER_TRACE)
                return error_set(err, E_INVALID_DATA, AT "%s: %s does not go with an errno; expected SCMP_ACT_ERRNO or SCMP_ACT_TRACE",
                                 where.data, action);
        return 0;
}

static int check_rule(const struct seccomp_rule *rule, size_t index, struct error *err)
{
        _cleanup_(text_done) struct text at = { 0 };
        int r;

        text_addf(&at, "syscalls[%zu].", index);
        if (at.failed)
                return error_memory(err);
        if (rule->names.count == 0)
                return error_set(err, E_INVALID_DATA, AT "%snames: missing or empty; expected at least one call", at.data);
        r = check_action(at.data, "action", rule->action, rule->errno_ret, err);
        for (size_t i = 0; r >= 0 && i < rule->args.count; i++)
                if (!seccomp_word_find(seccomp_operators, rule->args.items[i].op)) {
                        text_addf(&at, "args[%zu].op", i);
                        return at.failed ? error_memory(err) : refuse_word(at.data, rule->args.items[i].op, seccomp_operators, err);
                }
        return r;
}

static int check_listener(const struct seccomp_section *section, struct error *err)
{
        const char *path = section->listener_path;

        if (text_equal(section->default_action, "SCMP_ACT_NOTIFY"))
                return error_set(err, E_INVALID_DATA, AT "defaultAction: SCMP_ACT_NOTIFY; the listener would have to answer for the "
                                 "runtime's own calls: name the calls in \"syscalls\"");
        if (section->listener_metadata && *section->listener_metadata && (!path || !*path))
                return error_set(err, E_INVALID_DATA, AT "listenerMetadata: given without listenerPath");
        if (!seccomp_section_notifies(section) && seccomp_section_flags(section) & SECCOMP_FLAG_WAIT_KILLABLE)
                return error_set(err, E_INVALID_DATA, AT "flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is about a listener; expected some "
                                 "call with SCMP_ACT_NOTIFY");
        if (!seccomp_section_notifies(section))
                return 0;
        if (!path || !*path)
                return error_set(err, E_INVALID_DATA, AT "listenerPath: missing or empty; SCMP_ACT_NOTIFY needs the socket of who listens");
        if (*path != '/')
                return error_set(err, E_INVALID_DATA, AT "listenerPath: found \"%.200s\"; expected an absolute path", path);
        return 0;
}

int seccomp_section_check(const struct seccomp_section *section, struct error *err)
{
        int r = check_action("", "defaultAction", section->default_action, section->default_errno_ret, err);

        if (r >= 0)
                r = check_words("architectures", &section->architectures, seccomp_architectures, err);
        if (r >= 0)
                r = check_words("flags", &section->flags, seccomp_flags, err);
        for (size_t i = 0; r >= 0 && i < section->syscalls.count; i++)
                r = check_rule(&section->syscalls.items[i], i, err);
        return r < 0 ? r : check_listener(section, err);
}
