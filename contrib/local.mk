# What others' tools need to use us, examples, and the two commands of the README.

dist_noinst_SCRIPTS += contrib/bench contrib/check contrib/packages contrib/quickstart
EXTRA_DIST += contrib/examples/hello/config.json

check_PROGRAMS += contrib/examples/twenty
contrib_examples_twenty_SOURCES = contrib/examples/twenty.c
contrib_examples_twenty_CPPFLAGS = -D_GNU_SOURCE -I$(top_srcdir)/src/lib
contrib_examples_twenty_CFLAGS = $(AM_CFLAGS)
contrib_examples_twenty_LDADD = libhcs-sandbox.la
