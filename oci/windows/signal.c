#include "oci/windows/signal.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "hcs/schema/windows-process.h"

static const struct { const char *word; int signal; } words[] = {
        { "0", WIN_CTRL_C }, { "1", WIN_CTRL_BREAK }, { "2", WIN_CTRL_CLOSE }, { "5", WIN_CTRL_LOG_OFF }, { "6", WIN_CTRL_SHUTDOWN },
        { "9", OCI_WINDOWS_KILL }, { "15", WIN_CTRL_SHUTDOWN },
        { "CTRLC", WIN_CTRL_C }, { "CTRLBREAK", WIN_CTRL_BREAK }, { "CTRLCLOSE", WIN_CTRL_CLOSE }, { "CTRLLOGOFF", WIN_CTRL_LOG_OFF },
        { "CTRLSHUTDOWN", WIN_CTRL_SHUTDOWN }, { "TERM", WIN_CTRL_SHUTDOWN }, { "KILL", OCI_WINDOWS_KILL },
};

static bool is_word(const char *typed, const char *word)
{
        for (; *typed && *word; typed++, word++)
                if (toupper((unsigned char)*typed) != *word)
                        return false;
        return !*typed && !*word;
}

int oci_windows_signal(const char *word, int *ret, struct error *err)
{
        static const char prefix[] = "SIG";
        size_t i = 0;

        while (prefix[i] && toupper((unsigned char)word[i]) == prefix[i])
                i++;
        for (size_t k = 0; k < ARRAY_LENGTH(words); k++)
                if (is_word(word, words[k].word) || (!prefix[i] && is_word(word + i, words[k].word))) {
                        *ret = words[k].signal;
                        return 0;
                }
        return error_set(err, E_INVALID_PARAMETER, "signal \"%s\": Windows has none of that name; expected TERM, KILL, CtrlC, CtrlBreak, "
                         "CtrlClose, CtrlLogOff, CtrlShutdown, or 0, 1, 2, 5, 6, 9, 15", word);
}
