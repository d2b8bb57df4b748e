#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "oci/update.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "resources", 'r', CMD_FLAG_TEXT, "FILE|-", "JSON of linux.resources, from a file or standard input, instead of other flags" },
        { "memory", 0, CMD_FLAG_TEXT, "BYTES", "limit of memory: 512M, 2G; -1: none" },
        { "memory-swap", 0, CMD_FLAG_TEXT, "BYTES", "limit of memory and swap together; -1: none" },
        { "memory-reservation", 0, CMD_FLAG_TEXT, "BYTES", "memory that is left to it when the machine runs short; -1: none" },
        { "kernel-memory", 0, CMD_FLAG_TEXT, "BYTES", "refused: no kernel has this limit any more" },
        { "kernel-memory-tcp", 0, CMD_FLAG_TEXT, "BYTES", "limit of the buffers of TCP (cgroup v1); -1: none" },
        { "cpu-share", 0, CMD_FLAG_TEXT, "N", "share of the processors against others, 2 to 262144" },
        { "cpu-quota", 0, CMD_FLAG_TEXT, "MICROSECONDS", "how long it may run in each period; -1: always" },
        { "cpu-period", 0, CMD_FLAG_TEXT, "MICROSECONDS", "how long a period is, 1000 to 1000000" },
        { "cpu-burst", 0, CMD_FLAG_TEXT, "MICROSECONDS", "how much of unused quota may be kept for later" },
        { "cpu-rt-period", 0, CMD_FLAG_TEXT, "MICROSECONDS", "the same period for real-time programs (cgroup v1)" },
        { "cpu-rt-runtime", 0, CMD_FLAG_TEXT, "MICROSECONDS", "how long those may run in it (cgroup v1)" },
        { "cpu-idle", 0, CMD_FLAG_TEXT, "0|1", "1: only when nobody else wants a processor" },
        { "cpuset-cpus", 0, CMD_FLAG_TEXT, "LIST", "processors that it may use: 0-3,5" },
        { "cpuset-mems", 0, CMD_FLAG_TEXT, "LIST", "memory nodes that it may use" },
        { "pids-limit", 0, CMD_FLAG_TEXT, "N", "most processes and threads; -1: no limit" },
        { "blkio-weight", 0, CMD_FLAG_TEXT, "N", "share of block devices against others, 10 to 1000" },
        { "l3-cache-schema", 0, CMD_FLAG_TEXT, "LINE", "part of the L3 cache that its class may use: L3:0=7f0;1=1f (resctrl)" },
        { "mem-bw-schema", 0, CMD_FLAG_TEXT, "LINE", "memory bandwidth that its class may use: MB:0=70;1=20 (resctrl)" },
        { .name = NULL },
};

/* What flags say, before it becomes resources that point here. */
struct wishes {
        struct spec_memory memory;
        struct spec_cpu cpu;
        struct spec_pids pids;
        struct spec_block_io block_io;
        int64_t limit, swap, reservation, kernel, kernel_tcp, quota, realtime_runtime, idle, pids_limit;
        uint64_t shares, period, burst, realtime_period;
        uint32_t weight;
};

/* --- numbers -------------------------------------------------------------------------------------------------------------- */

static int refuse_number(const char *flag, const char *found, const char *expected, struct error *err)
{
        return error_set(err, E_INVALID_PARAMETER, "--%s: found \"%.100s\"; expected %s", flag, found, expected);
}

/* "512M", "2g", "1GiB", "64kb": units of 1024. */
static int to_bytes(const char *text, int64_t *ret)
{
        static const char units[] = "kmgtp";
        char digits[24];
        size_t length = strspn(text, "0123456789"), power = 0;
        const char *unit, *rest = text + length;
        int64_t number;

        if (text_equal(text, "-1")) {
                *ret = -1;
                return 0;
        }
        if (length == 0 || length >= sizeof(digits))
                return -1;
        snprintf(digits, sizeof(digits), "%.*s", (int)length, text);
        unit = *rest ? strchr(units, *rest | 0x20) : NULL;
        if (unit) {
                power = (size_t)(unit - units) + 1;
                rest += rest[1] == 'i' ? 2 : 1;
        }
        if (*rest == 'b' || *rest == 'B')
                rest++;
        if (*rest || text_to_i64(digits, &number) < 0 || number > INT64_MAX >> (10 * power))
                return -1;
        *ret = number << (10 * power);
        return 0;
}

static int read_bytes(const struct cmd_args *args, const char *flag, int64_t *room, const int64_t **ret, struct error *err)
{
        const char *text = args_text(args, flag);

        if (!text)
                return 0;
        if (to_bytes(text, room) < 0)
                return refuse_number(flag, text, "bytes, such as 67108864, 64M or 2G, or -1 for no limit", err);
        *ret = room;
        return 0;
}

static int read_signed(const struct cmd_args *args, const char *flag, int64_t *room, const int64_t **ret, struct error *err)
{
        const char *text = args_text(args, flag);

        if (!text)
                return 0;
        if (text_to_i64(text, room) < 0)
                return refuse_number(flag, text, "a number", err);
        *ret = room;
        return 0;
}

static int read_unsigned(const struct cmd_args *args, const char *flag, uint64_t *room, const uint64_t **ret, struct error *err)
{
        const char *text = args_text(args, flag);

        if (!text)
                return 0;
        if (text_to_u64(text, room) < 0)
                return refuse_number(flag, text, "a number from 0 on", err);
        *ret = room;
        return 0;
}

/* --- what is asked --------------------------------------------------------------------------------------------------------- */

static int read_memory(const struct cmd_args *args, struct wishes *wishes, struct error *err)
{
        int r = read_bytes(args, "memory", &wishes->limit, &wishes->memory.limit, err);

        if (r >= 0)
                r = read_bytes(args, "memory-swap", &wishes->swap, &wishes->memory.swap, err);
        if (r >= 0)
                r = read_bytes(args, "memory-reservation", &wishes->reservation, &wishes->memory.reservation, err);
        if (r >= 0)
                r = read_bytes(args, "kernel-memory", &wishes->kernel, &wishes->memory.kernel, err);
        return r < 0 ? r : read_bytes(args, "kernel-memory-tcp", &wishes->kernel_tcp, &wishes->memory.kernel_tcp, err);
}

static int read_cpu(const struct cmd_args *args, struct wishes *wishes, struct error *err)
{
        struct spec_cpu *cpu = &wishes->cpu;
        int r = read_unsigned(args, "cpu-share", &wishes->shares, &cpu->shares, err);

        if (r >= 0)
                r = read_signed(args, "cpu-quota", &wishes->quota, &cpu->quota, err);
        if (r >= 0)
                r = read_unsigned(args, "cpu-period", &wishes->period, &cpu->period, err);
        if (r >= 0)
                r = read_unsigned(args, "cpu-burst", &wishes->burst, &cpu->burst, err);
        if (r >= 0)
                r = read_unsigned(args, "cpu-rt-period", &wishes->realtime_period, &cpu->realtime_period, err);
        if (r >= 0)
                r = read_signed(args, "cpu-rt-runtime", &wishes->realtime_runtime, &cpu->realtime_runtime, err);
        if (r >= 0)
                r = read_signed(args, "cpu-idle", &wishes->idle, &cpu->idle, err);
        if (r >= 0 && cpu->idle && *cpu->idle != 0 && *cpu->idle != 1)
                r = refuse_number("cpu-idle", args_text(args, "cpu-idle"), "0 or 1", err);
        cpu->cpus = args_text(args, "cpuset-cpus");
        cpu->mems = args_text(args, "cpuset-mems");
        return r;
}

static int read_others(const struct cmd_args *args, struct wishes *wishes, struct error *err)
{
        const char *weight = args_text(args, "blkio-weight");

        if (weight && text_to_u32(weight, &wishes->weight) < 0)
                return refuse_number("blkio-weight", weight, "a number from 10 to 1000", err);
        if (weight)
                wishes->block_io.weight = &wishes->weight;
        return read_signed(args, "pids-limit", &wishes->pids_limit, &wishes->pids.limit, err);
}

static int read_flags(const struct cmd_args *args, struct wishes *wishes, struct spec_resources *ret, struct error *err)
{
        int r = read_memory(args, wishes, err);

        if (r >= 0)
                r = read_cpu(args, wishes, err);
        if (r >= 0)
                r = read_others(args, wishes, err);
        if (r >= 0)
                *ret = (struct spec_resources){ .memory = &wishes->memory, .cpu = &wishes->cpu, .pids = &wishes->pids,
                                                .block_io = &wishes->block_io };
        return r;
}

static int read_file(const char *file, struct arena *arena, struct spec_resources *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        bool standard = text_equal(file, "-");
        int r = standard ? io_read_all(0, JSON_SIZE_MAX, &text, "standard input", err)
                         : io_read_file_at(AT_FDCWD, file, JSON_SIZE_MAX, &text, err);

        if (r < 0)
                return error_wrap(err, "--resources");
        return oci_resources_parse(text.data ? text.data : "", text.length, standard ? "standard input" : file, arena, ret, err);
}

static int check_flags(const struct cmd_args *args, struct error *err)
{
        bool from_file = args_has(args, "resources"), any = false;

        for (size_t i = 1; flags[i].name; i++)
                any |= args_has(args, flags[i].name);
        if (from_file && any)
                return error_set(err, E_INVALID_PARAMETER, "update takes --resources or other flags, not both");
        if (!from_file && !any)
                return error_set(err, E_INVALID_PARAMETER, "update: what is to change is missing; --help lists the limits");
        return 0;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        const char *file = args_text(context->args, "resources");
        struct spec_resources change = { 0 };
        const struct spec_intel_rdt rdt = {
                .l3_cache_schema = args_text(context->args, "l3-cache-schema"), .mem_bw_schema = args_text(context->args, "mem-bw-schema"),
        };
        bool any_rdt = rdt.l3_cache_schema || rdt.mem_bw_schema;
        struct wishes wishes = { 0 };
        int r = check_flags(context->args, err);

        if (r >= 0)
                r = file ? read_file(file, &arena, &change, err) : read_flags(context->args, &wishes, &change, err);
        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        return r < 0 ? r : sandbox_update(sandbox, &change, any_rdt ? &rdt : NULL, err);
}

const struct cmd cmd_update = {
        .name = "update",
        .usage = "[flags] ID",
        .says = "change the limits of a sandbox",
        .more = "What is not given stays. When the kernel refuses a value all are as they were.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
