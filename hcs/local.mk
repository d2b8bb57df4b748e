# The machine: the ground, the documents, the waist and its client, the engine, and the fake.

base_sources = \
	$(base_system_sources) hcs/base/arena.c hcs/base/arena.h hcs/base/base64.c hcs/base/base64.h hcs/base/digest.c hcs/base/digest.h hcs/base/error.c hcs/base/error.h \
	hcs/base/guid.c hcs/base/guid.h hcs/base/io.h hcs/base/json-newer.c hcs/base/json-parse.c hcs/base/json-read.c \
	hcs/base/json-write.c hcs/base/json.h hcs/base/log.c hcs/base/log.h \
	hcs/base/macros.h hcs/base/path.c hcs/base/path.h hcs/base/system.h hcs/base/text.c hcs/base/text.h hcs/base/utf16.c hcs/base/utf16.h \
	hcs/base/utf8.c hcs/base/utf8.h

if WINDOWS
base_system_sources = hcs/base/io-windows.c hcs/base/path-windows.c hcs/base/system-windows.c hcs/base/windows.h
else
base_system_sources = hcs/base/inroot.c hcs/base/inroot.h hcs/base/io-linux.c hcs/base/linux-calls.h hcs/base/listing.c hcs/base/listing.h hcs/base/loop.c hcs/base/loop.h hcs/base/path-linux.c hcs/base/processor.c hcs/base/processor.h hcs/base/system-linux.c
endif

# Of programs: it is about where the linker has put them.
warm_sources = hcs/base/warm.c hcs/base/warm.h

# In the place of musl's, where the programs are linked with that.
EXTRA_DIST += hcs/base/heap.c
if STATIC_MUSL
heap_sources = hcs/base/heap.c
endif

schema_sources = \
	hcs/schema/document.c hcs/schema/document.h hcs/schema/hcn-policies.c hcs/schema/hcn.c hcs/schema/hcn.h \
	hcs/schema/kernel-words.c hcs/schema/kernel-words.h hcs/schema/linux-names.c hcs/schema/linux-names.h \
	hcs/schema/seccomp-check.c hcs/schema/seccomp.c hcs/schema/seccomp.h hcs/schema/specification.c \
	hcs/schema/specification.h hcs/schema/state.c hcs/schema/state.h hcs/schema/statistics.c hcs/schema/statistics.h \
	hcs/schema/version.h hcs/schema/windows-common.c hcs/schema/windows-common.h hcs/schema/windows-container.c \
	hcs/schema/windows-container.h hcs/schema/windows-devices.c hcs/schema/windows-devices.h hcs/schema/windows-machine.c \
	hcs/schema/windows-machine.h hcs/schema/windows-modify.c hcs/schema/windows-modify.h hcs/schema/windows-namespace.c hcs/schema/windows-namespace.h hcs/schema/windows-process.c \
	hcs/schema/windows-process.h hcs/schema/windows-query.c hcs/schema/windows-query.h hcs/schema/windows-settings.c \
	hcs/schema/windows-settings.h hcs/schema/windows-storage.c hcs/schema/windows-storage.h

client_sources = \
	hcs/api.h hcs/types-linux.h hcs/types-windows.h hcs/client/bounded.h hcs/client/client.h hcs/client/mask.c hcs/client/meaning.c hcs/client/operation.c hcs/client/operation.h \
	hcs/client/plain.c hcs/client/process.c hcs/client/system.c $(client_system_sources)

if WINDOWS
client_system_sources = hcs/client/bounded-windows.c hcs/client/streams-windows.c
else
client_system_sources = hcs/client/bounded-linux.c hcs/client/network.c hcs/client/streams.c
endif

# What the engine and the init both need.
local_shared_sources = \
	hcs/local/control.c hcs/local/control.h hcs/local/directories.c hcs/local/directories.h hcs/local/filter-file.c hcs/local/filter.h \
	hcs/local/hooks.c hcs/local/hooks.h hcs/local/loopback.c hcs/local/loopback.h \
	hcs/local/overlay.c hcs/local/overlay.h hcs/local/plan.c hcs/local/plan.h hcs/local/tree.c hcs/local/tree.h

local_sources = \
	$(local_shared_sources) \
	hcs/local/api.c hcs/local/birth.c hcs/local/birth.h hcs/local/bring-up.c hcs/local/bring-up.h hcs/local/cgroup-devices.c hcs/local/cgroup-io.c \
	hcs/local/cgroup-kinds.h hcs/local/cgroup-more.c hcs/local/cgroup-sub.c hcs/local/cgroup-undo.c hcs/local/cgroup-v1.c hcs/local/cgroup-v2.c \
	hcs/local/cgroup-walk.c hcs/local/cgroup-weight.c hcs/local/cgroup.c hcs/local/cgroup.h hcs/local/engine.h \
	hcs/local/filter.c hcs/local/forerunner.c hcs/local/forerunner.h hcs/local/helper.c hcs/local/helper.h hcs/local/identity.c hcs/local/identity.h hcs/local/knock.c \
	hcs/local/listener.c hcs/local/listener.h hcs/local/operation.c hcs/local/home.c hcs/local/home.h hcs/local/proc.c hcs/local/proc.h hcs/local/process.c \
	hcs/local/criu-message.c hcs/local/criu-message.h hcs/local/criu.c hcs/local/criu.h \
	hcs/local/criu-image.c hcs/local/criu-image.h hcs/local/mountinfo.c hcs/local/mountinfo.h hcs/local/restore.c hcs/local/save.c hcs/local/record.c hcs/local/scope-devices.c hcs/local/resctrl.c hcs/local/resctrl.h hcs/local/resctrl-statistics.c hcs/local/spawn.c hcs/local/spawn.h hcs/local/system.c hcs/local/update.c hcs/local/idmap.c \
	hcs/local/idmap.h hcs/local/labels.c hcs/local/labels.h hcs/local/cgroup-memory.c hcs/local/cgroup-statistics.c \
	hcs/local/scope-properties.c hcs/local/scope.c hcs/local/scope.h hcs/local/net-devices.c hcs/local/net-devices.h \
	hcs/local/watch.c

init_sources = \
	hcs/local/init/account.c hcs/local/init/console.c hcs/local/init/copy-up.c hcs/local/init/devices.c hcs/local/init/filter.c hcs/local/init/guard.c hcs/local/init/init.h hcs/local/init/join.c \
	hcs/local/init/kernel.c hcs/local/init/main.c hcs/local/init/make.c hcs/local/init/masks.c hcs/local/init/mounts.c \
	hcs/local/init/namespaces.c hcs/local/init/privileges.c hcs/local/init/program.c hcs/local/init/reaper.c hcs/local/init/root.c hcs/local/init/settings.c hcs/local/init/settings.h

host_sources = hcs/host/host.c hcs/host/host.h

fake_sources = \
	hcs/fake/events.c hcs/fake/fake.h hcs/fake/operation.c hcs/fake/process.c hcs/fake/system.c hcs/fake/world.c hcs/fake/world.h

if !WINDOWS
# The first program of a sandbox: static, so that it brings no library into new namespaces and starts at once.
pkglibexec_PROGRAMS += hcs-sandbox-init
hcs_sandbox_init_SOURCES = $(init_sources) $(heap_sources) $(warm_sources)
hcs_sandbox_init_CFLAGS = $(program_cflags)
hcs_sandbox_init_LDFLAGS = $(program_ldflags)
hcs_sandbox_init_LDADD = $(program_ldadd)

# What compiles seccomp filters, when none is kept: nobody else loads libseccomp.  It starts soonest when that is within it.
filter_sources = hcs/local/filter/compile.c hcs/local/filter/compile.h hcs/local/filter/pieces.c hcs/local/filter/pieces.h \
	hcs/local/filter/worker.c hcs/local/filter/worker.h
pkglibexec_PROGRAMS += hcs-sandbox-seccomp
hcs_sandbox_seccomp_SOURCES = hcs/local/filter/main.c $(filter_sources)
if STATIC_SECCOMP
hcs_sandbox_seccomp_SOURCES += hcs/local/filter/memory.c
hcs_sandbox_seccomp_CFLAGS = $(program_cflags) -fno-builtin-malloc -DSTATIC_SECCOMP
hcs_sandbox_seccomp_LDFLAGS = $(program_ldflags)
hcs_sandbox_seccomp_LDADD = $(program_ldadd) $(STATIC_SECCOMP_LIBS)
else
hcs_sandbox_seccomp_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS) $(SECCOMP_CFLAGS)
hcs_sandbox_seccomp_LDFLAGS = $(AM_LDFLAGS)
hcs_sandbox_seccomp_LDADD = libhouse.la $(YAJL_LIBS) $(SECCOMP_LIBS)
endif

# Speaks D-Bus to systemd when a bundle is to live in a scope of its; the only program here that knows libsystemd.
if HAVE_SYSTEMD
pkglibexec_PROGRAMS += hcs-sandbox-systemd
hcs_sandbox_systemd_SOURCES = hcs/local/systemd/main.c
hcs_sandbox_systemd_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS)
hcs_sandbox_systemd_LDADD = libhouse.la $(YAJL_LIBS) $(SYSTEMD_LIBS)
endif
endif
