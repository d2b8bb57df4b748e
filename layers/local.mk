# The matter: what a root is made of.

layers_sources = \
	layers/cover.c layers/cover.h layers/given.c layers/hiding.c layers/hiding.h layers/apply-merge.c layers/apply-plan.c \
	layers/apply.c layers/apply.h layers/changes-compare.c layers/changes.c layers/changes.h layers/copy.c layers/copy.h \
	layers/difference.c layers/difference.h layers/patch-place.c layers/patch-place.h layers/patch.c layers/patch.h \
	layers/farewell.c layers/farewell.h layers/journal.c layers/journal.h \
	layers/host.c layers/host.h layers/look.c layers/look.h layers/mask-answer.c layers/mask-make.c layers/mask-plan.c \
	layers/mask-plan.h layers/mask-tree.c layers/mask.c layers/mask.h layers/mounts.c layers/mounts.h layers/named.c layers/named.h \
	layers/rootless.c layers/rootless.h layers/rules.c layers/rules.h layers/scratch.c layers/scratch.h layers/scratch-image.c \
	layers/scratch-image.h layers/scratch-memory.c layers/scratch-project.c layers/scratch-project.h layers/stack.c layers/stack.h \
	layers/copy-tree.c layers/copy-tree.h layers/crew.c layers/crew.h layers/scratches.c layers/scratches.h \
	layers/store.c layers/store.h layers/thread.c layers/thread.h layers/volumes.c layers/volumes.h layers/walk.c layers/walk.h

# What the other floors see of it on Windows: types.
layers_shared_sources = layers/host.h

# Windows layers as archives: on any machine, without libarchive.
windows_layer_sources = layers/windows/changes.c layers/windows/changes.h \
	layers/windows/extended.c layers/windows/folder.h layers/windows/layer.h layers/windows/links.c layers/windows/links.h \
	layers/windows/names.c layers/windows/names.h layers/windows/pack.c layers/windows/reparse.c layers/windows/seen.c \
	layers/windows/seen.h layers/windows/stream.c layers/windows/stream.h layers/windows/tar-read.c layers/windows/tar-records.c \
	layers/windows/tar-write.c layers/windows/tar.h layers/windows/tombstones.c layers/windows/tombstones.h layers/windows/unpack.c
if WINDOWS
windows_layer_sources += layers/windows/folder-windows.c
else
windows_layer_sources += layers/windows/folder-linux.c
endif

# Their files, by zlib: in the programs that have verbs about layers.
windows_gzip_sources = layers/windows/gzip.c layers/windows/gzip.h

# Archives: in a program of its own (src/layer/), the only one that is linked with libarchive.
archive_sources = \
	layers/archive/access-list.c layers/archive/access-list.h layers/archive/archive.h layers/archive/attributes.c \
	layers/archive/attributes.h layers/archive/deflater.c layers/archive/deflater.h layers/archive/directory.c layers/archive/directory.h \
	layers/archive/export.c layers/archive/gunzip.c layers/archive/gunzip.h layers/archive/import.c \
	layers/archive/input.c layers/archive/input.h layers/archive/links.c layers/archive/links.h layers/archive/names.c \
	layers/archive/names.h layers/archive/output.c layers/archive/output.h layers/archive/place.c layers/archive/place.h \
	layers/archive/queue.c layers/archive/queue.h layers/archive/seal.c layers/archive/seal.h layers/archive/sum.c \
	layers/archive/sum.h layers/archive/tally.c layers/archive/tally.h layers/archive/tree.c layers/archive/tree.h
if HAVE_NETTLE
archive_sources += layers/archive/sum-nettle.c
else
archive_sources += layers/archive/sum-own.c
endif
