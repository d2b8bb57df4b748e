#include "hcs/base/text.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "bundle", 'b', CMD_FLAG_TEXT, "DIRECTORY", "the bundle (default: the working directory)" },
        { "platform", 0, CMD_FLAG_TEXT, "linux|windows", "for which system (default: this one)" },
        { "host-facts", 0, CMD_FLAG_TEXT, "FILE", "what is known of the Windows host, as JSON" },
        { .name = NULL },
};

static int for_this_machine(const struct cmd_context *context, const char *bundle, char **ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        struct oci_source source = { .bundle = bundle };
        int r = cmd_annotations(context, &arena, &source.annotations, err);

        if (r >= 0)
                r = cmd_host(context, &host, err);
        return r < 0 ? r : sandbox_document(host, &source, ret, err);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(free_charp) char *text = NULL;
        const char *bundle = args_text(context->args, "bundle"), *platform = args_text(context->args, "platform");
        const char *facts = args_text(context->args, "host-facts");
        bool windows;
        int r;

        platform = platform ? platform : cmd_platform;
        windows = text_equal(platform, "windows");
        if (!windows && !text_equal(platform, "linux"))
                return error_set(err, E_INVALID_PARAMETER, "--platform: found \"%s\"; expected \"linux\" or \"windows\"", platform);
        if (!windows && !text_equal(platform, cmd_platform))
                return error_set(err, E_NOT_SUPPORTED, "--platform linux: the host that a Linux sandbox copies is not here; ask there");
        if (facts && !windows)
                return error_set(err, E_INVALID_PARAMETER, "--host-facts: only with --platform windows; on Linux the host itself is asked");
        bundle = bundle ? bundle : ".";
        if (!facts && text_equal(platform, cmd_platform))
                r = for_this_machine(context, bundle, &text, err);
        else if (args_has(context->global, "annotation"))
                r = error_set(err, E_NOT_SUPPORTED, "--annotation: only for Linux; for Windows write it into the bundle's config.json");
        else
                r = sandbox_document_windows(context->log, bundle, facts, &text, err);
        return r < 0 ? r : cmd_print(text, err);
}

const struct cmd cmd_document = {
        .name = "document",
        .usage = "[flags]",
        .says = "print the HCS documents of a bundle, and touch nothing",
        .more = "System is the create document, Process the parameters of its first process; for a copy of this machine, Hidden "
                "lists what the sandbox will not see, and why.\n\n"
                "For Windows: VirtualMachine and System are the create documents, Modify the requests to the machine between them, "
                "Process the parameters of the first process, Storage the calls that make the scratch and take it away.",
        .flags = flags,
        .run = run,
};
