#include "src/lib/doctor.h"

#include <stdlib.h>

#include "hcs/base/json.h"

static const char *const verdict_names[] = { "good", "wanting", "missing", NULL };

static const struct json_field finding_fields[] = {
        JSON_TEXT(struct doctor_finding, "Name", name),
        JSON_ENUM_F(struct doctor_finding, "Verdict", verdict, verdict_names, 0),
        JSON_TEXT(struct doctor_finding, "Found", found),
        JSON_TEXT(struct doctor_finding, "Mend", mend),
        JSON_END
};

/* More findings than there is room for is a mistake in here. */
void doctor_add(struct doctor_findings *findings, const char *name, int verdict, const char *found, const char *mend)
{
        if (findings->count == DOCTOR_MAX)
                abort();
        findings->items[findings->count++] = (struct doctor_finding){ name, verdict, found, verdict == DOCTOR_GOOD ? NULL : mend };
}

bool doctor_all_there(const struct doctor_findings *findings)
{
        for (size_t i = 0; i < findings->count; i++)
                if (findings->items[i].verdict == DOCTOR_MISSING)
                        return false;
        return true;
}

int doctor_write_table(const struct doctor_findings *findings, struct text *out, struct error *err)
{
        for (size_t i = 0; i < findings->count; i++) {
                const struct doctor_finding *finding = &findings->items[i];

                text_addf(out, "%-8s %-16s %s\n", verdict_names[finding->verdict - 1], finding->name, finding->found);
                if (finding->mend)
                        text_addf(out, "%26s%s\n", "-> ", finding->mend);
        }
        text_add(out, doctor_all_there(findings) ? "All that is needed is there.\n"
                                                 : "Something that is needed is missing; see the lines with \"missing\".\n");
        return text_check(out, err);
}

int doctor_write_json(const struct doctor_findings *findings, struct text *out, struct error *err)
{
        _cleanup_(text_done) struct text compact = { 0 };
        int r;

        text_addf(&compact, "{\"Good\":%s,\"Findings\":[", doctor_all_there(findings) ? "true" : "false");
        for (size_t i = 0; i < findings->count; i++) {
                text_add(&compact, i ? "," : "");
                json_write(&compact, finding_fields, &findings->items[i]);
        }
        text_add(&compact, "]}");
        r = text_check(&compact, err);
        if (r >= 0)
                r = json_indent(out, compact.data, err);
        text_add_char(out, '\n');
        return r < 0 ? r : text_check(out, err);
}
