#include "hcs/schema/seccomp.h"

#include "hcs/base/text.h"

static const struct json_field argument_fields[] = {
        JSON_UINT_RANGE_F(struct seccomp_argument, "index", index, JSON_REQUIRED, 0, 5),
        JSON_UINT_F(struct seccomp_argument, "value", value, JSON_REQUIRED),
        JSON_UINT(struct seccomp_argument, "valueTwo", value_two),
        JSON_TEXT_F(struct seccomp_argument, "op", op, JSON_REQUIRED),
        JSON_END
};

static const struct json_field rule_fields[] = {
        JSON_STRINGS(struct seccomp_rule, "names", names),
        JSON_TEXT_F(struct seccomp_rule, "action", action, JSON_REQUIRED),
        JSON_UINT_OPT_RANGE(struct seccomp_rule, "errnoRet", errno_ret, 0, UINT16_MAX),
        JSON_LIST(struct seccomp_rule, "args", args, argument_fields),
        JSON_END
};

const struct json_field seccomp_fields[] = {
        JSON_TEXT_F(struct seccomp_section, "defaultAction", default_action, JSON_REQUIRED),
        JSON_UINT_OPT_RANGE(struct seccomp_section, "defaultErrnoRet", default_errno_ret, 0, UINT16_MAX),
        JSON_STRINGS(struct seccomp_section, "architectures", architectures),
        JSON_STRINGS_F(struct seccomp_section, "flags", flags, JSON_KEEP_EMPTY),
        JSON_TEXT(struct seccomp_section, "listenerPath", listener_path),
        JSON_TEXT(struct seccomp_section, "listenerMetadata", listener_metadata),
        JSON_LIST(struct seccomp_section, "syscalls", syscalls, rule_fields),
        JSON_END
};

const struct seccomp_word seccomp_actions[] = {
        { "SCMP_ACT_KILL", 0 }, { "SCMP_ACT_KILL_PROCESS", 0x80000000u }, { "SCMP_ACT_KILL_THREAD", 0 },
        { "SCMP_ACT_TRAP", 0x00030000u }, { "SCMP_ACT_ERRNO", SECCOMP_ANSWER_ERRNO }, { "SCMP_ACT_TRACE", SECCOMP_ANSWER_TRACE },
        { "SCMP_ACT_ALLOW", SECCOMP_ANSWER_ALLOW }, { "SCMP_ACT_LOG", SECCOMP_ANSWER_LOG },
        { "SCMP_ACT_NOTIFY", SECCOMP_ANSWER_NOTIFY }, { NULL, 0 }
};

const struct seccomp_word seccomp_flags[] = {
        { "SECCOMP_FILTER_FLAG_TSYNC", 0x1 }, { "SECCOMP_FILTER_FLAG_LOG", 0x2 },
        { "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FLAG_SPEC_ALLOW },
        { "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FLAG_WAIT_KILLABLE },
        { NULL, 0 }
};

const struct seccomp_word seccomp_architectures[] = {
        { "SCMP_ARCH_X86", 0x40000003u }, { "SCMP_ARCH_X86_64", SECCOMP_ARCHITECTURE_X86_64 },
        { "SCMP_ARCH_X32", SECCOMP_ARCHITECTURE_X32 }, { "SCMP_ARCH_ARM", 0x40000028u }, { "SCMP_ARCH_AARCH64", 0xc00000b7u },
        { "SCMP_ARCH_MIPS", 0x00000008u }, { "SCMP_ARCH_MIPS64", 0x80000008u }, { "SCMP_ARCH_MIPS64N32", 0xa0000008u },
        { "SCMP_ARCH_MIPSEL", 0x40000008u }, { "SCMP_ARCH_MIPSEL64", 0xc0000008u }, { "SCMP_ARCH_MIPSEL64N32", 0xe0000008u },
        { "SCMP_ARCH_PPC", 0x00000014u }, { "SCMP_ARCH_PPC64", 0x80000015u }, { "SCMP_ARCH_PPC64LE", 0xc0000015u },
        { "SCMP_ARCH_S390", 0x00000016u }, { "SCMP_ARCH_S390X", 0x80000016u }, { "SCMP_ARCH_PARISC", 0x0000000fu },
        { "SCMP_ARCH_PARISC64", 0x8000000fu }, { "SCMP_ARCH_RISCV64", 0xc00000f3u }, { "SCMP_ARCH_LOONGARCH64", 0xc0000102u },
        { "SCMP_ARCH_M68K", 0x00000004u }, { "SCMP_ARCH_SH", 0x4000002au }, { "SCMP_ARCH_SHEB", 0x0000002au }, { NULL, 0 }
};

const struct seccomp_word seccomp_operators[] = {
        { "SCMP_CMP_NE", 1 }, { "SCMP_CMP_LT", 2 }, { "SCMP_CMP_LE", 3 }, { "SCMP_CMP_EQ", 4 }, { "SCMP_CMP_GE", 5 },
        { "SCMP_CMP_GT", 6 }, { "SCMP_CMP_MASKED_EQ", 7 }, { NULL, 0 }
};

const struct seccomp_word *seccomp_word_find(const struct seccomp_word *words, const char *name)
{
        for (; words->name; words++)
                if (text_equal(words->name, name))
                        return words;
        return NULL;
}

uint32_t seccomp_section_flags(const struct seccomp_section *section)
{
        uint32_t bits = 0;

        if (!section->flags.items)
                return SECCOMP_FLAG_SPEC_ALLOW;
        for (size_t i = 0; i < section->flags.count; i++) {
                const struct seccomp_word *word = seccomp_word_find(seccomp_flags, section->flags.items[i]);

                bits |= word ? word->number : 0;
        }
        return bits;
}

static bool notifies(const char *action)
{
        return text_equal(action, "SCMP_ACT_NOTIFY");
}

bool seccomp_section_notifies(const struct seccomp_section *section)
{
        bool found = notifies(section->default_action);

        for (size_t i = 0; i < section->syscalls.count; i++)
                found = found || notifies(section->syscalls.items[i].action);
        return found;
}
