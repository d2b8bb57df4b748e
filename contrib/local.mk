# What others' tools need to use us, examples, and the two commands of the README.

dist_noinst_SCRIPTS += contrib/bench contrib/bench-clients contrib/build-windows contrib/check contrib/packages contrib/quickstart
EXTRA_DIST += contrib/examples/hello/config.json contrib/completions/hcs-sandbox.bash contrib/completions/hcs-sandbox.fish \
	contrib/completions/_hcs-sandbox contrib/examples/windows/process/config.json \
	contrib/examples/windows/hyperv/config.json contrib/examples/windows/desktop/config.json \
	contrib/examples/windows/hello.c contrib/windows/README.md contrib/windows/smoke.ps1 \
	contrib/podman/hcs-sandbox.conf contrib/crio/50-hcs-sandbox.conf $(for_clients:%=contrib/%)

# Configuration for those who use a runtime.  What stands beside others is put where it counts (with --sysconfdir=/etc that is read by
# everybody's podman and CRI-O); what has to be merged into something goes to the examples.  All name the program where it is put.
for_clients = containerd/config-1.6.toml containerd/config-2.toml docker/daemon.json kubernetes/README.md kubernetes/pod.yaml \
	kubernetes/runtimeclass.yaml kubernetes/spread.yaml swarm/README.md swarm/daemon.json swarm/stack.yaml
examplesdir = $(docdir)/examples
podmandir = $(sysconfdir)/containers/containers.conf.d
criodir = $(sysconfdir)/crio/crio.conf.d
with_program = sed 's|/usr/local/bin/hcs-sandbox|$(bindir)/hcs-sandbox|g'

bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
zshcompletion_DATA = contrib/completions/_hcs-sandbox
fishcompletion_DATA = contrib/completions/hcs-sandbox.fish

install-data-local:
	$(MKDIR_P) $(DESTDIR)$(bashcompletiondir)
	$(INSTALL_DATA) $(srcdir)/contrib/completions/hcs-sandbox.bash $(DESTDIR)$(bashcompletiondir)/hcs-sandbox
	$(MKDIR_P) $(DESTDIR)$(podmandir) $(DESTDIR)$(criodir)
	$(with_program) $(srcdir)/contrib/podman/hcs-sandbox.conf >$(DESTDIR)$(podmandir)/hcs-sandbox.conf
	$(with_program) $(srcdir)/contrib/crio/50-hcs-sandbox.conf >$(DESTDIR)$(criodir)/50-hcs-sandbox.conf
	for file in $(for_clients); do \
		$(MKDIR_P) $(DESTDIR)$(examplesdir)/$$(dirname $$file) && \
		$(with_program) $(srcdir)/contrib/$$file >$(DESTDIR)$(examplesdir)/$$file || exit 1; \
	done
	cd $(DESTDIR)$(examplesdir) && chmod 644 $(for_clients) $(DESTDIR)$(podmandir)/hcs-sandbox.conf $(DESTDIR)$(criodir)/50-hcs-sandbox.conf
uninstall-local:
	rm -f $(DESTDIR)$(bashcompletiondir)/hcs-sandbox
	rm -f $(DESTDIR)$(podmandir)/hcs-sandbox.conf $(DESTDIR)$(criodir)/50-hcs-sandbox.conf
	for file in $(for_clients); do rm -f $(DESTDIR)$(examplesdir)/$$file; done

check_PROGRAMS += contrib/examples/twenty
contrib_examples_twenty_SOURCES = contrib/examples/twenty.c
contrib_examples_twenty_CPPFLAGS = -D_GNU_SOURCE -I$(top_srcdir)/src/lib
contrib_examples_twenty_CFLAGS = $(AM_CFLAGS)
contrib_examples_twenty_LDADD = libhcs-sandbox.la
