/* How much memory and how many processors a container and its machine get.
 *
 * A container's limits come from windows.resources, or from Microsoft's annotations, which go before.  The machine around a
 * container is bigger than its container's limit, for the guest's own system lives in it, too; and a share of the host's
 * processors is another number when it is counted in the machine's. */
#include <inttypes.h>

#include "oci/check.h"
#include "oci/windows/plan.h"

#define MIB (UINT64_C(1) << 20)
#define GUEST_ROOM_MB 512               /* what a guest needs for itself; hcs-documents.md section 5.1 */
#define MACHINE_MB 1024                 /* without a limit; hcsshim's default */
#define DESKTOP_MB 4096
#define MACHINE_COUNT 2                 /* hcsshim's default, if the host has as many */
#define LIMIT_MAX 100000                /* all processors of the machine */
#define MAXIMUM_MAX 10000               /* all processors of the host, or of the machine that hosts the container */

static uint64_t or_zero(const uint64_t *first, const uint64_t *second)
{
        return first ? *first : second ? *second : 0;
}

static uint64_t up(uint64_t value, uint64_t unit)
{
        return value / unit + (value % unit != 0);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

/* Upwards: a limit is never cut, and one below a MiB doesn't vanish. */
static uint64_t container_memory(const struct oci_windows *config)
{
        const struct section_resources *resources = config->section.resources;
        const struct spec_resources *inside = config->spec.linux_ ? config->spec.linux_->resources : NULL;

        if (config->wishes.container_memory)
                return *config->wishes.container_memory;
        if (resources && resources->memory && resources->memory->limit && *resources->memory->limit)
                return up(*resources->memory->limit, MIB);
        if (config->kind == OCI_WINDOWS_LINUX && inside && inside->memory && inside->memory->limit && *inside->memory->limit > 0)
                return up((uint64_t)*inside->memory->limit, MIB);
        return 0;
}

static int check_machine_memory(const struct plan *plan, uint64_t machine, uint64_t container)
{
        const struct windows_wishes *wishes = &plan->config->wishes;
        const bool backed = wishes->physically_backed && *wishes->physically_backed;

        if (wishes->memory && machine < container)
                return error_set(plan->err, E_INVALID_DATA, "annotations." MS_MEMORY "sizeinmb: found %" PRIu64 " for a container of "
                                 "%" PRIu64 " MB; expected at least %" PRIu64 ", for the guest's own system needs room", *wishes->memory,
                                 container, container + GUEST_ROOM_MB);
        if (wishes->memory && container && machine < container + GUEST_ROOM_MB)
                log_warning(plan->log, "annotations." MS_MEMORY "sizeinmb: %" PRIu64 " MB leave the guest's own system less than %d MB "
                            "beside a container of %" PRIu64, machine, GUEST_ROOM_MB, container);
        if (machine <= plan->facts->memory_in_mb)
                return 0;
        if (backed)
                return error_set(plan->err, E_INVALID_DATA, "annotations." MS_MACHINE "fullyphysicallybacked: the machine's %" PRIu64
                                 " MB are more than the host has, %" PRIu64, machine, plan->facts->memory_in_mb);
        log_warning(plan->log, "the machine gets %" PRIu64 " MB of memory, more than the host has, %" PRIu64, machine,
                    plan->facts->memory_in_mb);
        return 0;
}

static int size_memory(struct plan *plan)
{
        struct plan_sizes *sizes = &plan->sizes;
        const struct windows_wishes *wishes = &plan->config->wishes;
        const uint64_t container = container_memory(plan->config);
        const bool desktop = plan->config->kind == OCI_WINDOWS_DESKTOP;
        uint64_t machine;

        sizes->container_memory = container;
        if (plan->config->kind == OCI_WINDOWS_PROCESS || oci_windows_pod_machine(plan->config))
                return 0;
        if (wishes->memory)
                machine = *wishes->memory;
        else if (container)             /* in a desktop there is no container: the limit is the machine's */
                machine = desktop ? container : container + GUEST_ROOM_MB;
        else
                machine = desktop ? DESKTOP_MB : MACHINE_MB;
        sizes->machine_memory = machine + machine % 2;
        return check_machine_memory(plan, sizes->machine_memory, desktop ? 0 : container);
}

/* --- processors --------------------------------------------------------------------------------------------------- */

static uint32_t bounded_count(const struct plan *plan, const char *what, uint64_t wanted, uint32_t most, const char *whose)
{
        if (wanted <= most)
                return (uint32_t)wanted;
        log_warning(plan->log, "%s: found %" PRIu64 ", and %s only %u; it gets those", what, wanted, whose, most);
        return most;
}

/* The number of processors of the machine: as annotated, as the container has, or so many that its share fits in. */
static uint32_t machine_count(const struct plan *plan, uint64_t count, uint64_t maximum)
{
        const struct windows_wishes *wishes = &plan->config->wishes;
        const uint32_t host = plan->facts->processors;
        const uint64_t share = up(maximum * host, MAXIMUM_MAX);
        uint32_t usual = host < MACHINE_COUNT ? host : MACHINE_COUNT;

        if (oci_windows_pod_machine(plan->config))
                return plan->facts->pod_processors ? plan->facts->pod_processors : usual;
        if (wishes->count && *wishes->count)
                return bounded_count(plan, "annotations." MS_PROCESSOR "count", *wishes->count, host, "the host has");
        if (count)
                return bounded_count(plan, "windows.resources.cpu.count", count, host, "the host has");
        return share > usual ? (uint32_t)share : usual;
}

/* A share of the host's processors, counted in the machine's: never nothing, never more than all. */
static uint64_t convert(const struct plan *plan, uint64_t maximum, uint64_t scale)
{
        const uint64_t share = up(maximum * plan->facts->processors * (scale / MAXIMUM_MAX), plan->sizes.machine_count);

        return share > scale ? scale : share;
}

static void size_shares(struct plan *plan, uint64_t maximum, uint64_t weight)
{
        const struct windows_wishes *wishes = &plan->config->wishes;
        struct plan_sizes *sizes = &plan->sizes;

        if (maximum && maximum * plan->facts->processors > (uint64_t)MAXIMUM_MAX * sizes->machine_count)
                log_warning(plan->log, "windows.resources.cpu.maximum: %" PRIu64 " of the host's processors are more than the machine's "
                            "%u; it gets all of those", maximum, sizes->machine_count);
        if (maximum) {
                uint64_t limit = convert(plan, maximum, LIMIT_MAX);

                sizes->container_maximum = (uint32_t)convert(plan, maximum, MAXIMUM_MAX);
                sizes->machine_limit = limit < LIMIT_MAX ? limit : 0;
        }
        sizes->machine_weight = weight;
        if (wishes->limit)
                sizes->machine_limit = *wishes->limit;
        if (wishes->weight)
                sizes->machine_weight = *wishes->weight;
}

static void size_processors(struct plan *plan)
{
        static const struct section_cpu none;
        const struct section_resources *resources = plan->config->section.resources;
        const struct section_cpu *cpu = resources && resources->cpu ? resources->cpu : &none;
        const struct windows_wishes *wishes = &plan->config->wishes;
        const uint64_t count = or_zero(wishes->container_count, cpu->count);
        const uint64_t maximum = or_zero(wishes->container_maximum, cpu->maximum);
        struct plan_sizes *sizes = &plan->sizes;

        sizes->container_weight = (uint32_t)or_zero(wishes->container_weight, cpu->shares);
        if (plan->config->kind == OCI_WINDOWS_PROCESS) {
                sizes->container_count = bounded_count(plan, "windows.resources.cpu.count", count, plan->facts->processors,
                                                       "the host has");
                sizes->container_maximum = (uint32_t)maximum;
                return;
        }
        sizes->machine_count = machine_count(plan, count, maximum);
        if (count)
                sizes->container_count = count <= plan->facts->processors ?
                        bounded_count(plan, "windows.resources.cpu.count", count, sizes->machine_count, "the machine has") :
                        sizes->machine_count;
        size_shares(plan, maximum, sizes->container_weight);
}

int plan_sizes(struct plan *plan)
{
        size_processors(plan);
        return size_memory(plan);
}
