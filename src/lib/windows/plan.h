/* A sandbox's documents on Windows, composed of its config.json and of what is known of the host; and the files in its place
 * that both come from when a later verb composes them again. */
#ifndef LIB_WINDOWS_PLAN_H
#define LIB_WINDOWS_PLAN_H

#include "oci/windows/compile.h"
#include "src/lib/host.h"
#include "src/lib/windows/place.h"

struct winplan {
        struct oci_windows *config;
        struct oci_facts facts;
        struct oci_windows_documents documents;         /* live in the config's arena */
};

void winplan_done(struct winplan *plan);
/* Of a bundle and this machine; touches nothing.  Annotations of the call are refused: what the bundle says is read again later. */
int winplan_of_bundle(struct sandbox_host *host, const struct oci_source *source, const char *id, struct winplan *ret, struct error *err);
/* Of the files in the place. */
int winplan_of_place(const struct sandbox_host *host, const struct place *place, const char *bundle, const char *id,
                     struct winplan *ret, struct error *err);
/* Writes the facts down, so that later verbs compose the same. */
int winplan_write_facts(const struct winplan *plan, const struct place *place, struct error *err);
/* Writes the facts down, which have changed, and composes anew. */
int winplan_again(const struct sandbox_host *host, struct winplan *plan, const struct place *place, struct error *err);
/* Composes anew, now that the scratch has this volume; and writes that down. */
int winplan_set_volume(const struct sandbox_host *host, struct winplan *plan, const struct place *place, const char *volume,
                       struct error *err);
/* Composes anew with what HCN says of the network, now that it is made; and writes that down. */
int winplan_ask_network(const struct sandbox_host *host, struct winplan *plan, const struct place *place, struct error *err);
/* A document as compact JSON; caller's, free(). */
int winplan_print(const struct json_field *fields, const void *document, char **ret, struct error *err);

/* facts.c: asks this machine.  What the bundle names is looked at (is it a file? where is the base layer, when it names none?);
 * nothing else is. */
int winfacts_ask(struct sandbox_host *host, const struct oci_windows *config, struct arena *arena, struct oci_facts *ret,
                 struct error *err);
/* bundle.c: looks at what the bundle names (oci_windows_paths()), for the facts Files, Links and UtilityVM. */
int winfacts_look(const struct oci_windows *config, struct arena *arena, struct oci_facts *facts, struct error *err);

/* Its parts, for doctor. */
#define WINFACTS_OLDEST_BUILD 17763u    /* Windows 10 1809, Windows Server 2019 */
uint32_t winfacts_build(void);
/* The newest version of documents that the service takes. */
int winfacts_schema(struct sandbox_host *host, struct arena *arena, struct doc_version *ret, struct error *err);
/* The base layer that Windows keeps; *ret stays NULL when there is none. */
int winfacts_base_layer(struct arena *arena, const char **ret, struct error *err);

#endif
