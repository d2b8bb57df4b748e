#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "hcs/schema/kernel-words.h"
#include "hcs/schema/linux-names.h"
#include "hcs/schema/seccomp.h"
#include "src/cli/cmd.h"

static void add_list(struct text *out, const char *const *items)
{
        text_add_char(out, '[');
        for (size_t i = 0; items[i]; i++) {
                if (i)
                        text_add_char(out, ',');
                json_write_string(out, items[i]);
        }
        text_add_char(out, ']');
}

/* Read and refused, each with its reason. */
static bool is_refused(const struct linux_mount_option *option)
{
        return text_equal(option->name, "remount");
}

static void add_mount_options(struct text *out)
{
        text_add_char(out, '[');
        for (size_t i = 0; linux_mount_options[i].name; i++)
                if (!is_refused(&linux_mount_options[i]))
                        text_addf(out, "%s\"%s\"", i ? "," : "", linux_mount_options[i].name);
        text_add_char(out, ']');
}

static void add_capabilities(struct text *out)
{
        text_add_char(out, '[');
        for (int i = 0; linux_capability_name(i); i++)
                text_addf(out, "%s\"%s\"", i ? "," : "", linux_capability_name(i));
        text_add_char(out, ']');
}

static bool every(const struct seccomp_word *word)
{
        return word != NULL;
}

/* The kernel looks at the flags before the filter, and here there is none.  One of them goes with a listener only, one without. */
static bool is_supported(const struct seccomp_word *flag)
{
        uint32_t flags = flag->number | (flag->number & SECCOMP_FLAG_WAIT_KILLABLE ? SECCOMP_FLAG_LISTENER : 0);

        return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

static void add_words(struct text *out, const char *member, const struct seccomp_word *words, bool (*wanted)(const struct seccomp_word *))
{
        bool first = true;

        text_addf(out, ",\"%s\":[", member);
        for (; words->name; words++) {
                if (!wanted(words))
                        continue;
                text_addf(out, "%s\"%s\"", first ? "" : ",", words->name);
                first = false;
        }
        text_add_char(out, ']');
}

static void add_seccomp(struct text *out)
{
        text_add(out, ",\"seccomp\":{\"enabled\":true");
        add_words(out, "actions", seccomp_actions, every);
        add_words(out, "operators", seccomp_operators, every);
        add_words(out, "archs", seccomp_architectures, every);
        add_words(out, "knownFlags", seccomp_flags, every);
        add_words(out, "supportedFlags", seccomp_flags, is_supported);
        text_add_char(out, '}');
}

static void add_kernel_words(struct text *out, const struct kernel_word *words)
{
        for (size_t i = 0; words[i].name; i++)
                text_addf(out, "%s\"%s\"", i ? "," : "[", words[i].name);
        text_add_char(out, ']');
}

static void add_memory_policy(struct text *out)
{
        text_add(out, ",\"memoryPolicy\":{\"modes\":");
        add_kernel_words(out, kernel_memory_modes);
        text_add(out, ",\"flags\":");
        add_kernel_words(out, kernel_memory_flags);
        text_add_char(out, '}');
}

static int run(struct cmd_context *context, struct error *err)
{
        static const char *const hooks[] = { "prestart", "createRuntime", "createContainer", "startContainer", "poststart",
                                             "poststop", NULL };
        _cleanup_(text_done) struct text compact = { 0 }, out = { 0 };
        int r;

        (void)context;
        text_add(&compact, "{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"" OCI_VERSION "\",\"hooks\":");
        add_list(&compact, hooks);
        text_add(&compact, ",\"mountOptions\":");
        add_mount_options(&compact);
        text_add(&compact, ",\"linux\":{\"namespaces\":");
        add_list(&compact, spec_namespace_names);
        text_add(&compact, ",\"capabilities\":");
        add_capabilities(&compact);
        text_add(&compact, ",\"cgroup\":{\"v1\":true,\"v2\":true,\"systemd\":" SYSTEMD_IS_THERE
                 ",\"systemdUser\":" SYSTEMD_IS_THERE ",\"rdma\":true}");
        add_seccomp(&compact);
        text_add(&compact, ",\"apparmor\":{\"enabled\":true},\"selinux\":{\"enabled\":true}");      /* ours to heed, if the kernel has it */
        add_memory_policy(&compact);
        text_add(&compact, ",\"intelRdt\":{\"enabled\":true,\"schemata\":true,\"monitoring\":true},"
                 "\"mountExtensions\":{\"idmap\":{\"enabled\":true}},\"netDevices\":{\"enabled\":true}},"
                 "\"annotations\":{\"org.hcs-sandbox.version\":\"" PACKAGE_VERSION "\",\"org.hcs-sandbox.host-copy\":\"true\","
                 "\"org.opencontainers.runc.checkpoint.enabled\":\"true\",\"run.oci.crun.checkpoint.enabled\":\"true\"},"
                 "\"potentiallyUnsafeConfigAnnotations\":[\"org.hcs-sandbox.show\",\"org.hcs-sandbox.set-user-id\"]}");
        r = text_check(&compact, err);
        if (r >= 0)
                r = json_indent(&out, compact.data, err);
        text_add_char(&out, '\n');
        return r < 0 ? r : cmd_print(out.data, err);
}

const struct cmd cmd_features = {
        .name = "features",
        .usage = "",
        .says = "print what this runtime can do, as JSON",
        .run = run,
};
