#include "src/lib/windows/signal.h"

#include <strings.h>

#include "hcs/schema/linux-names.h"
#include "oci/windows/signal.h"

/* What the keys of a console are to Linux. */
static int linux_signal_of(const char *word)
{
        if (strcasecmp(word, "CtrlC") == 0)
                return 2;               /* SIGINT */
        return strcasecmp(word, "CtrlBreak") == 0 ? 3 : linux_signal_number(word);      /* SIGQUIT */
}

int winsignal_document(const struct winplan *plan, const char *word, char **ret, struct error *err)
{
        struct doc_signal number = { 0 };
        struct win_signal wanted = { 0 };
        int r, signal;

        if (plan->documents.kind == OCI_WINDOWS_LINUX) {
                signal = linux_signal_of(word);
                if (signal < 0)
                        return error_set(err, E_INVALID_PARAMETER, "unknown signal \"%s\"; expected a number from 0 to 64 or a name such "
                                         "as TERM, KILL", word);
                number.signal = (uint32_t)signal;
                return winplan_print(doc_signal_fields, &number, ret, err);
        }
        r = oci_windows_signal(word, &wanted.signal, err);
        return r < 0 || wanted.signal == OCI_WINDOWS_KILL ? r : winplan_print(win_signal_fields, &wanted, ret, err);
}
