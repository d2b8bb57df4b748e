#include "hcs/local/plan.h"

#include "hcs/schema/document.h"
#include "hcs/schema/specification.h"

bool plan_guards(const struct doc_hosted_system *hosted)
{
        return hosted->storage && hosted->storage->scratch && hosted->storage->scratch->project;
}

const struct json_field plan_fields[] = {
        JSON_TEXT_F(struct plan, "Version", version, JSON_REQUIRED),
        JSON_TEXT_F(struct plan, "Id", id, JSON_REQUIRED),
        JSON_BOOL(struct plan, "Join", join),
        JSON_INT_F(struct plan, "Control", control, JSON_ALWAYS),
        JSON_INT_F(struct plan, "Document", document, JSON_ALWAYS),
        JSON_INT_F(struct plan, "Listen", listen, JSON_ALWAYS),
        JSON_INT_F(struct plan, "Console", console, JSON_ALWAYS),
        JSON_INT_F(struct plan, "Target", target, JSON_ALWAYS),
        JSON_INT_F(struct plan, "Filter", filter, JSON_ALWAYS),
        JSON_UINT(struct plan, "FilterFlags", filter_flags),
        JSON_BOOL(struct plan, "FilterPending", filter_pending),
        JSON_UINT(struct plan, "Handles", handles),
        JSON_BOOL(struct plan, "Created", created),
        JSON_BOOL(struct plan, "Ahead", ahead),
        JSON_BOOL(struct plan, "Overlay", overlay),
        JSON_BOOL(struct plan, "WaitForHooks", wait_for_hooks),
        JSON_BOOL(struct plan, "Scope", scope),
        JSON_BOOL(struct plan, "Guard", guard),
        JSON_BOOL(struct plan, "Unprivileged", unprivileged),
        JSON_TEXT(struct plan, "Place", place),
        JSON_TEXT(struct plan, "Cgroup", cgroup),
        JSON_END
};

const struct json_field plan_join_fields[] = {
        JSON_POINTER_F(struct plan_join, "OciProcess", process, spec_process_fields, JSON_REQUIRED),
        JSON_STRINGS(struct plan_join, "Namespaces", namespaces),
        JSON_UINT(struct plan_join, "RootOf", root_of),
        JSON_BOOL(struct plan_join, "NoNewKeyring", no_new_keyring),
        JSON_POINTER(struct plan_join, "Personality", personality, spec_personality_fields),
        JSON_POINTER(struct plan_join, "MemoryPolicy", memory_policy, spec_memory_policy_fields),
        JSON_END
};
