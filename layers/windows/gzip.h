/* The bytes of a tar in a file: plain, or by gzip.  Windows has no libarchive beside it, and images are packed by gzip. */
#ifndef LAYERS_WINDOWS_GZIP_H
#define LAYERS_WINDOWS_GZIP_H

#include <stdbool.h>

#include "layers/windows/layer.h"

struct wingzip;

/* Of a file, from where it is to its end; `fd` is borrowed.  What is neither a tar nor packed by gzip is told when it is read.  *ret is the
 * caller's. */
int wingzip_reader_new(int fd, struct wingzip **ret, struct error *err);
struct winlayer_source wingzip_source(struct wingzip *gzip);

/* To a file; `pack` says whether by gzip.  The same bytes give the same file. */
int wingzip_writer_new(int fd, bool pack, struct wingzip **ret, struct error *err);
struct winlayer_sink wingzip_sink(struct wingzip *gzip);
int wingzip_end(struct wingzip *gzip, struct error *err);

/* Of the file as it is: 64 hexadecimal digits, and its size.  Behind its end. */
void wingzip_sums(struct wingzip *gzip, char ret[DIGEST_TEXT_MAX], uint64_t *ret_size);
void wingzip_freep(struct wingzip **gzip);

#endif
