/* Writes archives that want to do harm:   hostile DIRECTORY COUNT [SEED]
 *
 * DIRECTORY/0000-KIND.tar and so on, each of one kind; kinds come round again with other names, depths and numbers, by a generator that
 * gives the same bytes for the same seed.  Every one of them must be refused. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tar { FILE *file; uint64_t state; char where[256]; };

static uint64_t dice(struct tar *tar, uint64_t sides)
{
        tar->state ^= tar->state << 13;
        tar->state ^= tar->state >> 7;
        tar->state ^= tar->state << 17;
        return tar->state % sides;
}

/* --- blocks ------------------------------------------------------------------------------------------------------------------- */

struct header { char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100], magic[8], user[32], group[32],
                major[8], minor[8], prefix[155], rest[12]; };

static void put_header(struct tar *tar, struct header *header)
{
        unsigned sum = 0;

        memcpy(header->magic, "ustar\0" "00", 8);
        memset(header->sum, ' ', sizeof(header->sum));
        for (size_t i = 0; i < sizeof(*header); i++)
                sum += ((const unsigned char *)header)[i];
        snprintf(header->sum, sizeof(header->sum), "%06o", sum);
        fwrite(header, sizeof(*header), 1, tar->file);
}

static void fill(struct header *header, char type, const char *name, const char *link, uint64_t size)
{
        memset(header, 0, sizeof(*header));
        memcpy(header->name, name, strnlen(name, sizeof(header->name)));
        memcpy(header->link, link, strnlen(link, sizeof(header->link)));
        memcpy(header->mode, "0000755", 8);
        memcpy(header->uid, "0000000", 8);
        memcpy(header->gid, "0000000", 8);
        snprintf(header->size, sizeof(header->size), "%011llo", (unsigned long long)size);
        memcpy(header->mtime, "00000000000", 12);
        header->type = type;
}

static void entry(struct tar *tar, char type, const char *name, const char *link, uint64_t size)
{
        struct header header;

        fill(&header, type, name, link, size);
        put_header(tar, &header);
}

static void content(struct tar *tar, const void *bytes, size_t length)
{
        static const char zeros[512];

        fwrite(bytes, 1, length, tar->file);
        fwrite(zeros, 1, (512 - length % 512) % 512, tar->file);
}

static void file(struct tar *tar, const char *name, const char *text)
{
        entry(tar, '0', name, "", strlen(text));
        content(tar, text, strlen(text));
}

static void end(struct tar *tar)
{
        static const char zeros[1024];

        fwrite(zeros, 1, sizeof(zeros), tar->file);
}

/* One PAX record before the next entry. */
static void pax(struct tar *tar, const char *key, const char *value, size_t length)
{
        size_t inner = strlen(key) + length + 3, whole = inner + 1;
        char *record, number[24];

        while (whole != inner + (size_t)snprintf(number, sizeof(number), "%zu", whole))
                whole = inner + strlen(number);
        record = malloc(whole + 1);
        if (!record)
                exit(1);
        memcpy(record + snprintf(record, whole, "%zu %s=", whole, key), value, length);
        record[whole - 1] = '\n';
        entry(tar, 'x', "PaxHeader/x", "", whole);
        content(tar, record, whole);
        free(record);
}

static void pax_text(struct tar *tar, const char *key, const char *value)
{
        pax(tar, key, value, strlen(value));
}

/* A name in the harmless directories that the archive begins with. */
static const char *in(struct tar *tar, const char *name)
{
        static char whole[512];

        snprintf(whole, sizeof(whole), "%s%s", tar->where, name);
        return whole;
}

/* --- kinds -------------------------------------------------------------------------------------------------------------------- */

static void absolute(struct tar *tar) { file(tar, dice(tar, 2) ? "/tmp/hcs-hostile" : "//etc/hcs-hostile", "x"); }
static void dotdot_first(struct tar *tar) { file(tar, "../hcs-hostile", "x"); }
static void dotdot_between(struct tar *tar) { file(tar, in(tar, "d/../../../../../tmp/hcs-hostile"), "x"); }
static void dotdot_last(struct tar *tar) { entry(tar, '5', in(tar, "d/.."), "", 0); }
static void dotdot_pax(struct tar *tar) { pax_text(tar, "path", "a/../../hcs-hostile"); file(tar, "innocent", "x"); }

static void through_link(struct tar *tar)
{
        static const char *const targets[] = { "/tmp", "..", "../../../../../../tmp", ".", "/proc/self/root/tmp", "d" };

        entry(tar, '5', in(tar, "d/"), "", 0);
        entry(tar, '2', in(tar, "link"), targets[dice(tar, 6)], 0);
        file(tar, in(tar, "link/hcs-hostile"), "x");
}

static void through_links(struct tar *tar)
{
        entry(tar, '2', in(tar, "one"), "two", 0);
        entry(tar, '2', in(tar, "two"), "/tmp", 0);
        entry(tar, '5', in(tar, "one/hcs-hostile"), "", 0);
}

static void over_link(struct tar *tar) { entry(tar, '2', in(tar, "l"), "/tmp/hcs-hostile", 0); file(tar, in(tar, "l"), "x"); }
static void link_over_directory(struct tar *tar) { entry(tar, '5', in(tar, "d"), "", 0); entry(tar, '2', in(tar, "d"), "/tmp", 0); }
static void directory_over_link(struct tar *tar) { entry(tar, '2', in(tar, "d"), "/tmp", 0); entry(tar, '5', in(tar, "d"), "", 0); }
static void link_nowhere(struct tar *tar) { entry(tar, '2', in(tar, "l"), "", 0); }

static void link_too_long(struct tar *tar)
{
        char target[5000];

        memset(target, 'a', sizeof(target));
        pax(tar, "linkpath", target, 4097 + dice(tar, 800));
        entry(tar, '2', in(tar, "l"), "a", 0);
}

static void hard_absolute(struct tar *tar) { entry(tar, '1', in(tar, "h"), "/etc/passwd", 0); }
static void hard_dotdot(struct tar *tar) { entry(tar, '1', in(tar, "h"), "../../../../../../etc/passwd", 0); }
static void hard_missing(struct tar *tar) { entry(tar, '1', in(tar, "h"), "etc/passwd", 0); }
static void hard_self(struct tar *tar) { char n[300]; snprintf(n, sizeof(n), "%sh", tar->where); entry(tar, '1', n, n, 0); }

static void hard_through_link(struct tar *tar)
{
        entry(tar, '2', "up", dice(tar, 2) ? "/etc" : "../../../../../../../../etc", 0);
        entry(tar, '1', in(tar, "h"), "up/passwd", 0);
}

static void hard_directory(struct tar *tar) { entry(tar, '5', "dd", "", 0); entry(tar, '1', in(tar, "h"), "dd", 0); }
static void hard_whiteout(struct tar *tar) { file(tar, ".wh.gone", ""); entry(tar, '1', in(tar, "h"), "gone", 0); }
static void hard_mark(struct tar *tar) { file(tar, ".wh.gone", ""); entry(tar, '1', in(tar, "h"), ".wh.gone", 0); }
static void hard_is_mark(struct tar *tar) { file(tar, "f", "x"); entry(tar, '1', in(tar, ".wh.f"), "f", 0); }
static void hard_over(struct tar *tar) { file(tar, "f", "x"); file(tar, in(tar, "g"), "y"); entry(tar, '1', in(tar, "g"), "f", 0); }

static void hard_content(struct tar *tar)
{
        file(tar, "f", "x");
        pax_text(tar, "comment", "x");
        entry(tar, '1', in(tar, "h"), "f", 5);
        content(tar, "other", 5);
}

static void device(struct tar *tar, char type, const char *major, const char *minor)
{
        struct header header;

        fill(&header, type, in(tar, "device"), "", 0);
        memcpy(header.major, major, 8);
        memcpy(header.minor, minor, 8);
        put_header(tar, &header);
}

static void device_whiteout(struct tar *tar) { device(tar, '3', "0000000", "0000000"); }
static void device_memory(struct tar *tar) { device(tar, '3', "0000001", "0000001"); }
static void device_disk(struct tar *tar) { device(tar, '4', "0000010", dice(tar, 2) ? "0000000" : "0000001"); }

static void long_name(struct tar *tar)
{
        char name[4000];
        size_t length = 256 + dice(tar, 3000);

        memset(name, 'n', sizeof(name));
        pax(tar, "path", name, length);
        file(tar, "short", "x");
}

static void long_path(struct tar *tar)
{
        char path[9000];

        for (size_t i = 0; i < sizeof(path); i++)
                path[i] = i % 200 == 199 ? '/' : 'p';
        pax(tar, "path", path, 4100 + dice(tar, 4000));
        file(tar, "short", "x");
}

static void deep(struct tar *tar)
{
        char path[2000];
        size_t depth = 129 + dice(tar, 500);

        for (size_t i = 0; i < depth; i++)
                memcpy(path + 2 * i, "d/", 2);
        path[2 * depth] = 'f';
        pax(tar, "path", path, 2 * depth + 1);
        file(tar, "short", "x");
}

static void no_name(struct tar *tar) { file(tar, "", "x"); }
static void twice(struct tar *tar) { file(tar, in(tar, "f"), "x"); file(tar, in(tar, "f"), "y"); }
static void directory_over_file(struct tar *tar) { file(tar, in(tar, "f"), "x"); entry(tar, '5', in(tar, "f"), "", 0); }
static void file_over_directory(struct tar *tar) { entry(tar, '5', in(tar, "f"), "", 0); file(tar, in(tar, "f"), "x"); }
static void through_file(struct tar *tar) { file(tar, in(tar, "f"), "x"); file(tar, in(tar, "f/g"), "x"); }
static void fifo_over_file(struct tar *tar) { file(tar, in(tar, "f"), "x"); entry(tar, '6', in(tar, "f"), "", 0); }
static void through_fifo(struct tar *tar) { entry(tar, '6', in(tar, "p"), "", 0); file(tar, in(tar, "p/x"), "x"); }
static void top_file(struct tar *tar) { file(tar, "./", "x"); }
static void top_link(struct tar *tar) { entry(tar, '2', ".", "/tmp", 0); }
static void top_hard(struct tar *tar) { file(tar, "f", "x"); entry(tar, '1', in(tar, "h"), "./", 0); }

static void attribute(struct tar *tar)
{
        static const char *const names[] = {
                "SCHILY.xattr.trusted.overlay.opaque", "SCHILY.xattr.user.overlay.opaque", "SCHILY.xattr.trusted.overlay.redirect",
                "SCHILY.xattr.trusted.overlay.metacopy", "SCHILY.xattr.user.fuseoverlayfs.opaque", "SCHILY.xattr.trusted.hcs-sandbox.pending",
                "SCHILY.xattr.trusted.overlay.whiteout", "SCHILY.xattr.user.overlay.origin",
        };

        pax_text(tar, names[dice(tar, 8)], "y");
        entry(tar, dice(tar, 2) ? '5' : '0', in(tar, "a"), "", 0);
}

static void attribute_unknown(struct tar *tar) { pax_text(tar, "SCHILY.xattr.nonsense.x", "y"); entry(tar, '5', in(tar, "a"), "", 0); }

static void attribute_large(struct tar *tar)
{
        static char value[200000];
        size_t length = 66000 + dice(tar, 100000);

        memset(value, 'v', sizeof(value));
        pax(tar, "SCHILY.xattr.user.large", value, length);
        entry(tar, '5', in(tar, "a"), "", 0);
}

static void mark_of_nothing(struct tar *tar) { file(tar, in(tar, ".wh."), ""); }
static void mark_of_dot(struct tar *tar) { file(tar, in(tar, ".wh.."), ""); }
static void mark_of_dotdot(struct tar *tar) { file(tar, in(tar, ".wh..."), ""); }
static void mark_of_mark(struct tar *tar) { file(tar, in(tar, dice(tar, 2) ? ".wh..wh.plnk" : ".wh..wh.x"), ""); }
static void mark_with_content(struct tar *tar) { file(tar, in(tar, ".wh.f"), "content"); }
static void mark_directory(struct tar *tar) { entry(tar, '5', in(tar, ".wh.f"), "", 0); }
static void mark_link(struct tar *tar) { entry(tar, '2', in(tar, ".wh.f"), "/tmp", 0); }
static void mark_twice(struct tar *tar) { file(tar, in(tar, ".wh.f"), ""); file(tar, in(tar, ".wh.f"), ""); }
static void through_mark(struct tar *tar) { file(tar, in(tar, ".wh.d/f"), "x"); }
static void opaque_through_link(struct tar *tar) { entry(tar, '2', in(tar, "l"), "/tmp", 0); file(tar, in(tar, "l/.wh..wh..opq"), ""); }
static void mark_through_link(struct tar *tar) { entry(tar, '2', in(tar, "l"), "/tmp", 0); file(tar, in(tar, "l/.wh.x"), ""); }

static void huge(struct tar *tar) { pax_text(tar, "size", "9000000000000000000"); entry(tar, '0', in(tar, "f"), "", 0); }

static void huge_sparse(struct tar *tar)
{
        pax_text(tar, "GNU.sparse.realsize", "4611686018427387904");
        entry(tar, '0', in(tar, "f"), "", 0);
}

static void size_binary(struct tar *tar)
{
        struct header header;

        fill(&header, '0', in(tar, "f"), "", 0);
        memset(header.size, dice(tar, 2) ? 0xff : 0x80, sizeof(header.size));
        header.size[1] = 0x7f;
        put_header(tar, &header);
}

static void owner_binary(struct tar *tar)
{
        struct header header;

        fill(&header, '0', in(tar, "f"), "", 0);
        memset(header.uid, 0xff, sizeof(header.uid));
        if (dice(tar, 2)) {
                memset(header.uid, 0x7f, sizeof(header.uid));
                header.uid[0] = (char)0x80;
        }
        put_header(tar, &header);
}

static void pax_malformed(struct tar *tar)
{
        static const char *const records[] = { "999999 path=x\n", "12 pathx\n....", "x path=y\n", "0 path=y\n", "8 path=xyz", "-1 path=y\n" };
        const char *record = records[dice(tar, 6)];

        entry(tar, 'x', "PaxHeader/x", "", strlen(record));
        content(tar, record, strlen(record));
        file(tar, in(tar, "f"), "x");
}

/* Those that end in the wrong way: no end mark comes behind them. */
static void cut_in_content(struct tar *tar) { entry(tar, '0', in(tar, "f"), "", 100000); content(tar, "little", 6); }
static void cut_in_header(struct tar *tar) { fwrite("abc", 1, 1 + dice(tar, 3), tar->file); }
static void cut_between(struct tar *tar) { file(tar, in(tar, "f"), "x"); }
static void nothing(struct tar *tar) { (void)tar; }

static void bad_sum(struct tar *tar)
{
        struct header header;

        fill(&header, '0', in(tar, "f"), "", 0);
        memcpy(header.magic, "ustar\0" "00", 8);
        memcpy(header.sum, "0000001", 8);
        fwrite(&header, sizeof(header), 1, tar->file);
        end(tar);
}

static void garbage(struct tar *tar)
{
        for (size_t i = 0; i < 3000; i++)
                fputc((int)dice(tar, 256), tar->file);
}

static void behind_the_end(struct tar *tar) { end(tar); file(tar, "hidden", "x"); }

static const struct kind { const char *name; void (*write)(struct tar *tar); enum { WHOLE, CUT, BARE } how; } kinds[] = {
        { "absolute", absolute, WHOLE }, { "dotdot-first", dotdot_first, WHOLE }, { "dotdot-between", dotdot_between, WHOLE },
        { "dotdot-last", dotdot_last, WHOLE }, { "dotdot-pax", dotdot_pax, WHOLE }, { "through-link", through_link, WHOLE },
        { "through-links", through_links, WHOLE }, { "over-link", over_link, WHOLE }, { "link-over-directory", link_over_directory, WHOLE },
        { "directory-over-link", directory_over_link, WHOLE }, { "link-nowhere", link_nowhere, WHOLE },
        { "link-too-long", link_too_long, WHOLE }, { "hard-absolute", hard_absolute, WHOLE }, { "hard-dotdot", hard_dotdot, WHOLE },
        { "hard-missing", hard_missing, WHOLE }, { "hard-self", hard_self, WHOLE }, { "hard-through-link", hard_through_link, WHOLE },
        { "hard-directory", hard_directory, WHOLE }, { "hard-whiteout", hard_whiteout, WHOLE }, { "hard-mark", hard_mark, WHOLE },
        { "hard-is-mark", hard_is_mark, WHOLE }, { "hard-over", hard_over, WHOLE }, { "hard-content", hard_content, WHOLE },
        { "device-whiteout", device_whiteout, WHOLE }, { "device-memory", device_memory, WHOLE }, { "device-disk", device_disk, WHOLE },
        { "long-name", long_name, WHOLE }, { "long-path", long_path, WHOLE }, { "deep", deep, WHOLE }, { "no-name", no_name, WHOLE },
        { "twice", twice, WHOLE }, { "directory-over-file", directory_over_file, WHOLE }, { "file-over-directory", file_over_directory, WHOLE },
        { "through-file", through_file, WHOLE }, { "fifo-over-file", fifo_over_file, WHOLE }, { "through-fifo", through_fifo, WHOLE },
        { "top-file", top_file, WHOLE }, { "top-link", top_link, WHOLE }, { "top-hard", top_hard, WHOLE }, { "attribute", attribute, WHOLE },
        { "attribute-unknown", attribute_unknown, WHOLE }, { "attribute-large", attribute_large, WHOLE },
        { "mark-of-nothing", mark_of_nothing, WHOLE }, { "mark-of-dot", mark_of_dot, WHOLE }, { "mark-of-dotdot", mark_of_dotdot, WHOLE },
        { "mark-of-mark", mark_of_mark, WHOLE }, { "mark-with-content", mark_with_content, WHOLE }, { "mark-directory", mark_directory, WHOLE },
        { "mark-link", mark_link, WHOLE }, { "mark-twice", mark_twice, WHOLE }, { "through-mark", through_mark, WHOLE },
        { "opaque-through-link", opaque_through_link, WHOLE }, { "mark-through-link", mark_through_link, WHOLE }, { "huge", huge, WHOLE },
        { "huge-sparse", huge_sparse, WHOLE }, { "size-binary", size_binary, WHOLE }, { "owner-binary", owner_binary, WHOLE },
        { "pax-malformed", pax_malformed, WHOLE }, { "cut-in-content", cut_in_content, CUT }, { "cut-in-header", cut_in_header, CUT },
        { "cut-between", cut_between, CUT }, { "nothing", nothing, BARE }, { "bad-sum", bad_sum, WHOLE }, { "garbage", garbage, BARE },
        { "behind-the-end", behind_the_end, CUT },
};

static int write_one(const char *directory, unsigned number, uint64_t seed)
{
        const struct kind *kind = &kinds[number % (sizeof(kinds) / sizeof(kinds[0]))];
        struct tar tar = { .state = (seed + number + 1) * 0x9e3779b97f4a7c15u };
        char path[4096];

        snprintf(path, sizeof(path), "%s/%04u-%s.tar", directory, number, kind->name);
        tar.file = fopen(path, "we");
        if (!tar.file)
                return 1;
        (void)dice(&tar, 2);
        for (uint64_t depth = dice(&tar, 4); depth > 0 && kind->how != BARE; depth--) {
                snprintf(tar.where + strlen(tar.where), 8, "%c/", (char)('r' + dice(&tar, 5)));
                entry(&tar, '5', tar.where, "", 0);
        }
        kind->write(&tar);
        if (kind->how == WHOLE)
                end(&tar);
        return fclose(tar.file) != 0;
}

int main(int count, char **words)
{
        unsigned many = count > 2 ? (unsigned)strtoul(words[2], NULL, 10) : 0;
        uint64_t seed = count > 3 ? strtoull(words[3], NULL, 10) : 1;

        if (!many) {
                fprintf(stderr, "usage: hostile DIRECTORY COUNT [SEED]\n");
                return 2;
        }
        for (unsigned i = 0; i < many; i++)
                if (write_one(words[1], i, seed) != 0) {
                        perror(words[1]);
                        return 1;
                }
        return 0;
}
