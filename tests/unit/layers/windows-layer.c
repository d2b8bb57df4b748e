/* Windows layers: a folder as HCS exports it to a tar, and back. */
#include "tests/unit/layers/windows.h"

TestSuite(windows_layer, .timeout = 30);

#define GOLDEN "/tests/unit/layers/windows-layer.tar"

static const char *golden(char path[1024])
{
        snprintf(path, 1024, "%s" GOLDEN, getenv("srcdir") ? getenv("srcdir") : ".");
        return path;
}

/* Every kind of thing that a layer has. */
static void make_all(const struct place *place)
{
        static const char junction[] = "\x03\x00\x00\xa0\x28\x00\x00\x00\x00\x00\x12\x00\x14\x00\x0a\x00"
                                       "\\\0?\0?\0\\\0C\0:\0\\\0d\0d\0\0\0" "C\0:\0\\\0d\0d\0\0\0";
        static const char extended[] = "\x10\0\0\0\0\x01\x03\0" "B\0xyz\0\0\0" "\0\0\0\0\0\x02\x01\0" "AA\0!";
        static const char tombstones[] = "\xef\xbb\xbfVersion 1.0\r\n\\Windows\\gone.txt\r\n\\also gone\r\n";
        _cleanup_(text_done) struct text stream = { 0 };
        struct wintar_entry link = { .kind = WINTAR_LINK, .link = "../x", .path = "" };
        struct arena arena = { 0 };
        struct bytes reparse;
        struct error err = { 0 };

        place_directory(place, "Files");
        place_directory(place, "Hives");
        put_bytes(place, "Hives/System_Delta", "regf-system", 11);
        put_bytes(place, "Hives/Sam_Delta", "", 0);
        put_bytes(place, "tombstones.txt", tombstones, sizeof(tombstones) - 1);
        put_directory(place, "Files/Windows");
        put_file(place, "Files/Windows/plain.txt", "hello\n");
        put_file(place, "Files/Windows/empty", "");
        cr_assert(eq(int, linkat(place->dir, "Files/Windows/plain.txt", place->dir, "Files/Windows/second name", 0), 0));
        put_file(place, "Files/Z\xc3\xbcrich", "city");

        add_number(&stream, 4, 0x27);           /* content, then all that may be behind it, out of order */
        add_part(&stream, 1, 0, "", "content", 7);
        add_part(&stream, 4, 0, ":two:$DATA", "second", 6);
        add_part(&stream, 4, 0, ":one:$DATA", "first", 5);
        add_part(&stream, 2, 0, "", extended, sizeof(extended) - 1);
        add_part(&stream, 3, 2, "", "security", 8);
        add_part(&stream, 7, 0, "", "object id is left out", 21);
        put_stream(place, "Files/everything", &stream);

        text_clear(&stream);
        add_number(&stream, 4, 0x220);
        add_part(&stream, 1, 8, "", "", 0);
        add_part(&stream, 9, 8, "", "\x03\0\0\0\0\0\0\0abc", 11);
        add_part(&stream, 9, 8, "", "\x08\0\0\0\0\0\0\0x", 9);
        add_part(&stream, 9, 8, "", "\x0c\0\0\0\0\0\0\0", 8);
        put_stream(place, "Files/sparse", &stream);

        place_directory(place, "Files/junction");
        text_clear(&stream);
        add_number(&stream, 4, 0x410);
        add_part(&stream, 8, 0, "", junction, sizeof(junction) - 1);
        put_stream(place, "Files/junction.$wcidirs$", &stream);

        text_clear(&stream);
        add_number(&stream, 4, 0x420);
        cr_assert(eq(int, winreparse_write(link.link, false, &arena, &reparse, &err), 0));
        add_part(&stream, 8, 0, "", reparse.items, reparse.count);
        put_stream(place, "Files/link", &stream);
        arena_done(&arena);

        place_directory(place, "UtilityVM");
        place_directory(place, "UtilityVM/Files");
        put_directory(place, "UtilityVM/Files/EFI");
        put_file(place, "UtilityVM/Files/EFI/BCD", "boot");
}

Test(windows_layer, a_folder_becomes_the_tar_that_it_always_became)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(text_done) struct text tar = { 0 }, wanted = { 0 };
        struct error err = { 0 };
        char path[1024];

        place_needs_openat2();
        make_all(&place);
        cr_assert(eq(int, pack_place(&place, &tar, &err), 0), "%s", err.text);
        if (getenv("WINDOWS_LAYER_GOLDEN"))     /* to make it anew */
                cr_assert(eq(int, io_replace(golden(path), tar.data, tar.length, 0644, &err), 0));
        cr_assert(eq(int, io_read_file(golden(path), 1u << 20, &wanted, &err), 0), "%s", err.text);
        cr_assert(eq(sz, tar.length, wanted.length));
        cr_expect(eq(int, memcmp(tar.data, wanted.data, tar.length), 0));
}

Test(windows_layer, reading_a_folder_changes_nothing_of_it)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(text_done) struct text tar = { 0 }, again = { 0 };
        struct error err = { 0 };

        place_needs_openat2();
        make_all(&place);
        cr_assert(eq(int, pack_place(&place, &tar, &err), 0), "%s", err.text);
        cr_assert(eq(int, pack_place(&place, &again, &err), 0), "%s", err.text);
        cr_expect(tar.length == again.length && memcmp(tar.data, again.data, tar.length) == 0);
}

Test(windows_layer, out_and_in_and_out_is_the_same_tar)
{
        _cleanup_(place_donep) struct place place = place_new(), other = place_new();
        _cleanup_(text_done) struct text tar = { 0 }, again = { 0 };
        struct error err = { 0 };
        struct winlayer_sums sums;

        place_needs_openat2();
        make_all(&place);
        cr_assert(eq(int, pack_place(&place, &tar, &err), 0), "%s", err.text);
        cr_assert(eq(int, unpack_bytes(tar.data, tar.length, &other, &sums, &err), 0), "%s", err.text);
        cr_expect(eq(u64, sums.bytes, tar.length));
        cr_assert(eq(int, pack_place(&other, &again, &err), 0), "%s", err.text);
        cr_assert(eq(sz, tar.length, again.length));
        cr_expect(eq(int, memcmp(tar.data, again.data, tar.length), 0));
}

Test(windows_layer, an_entry_becomes_attributes_and_a_backup_stream)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(text_done) struct text tar = { 0 }, found = { 0 }, wanted = { 0 };
        struct winlayer_sums sums;
        struct error err = { 0 };
        struct stat what;

        place_needs_openat2();
        tar_tops(&tar);
        tar_entry(&tar, '0', "Files/x", "", "MSWINDOWS.fileattr=33\nMSWINDOWS.rawsd=AQID\nMSWINDOWS.xattr.E=QQ==\nmtime=1600000000.5\n"
                  "LIBARCHIVE.creationtime=1500000000\natime=-1.25\n", "content");
        tar_entry(&tar, '0', "Files/x:s", "", NULL, "alternate");
        tar_finish(&tar);
        cr_assert(eq(int, unpack_bytes(tar.data, tar.length, &place, &sums, &err), 0), "%s", err.text);
        cr_assert(eq(int, fstatat(place.dir, "Files/x", &what, 0), 0));
        add_number(&wanted, 4, 33);
        add_part(&wanted, 3, 0, "", "\1\2\3", 3);
        add_part(&wanted, 2, 0, "", "\0\0\0\0\0\1\1\0E\0A\0", 12);
        add_part(&wanted, 1, 0, "", "content", 7);
        add_part(&wanted, 4, 0, ":s:$DATA", "alternate", 9);
        cr_assert(eq(int, io_read_file_at(place.dir, "Files/x", 4096, &found, &err), 0));
        cr_assert(eq(sz, found.length, wanted.length));
        cr_expect(eq(int, memcmp(found.data, wanted.data, wanted.length), 0));
        cr_expect(eq(long, what.st_mtim.tv_sec, 1600000000));
        cr_expect(eq(long, what.st_mtim.tv_nsec, 500000000));
        cr_expect(eq(long, what.st_atim.tv_sec, -2));
        cr_expect(eq(long, what.st_atim.tv_nsec, 750000000));
        cr_expect(place_has(&place, "Files.$wcidirs$") && place_has(&place, "tombstones.txt"));
}

Test(windows_layer, what_was_deleted_is_a_line_of_tombstones)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(text_done) struct text tar = { 0 }, found = { 0 };
        struct winlayer_sums sums;
        struct error err = { 0 };

        place_needs_openat2();
        tar_tops(&tar);
        tar_entry(&tar, '0', "Files/Windows/.wh.gone.txt", "", NULL, "");
        tar_entry(&tar, '0', "Files/.wh.x", "", NULL, "");
        tar_finish(&tar);
        cr_assert(eq(int, unpack_bytes(tar.data, tar.length, &place, &sums, &err), 0), "%s", err.text);
        cr_assert(eq(int, io_read_file_at(place.dir, "tombstones.txt", 4096, &found, &err), 0));
        cr_expect(eq(str, found.data, (char *)"\xef\xbb\xbfVersion 1.0\r\n\\Windows\\gone.txt\r\n\\x\r\n"));
}

/* Tools leave out what leads to a file, or tell it later. */
Test(windows_layer, directories_may_be_missing_or_come_late)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(text_done) struct text tar = { 0 }, found = { 0 };
        struct winlayer_sums sums;
        struct error err = { 0 };

        place_needs_openat2();
        tar_entry(&tar, '0', "Files/a/b/c", "", NULL, "deep");
        tar_entry(&tar, '5', "Files/a/", "", "MSWINDOWS.fileattr=18\n", "");
        tar_finish(&tar);
        cr_assert(eq(int, unpack_bytes(tar.data, tar.length, &place, &sums, &err), 0), "%s", err.text);
        cr_assert(eq(int, io_read_file_at(place.dir, "Files/a.$wcidirs$", 4096, &found, &err), 0));
        cr_expect(eq(sz, found.length, 4));
        cr_expect(eq(chr, found.data[0], 18));
        cr_expect(place_has(&place, "Files/a/b.$wcidirs$") && place_has(&place, "Hives.$wcidirs$"));
}

/* --- what is refused ------------------------------------------------------------------------------------------------------ */

struct hostile { const char *why; struct { char type; const char *name, *link, *records, *content; } entries[3]; };

static const struct hostile all_hostile[] = {
        { "\"..\"", { { '0', "Files/../../etc/passwd", "", NULL, "x" } } },
        { "\"..\"", { { '0', "short", "", "path=Files/../../x\n", "x" } } },
        { "absolute", { { '0', "/etc/passwd", "", NULL, "x" } } },
        { "device", { { '0', "Files/NUL", "", NULL, "x" } } },
        { "twice", { { '0', "Files/x", "", NULL, "1" }, { '0', "Files/x", "", NULL, "2" } } },
        { "another spelling", { { '0', "Files/Readme", "", NULL, "1" }, { '0', "Files/README", "", NULL, "2" } } },
        { "another spelling", { { '5', "Files/D", "", NULL, "" }, { '5', "Files/d", "", NULL, "" } } },
        { "spelled otherwise", { { '5', "Files/D", "", NULL, "" }, { '0', "Files/d/x", "", NULL, "" } } },
        { "through a link", { { '2', "Files/l", "C:/Windows", "MSWINDOWS.fileattr=1040\n", "" }, { '0', "Files/l/x", "", NULL, "x" } } },
        { "through a link", { { '2', "Files/l", "/etc", NULL, "" }, { '0', "Files/l/passwd", "", NULL, "x" } } },
        { "through a file", { { '0', "Files/f", "", NULL, "1" }, { '0', "Files/f/x", "", NULL, "2" } } },
        { "through what", { { '0', "Files/.wh.d", "", NULL, "" }, { '0', "Files/d/x", "", NULL, "2" } } },
        { "deletes it", { { '0', "Files/.wh.x", "", NULL, "" }, { '0', "Files/X", "", NULL, "2" } } },
        { "twice", { { '0', "Files/x", "", NULL, "2" }, { '0', "Files/.wh.x", "", NULL, "" } } },
        { "no empty file", { { '0', "Files/.wh.x", "", NULL, "content" } } },
        { "no empty file", { { '5', "Files/.wh.x", "", NULL, "" } } },
        { "not right behind", { { '0', "Files/x:s", "", NULL, "x" } } },
        { "not right behind", { { '0', "Files/x", "", NULL, "1" }, { '0', "Files/y", "", NULL, "1" }, { '0', "Files/x:s", "", NULL, "x" } } },
        { "not right behind", { { '0', "Files/x", "", NULL, "1" }, { '0', "Files/X:s", "", NULL, "x" } } },
        { "not right behind", { { '5', "Files/d", "", NULL, "" }, { '0', "Files/d:s", "", NULL, "x" } } },
        { "not right behind", { { '2', "Files/l", "x", NULL, "" }, { '0', "Files/l:s", "", NULL, "x" } } },
        { "there twice", { { '0', "Files/x", "", NULL, "1" }, { '0', "Files/x:s", "", NULL, "1" }, { '0', "Files/x:S", "", NULL, "2" } } },
        { "no plain file", { { '0', "Files/x", "", NULL, "1" }, { '1', "Files/x:s", "Files/x", NULL, "" } } },
        { "no file of this layer", { { '1', "Files/x", "Files/y", NULL, "" } } },
        { "\"..\"", { { '1', "Files/x", "Files/../../y", NULL, "" } } },
        { "not from file to file", { { '1', "Files/x", "Hives/Sam", NULL, "" } } },
        { "no file of this layer", { { '2', "Files/l", "x", NULL, "" }, { '1', "Files/x", "Files/l", NULL, "" } } },
        { "no file of this layer", { { '5', "Files/d", "", NULL, "" }, { '1', "Files/x", "Files/d", NULL, "" } } },
        { "device or a pipe", { { '3', "Files/x", "", NULL, "" } } },
        { "device or a pipe", { { '6', "Files/x", "", NULL, "" } } },
        { "no layer has", { { 'S', "Files/x", "", NULL, "" } } },
        { "attributes of a directory", { { '0', "Files/x", "", "MSWINDOWS.fileattr=16\n", "x" } } },
        { "no number", { { '0', "Files/x", "", "MSWINDOWS.fileattr=4294967296\n", "x" } } },
        { "no base64", { { '0', "Files/x", "", "MSWINDOWS.rawsd=***\n", "x" } } },
        { "nobody here knows", { { '0', "Files/x", "", "MSWINDOWS.new=1\n", "x" } } },
        { "(MSWINDOWS.sd)", { { '0', "Files/x", "", "MSWINDOWS.sd=D:\n", "x" } } },
        { "no time", { { '0', "Files/x", "", "mtime=yesterday\n", "x" } } },
        { "1601", { { '0', "Files/x", "", "mtime=-11644473601\n", "x" } } },
        { "sparse", { { '0', "Files/x", "", "GNU.sparse.major=1\n", "x" } } },
        { "more bytes than an archive", { { '0', "Files/x", "", "size=99999999\n", "x" } } },
        { "no absolute path", { { '2', "Files/j", "x", "MSWINDOWS.fileattr=1040\nMSWINDOWS.mountpoint=1\n", "" } } },
        { "link to nothing", { { '2', "Files/j", "", NULL, "" } } },
        { "every layer has", { { '0', "UtilityVM", "", NULL, "x" } } },
        { "among the hives", { { '2', "Hives/Sam", "x", NULL, "" } } },
        { "among the hives", { { '5', "Hives/d", "", NULL, "" } } },
        { "deep", { { '0', "Files/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h/i/j/k/l/m", "", NULL, "" } } },
};

static void write_hostile(struct text *tar, const struct hostile *hostile)
{
        tar_tops(tar);
        for (size_t i = 0; i < ARRAY_LENGTH(hostile->entries) && hostile->entries[i].type; i++)
                tar_entry(tar, hostile->entries[i].type, hostile->entries[i].name, hostile->entries[i].link, hostile->entries[i].records,
                          hostile->entries[i].content);
        tar_finish(tar);
}

/* Nothing but files and directories, whatever the archive said. */
static void expect_harmless(int dir)
{
        DIR *directory = fdopendir(dir);
        const struct dirent *entry;

        cr_assert(directory != NULL);
        while ((entry = readdir(directory))) {
                if (entry->d_name[0] == '.' && (!entry->d_name[1] || entry->d_name[1] == '.'))
                        continue;
                cr_expect(entry->d_type == DT_REG || entry->d_type == DT_DIR, "%s", entry->d_name);
                if (entry->d_type == DT_DIR)
                        expect_harmless(openat(dirfd(directory), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        }
        closedir(directory);
}

Test(windows_layer, archives_that_want_to_do_harm_are_refused_by_name)
{
        place_needs_openat2();
        for (size_t i = 0; i < ARRAY_LENGTH(all_hostile); i++) {
                _cleanup_(place_donep) struct place place = place_new();
                _cleanup_(text_done) struct text tar = { 0 };
                struct winlayer_sums sums;
                struct error err = { 0 };

                write_hostile(&tar, &all_hostile[i]);
                cr_expect(lt(int, unpack_bytes(tar.data, tar.length, &place, &sums, &err), 0), "%zu: %s is taken", i, all_hostile[i].why);
                cr_expect(strstr(err.text, all_hostile[i].why) != NULL && strstr(err.text, "entry"), "%zu: %s: %s", i, all_hostile[i].why, err.text);
                expect_harmless(dup(place.dir));
        }
}

Test(windows_layer, a_tar_that_is_cut_off_or_damaged_is_refused)
{
        _cleanup_(text_done) struct text tar = { 0 };
        struct winlayer_sums sums;

        place_needs_openat2();
        tar_tops(&tar);
        tar_entry(&tar, '0', "Files/x", "", "MSWINDOWS.fileattr=32\n", "content");
        for (size_t length = 100; length < tar.length; length += 300) {
                _cleanup_(place_donep) struct place place = place_new();
                struct error err = { 0 };

                if (length % WINTAR_BLOCK)
                        cr_expect(eq(int, unpack_bytes(tar.data, length, &place, &sums, &err), E_INVALID_DATA), "%zu bytes are taken", length);
        }
        for (size_t at = 0; at < tar.length; at += 97) {
                _cleanup_(place_donep) struct place place = place_new();
                struct error err = { 0 };

                tar.data[at] ^= 0x40;           /* in a header it shows; in content and padding it need not */
                (void)unpack_bytes(tar.data, tar.length, &place, &sums, &err);
                tar.data[at] ^= 0x40;
        }
}

Test(windows_layer, limits_are_kept)
{
        _cleanup_(text_done) struct text tar = { 0 };
        struct winlayer_sums sums;
        char name[40];

        place_needs_openat2();
        for (int i = 0; i < 60; i++) {
                snprintf(name, sizeof(name), "Files/%d", i);
                tar_entry(&tar, '0', name, "", NULL, "");
        }
        tar_finish(&tar);
        for (int round = 0; round < 2; round++) {
                _cleanup_(place_donep) struct place place = place_new();
                struct error err = { 0 };

                cr_expect(eq(int, unpack_bytes(tar.data, tar.length, &place, &sums, &err), E_INVALID_DATA));
                cr_expect(strstr(err.text, round ? "bytes" : "50 entries") != NULL, "%s", err.text);
                for (int i = 0; i < 2048; i++)
                        tar_finish(&tar);
                memmove(tar.data, tar.data + 40 * WINTAR_BLOCK, tar.length - 40 * WINTAR_BLOCK);       /* 20 entries, and zeros for ever */
        }
}

/* --- folders that are none ------------------------------------------------------------------------------------------------ */

static void expect_no_tar(const struct place *place, const char *why)
{
        _cleanup_(text_done) struct text tar = { 0 };
        struct error err = { 0 };

        cr_expect(lt(int, pack_place(place, &tar, &err), 0), "%s is taken", why);
        cr_expect(strstr(err.text, why) != NULL, "%s: %s", why, err.text);
}

Test(windows_layer, a_folder_that_is_no_exported_layer_is_refused)
{
        static const struct { const char *name, *bytes; size_t length; const char *why; } files[] = {
                { "Files/x", "", 0, "Files/x: its backup stream is cut off" },
                { "Files/x", "\x20\0\0\0\1", 5, "cut off" },
                { "Files/x", "\x20\0\0\0\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0abcd", 28, "cut off" },
                { "Files/x", "\x20\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0", 24, "cut off" },
                { "Files/x", "\x20\0\0\0\x0b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, "unknown kind 11" },
                { "Files/x", "\x20\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0a\0", 26, "a name where none" },
                { "Files/x", "\x20\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0a\0b\0", 28, "whose name is none" },
                { "Files/x", "\x20\0\0\0\x08\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\x1b\0\0\x80\0\0\0\0", 32, "tag 0x8000001b" },
                { "Files/x", "\x10\0\0\0", 4, "not those of a file" },
                { "Files/x.$wcidirs$", "\x10\0\0\0", 4, "that is not there" },
                { "Files/a:b", "\x20\0\0\0", 4, "takes for a whiteout" },
                { "Files/.wh.x", "\x20\0\0\0", 4, "takes for a whiteout" },
                { "else", "", 0, "else: nobody knows" },
                { "tombstones.txt", "\\x\n", 3, "none of version 1.0" },
                { "tombstones.txt", "\xef\xbb\xbfVersion 1.0\n..\\x\n", 21, "none of version 1.0" },
                { "tombstones.txt", "\xef\xbb\xbfVersion 1.0\n\\..\\x\n", 21, "\"..\"" },
        };

        place_needs_openat2();
        for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
                _cleanup_(place_donep) struct place place = place_new();

                place_directory(&place, "Files");
                if (i == 0)
                        expect_no_tar(&place, "Files and Hives");
                place_directory(&place, "Hives");
                put_bytes(&place, files[i].name, files[i].bytes, files[i].length);
                expect_no_tar(&place, files[i].why);
        }
}

Test(windows_layer, links_and_pipes_in_the_folder_are_not_followed)
{
        _cleanup_(place_donep) struct place place = place_new();

        place_needs_openat2();
        place_directory(&place, "Files");
        place_directory(&place, "Hives");
        place_link(&place, "/etc/passwd", "Hives/Sam_Delta");
        expect_no_tar(&place, "Sam_Delta is neither");
        cr_assert(eq(int, unlinkat(place.dir, "Hives/Sam_Delta", 0), 0));
        place_directory(&place, "Files/d");
        expect_no_tar(&place, "Files/d: opening Files/d.$wcidirs$");
}
