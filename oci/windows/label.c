/* Which schema a document is written in.
 *
 * SchemaVersion is the version of the document, and at most the host's (hcs-documents.md section 2).  So it is the oldest that
 * has all members the document has, from 2.1 on; and a document whose members the host does not know is refused here, by the
 * path of the member, rather than by HCS with no more than "invalid JSON". */
#include "hcs/base/json.h"
#include "oci/windows/plan.h"

#define OLDEST_MINOR 1                  /* the first for containers and machines (1809, Server 2019) */

static int compare(struct plan *plan, const struct json_field *fields, const void *document, const char *at,
                   const struct json_host *host, json_tell_newer tell)
{
        return json_newer(fields, document, at, host, tell, plan, plan->err);
}

static void refuse(void *context, const struct json_newer *newer)
{
        struct plan *plan = context;
        const struct doc_version *has = &plan->facts->schema_version;
        const uint16_t since = newer->field->since;

        if (newer->field->build > plan->facts->build)
                (void)error_set(plan->err, E_NOT_SUPPORTED, "%s: needs Windows build %u or later, and this host has %u", newer->path,
                                newer->field->build, plan->facts->build);
        else
                (void)error_set(plan->err, E_NOT_SUPPORTED, "%s: needs schema %u.%u of the Host Compute Service, and this host has "
                                "%u.%u: a newer Windows", newer->path, (unsigned)since >> 8, (unsigned)since & 0xff, has->major,
                                has->minor);
}

/* A host that knows more than this version of ours does, is asked no questions. */
static struct json_host host_of(const struct plan *plan)
{
        const struct doc_version *has = &plan->facts->schema_version;

        return (struct json_host){ JSON_VERSION(has->major, has->minor > 255 ? 255 : has->minor), plan->facts->build };
}

static int label(struct plan *plan, const char *at, const struct doc_system **system)
{
        struct { struct doc_system system; struct doc_hosted_system hosted; } *labelled;
        struct json_host host = host_of(plan);
        uint32_t minor = OLDEST_MINOR;
        int r;

        if (!*system)
                return 0;
        r = compare(plan, doc_system_fields, *system, at, &host, refuse);
        if (r != 0)
                return plan->err->code;
        for (; minor < plan->facts->schema_version.minor; minor++) {
                host = (struct json_host){ JSON_VERSION(2, minor), 0 };
                r = compare(plan, doc_system_fields, *system, at, &host, NULL);
                if (r <= 0)
                        break;
        }
        labelled = r < 0 ? NULL : plan_alloc(plan, 1, sizeof(*labelled));
        if (!labelled)
                return plan->err->code;
        labelled->system = **system;
        labelled->system.schema_version = (struct doc_version){ 2, minor };
        if (labelled->system.hosted_system) {
                labelled->hosted = *labelled->system.hosted_system;
                labelled->hosted.schema_version = labelled->system.schema_version;
                labelled->system.hosted_system = &labelled->hosted;
        }
        *system = &labelled->system;
        return 0;
}

int plan_label(struct plan *plan)
{
        const struct json_host host = host_of(plan);
        int r = label(plan, "VirtualMachine", &plan->out->virtual_machine);

        if (r >= 0)
                r = label(plan, "System", &plan->out->system);
        for (size_t i = 0; r >= 0 && i < plan->out->modify.count; i++)
                if (compare(plan, win_modify_request_fields, &plan->out->modify.items[i], "Modify", &host, refuse) != 0)
                        return plan->err->code;
        return r;
}
