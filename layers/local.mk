# The matter: what a root is made of.

layers_sources = \
	layers/cover.c layers/cover.h layers/given.c layers/hiding.c layers/hiding.h \
	layers/host.c layers/host.h layers/look.c layers/look.h layers/mask-answer.c layers/mask-make.c layers/mask-plan.c \
	layers/mask-plan.h layers/mask-tree.c layers/mask.c layers/mask.h layers/mounts.c layers/mounts.h \
	layers/rootless.c layers/rootless.h layers/rules.c layers/rules.h layers/scratch.c layers/scratch.h \
	layers/volumes.c layers/volumes.h layers/walk.c layers/walk.h

# What the other floors see of it on Windows: types.
layers_shared_sources = layers/host.h
