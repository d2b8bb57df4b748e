#include "hcs/schema/statistics.h"

static const struct json_field pressure_line_fields[] = {
        JSON_RAW(struct stat_pressure_line, "avg10", avg10),
        JSON_RAW(struct stat_pressure_line, "avg60", avg60),
        JSON_RAW(struct stat_pressure_line, "avg300", avg300),
        JSON_UINT_F(struct stat_pressure_line, "total", total, JSON_ALWAYS),
        JSON_END
};

static const struct json_field pressure_fields[] = {
        JSON_STRUCT_F(struct stat_pressure, "some", some, pressure_line_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct stat_pressure, "full", full, pressure_line_fields, JSON_ALWAYS),
        JSON_END
};

static const struct json_field cpu_usage_fields[] = {
        JSON_UINT(struct stat_cpu_usage, "total", total),
        JSON_UINT64S(struct stat_cpu_usage, "percpu", percpu),
        JSON_UINT64S(struct stat_cpu_usage, "percpu_kernel", percpu_kernel),
        JSON_UINT64S(struct stat_cpu_usage, "percpu_user", percpu_user),
        JSON_UINT_F(struct stat_cpu_usage, "kernel", kernel, JSON_ALWAYS),
        JSON_UINT_F(struct stat_cpu_usage, "user", user, JSON_ALWAYS),
        JSON_END
};

static const struct json_field throttling_fields[] = {
        JSON_UINT(struct stat_throttling, "periods", periods),
        JSON_UINT(struct stat_throttling, "throttledPeriods", throttled_periods),
        JSON_UINT(struct stat_throttling, "throttledTime", throttled_time),
        JSON_END
};

static const struct json_field cpu_fields[] = {
        JSON_STRUCT_F(struct stat_cpu, "usage", usage, cpu_usage_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct stat_cpu, "throttling", throttling, throttling_fields, JSON_ALWAYS),
        JSON_POINTER(struct stat_cpu, "psi", psi, pressure_fields),
        JSON_END
};

static const struct json_field cpuset_fields[] = {
        JSON_UINT32S(struct stat_cpuset, "cpus", cpus),
        JSON_UINT_F(struct stat_cpuset, "cpu_exclusive", cpu_exclusive, JSON_ALWAYS),
        JSON_UINT32S(struct stat_cpuset, "mems", mems),
        JSON_UINT_F(struct stat_cpuset, "mem_hardwall", mem_hardwall, JSON_ALWAYS),
        JSON_UINT_F(struct stat_cpuset, "mem_exclusive", mem_exclusive, JSON_ALWAYS),
        JSON_UINT_F(struct stat_cpuset, "memory_migrate", memory_migrate, JSON_ALWAYS),
        JSON_UINT_F(struct stat_cpuset, "memory_spread_page", memory_spread_page, JSON_ALWAYS),
        JSON_UINT_F(struct stat_cpuset, "memory_spread_slab", memory_spread_slab, JSON_ALWAYS),
        JSON_UINT_F(struct stat_cpuset, "memory_pressure", memory_pressure, JSON_ALWAYS),
        JSON_UINT_F(struct stat_cpuset, "sched_load_balance", sched_load_balance, JSON_ALWAYS),
        JSON_INT_F(struct stat_cpuset, "sched_relax_domain_level", sched_relax_domain_level, JSON_ALWAYS),
        JSON_END
};

static const struct json_field memory_entry_fields[] = {
        JSON_UINT_F(struct stat_memory_entry, "limit", limit, JSON_ALWAYS),
        JSON_UINT(struct stat_memory_entry, "usage", usage),
        JSON_UINT(struct stat_memory_entry, "max", max),
        JSON_UINT_F(struct stat_memory_entry, "failcnt", failcnt, JSON_ALWAYS),
        JSON_END
};

static const struct json_field memory_fields[] = {
        JSON_UINT(struct stat_memory, "cache", cache),
        JSON_STRUCT_F(struct stat_memory, "usage", usage, memory_entry_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct stat_memory, "swap", swap, memory_entry_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct stat_memory, "kernel", kernel, memory_entry_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct stat_memory, "kernelTCP", kernel_tcp, memory_entry_fields, JSON_ALWAYS),
        JSON_NUMBER_MAP(struct stat_memory, "raw", raw, UINT64_MAX),
        JSON_POINTER(struct stat_memory, "psi", psi, pressure_fields),
        JSON_END
};

static const struct json_field pids_fields[] = {
        JSON_UINT(struct stat_pids, "current", current),
        JSON_UINT(struct stat_pids, "limit", limit),
        JSON_END
};

static const struct json_field io_entry_fields[] = {
        JSON_UINT(struct stat_io_entry, "major", major),
        JSON_UINT(struct stat_io_entry, "minor", minor),
        JSON_TEXT(struct stat_io_entry, "op", op),
        JSON_UINT(struct stat_io_entry, "value", value),
        JSON_END
};

static const struct json_field io_fields[] = {
        JSON_LIST(struct stat_io, "ioServiceBytesRecursive", bytes, io_entry_fields),
        JSON_LIST(struct stat_io, "ioServicedRecursive", requests, io_entry_fields),
        JSON_LIST(struct stat_io, "ioQueueRecursive", queued, io_entry_fields),
        JSON_LIST(struct stat_io, "ioServiceTimeRecursive", service_time, io_entry_fields),
        JSON_LIST(struct stat_io, "ioWaitTimeRecursive", wait_time, io_entry_fields),
        JSON_LIST(struct stat_io, "ioMergedRecursive", merged, io_entry_fields),
        JSON_LIST(struct stat_io, "ioTimeRecursive", time, io_entry_fields),
        JSON_LIST(struct stat_io, "sectorsRecursive", sectors, io_entry_fields),
        JSON_POINTER(struct stat_io, "psi", psi, pressure_fields),
        JSON_END
};

static const struct json_field huge_page_fields[] = {
        JSON_UINT(struct stat_huge_pages, "usage", usage),
        JSON_UINT(struct stat_huge_pages, "max", max),
        JSON_UINT_F(struct stat_huge_pages, "failcnt", failcnt, JSON_ALWAYS),
        JSON_END
};

static const struct json_field l3_cache_info_fields[] = {
        JSON_TEXT(struct stat_l3_cache_info, "cbm_mask", cbm_mask),
        JSON_UINT(struct stat_l3_cache_info, "min_cbm_bits", min_cbm_bits),
        JSON_UINT(struct stat_l3_cache_info, "num_closids", num_closids),
        JSON_END
};

static const struct json_field mem_bw_info_fields[] = {
        JSON_UINT(struct stat_mem_bw_info, "bandwidth_gran", bandwidth_gran),
        JSON_UINT(struct stat_mem_bw_info, "delay_linear", delay_linear),
        JSON_UINT(struct stat_mem_bw_info, "min_bandwidth", min_bandwidth),
        JSON_UINT(struct stat_mem_bw_info, "num_closids", num_closids),
        JSON_END
};

static const struct json_field mbm_fields[] = {
        JSON_UINT_F(struct stat_mbm, "mbm_total_bytes", total_bytes, JSON_ALWAYS),
        JSON_UINT_F(struct stat_mbm, "mbm_local_bytes", local_bytes, JSON_ALWAYS),
        JSON_END
};

static const struct json_field cmt_fields[] = {
        JSON_UINT_F(struct stat_cmt, "llc_occupancy", llc_occupancy, JSON_ALWAYS),
        JSON_END
};

const struct json_field stat_rdt_fields[] = {
        JSON_POINTER(struct stat_rdt, "l3_cache_info", l3_cache_info, l3_cache_info_fields),
        JSON_TEXT(struct stat_rdt, "l3_cache_schema_root", l3_cache_schema_root),
        JSON_TEXT(struct stat_rdt, "l3_cache_schema", l3_cache_schema),
        JSON_POINTER(struct stat_rdt, "mem_bw_info", mem_bw_info, mem_bw_info_fields),
        JSON_TEXT(struct stat_rdt, "mem_bw_schema_root", mem_bw_schema_root),
        JSON_TEXT(struct stat_rdt, "mem_bw_schema", mem_bw_schema),
        JSON_LIST(struct stat_rdt, "mbm_stats", mbm, mbm_fields),
        JSON_LIST(struct stat_rdt, "cmt_stats", cmt, cmt_fields),
        JSON_END
};

const struct json_value statistics_no_interfaces = { .type = JSON_NULL };

const struct json_field statistics_fields[] = {
        JSON_STRUCT_F(struct statistics, "cpu", cpu, cpu_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct statistics, "cpuset", cpuset, cpuset_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct statistics, "memory", memory, memory_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct statistics, "pids", pids, pids_fields, JSON_ALWAYS),
        JSON_STRUCT_F(struct statistics, "blkio", io, io_fields, JSON_ALWAYS),
        JSON_STRUCT_MAP(struct statistics, "hugetlb", huge_pages, huge_page_fields),
        JSON_STRUCT_F(struct statistics, "intel_rdt", intel_rdt, stat_rdt_fields, JSON_ALWAYS),
        JSON_RAW(struct statistics, "network_interfaces", network_interfaces),
        JSON_END
};
