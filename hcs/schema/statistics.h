/* What a Linux system has used: the shape that `runc events` prints as "data", which is what people's collectors read.  Times are
 * nanoseconds, sizes bytes.  Member for member runc's types/events.go; what is left out there when it is 0 is left out here. */
#ifndef HCS_SCHEMA_STATISTICS_H
#define HCS_SCHEMA_STATISTICS_H

#include <stdint.h>

#include "hcs/base/json.h"
#include "hcs/base/macros.h"

/* Time that somebody (some) or everybody (full) had to wait for it.  The averages are percent, as the kernel writes them. */
struct stat_pressure_line { const struct json_value *avg10, *avg60, *avg300; uint64_t total; };
struct stat_pressure { struct stat_pressure_line some, full; };

struct stat_cpu_usage { uint64_t total, kernel, user; struct uint64s percpu, percpu_kernel, percpu_user; };
struct stat_throttling { uint64_t periods, throttled_periods, throttled_time; };
struct stat_cpu { struct stat_cpu_usage usage; struct stat_throttling throttling; const struct stat_pressure *psi; };

struct stat_cpuset {
        struct uint32s cpus, mems;
        uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate, memory_spread_page, memory_spread_slab, memory_pressure,
                 sched_load_balance;
        int64_t sched_relax_domain_level;
};

struct stat_memory_entry { uint64_t limit, usage, max, failcnt; };
struct stat_memory {
        uint64_t cache;
        struct stat_memory_entry usage, swap, kernel, kernel_tcp;       /* swap: memory and swap together, on v2 too */
        struct number_map raw;                                          /* memory.stat */
        const struct stat_pressure *psi;
};

struct stat_pids { uint64_t current, limit; };                          /* limit 0: none */
struct stat_io_entry { uint64_t major, minor; const char *op; uint64_t value; };
typedef LIST_OF(struct stat_io_entry) stat_io_list;
struct stat_io {
        stat_io_list bytes, requests, queued, service_time, wait_time, merged, time, sectors;
        const struct stat_pressure *psi;
};
struct stat_huge_pages { uint64_t usage, max, failcnt; };

struct stat_l3_cache_info { const char *cbm_mask; uint64_t min_cbm_bits, num_closids; };
struct stat_mem_bw_info { uint64_t bandwidth_gran, delay_linear, min_bandwidth, num_closids; };
struct stat_mbm { uint64_t total_bytes, local_bytes; };
struct stat_cmt { uint64_t llc_occupancy; };
/* Of linux.intelRdt's class: what the processor can, what the top and the class may, and what was used in each cache domain. */
struct stat_rdt {
        const struct stat_l3_cache_info *l3_cache_info;
        const char *l3_cache_schema_root, *l3_cache_schema;
        const struct stat_mem_bw_info *mem_bw_info;
        const char *mem_bw_schema_root, *mem_bw_schema;
        LIST_OF(struct stat_mbm) mbm;
        LIST_OF(struct stat_cmt) cmt;
};

struct statistics {
        struct stat_cpu cpu;
        struct stat_cpuset cpuset;
        struct stat_memory memory;
        struct stat_pids pids;
        struct stat_io io;
        MAP_OF(struct stat_huge_pages) huge_pages;                      /* by page size */
        struct stat_rdt intel_rdt;
        const struct json_value *network_interfaces;    /* of those that a runtime makes itself, and this one makes none: null */
};

extern const struct json_field statistics_fields[], stat_rdt_fields[];
extern const struct json_value statistics_no_interfaces;

#endif
