/* Block devices: weights, and rates that are not to be exceeded.  v1 has a file for each rate, v2 one for all.  The scheduler BFQ
 * keeps weights of its own under its own name, on both. */
#include <stdio.h>

#include "hcs/local/cgroup-kinds.h"

#define MEMBER "blockIO"

static bool is_set(const uint32_t *weight)
{
        return weight && *weight != 0;
}

static int write_weight(const struct cgroup_target *to, const char *file, int64_t major, int64_t minor, uint32_t weight,
                        const char *none, struct error *err)
{
        char line[64];

        snprintf(line, sizeof(line), "%lld:%lld %u", (long long)major, (long long)minor, weight);
        return cgroup_write_line(to, file, line, none, MEMBER ".weightDevice", err);
}

/* --- v1 ------------------------------------------------------------------------------------------------------------------ */

static int v1_limit_rates(const struct cgroup_target *to, const char *file, const spec_throttle_list *rates, const char *member,
                          struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < rates->count; i++) {
                const struct spec_throttle_device *device = &rates->items[i];
                char line[80];

                snprintf(line, sizeof(line), "%lld:%lld %llu", (long long)device->major, (long long)device->minor,
                         (unsigned long long)device->rate);
                r = cgroup_write_line(to, file, line, "0", member, err);
        }
        return r;
}

static int v1_set_weights(const struct cgroup_target *to, const struct spec_block_io *io, struct error *err)
{
        bool bfq = !cgroup_has(to, "blkio.weight") && cgroup_has(to, "blkio.bfq.weight");
        int r = 0;

        if (is_set(io->weight))
                r = cgroup_write_number(to, bfq ? "blkio.bfq.weight" : "blkio.weight", *io->weight, MEMBER ".weight", err);
        if (r >= 0 && is_set(io->leaf_weight))
                r = cgroup_write_number(to, "blkio.leaf_weight", *io->leaf_weight, MEMBER ".leafWeight", err);
        for (size_t i = 0; r >= 0 && i < io->weight_device.count; i++) {
                const struct spec_weight_device *device = &io->weight_device.items[i];

                if (is_set(device->weight))
                        r = write_weight(to, bfq ? "blkio.bfq.weight_device" : "blkio.weight_device", device->major, device->minor,
                                         *device->weight, bfq ? "default" : "0", err);
                if (r >= 0 && is_set(device->leaf_weight))
                        r = write_weight(to, "blkio.leaf_weight_device", device->major, device->minor, *device->leaf_weight, "0", err);
        }
        return r;
}

int cgroup_v1_limit_io(const struct cgroup_target *to, const struct spec_block_io *io, struct error *err)
{
        int r = v1_set_weights(to, io, err);

        if (r >= 0)
                r = v1_limit_rates(to, "blkio.throttle.read_bps_device", &io->read_bps, MEMBER ".throttleReadBpsDevice", err);
        if (r >= 0)
                r = v1_limit_rates(to, "blkio.throttle.write_bps_device", &io->write_bps, MEMBER ".throttleWriteBpsDevice", err);
        if (r >= 0)
                r = v1_limit_rates(to, "blkio.throttle.read_iops_device", &io->read_iops, MEMBER ".throttleReadIOPSDevice", err);
        return r < 0 ? r : v1_limit_rates(to, "blkio.throttle.write_iops_device", &io->write_iops,
                                          MEMBER ".throttleWriteIOPSDevice", err);
}

/* --- v2 ------------------------------------------------------------------------------------------------------------------ */

/* From 10 to 1000 on v1, from 1 to 10000 here: a straight line from end to end, as all runtimes have it. */
static uint32_t wide_weight(uint32_t weight)
{
        return weight < 10 ? 1 : 1 + (weight - 10) * 9999 / 990;
}

static int v2_limit_rates(const struct cgroup_target *to, const char *key, const spec_throttle_list *rates, const char *member,
                          struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < rates->count; i++) {
                const struct spec_throttle_device *device = &rates->items[i];
                char line[100], none[24];

                if (device->rate)
                        snprintf(line, sizeof(line), "%lld:%lld %s=%llu", (long long)device->major, (long long)device->minor, key,
                                 (unsigned long long)device->rate);
                else                    /* v1's way of saying that there is none */
                        snprintf(line, sizeof(line), "%lld:%lld %s=max", (long long)device->major, (long long)device->minor, key);
                snprintf(none, sizeof(none), "%s=max", key);
                r = cgroup_write_line(to, "io.max", line, none, member, err);
        }
        return r;
}

static int v2_set_weights(const struct cgroup_target *to, const struct spec_block_io *io, struct error *err)
{
        bool bfq = cgroup_has(to, "io.bfq.weight");
        const char *file = bfq ? "io.bfq.weight" : "io.weight";
        char line[24];
        int r = 0;

        if (is_set(io->leaf_weight))
                return error_set(err, E_NOT_SUPPORTED, "linux.resources." MEMBER ".leafWeight: cgroup v2 has none; leave it out");
        if (is_set(io->weight)) {
                snprintf(line, sizeof(line), "default %u", bfq ? *io->weight : wide_weight(*io->weight));
                r = cgroup_write_line(to, file, line, "100", MEMBER ".weight", err);
        }
        for (size_t i = 0; r >= 0 && i < io->weight_device.count; i++) {
                const struct spec_weight_device *device = &io->weight_device.items[i];

                if (is_set(device->leaf_weight))
                        return error_set(err, E_NOT_SUPPORTED, "linux.resources." MEMBER ".weightDevice[%zu].leafWeight: cgroup v2 has "
                                         "none; leave it out", i);
                if (is_set(device->weight))
                        r = write_weight(to, file, device->major, device->minor, bfq ? *device->weight : wide_weight(*device->weight),
                                         "default", err);
        }
        return r;
}

int cgroup_v2_limit_io(const struct cgroup_target *to, const struct spec_block_io *io, struct error *err)
{
        int r = v2_set_weights(to, io, err);

        if (r >= 0)
                r = v2_limit_rates(to, "rbps", &io->read_bps, MEMBER ".throttleReadBpsDevice", err);
        if (r >= 0)
                r = v2_limit_rates(to, "wbps", &io->write_bps, MEMBER ".throttleWriteBpsDevice", err);
        if (r >= 0)
                r = v2_limit_rates(to, "riops", &io->read_iops, MEMBER ".throttleReadIOPSDevice", err);
        return r < 0 ? r : v2_limit_rates(to, "wiops", &io->write_iops, MEMBER ".throttleWriteIOPSDevice", err);
}
