/* The verbs about Windows layers: pack and unpack, on any machine; export, import and so on, on Windows. */
#ifndef LAYER_WINDOWS_H
#define LAYER_WINDOWS_H

#include "layers/windows/gzip.h"
#include "src/cli/cmd.h"

#ifdef _WIN32                           /* one program has all verbs, and these by two words */
#define LAYER_VERB "layer "
#else
#define LAYER_VERB
#endif

extern const struct cmd cmd_layer_pack, cmd_layer_unpack;

struct winfile_sums { struct winlayer_sums tar; char digest[DIGEST_TEXT_MAX]; uint64_t size; };

/* --output FILE|- and --compress gzip|none: a folder of the transport form into a file, whole or not at all; then the sums are told, on
 * standard error when the archive itself went to standard output. */
int winfile_pack(const struct cmd_context *context, const char *folder, struct error *err);
/* A file ("-": standard input) into an empty folder, within --max-size, --max-entries and --max-depth. */
int winfile_unpack(const struct cmd_context *context, const char *file, const char *folder, struct winfile_sums *ret, struct error *err);
/* --format: *ret_json. */
int winfile_format(const struct cmd_context *context, bool *ret_json, struct error *err);

#define WINFILE_PACK_FLAGS \
        { "output", 'o', CMD_FLAG_TEXT, "FILE|-", "where to write it (default: -, standard output)" }, \
        { "compress", 'c', CMD_FLAG_TEXT, "gzip|none", "how to compress it (default: gzip)" }, \
        { "format", 'f', CMD_FLAG_TEXT, "text|json", "how to tell the sums (default: text)" }
#define WINFILE_UNPACK_FLAGS \
        { "max-size", 0, CMD_FLAG_TEXT, "BYTES", "refuse more than this, unpacked (default: 64 GiB)" }, \
        { "max-entries", 0, CMD_FLAG_TEXT, "N", "refuse more entries (default: 1000000)" }, \
        { "max-depth", 0, CMD_FLAG_TEXT, "N", "refuse deeper directories (default: 128, at most 400)" }, \
        { "format", 'f', CMD_FLAG_TEXT, "text|json", "how to print (default: text)" }

#endif
