/* What this machine lacks for sandboxes, and the command that mends it.  Nothing is changed. */
#ifndef LIB_DOCTOR_H
#define LIB_DOCTOR_H

#include <stdbool.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/text.h"
#include "src/lib/host.h"

enum doctor_verdict {
        DOCTOR_GOOD = 1,
        DOCTOR_WANTING,                 /* sandboxes run, but not all kinds of them; `mend` says how to get the rest */
        DOCTOR_MISSING,                 /* no sandbox runs without it */
};

/* Strings live in the arena that was given, or for ever. */
struct doctor_finding {
        const char *name;               /* "cgroup" */
        int verdict;                    /* enum doctor_verdict */
        const char *found;              /* one line */
        const char *mend;               /* a command, or what to do; NULL when all is good */
};

#define DOCTOR_MAX 16
struct doctor_findings { struct doctor_finding items[DOCTOR_MAX]; size_t count; };

/* Where to look; for tests. */
struct doctor_place {
        const char *root;               /* in front of every path of the system; "" */
        const char *path;               /* $PATH; NULL: none */
        uint32_t uid;
};

/* This machine.  doctor-linux.c, windows/doctor.c. */
int doctor_look(struct sandbox_host *host, struct arena *arena, struct doctor_findings *ret, struct error *err);
/* Linux: the same for any place. */
int doctor_look_at(const struct doctor_place *place, struct arena *arena, struct doctor_findings *ret, struct error *err);

bool doctor_all_there(const struct doctor_findings *findings);
int doctor_write_table(const struct doctor_findings *findings, struct text *out, struct error *err);
/* {"Good": true, "Findings": [{"Name", "Verdict": "good" | "wanting" | "missing", "Found", "Mend"}]}, indented. */
int doctor_write_json(const struct doctor_findings *findings, struct text *out, struct error *err);

/* For those who look. */
void doctor_add(struct doctor_findings *findings, const char *name, int verdict, const char *found, const char *mend);

#endif
