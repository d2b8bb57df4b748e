/* Documents for the log.  What a person would not want to find there becomes "***": the values of environment
 * variables, members and options whose name sounds like a credential, and the user part of a URL.  A wrong guess costs
 * a debug line some of its use; a missed one costs a password, so names are taken broadly.
 *
 * Only run when the debug log is on; nothing here is in anybody's way. */
#include "hcs/client/operation.h"

#include <string.h>

#include "hcs/base/arena.h"
#include "hcs/base/json.h"

#define MASK "***"

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does `word` begin here?  Case does not count, nor does what may stand between two words: api-key, API_KEY, ApiKey. */
static bool begins_with(const char *name, size_t length, const char *word)
{
        for (size_t i = 0; *word; i++) {
                if (i == length)
                        return false;
                if (i > 0 && (name[i] == '-' || name[i] == '_' || name[i] == '.'))
                        continue;
                if (lower(name[i]) != *word++)
                        return false;
        }
        return true;
}

static bool sounds_secret(const char *name, size_t length)
{
        static const char *const words[] = {
                "passw", "passphrase", "secret", "token", "credential", "apikey", "accesskey", "privatekey",
                "sharedkey", "accountkey", "sessionkey", "authorization", "authkey", "cookie",
        };

        for (size_t at = 0; at < length; at++)
                for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
                        if (begins_with(name + at, length - at, words[i]))
                                return true;
        return false;
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

#define BETWEEN " \t\r\n,;&?"

/* The end of a value that begins here: its closing quote, or where the next word begins. */
static size_t value_length(const char *value)
{
        const char *close;

        if (*value == '"' || *value == '\'') {
                close = strchr(value + 1, *value);
                return close ? (size_t)(close - value) + 1 : strlen(value);
        }
        return strcspn(value, BETWEEN);
}

/* https://user:password@host: what stands before the "@". */
static bool mask_user(const char *word, size_t length, struct text *out)
{
        const char *scheme = strstr(word, "://"), *user, *at;
        size_t left;

        if (!scheme || (size_t)(scheme - word) + 3 > length)
                return false;
        user = scheme + 3;
        left = length - (size_t)(user - word);
        at = memchr(user, '@', left);
        if (!at || memchr(user, '/', (size_t)(at - user)))
                return false;
        text_add_n(out, word, (size_t)(user - word));
        text_add(out, MASK);
        text_add_n(out, at, length - (size_t)(at - word));
        return true;
}

/* A text is taken word by word: NAME=VALUE, "NAME: VALUE" (all that follows), --NAME VALUE. */
static void mask_text(const char *text, struct text *out)
{
        bool secret = false;            /* the next word is the value of an option */

        while (*text) {
                size_t length = strcspn(text, BETWEEN), name = 0;

                if (length == 0) {
                        secret = secret && (*text == ' ' || *text == '\t');
                        text_add_char(out, *text++);
                        continue;
                }
                if (secret) {
                        text_add(out, MASK);
                        text += value_length(text);
                        secret = false;
                        continue;
                }
                while (name < length && text[name] != '=' && text[name] != ':')
                        name++;
                if (name < length && sounds_secret(text, name)) {
                        text_add_n(out, text, name + 1);
                        text_add(out, MASK);
                        text += name + 1 == length && text[name] == ':' ? strlen(text)
                                                                        : name + 1 + value_length(text + name + 1);
                        continue;
                }
                secret = *text == '-' && name == length && sounds_secret(text, length);
                if (!mask_user(text, length, out))
                        text_add_n(out, text, length);
                text += length;
        }
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static void set_text(struct json_value *value, const char *text)
{
        value->text = text;
        value->length = strlen(text);
}

static void mask_string(struct arena *arena, struct json_value *value)
{
        _cleanup_(text_done) struct text masked = { 0 };
        char *copy;

        mask_text(value->text, &masked);
        copy = masked.failed ? NULL : arena_copy_n(arena, masked.data ? masked.data : "", masked.length);
        set_text(value, copy ? copy : MASK);
}

/* Everything below is secret. */
static void mask_all(struct json_value *value)
{
        if (value->type == JSON_STRING)
                set_text(value, MASK);
        for (size_t i = 0; value->type == JSON_ARRAY && i < value->count; i++)
                mask_all(&value->items[i]);
        for (size_t i = 0; value->type == JSON_OBJECT && i < value->count; i++)
                mask_all(&value->members[i].value);
}

/* "NAME=value" becomes "NAME=***". */
static void mask_variables(struct arena *arena, struct json_value *list)
{
        for (size_t i = 0; i < list->count; i++) {
                struct json_value *item = &list->items[i];
                const char *equals = item->type == JSON_STRING ? strchr(item->text, '=') : NULL;
                char *copy;

                if (!equals) {
                        mask_all(item);
                        continue;
                }
                copy = arena_printf(arena, "%.*s=" MASK, (int)(equals - item->text), item->text);
                set_text(item, copy ? copy : MASK);
        }
}

static void mask_value(struct arena *arena, struct json_value *value);

/* Arguments: the value of "--password" is the item behind it. */
static void mask_list(struct arena *arena, struct json_value *list)
{
        bool secret = false;

        for (size_t i = 0; i < list->count; i++) {
                struct json_value *item = &list->items[i];
                bool is_option = item->type == JSON_STRING && item->text[0] == '-' && !strpbrk(item->text, "=: ") &&
                                 sounds_secret(item->text, item->length);

                if (secret && !is_option)
                        mask_all(item);
                else
                        mask_value(arena, item);
                secret = is_option;
        }
}

static void mask_member(struct arena *arena, struct json_member *member)
{
        const char *name = member->name;
        struct json_value *value = &member->value;

        if (strcmp(name, "env") == 0 && value->type == JSON_ARRAY)
                mask_variables(arena, value);
        else if (strcmp(name, "Environment") == 0 || sounds_secret(name, strlen(name)))
                mask_all(value);
        else
                mask_value(arena, value);
}

static void mask_value(struct arena *arena, struct json_value *value)
{
        if (value->type == JSON_STRING)
                mask_string(arena, value);
        if (value->type == JSON_ARRAY)
                mask_list(arena, value);
        for (size_t i = 0; value->type == JSON_OBJECT && i < value->count; i++)
                mask_member(arena, &value->members[i]);
}

void hcs_mask_document(const char *document, struct text *out)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct json_value *value;
        struct error ignored = { 0 };

        if (json_parse(&arena, document, strlen(document), "the document", &value, &ignored) < 0) {
                text_addf(out, "(%zu bytes that are not JSON)", strlen(document));
                return;
        }
        mask_value(&arena, value);
        json_write_value(out, value);
}
