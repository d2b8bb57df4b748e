/* Which devices a sandbox may use: OCI's rules (the last that matches wins) as lines for v1 and as a BPF program for v2.  Some
 * are always allowed: making nodes, the standard six, the terminals. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/cgroup-kinds.h"

static const int64_t one = 1, five = 5, three = 3, seven = 7, eight = 8, nine = 9, zero = 0, two = 2, pts = 136;

static const struct spec_device_rule always[] = {
        { true, "c", NULL, NULL, "m" },      { true, "b", NULL, NULL, "m" },      { true, "c", &one, &three, "rwm" },
        { true, "c", &one, &five, "rwm" },   { true, "c", &one, &seven, "rwm" },  { true, "c", &one, &eight, "rwm" },
        { true, "c", &one, &nine, "rwm" },   { true, "c", &five, &zero, "rwm" },  { true, "c", &five, &one, "rwm" },
        { true, "c", &five, &two, "rwm" },   { true, "c", &pts, NULL, "rwm" },
};

static bool is_everything(const struct spec_device_rule *rule)
{
        return (!rule->type || *rule->type == 'a') && !rule->major && !rule->minor;
}

/* Deny all, then the configuration's, then those that are always there.  -1 and absent both mean "any". */
int cgroup_device_rules(struct arena *arena, const struct spec_resources *resources, struct cgroup_device_rules *ret,
                        struct error *err)
{
        size_t count = resources->devices.count;

        ret->items = arena_alloc_array(arena, count + 1 + ARRAY_LENGTH(always), sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);
        ret->items[0] = (struct spec_device_rule){ .allow = false, .access = "rwm" };
        ret->count = 1;
        for (size_t i = 0; i < count; i++) {
                struct spec_device_rule rule = resources->devices.items[i];

                if (rule.major && *rule.major < 0)
                        rule.major = NULL;
                if (rule.minor && *rule.minor < 0)
                        rule.minor = NULL;
                if (!rule.access || !*rule.access)
                        rule.access = "rwm";
                ret->items[ret->count++] = rule;
        }
        memcpy(ret->items + ret->count, always, sizeof(always));
        ret->count += ARRAY_LENGTH(always);
        return 0;
}

/* --- v1 ----------------------------------------------------------------------------------------------------------------- */

/* Both files stay open over all lines. */
struct device_files { int deny, allow; };

static void device_files_done(struct device_files *files)
{
        if (files->deny >= 0)
                close(files->deny);
        if (files->allow >= 0)
                close(files->allow);
}

static int write_line(const struct device_files *files, const struct spec_device_rule *rule, struct error *err)
{
        char line[80], major[24] = "*", minor[24] = "*";
        int length;

        if (rule->major)
                snprintf(major, sizeof(major), "%lld", (long long)*rule->major);
        if (rule->minor)
                snprintf(minor, sizeof(minor), "%lld", (long long)*rule->minor);
        length = is_everything(rule) ? snprintf(line, sizeof(line), "a")
                                     : snprintf(line, sizeof(line), "%s %s:%s %s", rule->type, major, minor, rule->access);
        if (write(rule->allow ? files->allow : files->deny, line, (size_t)length) < 0)
                return error_errno(err, "linux.resources.devices: writing \"%s\" to devices.%s", line,
                                   rule->allow ? "allow" : "deny");
        return 0;
}

int cgroup_devices_apply_v1(int dir, const struct spec_resources *resources, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(device_files_done) struct device_files files = {
                .deny = openat(dir, "devices.deny", O_WRONLY | O_CLOEXEC),
                .allow = openat(dir, "devices.allow", O_WRONLY | O_CLOEXEC),
        };
        struct cgroup_device_rules rules;
        size_t first = 0;
        int r;

        if (files.deny < 0 || files.allow < 0)
                return error_errno(err, "linux.resources.devices: opening devices.allow and devices.deny");
        r = cgroup_device_rules(&arena, resources, &rules, err);
        if (r < 0)
                return r;
        /* What stands before the last rule for everything is without effect, and so is an allowance behind "allow all". */
        for (size_t i = 0; i < rules.count; i++)
                if (is_everything(&rules.items[i]))
                        first = i;
        for (size_t i = first; r >= 0 && i < rules.count; i++)
                if (i == first || !rules.items[first].allow || !rules.items[i].allow)
                        r = write_line(&files, &rules.items[i], err);
        return r;
}

/* --- v2 ----------------------------------------------------------------------------------------------------------------- */

struct emitter { struct bpf_insn *code; size_t count, size; };

static void emit(struct emitter *emitter, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
        if (emitter->count < emitter->size)
                emitter->code[emitter->count] = (struct bpf_insn){
                        .code = code, .dst_reg = (uint8_t)(dst & 15u), .src_reg = (uint8_t)(src & 15u), .off = off, .imm = imm,
                };
        emitter->count++;
}

/* Registers: 2 type, 3 access, 4 major, 5 minor.  A jump of a rule that does not match goes to the next rule; its distance is
 * filled in when the rule is complete. */
static void emit_rule(struct emitter *emitter, const struct spec_device_rule *rule)
{
        static const struct { char letter; int32_t bit; } letters[] = {
                { 'm', BPF_DEVCG_ACC_MKNOD }, { 'r', BPF_DEVCG_ACC_READ }, { 'w', BPF_DEVCG_ACC_WRITE },
        };
        size_t jumps[4], jump_count = 0;
        int32_t access = 0;

        for (size_t i = 0; i < ARRAY_LENGTH(letters); i++)
                if (strchr(rule->access, letters[i].letter))
                        access |= letters[i].bit;

        if (rule->type && *rule->type != 'a') {
                jumps[jump_count++] = emitter->count;
                emit(emitter, BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0, *rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
        }
        /* An allowance must cover all that is wanted; a denial strikes when it touches any of it. */
        emit(emitter, BPF_ALU64 | BPF_MOV | BPF_X, 1, 3, 0, 0);
        emit(emitter, BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, rule->allow ? 7 & ~access : access);
        jumps[jump_count++] = emitter->count;
        emit(emitter, BPF_JMP | (rule->allow ? BPF_JNE : BPF_JEQ) | BPF_K, 1, 0, 0, 0);
        if (rule->major) {
                jumps[jump_count++] = emitter->count;
                emit(emitter, BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, (int32_t)*rule->major);
        }
        if (rule->minor) {
                jumps[jump_count++] = emitter->count;
                emit(emitter, BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, (int32_t)*rule->minor);
        }
        emit(emitter, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, rule->allow);
        emit(emitter, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);

        for (size_t i = 0; i < jump_count; i++)
                if (jumps[i] < emitter->size)
                        emitter->code[jumps[i]].off = (int16_t)(emitter->count - jumps[i] - 1);
}

int cgroup_devices_program(const struct cgroup_device_rules *rules, struct bpf_insn *program, size_t size, struct error *err)
{
        struct emitter emitter = { .code = program, .size = size };

        emit(&emitter, BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0);          /* access_type: type below, access above */
        emit(&emitter, BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0);
        emit(&emitter, BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff);
        emit(&emitter, BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16);
        emit(&emitter, BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0);
        emit(&emitter, BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0);
        for (size_t i = rules->count; i > 0; i--)                       /* the last that matches is asked first */
                emit_rule(&emitter, &rules->items[i - 1]);
        emit(&emitter, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
        emit(&emitter, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
        if (emitter.count > size)
                return error_set(err, E_INVALID_PARAMETER, "linux.resources.devices: too many rules for one program");
        return (int)emitter.count;
}

int cgroup_devices_apply_v2(int dir, const struct spec_resources *resources, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(io_closep) int program = -1;
        struct cgroup_device_rules rules;
        struct bpf_insn code[4096];
        union bpf_attr load = { 0 }, attach = { 0 };
        int count;

        if (cgroup_device_rules(&arena, resources, &rules, err) < 0)
                return err->code;
        count = cgroup_devices_program(&rules, code, ARRAY_LENGTH(code), err);
        if (count < 0)
                return count;

        load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
        load.insns = (uint64_t)(uintptr_t)code;
        load.insn_cnt = (uint32_t)count;
        load.license = (uint64_t)(uintptr_t)"MIT";
        program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
        if (program < 0)
                return error_errno(err, "linux.resources.devices: loading the BPF program");
        attach.target_fd = (uint32_t)dir;
        attach.attach_bpf_fd = (uint32_t)program;
        attach.attach_type = BPF_CGROUP_DEVICE;
        attach.attach_flags = BPF_F_ALLOW_MULTI;
        if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) < 0)
                return error_errno(err, "linux.resources.devices: attaching the BPF program");
        return 0;
}
