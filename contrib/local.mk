# What others' tools need to use us, examples, and the two commands of the README.

dist_noinst_SCRIPTS += contrib/bench contrib/build-windows contrib/check contrib/packages contrib/quickstart
EXTRA_DIST += contrib/examples/hello/config.json contrib/completions/hcs-sandbox.bash contrib/completions/hcs-sandbox.fish \
	contrib/completions/_hcs-sandbox contrib/examples/windows/process/config.json \
	contrib/examples/windows/hyperv/config.json contrib/examples/windows/desktop/config.json \
	contrib/examples/windows/hello.c contrib/windows/README.md contrib/windows/smoke.ps1 \
	contrib/containerd/config-1.6.toml contrib/containerd/config-2.toml contrib/docker/daemon.json contrib/podman/hcs-sandbox.conf

bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
zshcompletion_DATA = contrib/completions/_hcs-sandbox
fishcompletion_DATA = contrib/completions/hcs-sandbox.fish

install-data-local:
	$(MKDIR_P) $(DESTDIR)$(bashcompletiondir)
	$(INSTALL_DATA) $(srcdir)/contrib/completions/hcs-sandbox.bash $(DESTDIR)$(bashcompletiondir)/hcs-sandbox
uninstall-local:
	rm -f $(DESTDIR)$(bashcompletiondir)/hcs-sandbox

check_PROGRAMS += contrib/examples/twenty
contrib_examples_twenty_SOURCES = contrib/examples/twenty.c
contrib_examples_twenty_CPPFLAGS = -D_GNU_SOURCE -I$(top_srcdir)/src/lib
contrib_examples_twenty_CFLAGS = $(AM_CFLAGS)
contrib_examples_twenty_LDADD = libhcs-sandbox.la
