#include "tests/support/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/base64.h"
#include "tests/support/catalogue-data.h"

/* --- names, kept as pieces of the catalogue's texts -------------------------------------------------------------------- */

struct word { const char *at; size_t length; };

static struct word word_of(const char *text)
{
        return (struct word){ text, strlen(text) };
}

static bool word_is(struct word word, const char *text)
{
        return strlen(text) == word.length && memcmp(text, word.at, word.length) == 0;
}

static bool word_starts(struct word word, const char *text)
{
        return strlen(text) <= word.length && memcmp(text, word.at, strlen(text)) == 0;
}

static bool word_ends(struct word word, const char *text)
{
        size_t length = strlen(text);

        return length <= word.length && memcmp(text, word.at + word.length - length, length) == 0;
}

static struct word word_behind(struct word word, size_t n)
{
        return (struct word){ word.at + n, word.length - n };
}

/* A type's name and which of the two schemas it is looked up in. */
struct type { struct word name; bool hcn; };

static struct type type_of(struct word name, bool hcn)
{
        if (word_starts(name, "hcn:"))
                return (struct type){ word_behind(name, 4), true };
        return (struct type){ name, hcn };
}

/* --- the lists ------------------------------------------------------------------------------------------------------------ */

struct item { struct word name, type; uint16_t since; };

static uint16_t version_of(struct word text)
{
        unsigned part[2] = { 0, 0 };
        int n = 0;

        for (size_t i = 0; i < text.length; i++) {
                if (text.at[i] == '.' && n == 0)
                        n = 1;
                else if (text.at[i] >= '0' && text.at[i] <= '9')
                        part[n] = part[n] * 10 + (unsigned)(text.at[i] - '0');
        }
        return JSON_VERSION(part[0], part[1]);
}

/* The next of "Name: type (version), ..."; commas inside of <> do not part. */
static bool next_item(const char **at, struct item *ret)
{
        const char *start = *at, *end = start, *bracket, *colon;
        size_t length;
        int depth = 0;

        if (!*start)
                return false;
        for (; *end && !(*end == ',' && depth == 0); end++)
                depth += (*end == '<') - (*end == '>');
        *at = *end ? end + 2 : end;

        *ret = (struct item){ .since = 0 };
        bracket = memchr(start, '(', (size_t)(end - start));
        if (bracket) {
                ret->since = version_of((struct word){ bracket, (size_t)(end - bracket) });
                end = bracket - 1;
        }
        length = (size_t)(end - start);
        colon = memchr(start, ':', length);
        ret->name = (struct word){ start, colon ? (size_t)(colon - start) : length };
        if (colon)
                ret->type = (struct word){ colon + 2, (size_t)(end - colon) - 2 };
        return true;
}

static const struct catalogue_type *find(const struct catalogue_type *list, struct word name)
{
        for (; list->name; list++)
                if (word_is(name, list->name))
                        return list;
        return NULL;
}

static const struct catalogue_type *find_type(struct type type, bool more)
{
        if (more)
                return find(type.hcn ? catalogue_hcn_more_types : catalogue_hcs_more_types, type.name);
        return find(type.hcn ? catalogue_hcn_types : catalogue_hcs_types, type.name);
}

static const struct catalogue_type *find_enum(struct type type, bool more)
{
        if (more)
                return find(type.hcn ? catalogue_hcn_more_enums : catalogue_hcs_more_enums, type.name);
        return find(type.hcn ? catalogue_hcn_enums : catalogue_hcs_enums, type.name);
}

static bool find_item(const struct catalogue_type *list, struct word name, struct item *ret)
{
        const char *at = list ? list->members : "";

        while (next_item(&at, ret))
                if (ret->name.length == name.length && memcmp(ret->name.at, name.at, name.length) == 0)
                        return true;
        return false;
}

/* --- the checker ---------------------------------------------------------------------------------------------------------- */

struct place { const struct place *outer; const char *name; size_t index; };

struct checker {
        const struct catalogue_rules *rules;
        struct text *lines;             /* may be NULL */
        enum catalogue_finding first;
        size_t count;
};

static void add_place(struct text *out, const struct place *place)
{
        if (!place) {
                text_add_char(out, '$');
                return;
        }
        add_place(out, place->outer);
        if (place->name)
                text_addf(out, ".%s", place->name);
        else
                text_addf(out, "[%zu]", place->index);
}

static void found(struct checker *checker, enum catalogue_finding kind, const struct place *place, const char *words,
                  struct word of)
{
        if (!checker->count++)
                checker->first = kind;
        if (!checker->lines)
                return;
        add_place(checker->lines, place);
        text_addf(checker->lines, ": %s", words);
        if (of.length)
                text_addf(checker->lines, " %.*s", (int)of.length, of.at);
        text_add_char(checker->lines, '\n');
}

static void check_since(struct checker *checker, uint16_t since, const struct place *place)
{
        const struct catalogue_rules *rules = checker->rules;
        char words[96];

        if (!rules->major || !since || since <= JSON_VERSION(rules->major, rules->minor))
                return;
        snprintf(words, sizeof(words), "is of schema %u.%u; the host has %u.%u", (unsigned)since >> 8, (unsigned)since & 0xff,
                 (unsigned)rules->major, (unsigned)rules->minor);
        found(checker, CATALOGUE_TOO_NEW, place, words, (struct word){ NULL, 0 });
}

static void check_value(struct checker *checker, struct type type, const struct json_value *value, const struct place *place);

/* --- scalars -------------------------------------------------------------------------------------------------------------- */

static bool is_unsigned(const struct json_value *value, uint64_t most)
{
        uint64_t number;

        return value->type == JSON_NUMBER && text_to_u64(value->text, &number) == 0 && number <= most;
}

static bool is_signed(const struct json_value *value, int64_t least, int64_t most)
{
        int64_t number;

        return value->type == JSON_NUMBER && text_to_i64(value->text, &number) == 0 && number >= least && number <= most;
}

static bool is_base64(const struct json_value *value)
{
        _cleanup_(free_charp) char *bytes = NULL;
        size_t count;

        if (value->type != JSON_STRING)
                return false;
        bytes = malloc(BASE64_BYTES_MAX(value->length) + 1);
        return bytes && base64_decode(value->text, value->length, (unsigned char *)bytes, &count) == 0;
}

static bool is_mac(const struct json_value *value)
{
        static const char form[] = "xx-xx-xx-xx-xx-xx";

        if (value->type != JSON_STRING || value->length != sizeof(form) - 1)
                return false;
        for (size_t i = 0; i < sizeof(form) - 1; i++)
                if (form[i] == '-' ? value->text[i] != '-' : !strchr("0123456789abcdefABCDEF", value->text[i]))
                        return false;
        return true;
}

static const char *const scalars[] = {
        "Any", "bool", "string", "string_binary", "DateTime", "ProcessorFeature", "XsaveProcessorFeature", "uint8", "uint16",
        "uint32", "uint64", "int32", "int64", "Guid", "MacAddress", "ByteArray", "NullableByteArray", NULL,
};

static bool is_scalar(struct word name)
{
        for (size_t i = 0; scalars[i]; i++)
                if (word_is(name, scalars[i]))
                        return true;
        return false;
}

static bool fits_scalar(struct word name, const struct json_value *value)
{
        if (word_is(name, "Any"))
                return true;
        if (word_is(name, "bool"))
                return value->type == JSON_BOOLEAN;
        if (word_is(name, "uint8"))
                return is_unsigned(value, UINT8_MAX);
        if (word_is(name, "uint16"))
                return is_unsigned(value, UINT16_MAX);
        if (word_is(name, "uint32"))
                return is_unsigned(value, UINT32_MAX);
        if (word_is(name, "uint64"))
                return is_unsigned(value, UINT64_MAX);
        if (word_is(name, "int32"))
                return is_signed(value, INT32_MIN, INT32_MAX);
        if (word_is(name, "int64"))
                return is_signed(value, INT64_MIN, INT64_MAX);
        if (word_is(name, "Guid"))
                return value->type == JSON_STRING && text_is_guid(value->text);
        if (word_is(name, "MacAddress"))
                return is_mac(value);
        if (word_ends(name, "ByteArray"))
                return is_base64(value);
        return value->type == JSON_STRING;
}

/* HCN takes flags and protocols as numbers too: hcsshim sends them so, the published pages show names. */
static bool takes_numbers(struct type type)
{
        return type.hcn && (word_ends(type.name, "Flags") || word_is(type.name, "ProtocolType") ||
                            word_is(type.name, "FirewallVMType") || word_is(type.name, "IovInterruptModerationType"));
}

static void check_enum(struct checker *checker, struct type type, const struct json_value *value, const struct place *place)
{
        const struct catalogue_type *published = find_enum(type, false);
        struct item item;

        if (takes_numbers(type) && is_unsigned(value, UINT32_MAX))
                return;
        if (value->type != JSON_STRING) {
                found(checker, CATALOGUE_WRONG_TYPE, place, "not a value of", type.name);
        } else if (find_item(published, word_of(value->text), &item)) {
                check_since(checker, item.since, place);
        } else if (checker->rules->published_only || !find_item(find_enum(type, true), word_of(value->text), &item)) {
                found(checker, CATALOGUE_BAD_VALUE, place, "not a value of", type.name);
        }
}

/* --- structs -------------------------------------------------------------------------------------------------------------- */

static bool pattern_fits(const char *pattern, const char *text)
{
        for (; *pattern; pattern++) {
                if (*pattern == '*') {
                        size_t name = strcspn(text, "/");

                        if (name == 0)
                                return false;
                        text += name;
                } else if (*pattern != *text++) {
                        return false;
                }
        }
        return !*text;
}

/* Does this choice say the type of a member of this object? */
static bool choice_fits(const struct catalogue_choice *choice, struct type type, struct word member,
                        const struct json_value *object)
{
        const struct type of = type_of(word_of(choice->type), false);
        const struct json_value *selector;

        if (of.hcn != type.hcn || of.name.length != type.name.length || memcmp(of.name.at, type.name.at, of.name.length) != 0)
                return false;
        if (!word_is(member, choice->member))
                return false;
        if (!choice->selector)
                return true;
        selector = json_get(object, choice->selector);
        return selector && selector->type == JSON_STRING && pattern_fits(choice->value, selector->text);
}

/* A member whose type follows from another.  Where several types will do (agents differ) the first that fits ends it;
 * when none does, the first one's findings are told.  False: nothing is known. */
static bool check_chosen(struct checker *checker, struct type type, struct word member, const struct json_value *object,
                         const struct json_value *value, const struct place *place)
{
        const struct catalogue_choice *first = NULL;

        for (const struct catalogue_choice *choice = catalogue_choices; choice->type; choice++) {
                struct checker trial = { .rules = checker->rules };

                if (!choice_fits(choice, type, member, object))
                        continue;
                check_value(&trial, type_of(word_of(choice->chosen), type.hcn), value, place);
                if (!trial.count)
                        return true;
                if (!first)
                        first = choice;
        }
        if (first)
                check_value(checker, type_of(word_of(first->chosen), type.hcn), value, place);
        return first != NULL;
}

static void check_struct(struct checker *checker, struct type type, const struct json_value *value, const struct place *place)
{
        const struct catalogue_type *published = find_type(type, false);
        const struct catalogue_type *more = checker->rules->published_only && published ? NULL : find_type(type, true);
        const struct catalogue_type *first = published ? published : more;

        if (value->type != JSON_OBJECT) {
                found(checker, CATALOGUE_WRONG_TYPE, place, "not an object; should be", type.name);
                return;
        }
        check_since(checker, version_of(word_of(first->since)), place);
        for (size_t i = 0; i < value->count; i++) {
                const struct place here = { .outer = place, .name = value->members[i].name };
                const struct json_value *inner = &value->members[i].value;
                struct item item;

                if (!find_item(published, word_of(here.name), &item) && !find_item(more, word_of(here.name), &item)) {
                        found(checker, CATALOGUE_UNKNOWN_MEMBER, &here, "unknown member of", type.name);
                        continue;
                }
                check_since(checker, item.since, &here);
                if (!check_chosen(checker, type, item.name, value, inner, &here))
                        check_value(checker, type_of(item.type, type.hcn), inner, &here);
        }
}

static void check_array(struct checker *checker, struct type type, const struct json_value *value, const struct place *place)
{
        struct type of = { { type.name.at, type.name.length - 2 }, type.hcn };

        if (value->type != JSON_ARRAY) {
                found(checker, CATALOGUE_WRONG_TYPE, place, "not an array; should be", type.name);
                return;
        }
        for (size_t i = 0; i < value->count; i++) {
                const struct place here = { .outer = place, .index = i };

                check_value(checker, of, &value->items[i], &here);
        }
}

/* "Map<key, X>" */
static void check_map(struct checker *checker, struct type type, const struct json_value *value, const struct place *place)
{
        const char *comma = memchr(type.name.at, ',', type.name.length);
        struct word key = { type.name.at + 4, (size_t)(comma - type.name.at) - 4 };
        struct type of = { { comma + 2, (size_t)(type.name.at + type.name.length - comma) - 3 }, type.hcn };

        if (value->type != JSON_OBJECT) {
                found(checker, CATALOGUE_WRONG_TYPE, place, "not an object; should be", type.name);
                return;
        }
        for (size_t i = 0; i < value->count; i++) {
                const struct place here = { .outer = place, .name = value->members[i].name };
                const struct json_value name = {
                        .type = word_starts(key, "uint") ? JSON_NUMBER : JSON_STRING, .text = here.name, .length = strlen(here.name),
                };

                if (!fits_scalar(key, &name))
                        found(checker, CATALOGUE_WRONG_TYPE, &here, "the member's name should be a", key);
                check_value(checker, of, &value->members[i].value, &here);
        }
}

static void check_value(struct checker *checker, struct type type, const struct json_value *value, const struct place *place)
{
        if (value->type == JSON_NULL && !word_is(type.name, "Any"))
                found(checker, CATALOGUE_WRONG_TYPE, place, "null; leave it out, or give a", type.name);
        else if (word_ends(type.name, "[]"))
                check_array(checker, type, value, place);
        else if (word_starts(type.name, "Map<"))
                check_map(checker, type, value, place);
        else if (find_enum(type, false) || find_enum(type, true))
                check_enum(checker, type, value, place);
        else if (find_type(type, false) || find_type(type, true))
                check_struct(checker, type, value, place);
        else if (!is_scalar(type.name))
                found(checker, CATALOGUE_WRONG_TYPE, place, "the catalogue has no type", type.name);
        else if (!fits_scalar(type.name, value))
                found(checker, CATALOGUE_WRONG_TYPE, place, "should be a", type.name);
}

size_t catalogue_check(const struct json_value *document, const char *root, const struct catalogue_rules *rules,
                       struct text *lines, enum catalogue_finding *first)
{
        struct checker checker = { .rules = rules, .lines = lines };

        check_value(&checker, type_of(word_of(root), false), document, NULL);
        if (first)
                *first = checker.first;
        return checker.count;
}

/* --- for who walks a table --------------------------------------------------------------------------------------------- */

bool catalogue_member(const char *type, const char *name, struct catalogue_member *ret)
{
        const struct type of = type_of(word_of(type), false);
        const struct catalogue_type *listed = find_type(of, false);
        bool published = find_item(listed, word_of(name), &(struct item){ .since = 0 });
        struct item item;

        if (!published)
                listed = find_type(of, true);
        if (!find_item(listed, word_of(name), &item))
                return false;
        *ret = (struct catalogue_member){
                .type = item.type.at, .type_length = item.type.length, .since = item.since,
                .type_since = version_of(word_of(listed->since)), .published = published,
        };
        return true;
}

bool catalogue_is_type(const char *name, size_t length)
{
        const struct type type = type_of((struct word){ name, length }, false);

        return find_type(type, false) || find_type(type, true);
}

bool catalogue_is_enum(const char *name, size_t length)
{
        const struct type type = type_of((struct word){ name, length }, false);

        return find_enum(type, false) || find_enum(type, true);
}

bool catalogue_enum_has(const char *name, size_t length, const char *value)
{
        const struct type type = type_of((struct word){ name, length }, false);
        struct item item;

        return find_item(find_enum(type, false), word_of(value), &item) || find_item(find_enum(type, true), word_of(value), &item);
}

const char *catalogue_member_name(const char *type, size_t n, size_t *length)
{
        const struct catalogue_type *found_type = find_type(type_of(word_of(type), false), false);
        const char *at = found_type ? found_type->members : "";
        struct item item;

        while (next_item(&at, &item))
                if (n-- == 0) {
                        *length = item.name.length;
                        return item.name.at;
                }
        return NULL;
}
