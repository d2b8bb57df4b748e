/* Any bytes as JSON: refused with a message of one line, or a tree.  What is a tree is written, and reads again as the same;
 * it may be read by each of the largest tables we have, and what that wrote reads again by the strict rules as the same. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/json.h"
#include "hcs/base/utf8.h"
#include "hcs/schema/document.h"
#include "hcs/schema/hcn.h"
#include "hcs/schema/windows-modify.h"
#include "hcs/schema/windows-query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
        if (!holds)
                abort();
}

static void require_message(const struct error *err)
{
        require(err->code == E_INVALID_DATA && err->text[0] && utf8_is_valid(err->text, strlen(err->text)));
        for (const char *c = err->text; *c; c++)
                require((unsigned char)*c >= 0x20 && *c != 0x7f);
}

/* Written once more it is the same: compact, and indented for people. */
static void require_stable(const char *compact)
{
        struct json_value *value;
        struct arena arena = { 0 };
        struct text again = { 0 }, indented = { 0 };
        struct error err = { 0 };

        require(json_parse(&arena, compact, strlen(compact), "again", &value, &err) == 0);
        json_write_value(&again, value);
        require(strcmp(again.data, compact) == 0);

        require(json_indent(&indented, compact, &err) == 0);
        require(json_parse(&arena, indented.data, indented.length, "indented", &value, &err) == 0);
        text_clear(&again);
        json_write_value(&again, value);
        require(strcmp(again.data, compact) == 0);
        text_done(&indented);
        text_done(&again);
        arena_done(&arena);
}

struct table { const struct json_field *fields; size_t size; };

static const struct table tables[] = {
        { spec_fields, sizeof(struct spec) }, { doc_system_fields, sizeof(struct doc_system) },
        { win_modify_request_fields, sizeof(struct win_modify_request) }, { win_properties_fields, sizeof(struct win_properties) },
        { win_result_error_fields, sizeof(struct win_result_error) }, { hcn_network_fields, sizeof(struct hcn_network) },
        { hcn_endpoint_fields, sizeof(struct hcn_endpoint) },
};

static void read_strictly(struct arena *arena, const struct table *table, const char *written)
{
        struct text again = { 0 };
        struct error err = { 0 };
        struct json_value *value;
        void *object = arena_alloc(arena, table->size);

        require(json_parse(arena, written, strlen(written), "written", &value, &err) == 0);
        require(json_read(arena, table->fields, value, object, "", JSON_REFUSE_UNKNOWN, &err) == 0);
        json_write(&again, table->fields, object);
        require(strcmp(again.data, written) == 0);
        text_done(&again);
}

static void read_by_table(struct arena *arena, const struct table *table, const struct json_value *value)
{
        const struct json_host old = { JSON_VERSION(2, 0), 17763 };
        struct text written = { 0 };
        struct error err = { 0 };
        void *object = arena_alloc(arena, table->size);

        if (json_read(arena, table->fields, value, object, "", JSON_IGNORE_UNKNOWN, &err) < 0) {
                require_message(&err);
                return;
        }
        require(json_newer(table->fields, object, "", &old, NULL, NULL, &err) >= 0);
        json_write(&written, table->fields, object);
        read_strictly(arena, table, written.data);
        text_done(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct json_value *value = NULL;
        struct arena arena = { 0 };
        struct text text = { 0 };
        struct error err = { 0 };

        if (json_parse(&arena, (const char *)data, size, "input", &value, &err) < 0) {
                require(!value);
                require_message(&err);
        } else {
                json_write_value(&text, value);
                require_stable(text.data);
                for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
                        read_by_table(&arena, &tables[i], value);
        }
        text_done(&text);
        arena_done(&arena);
        return 0;
}
