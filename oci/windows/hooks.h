/* The hooks of a Windows bundle.  The specification has them for POSIX systems alone and hcsshim drops them; here those run that
 * have a meaning:
 *
 *   prestart, createRuntime   on the host, during create, once the place stands
 *   startContainer            in the sandbox, by the service, before its program
 *   poststart, poststop       on the host, behind start and behind delete
 *
 * createContainer has none: it runs within the container's namespaces by a path of the host's, and no process of the host can
 * stand in a silo or a machine.  Nor has startContainer where the guest knows but one first process. */
#ifndef OCI_WINDOWS_HOOKS_H
#define OCI_WINDOWS_HOOKS_H

#include "hcs/schema/windows-process.h"
#include "oci/windows/config.h"

/* What starts it: the command line (`path` stands in the place of args[0], by which no program of Windows finds itself) and the
 * environment, a name once.  No streams, no directory: they are the runner's.  Lives in `arena`, or with the hook. */
int oci_windows_compile_hook(const struct spec_hook *hook, struct arena *arena, struct win_process *ret, struct error *err);

#endif
