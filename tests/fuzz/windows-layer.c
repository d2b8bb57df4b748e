/* Any bytes as a Windows layer: as a tar they are refused with a message of one line, or become a folder, which becomes a tar, which becomes
 * the same tar again; and as a file of the transport form they are refused, or become a tar. */
#include <fcntl.h>
#include <sys/stat.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/utf8.h"
#include "layers/windows/layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
        if (!holds)
                abort();
}

static void require_message(const struct error *err)
{
        require(err->code < 0 && err->text[0] && utf8_is_valid(err->text, strlen(err->text)));
        for (const char *c = err->text; *c; c++)
                require((unsigned char)*c >= 0x20 && *c != 0x7f);
}

struct memory { const char *bytes; size_t length, at; };

static int read_memory(void *context, void *bytes, size_t size, size_t *ret, struct error *err)
{
        struct memory *memory = context;

        (void)err;
        *ret = size < memory->length - memory->at ? size : memory->length - memory->at;
        if (*ret)
                memcpy(bytes, memory->bytes + memory->at, *ret);
        memory->at += *ret;
        return 0;
}

static int write_text(void *context, const void *bytes, size_t length, struct error *err)
{
        text_add_n(context, bytes, length);
        return text_check(context, err);
}

static int unpack(const char *bytes, size_t length, const char *folder, struct error *err)
{
        const struct winlayer_limits limits = { .size = 16u << 20, .entries = 1000, .depth = 50 };
        struct memory memory = { bytes, length, 0 };
        const struct winlayer_source source = { read_memory, &memory };
        struct winlayer_sums sums;

        return winlayer_unpack(&source, folder, &limits, NULL, &sums, err);
}

static int pack(const char *folder, struct text *out, struct error *err)
{
        const struct winlayer_sink sink = { write_text, out };
        struct winlayer_sums sums;

        return winlayer_pack(folder, &sink, NULL, &sums, err);
}

struct folder { char path[40]; };

static struct folder make_folder(void)
{
        struct folder folder = { "/tmp/hcs-sandbox-fuzz-XXXXXX" };

        require(mkdtemp(folder.path) != NULL);
        return folder;
}

static void drop_folder(const struct folder *folder)
{
        struct error err = { 0 };

        require(io_remove_tree_at(AT_FDCWD, folder->path, &err) == 0);
}

static void as_tar(const uint8_t *data, size_t size)
{
        struct folder first = make_folder(), second = make_folder();
        struct text tar = { 0 }, again = { 0 };
        struct error err = { 0 };

        if (unpack((const char *)data, size, first.path, &err) < 0) {
                require_message(&err);
        } else {
                require(pack(first.path, &tar, &err) == 0);
                require(unpack(tar.data, tar.length, second.path, &err) == 0);
                require(pack(second.path, &again, &err) == 0);
                require(tar.length == again.length && memcmp(tar.data, again.data, tar.length) == 0);
        }
        text_done(&tar);
        text_done(&again);
        drop_folder(&first);
        drop_folder(&second);
}

static void as_file(const uint8_t *data, size_t size)
{
        struct folder folder = make_folder(), other = make_folder();
        struct text tar = { 0 }, path = { 0 };
        struct error err = { 0 };
        int dir = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        require(dir >= 0 && mkdirat(dir, "Files", 0755) == 0 && mkdirat(dir, "Hives", 0755) == 0);
        text_addf(&path, "%s/Files/x", folder.path);
        require(io_make_file(path.data, data, size, 0644, &err) == 0);
        close(dir);
        if (pack(folder.path, &tar, &err) < 0)
                require_message(&err);
        else
                require(unpack(tar.data, tar.length, other.path, &err) == 0 || err.code == E_INVALID_DATA);
        text_done(&tar);
        text_done(&path);
        drop_folder(&folder);
        drop_folder(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        as_tar(data, size);
        as_file(data, size);
        return 0;
}
