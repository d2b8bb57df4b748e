# The doors: the library and the verbs.

lib_shared_sources = \
	src/lib/compose.h src/lib/document-windows.c src/lib/doctor.c src/lib/doctor.h src/lib/exec.h src/lib/host.h src/lib/ids.c src/lib/ids.h src/lib/record.c src/lib/record.h src/lib/sandbox.h

if WINDOWS
lib_sources = \
	$(lib_shared_sources) src/lib/host-windows.c src/lib/windows/channel.c src/lib/windows/channel.h \
	src/lib/windows/console.c src/lib/windows/console.h src/lib/windows/credential.c src/lib/windows/credential.h \
	src/lib/windows/disk-call.c src/lib/windows/disk-call.h src/lib/windows/doctor.c src/lib/windows/exec.c \
	src/lib/windows/affinity.c src/lib/windows/affinity.h src/lib/windows/base-layer.c src/lib/windows/base-layer.h src/lib/windows/feed.c src/lib/windows/feed.h \
	src/lib/windows/handle.c src/lib/windows/handle.h src/lib/windows/removal.c src/lib/windows/removal.h \
	src/lib/windows/signal.c src/lib/windows/signal.h \
	src/lib/windows/hooks-inside.c src/lib/windows/hooks-state.h src/lib/windows/hooks.c src/lib/windows/hooks.h \
	src/lib/windows/inherit.c src/lib/windows/inherit.h src/lib/windows/layer-call.c src/lib/windows/layer-call.h \
	src/lib/windows/layer-store.c src/lib/windows/layer-store.h \
	src/lib/windows/exec.h src/lib/windows/bundle.c src/lib/windows/facts.c src/lib/windows/sandbox.c \
	src/lib/windows/monitor-exec.c src/lib/windows/monitor.c src/lib/windows/monitor.h src/lib/windows/network-call.c src/lib/windows/network-call.h src/lib/windows/network.c src/lib/windows/network.h \
	src/lib/windows/owner.c src/lib/windows/owner.h src/lib/windows/place.c src/lib/windows/place.h src/lib/windows/plan.c src/lib/windows/plan.h src/lib/windows/pod.c src/lib/windows/pod.h src/lib/windows/relay.c \
	src/lib/windows/relay.h src/lib/windows/spawn.c src/lib/windows/status.c src/lib/windows/status.h \
	src/lib/windows/storage.c src/lib/windows/storage.h
else
lib_sources = $(lib_shared_sources) src/lib/compose.c src/lib/doctor-linux.c src/lib/document.c src/lib/exec.c \
	src/lib/handle.c src/lib/handle.h src/lib/host.c src/lib/notify.c src/lib/notify.h src/lib/record-linux.c src/lib/sandbox.c src/lib/apply.c \
	src/lib/apply.h src/lib/changes-print.c src/lib/changes.c src/lib/changes.h src/lib/scratches.c src/lib/scratches.h \
	src/lib/throwaway.c src/lib/throwaway.h
endif

windows_libs = -ladvapi32

# The whole house for the library and the tests, and once more for the static programs, whose C library may be another.
if WINDOWS
house_sources = $(lib_sources) $(oci_sources) $(layers_shared_sources) $(client_sources) $(host_sources) $(schema_sources) $(base_sources)
else
house_sources = $(lib_sources) $(oci_sources) $(layers_sources) $(client_sources) $(local_sources) $(schema_sources) $(base_sources)
endif
noinst_LTLIBRARIES += libhouse.la
libhouse_la_SOURCES = $(house_sources)
libhouse_la_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS)

if WINDOWS
program_cflags = $(AM_CFLAGS) $(ZLIB_CFLAGS)
program_ldflags = $(AM_LDFLAGS) -all-static -municode
program_ldadd = libhouse.la $(YAJL_LIBS) $(ZLIB_LIBS) $(windows_libs)
else
if STATIC_PROGRAMS
program_cflags = $(AM_CFLAGS) $(YAJL_CFLAGS) $(STATIC_CFLAGS)
program_ldflags = $(AM_LDFLAGS) -Wl,--gc-sections -all-static
program_ldadd = libprograms.a $(STATIC_YAJL)
noinst_LIBRARIES += libprograms.a
libprograms_a_SOURCES = $(house_sources)
libprograms_a_CFLAGS = $(program_cflags)
else
program_cflags = $(AM_CFLAGS) $(YAJL_CFLAGS)
program_ldflags = $(AM_LDFLAGS)
program_ldadd = libhouse.la $(YAJL_LIBS)
endif
endif

# The verbs about Windows layers that run on any machine.
windows_layer_verb_sources = src/layer/verb-pack.c src/layer/verb-unpack.c src/layer/windows-file.c src/layer/windows.h

bin_PROGRAMS += hcs-sandbox
cli_shared_sources = \
	src/cli/args.c src/cli/args.h src/cli/cmd.h src/cli/common.c src/cli/main.c src/cli/report.c src/cli/report.h \
	src/cli/verb-doctor.c
if WINDOWS
hcs_sandbox_SOURCES = $(cli_shared_sources) src/cli/ground-windows.c src/cli/interrupts-windows.c \
	src/cli/interrupts-windows.h src/cli/verb-changes-windows.c src/cli/verb-create.c src/cli/verb-delete.c \
	src/cli/verb-document.c src/cli/verb-exec-windows.c src/cli/verb-features-windows.c src/cli/verb-kill.c \
	src/cli/verb-list.c src/cli/verb-monitor.c src/cli/verb-pause.c src/cli/verb-ps-windows.c src/cli/verb-run-windows.c \
	src/cli/verb-diff-windows.c src/cli/verb-layer-windows.c \
	src/cli/verb-spec.c src/cli/verb-start.c src/cli/verb-state.c src/cli/verbs-windows.c \
	src/layer/windows/common.c src/layer/windows/verb-export.c src/layer/windows/verb-import.c src/layer/windows/verb-list.c \
	src/layer/windows/verb-remove.c src/layer/windows/verb-setup.c src/layer/windows/verb-verify.c src/layer/windows/verbs.h \
	$(windows_layer_verb_sources) $(windows_layer_sources) $(windows_gzip_sources)
else
hcs_sandbox_SOURCES = $(cli_shared_sources) src/cli/attach.c src/cli/attach.h src/cli/criu-linux.c \
	src/cli/ground-linux.c src/cli/launch.c src/cli/launch.h src/cli/outcome.c src/cli/outcome.h src/cli/ready-linux.c src/cli/verb-apply.c \
	src/cli/verb-checkpoint.c src/cli/verb-create.c src/cli/verb-delete.c src/cli/verb-diff.c src/cli/verb-discard.c \
	src/cli/verb-do.c src/cli/verb-document.c src/cli/verb-events.c src/cli/companion.c src/cli/companion.h \
	src/cli/verb-clone.c src/cli/verb-commit.c src/cli/verb-scratch.c \
	src/cli/verb-exec.c src/cli/verb-features.c src/cli/verb-kill.c src/cli/verb-layer.c src/cli/verb-list.c \
	src/cli/verb-pause.c src/cli/verb-ps.c src/cli/verb-restore.c src/cli/verb-run.c src/cli/verb-spec.c src/cli/verb-start.c \
	src/cli/verb-state.c src/cli/verb-update.c src/cli/verbs-linux.c $(heap_sources) $(warm_sources)
endif
hcs_sandbox_CFLAGS = $(program_cflags)
hcs_sandbox_LDFLAGS = $(program_ldflags)
hcs_sandbox_LDADD = $(program_ldadd)

if !WINDOWS
# What `hcs-sandbox layer` becomes.  Not static: libarchive and what it needs are the system's, and are kept safe by it.
pkglibexec_PROGRAMS += hcs-sandbox-layer
hcs_sandbox_layer_SOURCES = $(archive_sources) $(warm_sources) \
	src/cli/args.c src/cli/args.h src/cli/cmd.h src/cli/common.c src/cli/ground-linux.c src/cli/main.c src/cli/ready-linux.c src/cli/report.c src/cli/report.h \
	src/layer/common.c src/layer/image.c src/layer/layer.h src/layer/progress.c src/layer/source.c \
	src/layer/verb-commit.c src/layer/verb-export.c src/layer/verb-import.c src/layer/verb-list.c src/layer/verb-remove.c \
	src/layer/verb-verify.c src/layer/verbs.c $(windows_layer_verb_sources) $(windows_layer_sources) $(windows_gzip_sources)
hcs_sandbox_layer_CPPFLAGS = $(AM_CPPFLAGS) -DPROGRAM='"hcs-sandbox layer"'
hcs_sandbox_layer_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS) $(ARCHIVE_CFLAGS) $(NETTLE_CFLAGS) $(ZLIB_CFLAGS)
hcs_sandbox_layer_LDADD = libhouse.la $(YAJL_LIBS) $(ARCHIVE_LIBS) $(NETTLE_LIBS) $(ZLIB_LIBS) -lpthread
endif

include_HEADERS += src/lib/hcs-sandbox.h
public_sources = src/lib/public.c src/lib/public.h src/lib/hcs-sandbox.h
if WINDOWS
# Libtool makes no DLL of static archives, so it is linked by hand: `make hcs-sandbox.dll`, with its import library.
noinst_LTLIBRARIES += libpublic.la
libpublic_la_SOURCES = $(public_sources) src/lib/public-changes-windows.c src/lib/public-windows.c
libpublic_la_CFLAGS = $(AM_CFLAGS) -DHCS_SANDBOX_BUILDS
hcs-sandbox.dll libhcs-sandbox.dll.a: libpublic.la libhouse.la
	$(AM_V_CCLD)$(CC) -shared -static $(HOUSE_LDFLAGS) -o hcs-sandbox.dll -Wl,--out-implib,libhcs-sandbox.dll.a \
		-Wl,--whole-archive .libs/libpublic.a -Wl,--no-whole-archive .libs/libhouse.a $(YAJL_LIBS) $(windows_libs) -lpthread
CLEANFILES += hcs-sandbox.dll libhcs-sandbox.dll.a
else
lib_LTLIBRARIES += libhcs-sandbox.la
libhcs_sandbox_la_SOURCES = $(public_sources) src/lib/public-changes.c src/lib/public-linux.c
libhcs_sandbox_la_CFLAGS = $(AM_CFLAGS)
libhcs_sandbox_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -export-symbols-regex '^hcs_sandbox_'
libhcs_sandbox_la_LIBADD = libhouse.la $(YAJL_LIBS)
endif
