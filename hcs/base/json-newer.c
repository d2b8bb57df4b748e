/* Which members of a composed document a host is too old for.  Only members have an age here: the values of enumerations
 * that came later (schema 2.1) are known to every host that we support (17763 has 2.1). */
#include <string.h>

#include "hcs/base/json.h"

struct place { const struct place *outer; const char *name; size_t index; };

struct walk {
        const struct json_host *host;
        json_tell_newer tell;
        void *context;
        int count;
        bool failed;
};

struct any_list { const void *items; size_t count; };

static bool takes(const struct json_field *field, const struct json_host *host)
{
        return !(host->version && field->since > host->version) && !(host->build && field->build > host->build);
}

static void path_add(struct text *path, const struct place *place)
{
        if (!place)
                return;
        path_add(path, place->outer);
        if (!place->name)
                text_addf(path, "[%zu]", place->index);
        else if (*place->name)
                text_addf(path, "%s%s", path->length ? "." : "", place->name);
}

static void tell(struct walk *walk, const struct json_field *field, const struct place *place)
{
        _cleanup_(text_done) struct text path = { 0 };

        walk->count++;
        if (!walk->tell)
                return;
        path_add(&path, place);
        if (path.failed)
                walk->failed = true;
        else
                walk->tell(walk->context, &(struct json_newer){ path.data ? path.data : "", field });
}

static void walk_object(struct walk *walk, const struct json_field *fields, const void *object, const struct place *place);

static void walk_list(struct walk *walk, const struct json_field *field, const struct any_list *list, const struct place *place)
{
        for (size_t i = 0; i < list->count; i++) {
                const char *item = (const char *)list->items + i * field->size;
                struct place here = { .outer = place, .index = i };

                if (field->kind == JSON_KIND_STRUCT_MAP)
                        here.name = *(const char *const *)(const void *)item;
                walk_object(walk, field->fields, item + field->inner, &here);
        }
}

static void walk_member(struct walk *walk, const struct json_field *field, const void *from, const struct place *place)
{
        const struct json_open *open = from;

        switch (field->kind) {
        case JSON_KIND_OBJECT:
                walk_object(walk, field->fields, from, place);
                break;
        case JSON_KIND_POINTER:
                walk_object(walk, field->fields, *(const void *const *)from, place);
                break;
        case JSON_KIND_LIST:
        case JSON_KIND_STRUCT_MAP:
                walk_list(walk, field, from, place);
                break;
        case JSON_KIND_OPEN:
                if (open->fields)
                        walk_object(walk, open->fields, open->object, place);
                break;
        default:
                break;
        }
}

static void walk_object(struct walk *walk, const struct json_field *fields, const void *object, const struct place *place)
{
        if (!object)
                return;
        for (; fields->name; fields++) {
                const struct place here = { .outer = place, .name = fields->name };

                if (!json_is_given(fields, object))
                        continue;
                if (!takes(fields, walk->host))
                        tell(walk, fields, &here);
                else
                        walk_member(walk, fields, (const char *)object + fields->offset, &here);
        }
}

int json_newer(const struct json_field *fields, const void *object, const char *at, const struct json_host *host,
               json_tell_newer tell_newer, void *context, struct error *err)
{
        struct walk walk = { .host = host, .tell = tell_newer, .context = context };
        const struct place top = { .name = at };

        walk_object(&walk, fields, object, &top);
        return walk.failed ? error_memory(err) : walk.count;
}

bool json_takes(const struct json_field *fields, const char *name, const struct json_host *host)
{
        for (; fields->name; fields++)
                if (strcmp(fields->name, name) == 0)
                        return takes(fields, host);
        return false;
}
