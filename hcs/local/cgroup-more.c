/* Controllers that few ask for: huge pages and RDMA, on both versions; classes and priorities of network packets, on v1 only. */
#include <stdio.h>

#include "hcs/local/cgroup-kinds.h"

/* Pages in use are counted, and since Linux 5.7 also those that were only reserved: whoever has reserved more than it may use is
 * killed by a page fault, instead of being told in time. */
static int limit_huge_pages(const struct cgroup_target *to, const struct spec_resources *resources, const char *ending,
                            struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < resources->hugepage_limits.count; i++) {
                const struct spec_hugepage_limit *limit = &resources->hugepage_limits.items[i];
                char file[80], value[24];

                snprintf(value, sizeof(value), "%llu", (unsigned long long)limit->limit);
                snprintf(file, sizeof(file), "hugetlb.%.20s.%s", limit->page_size, ending);
                r = cgroup_write(to, file, value, "hugepageLimits", err);
                snprintf(file, sizeof(file), "hugetlb.%.20s.rsvd.%s", limit->page_size, ending);
                if (r >= 0 && cgroup_has(to, file))
                        r = cgroup_write(to, file, value, "hugepageLimits", err);
        }
        return r;
}

int cgroup_v1_limit_huge_pages(const struct cgroup_target *to, const struct spec_resources *resources, struct error *err)
{
        return limit_huge_pages(to, resources, "limit_in_bytes", err);
}

int cgroup_v2_limit_huge_pages(const struct cgroup_target *to, const struct spec_resources *resources, struct error *err)
{
        return limit_huge_pages(to, resources, "max", err);
}

int cgroup_limit_rdma(const struct cgroup_target *to, const struct spec_resources *resources, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < resources->rdma.count; i++) {
                const struct spec_rdma *most = &resources->rdma.items[i].value;
                _cleanup_(text_done) struct text line = { 0 };

                text_add(&line, resources->rdma.items[i].key);
                if (most->hca_handles)
                        text_addf(&line, " hca_handle=%u", *most->hca_handles);
                if (most->hca_objects)
                        text_addf(&line, " hca_object=%u", *most->hca_objects);
                r = text_check(&line, err);
                if (r >= 0 && (most->hca_handles || most->hca_objects))
                        r = cgroup_write_line(to, "rdma.max", line.data, "hca_handle=max hca_object=max", "rdma", err);
        }
        return r;
}

int cgroup_v1_set_class(const struct cgroup_target *to, const struct spec_network *network, struct error *err)
{
        return network->class_id && *network->class_id ? cgroup_write_number(to, "net_cls.classid", *network->class_id,
                                                                             "network.classID", err) : 0;
}

int cgroup_v1_set_priorities(const struct cgroup_target *to, const struct spec_network *network, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < network->priorities.count; i++) {
                char line[100];

                snprintf(line, sizeof(line), "%.60s %u", network->priorities.items[i].name, network->priorities.items[i].priority);
                r = cgroup_write_line(to, "net_prio.ifpriomap", line, "0", "network.priorities", err);
        }
        return r;
}
