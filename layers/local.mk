# The matter: what a root is made of.

layers_sources = \
	layers/host.c layers/host.h layers/mask-tree.c layers/mask.c layers/mask.h layers/mounts.c layers/mounts.h \
	layers/rootless.c layers/rootless.h layers/rules.c layers/rules.h layers/scratch.c layers/scratch.h layers/walk.c layers/walk.h
