# The meaning: config.json, read, checked and compiled.

oci_sources = \
	oci/annotations.c oci/annotations.h oci/check-controllers.c oci/check-linux.c oci/check-mounts.c \
	oci/check-namespaces.c oci/check-process.c oci/check-rdt.c oci/check-resources.c oci/check-sysctl.c oci/check.c oci/check.h \
	oci/compile.c oci/compile.h oci/config.c oci/config.h oci/check-settings.c \
	oci/facts.c oci/facts.h \
	oci/state.c oci/state.h oci/template.c oci/template.h oci/update.c oci/update.h \
	oci/windows/adapters.c oci/windows/check-mounts.c oci/windows/check-process.c oci/windows/check-section.c \
	oci/windows/check.c oci/windows/check.h oci/windows/compile.c oci/windows/compile.h oci/windows/config.c \
	oci/windows/config.h oci/windows/container.c oci/windows/credential.c oci/windows/desktop.c oci/windows/hooks.c oci/windows/hooks.h oci/windows/hyperv.c oci/windows/label.c oci/windows/layer-id.c \
	oci/windows/layer-id.h oci/windows/layers.c oci/windows/lcow.c oci/windows/machine.c oci/windows/machine.h \
	oci/windows/mounts.c oci/windows/mounts.h oci/windows/network.c oci/windows/path.c oci/windows/path.h oci/windows/paths.c oci/windows/pod.c oci/windows/plan.c \
	oci/windows/plan.h oci/windows/process.c oci/windows/quote.c oci/windows/quote.h oci/windows/section.c \
	oci/windows/section.h oci/windows/id.c oci/windows/id.h oci/windows/signal.c oci/windows/signal.h oci/windows/shares.c oci/windows/sizes.c oci/windows/storage.c oci/windows/wishes.c \
	oci/windows/wishes.h
