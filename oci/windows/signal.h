/* The words of `kill` for Windows, which has no signals but the console's (hcs-documents.md section 9.3). */
#ifndef OCI_WINDOWS_SIGNAL_H
#define OCI_WINDOWS_SIGNAL_H

#include "hcs/base/error.h"

#define OCI_WINDOWS_KILL 9              /* no signal: the process is ended.  Others are enum win_process_signal */

/* Names (TERM and KILL among them, with or without SIG, in any case) and numbers as Windows' runtimes take them: 0, 1, 2, 5 and 6
 * for CtrlC, CtrlBreak, CtrlClose, CtrlLogOff, CtrlShutdown; 9; 15 for CtrlShutdown. */
int oci_windows_signal(const char *word, int *ret, struct error *err);

#endif
