# The tests.  Each program is one kind: unit (nothing needed), documents (nothing), fuzz corpora, engine (namespaces), meta.

EXTRA_DIST += tests/README.md tests/documents tests/unit/layers/windows-layer.tar tests/fuzz/corpus tests/unit/schema/examples tests/lsan.supp tests/valgrind.supp
dist_noinst_SCRIPTS += tests/windows-verb tests/completions tests/engine/example tests/run tests/meta/headers tests/meta/includes tests/meta/scripts \
	tests/meta/sizes tests/meta/sources tests/meta/statements tests/wine/start tests/clients/containerd \
	tests/clients/docker tests/clients/podman tests/clients/podman-rootless
EXTRA_DIST += tests/clients/common.sh tests/clients/house.sh tests/meta/sizes tests/meta/sources tests/wine/start \
	tests/clients/containerd tests/clients/docker tests/clients/podman tests/clients/podman-rootless \
	tests/clients/configurations tests/clients/swarm tests/clients/systemd tests/clients/cri

# Under Wine: not built by make, but by tests/wine/build, with another compiler.
EXTRA_DIST += tests/wine/steady tests/wine/house.sh tests/wine/verbs tests/wine/doubles tests/wine/sandboxes \
	tests/wine/linux tests/wine/consoles tests/wine/programs tests/wine/networks tests/wine/credentials \
	tests/wine/library tests/wine/at-each-call tests/wine/deadlines tests/wine/faults tests/wine/README.md tests/wine/hooks tests/wine/cni.c \
	tests/wine/computecore.c tests/wine/computenetwork.c tests/wine/computestorage.c tests/wine/console.c \
	tests/wine/credential.c tests/wine/disk.c tests/wine/disk.h tests/wine/guest.c tests/wine/guest.h tests/wine/windows-guest.c tests/wine/layer.c tests/wine/layers tests/wine/layer-faults tests/wine/pods \
	tests/wine/network.c tests/wine/probe.c tests/wine/processes.c tests/wine/program.c tests/wine/service.c tests/wine/service.h tests/wine/storage.c tests/wine/terminal.c \
	tests/wine/systems.c tests/wine/virtdisk.c tests/wine/wire.c tests/wine/wire.h
dist_noinst_SCRIPTS += tests/wine/build tests/wine/run

# The virtual machine: by hand, not by make check.
dist_noinst_SCRIPTS += tests/vm/run
EXTRA_DIST += tests/vm/init tests/vm/guest

fake_test_sources = $(fake_sources)

# The published schema, which documents are judged by: here and in the strict doubles.
catalogue_sources = \
	tests/support/catalogue-data.h tests/support/catalogue-hcn.c tests/support/catalogue-hcs.c tests/support/catalogue-more.c \
	tests/support/catalogue.c tests/support/catalogue.h

noinst_LTLIBRARIES += libtests.la
libtests_la_SOURCES = $(fake_test_sources) $(catalogue_sources)
libtests_la_CFLAGS = $(AM_CFLAGS)

check_PROGRAMS += tests/bin/seam
tests_bin_seam_SOURCES = tests/bench/seam.c
tests_bin_seam_CFLAGS = $(AM_CFLAGS)
tests_bin_seam_LDADD = libhouse.la $(YAJL_LIBS)

check_PROGRAMS += tests/bin/floor
tests_bin_floor_SOURCES = tests/bench/floor.c
tests_bin_floor_CFLAGS = $(AM_CFLAGS)

check_PROGRAMS += tests/bin/windows-documents
tests_bin_windows_documents_SOURCES = tests/bench/windows-documents.c
tests_bin_windows_documents_CFLAGS = $(AM_CFLAGS)
tests_bin_windows_documents_LDADD = libhouse.la $(YAJL_LIBS)

# Replays a corpus through a fuzzer's entry, so that any compiler runs it as a plain test.
check_PROGRAMS += tests/bin/fuzz-config tests/bin/fuzz-json tests/bin/fuzz-windows-layer
tests_bin_fuzz_config_SOURCES = tests/fuzz/config.c tests/fuzz/standalone.c
tests_bin_fuzz_config_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_bin_fuzz_config_LDADD = libhouse.la $(YAJL_LIBS)
tests_bin_fuzz_json_SOURCES = tests/fuzz/json.c tests/fuzz/standalone.c
tests_bin_fuzz_json_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_bin_fuzz_json_LDADD = libhouse.la $(YAJL_LIBS)
tests_bin_fuzz_windows_layer_SOURCES = $(windows_layer_sources) tests/fuzz/windows-layer.c tests/fuzz/standalone.c
tests_bin_fuzz_windows_layer_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_bin_fuzz_windows_layer_LDADD = libhouse.la $(YAJL_LIBS)

if HAVE_SYSTEMD
check_PROGRAMS += tests/bin/fake-systemd
tests_bin_fake_systemd_SOURCES = tests/support/fake-systemd.c
tests_bin_fake_systemd_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS)
tests_bin_fake_systemd_LDADD = $(SYSTEMD_LIBS)
endif

# Writes the archives that no import may take (tests/engine/layers.c); stands in for CRIU (tests/engine/checkpoint.c); climbs, inside of a
# sandbox, and so without libraries (tests/engine/namespaces.c).
check_PROGRAMS += tests/bin/hostile tests/bin/fake-criu tests/bin/climb
tests_bin_fake_criu_SOURCES = tests/support/fake-criu.c
tests_bin_fake_criu_CFLAGS = $(AM_CFLAGS)
tests_bin_climb_SOURCES = tests/support/climb.c
tests_bin_climb_CFLAGS = $(program_cflags)
tests_bin_climb_LDFLAGS = $(program_ldflags)
tests_bin_hostile_SOURCES = tests/support/hostile.c
tests_bin_hostile_CFLAGS = $(AM_CFLAGS)

if HAVE_CRITERION
# Criterion's own macros convert signs and shadow names.
test_cflags = $(AM_CFLAGS) $(CRITERION_CFLAGS) -Wno-conversion -Wno-shadow -Wno-missing-prototypes
test_ldadd = libtests.la libhouse.la $(YAJL_LIBS) $(CRITERION_LIBS)

check_PROGRAMS += tests/bin/unit tests/bin/documents tests/bin/engine
tests_bin_unit_SOURCES = src/cli/args.c src/cli/args.h \
	tests/unit/base/digest.c tests/unit/base/error.c tests/unit/base/heap.c tests/unit/base/inroot.c tests/unit/base/io.c tests/unit/base/json-kinds.c tests/unit/base/json-parse.c \
	tests/unit/base/json-table.c tests/unit/base/path.c tests/unit/base/place.h tests/unit/base/text.c \
	tests/unit/base/utf16.c tests/unit/client/mask.c tests/unit/client/meaning.c tests/unit/client/operation.c tests/unit/client/process.c \
	tests/unit/client/rig.h tests/unit/client/system.c tests/unit/client/windows.c tests/unit/fake/fake.c \
	$(windows_layer_sources) tests/unit/layers/windows-layer.c tests/unit/layers/windows-names.c \
	tests/unit/layers/windows.h tests/unit/layers/cover.c tests/unit/layers/crew.c \
	tests/unit/layers/gzip.c layers/archive/deflater.c layers/archive/gunzip.c tests/unit/layers/hiding.c tests/unit/layers/host.c \
	tests/unit/layers/mask.c tests/unit/layers/copy-tree.c tests/unit/layers/difference.c \
	tests/unit/layers/farewell.c tests/unit/layers/mounts.c tests/unit/layers/rig.h tests/unit/layers/scratch.c tests/unit/layers/scratches.c tests/unit/layers/walk.c \
	tests/unit/local/cgroup.c tests/unit/local/cgroup-devices.c tests/unit/local/cgroup-update.c tests/unit/local/tree.h \
	tests/unit/local/birth.c tests/unit/local/spawn.c tests/unit/local/control.c tests/unit/local/forerunner.c tests/unit/local/filter.c tests/unit/local/filter-pieces.c hcs/local/filter/pieces.c \
	tests/unit/local/filter-worker.c hcs/local/filter/worker.c \
	tests/unit/local/labels.c tests/unit/local/record.c hcs/local/init/settings.c tests/unit/oci/annotations.c tests/unit/oci/check-linux.c \
	tests/unit/oci/check-mounts.c tests/unit/layers/apply.c tests/unit/layers/changes.c tests/unit/layers/scene.h \
	tests/unit/oci/check-namespaces.c tests/unit/oci/check-process.c tests/unit/oci/check-resources.c \
	tests/unit/oci/check-seccomp.c tests/unit/oci/check-settings.c tests/unit/local/cgroup-statistics.c \
	tests/unit/local/criu-message.c tests/unit/local/resctrl.c tests/unit/local/scope.c \
	tests/unit/oci/check-sysctl.c tests/unit/oci/compile.c tests/unit/oci/config.c tests/unit/oci/refusals.h \
	tests/unit/oci/state.c tests/unit/oci/template.c tests/unit/oci/update.c tests/unit/oci/windows-facts.c tests/unit/oci/windows-ground.c \
	tests/unit/oci/windows-id.c tests/unit/oci/windows-paths.c tests/unit/oci/windows-process.c \
	tests/unit/oci/windows-signal.c tests/unit/schema/catalogue-tables.c tests/unit/schema/catalogue.c \
	tests/unit/schema/document.c tests/unit/schema/kernel-words.c tests/unit/schema/linux-names.c tests/unit/schema/specification.c \
	tests/unit/schema/windows-examples.c tests/unit/schema/windows-goldens.c tests/unit/src/args.c tests/unit/src/doctor.c \
	tests/unit/src/exec.c tests/unit/src/house.h tests/unit/src/record.c \
	tests/unit/src/sandbox.c
tests_bin_unit_CFLAGS = $(test_cflags) $(ZLIB_CFLAGS)
tests_bin_unit_LDADD = $(test_ldadd) $(ZLIB_LIBS) -lm

tests_bin_documents_SOURCES = tests/documents/golden.c tests/documents/windows.c
tests_bin_documents_CFLAGS = $(test_cflags)
tests_bin_documents_LDADD = $(test_ldadd)

tests_bin_engine_SOURCES = tests/engine/cgroup-v2.c tests/engine/disk-full.c tests/engine/harness.c \
	tests/engine/harness.h tests/engine/host-copy.c tests/engine/leaks.c tests/engine/lifecycle.c tests/engine/mounts.c \
	tests/engine/limits.c tests/engine/names.c tests/engine/patch.c tests/engine/rootless.c tests/engine/scratches.c tests/engine/safety.c tests/engine/seccomp.c tests/engine/terminal.c \
	tests/engine/update.c tests/engine/verbs.c tests/engine/settings.c tests/engine/events.c tests/engine/faults.c tests/engine/systemd.c \
	src/lib/hcs-sandbox.h src/lib/public-changes.c src/lib/public-linux.c src/lib/public.c src/lib/public.h \
	tests/engine/changes.c tests/engine/do.c tests/engine/layers.c tests/engine/namespaces.c tests/engine/net-devices.c tests/engine/pidfd.c \
	tests/engine/clients-calls.c tests/engine/clients-files.c tests/engine/clients-input.c tests/engine/clients-process.c \
	tests/engine/ways.c tests/engine/levels.c tests/engine/managers.c tests/engine/resctrl.c tests/engine/checkpoint.c
tests_bin_engine_CFLAGS = $(test_cflags)
tests_bin_engine_LDADD = $(test_ldadd) -lutil
endif

# Counted and told by one script, which also contrib/check and CI call.
check-local: all $(check_PROGRAMS)
	srcdir=$(srcdir) CC="$(CC)" $(srcdir)/tests/run

# The build directory is the machine's, too.
.PHONY: check-vm
check-vm: check-programs
	srcdir=$(srcdir) $(srcdir)/tests/vm/run

.PHONY: check-wine
check-wine:
	cd $(srcdir) && contrib/build-windows
	HCS_SANDBOX_EXE=$(abs_srcdir)/build-windows/hcs-sandbox.exe srcdir=$(srcdir) $(srcdir)/tests/run wine-start wine
