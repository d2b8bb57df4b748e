# The doors: the library and the verbs.

lib_sources = \
	src/lib/compose.c src/lib/compose.h src/lib/document.c src/lib/exec.c src/lib/exec.h src/lib/host.c src/lib/host.h \
	src/lib/record.c src/lib/record.h src/lib/sandbox.c src/lib/sandbox.h

# The whole house for the library and the tests, and once more for the static programs, whose C library may be another.
house_sources = $(lib_sources) $(oci_sources) $(layers_sources) $(client_sources) $(local_sources) $(schema_sources) $(base_sources)
noinst_LTLIBRARIES += libhouse.la
libhouse_la_SOURCES = $(house_sources)
libhouse_la_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS)

if STATIC_PROGRAMS
program_cflags = $(AM_CFLAGS) $(YAJL_CFLAGS) $(STATIC_CFLAGS)
program_ldflags = $(AM_LDFLAGS) -Wl,--gc-sections -all-static
program_ldadd = libprograms.a $(STATIC_YAJL)
noinst_LIBRARIES += libprograms.a
libprograms_a_SOURCES = $(house_sources)
libprograms_a_CFLAGS = $(program_cflags)
if MUSL_PROGRAMS
noinst_LIBRARIES += libmusl.a
libmusl_a_SOURCES = hcs/base/musl.c
libmusl_a_CFLAGS = $(program_cflags)
program_ldadd += libmusl.a
endif
else
program_cflags = $(AM_CFLAGS) $(YAJL_CFLAGS)
program_ldflags = $(AM_LDFLAGS)
program_ldadd = libhouse.la $(YAJL_LIBS)
endif

bin_PROGRAMS += hcs-sandbox
hcs_sandbox_SOURCES = \
	src/cli/args.c src/cli/args.h src/cli/attach.c src/cli/attach.h src/cli/cmd.h src/cli/common.c src/cli/main.c \
	src/cli/report.c src/cli/report.h src/cli/verb-create.c src/cli/verb-delete.c src/cli/verb-document.c src/cli/verb-exec.c \
	src/cli/verb-features.c src/cli/verb-kill.c src/cli/verb-list.c src/cli/verb-pause.c src/cli/verb-ps.c src/cli/verb-run.c \
	src/cli/verb-spec.c src/cli/verb-start.c src/cli/verb-state.c
hcs_sandbox_CFLAGS = $(program_cflags)
hcs_sandbox_LDFLAGS = $(program_ldflags)
hcs_sandbox_LDADD = $(program_ldadd)

lib_LTLIBRARIES += libhcs-sandbox.la
include_HEADERS += src/lib/hcs-sandbox.h
libhcs_sandbox_la_SOURCES = src/lib/public.c src/lib/hcs-sandbox.h
libhcs_sandbox_la_CFLAGS = $(AM_CFLAGS)
libhcs_sandbox_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -export-symbols-regex '^hcs_sandbox_'
libhcs_sandbox_la_LIBADD = libhouse.la $(YAJL_LIBS)
