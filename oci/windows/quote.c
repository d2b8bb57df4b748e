#include "oci/windows/quote.h"

#include <string.h>

/* Backslashes are plain characters unless a quote follows: then each counts double, and one more makes the quote plain. */
void quote_argument(struct text *out, const char *argument)
{
        if (*argument && !strpbrk(argument, " \t\n\v\"")) {
                text_add(out, argument);
                return;
        }
        text_add_char(out, '"');
        while (*argument) {
                size_t backslashes = strspn(argument, "\\");
                char next = argument[backslashes];
                size_t wanted = next == '"' ? 2 * backslashes + 1 : next ? backslashes : 2 * backslashes;

                for (size_t i = 0; i < wanted; i++)
                        text_add_char(out, '\\');
                if (!next)
                        break;
                text_add_char(out, next);
                argument += backslashes + 1;
        }
        text_add_char(out, '"');
}

void quote_arguments(struct text *out, const struct strings *arguments)
{
        for (size_t i = 0; i < arguments->count; i++) {
                if (i)
                        text_add_char(out, ' ');
                quote_argument(out, arguments->items[i]);
        }
}
