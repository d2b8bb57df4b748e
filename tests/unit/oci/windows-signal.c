#include "oci/windows/signal.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "hcs/schema/windows-process.h"

Test(oci_windows_signal, words_and_numbers_mean_what_windows_runtimes_mean_by_them)
{
        static const struct { const char *word; int signal; } rows[] = {
                { "TERM", WIN_CTRL_SHUTDOWN }, { "SIGTERM", WIN_CTRL_SHUTDOWN }, { "term", WIN_CTRL_SHUTDOWN }, { "15", WIN_CTRL_SHUTDOWN },
                { "KILL", OCI_WINDOWS_KILL }, { "sigkill", OCI_WINDOWS_KILL }, { "9", OCI_WINDOWS_KILL },
                { "0", WIN_CTRL_C }, { "CtrlC", WIN_CTRL_C }, { "1", WIN_CTRL_BREAK }, { "ctrlbreak", WIN_CTRL_BREAK },
                { "2", WIN_CTRL_CLOSE }, { "CTRLCLOSE", WIN_CTRL_CLOSE }, { "5", WIN_CTRL_LOG_OFF }, { "CtrlLogOff", WIN_CTRL_LOG_OFF },
                { "6", WIN_CTRL_SHUTDOWN }, { "CtrlShutdown", WIN_CTRL_SHUTDOWN },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct error err = { 0 };
                int signal = -1;

                cr_expect(eq(int, oci_windows_signal(rows[i].word, &signal, &err), 0), "%s: %s", rows[i].word, err.text);
                cr_expect(eq(int, signal, rows[i].signal), "%s", rows[i].word);
        }
}

Test(oci_windows_signal, others_are_refused_by_name)
{
        static const char *const words[] = { "USR1", "3", "4", "", "SIG", "99", "TERMINATE", "KIL", "-9", "15 ", "SIGSIGTERM" };

        for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
                struct error err = { 0 };
                int signal = -1;

                cr_expect(lt(int, oci_windows_signal(words[i], &signal, &err), 0), "%s", words[i]);
                cr_expect(eq(int, signal, -1), "\"%s\" leaves the output alone", words[i]);
                cr_expect(strstr(err.text, words[i]) != NULL, "%s", err.text);
        }
}
