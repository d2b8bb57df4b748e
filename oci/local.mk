# The meaning: config.json, read, checked and compiled.

oci_sources = \
	oci/annotations.c oci/annotations.h oci/check-linux.c oci/check-mounts.c oci/check-namespaces.c oci/check-process.c \
	oci/check-resources.c oci/check-sysctl.c oci/check.c oci/check.h oci/compile.c oci/compile.h oci/config.c oci/config.h \
	oci/state.c oci/state.h oci/template.c oci/template.h
