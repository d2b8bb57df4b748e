/* The rules of the limits that few ask for: block devices, huge pages, network packets, RDMA. */
#include <string.h>

#include "hcs/base/text.h"
#include "oci/check.h"

#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575

/* --- block devices ------------------------------------------------------------------------------------------------------- */

/* docker sends {"weight": 0} always. */
static int check_weight(const struct check *check, const char *member, const uint32_t *weight)
{
        if (!weight || *weight == 0 || (*weight >= WEIGHT_MIN && *weight <= WEIGHT_MAX))
                return 0;
        return check_refuse(check, "%s: found %u; expected from %d to %d, or 0 for none", member, *weight, WEIGHT_MIN, WEIGHT_MAX);
}

static int check_number(const struct check *check, const char *list, size_t at, int64_t major, int64_t minor)
{
        if (major >= 0 && major <= MAJOR_MAX && minor >= 0 && minor <= MINOR_MAX)
                return 0;
        return check_refuse(check, "%s[%zu]: found %lld:%lld; expected a device, from 0:0 to %d:%d", list, at, (long long)major,
                            (long long)minor, MAJOR_MAX, MINOR_MAX);
}

static int check_rates(const struct check *check, const char *list, const spec_throttle_list *rates)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < rates->count; i++)
                r = check_number(check, list, i, rates->items[i].major, rates->items[i].minor);
        return r;
}

static int check_block_io(const struct check *check, const struct spec_block_io *io)
{
        const struct { const char *name; const spec_throttle_list *rates; } lists[] = {
                { "blockIO.throttleReadBpsDevice", &io->read_bps }, { "blockIO.throttleWriteBpsDevice", &io->write_bps },
                { "blockIO.throttleReadIOPSDevice", &io->read_iops }, { "blockIO.throttleWriteIOPSDevice", &io->write_iops },
        };
        int r = check_weight(check, "blockIO.weight", io->weight);

        if (r >= 0)
                r = check_weight(check, "blockIO.leafWeight", io->leaf_weight);
        for (size_t i = 0; r >= 0 && i < io->weight_device.count; i++) {
                const struct spec_weight_device *device = &io->weight_device.items[i];

                r = check_number(check, "blockIO.weightDevice", i, device->major, device->minor);
                if (r >= 0)
                        r = check_weight(check, "blockIO.weightDevice: weight", device->weight);
                if (r >= 0)
                        r = check_weight(check, "blockIO.weightDevice: leafWeight", device->leaf_weight);
        }
        for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(lists); i++)
                r = check_rates(check, lists[i].name, lists[i].rates);
        return r;
}

/* --- the others ---------------------------------------------------------------------------------------------------------- */

/* "64KB", "2MB", "1GB": a part of the names of the kernel's files. */
static bool is_page_size(const char *size)
{
        size_t digits = strspn(size, "0123456789");

        return digits > 0 && digits < 10 && *size != '0' && size[digits] && strchr("KMG", size[digits]) &&
               text_equal(size + digits + 1, "B");
}

static int check_huge_pages(const struct check *check, const struct spec_resources *resources)
{
        for (size_t i = 0; i < resources->hugepage_limits.count; i++) {
                const char *size = resources->hugepage_limits.items[i].page_size;

                if (!is_page_size(size))
                        return check_refuse(check, "hugepageLimits[%zu].pageSize: found \"%.100s\"; expected a size such as \"2MB\" or "
                                            "\"1GB\"", i, size);
        }
        return 0;
}

/* A word of a line that the kernel reads. */
static bool is_word(const char *name, size_t most)
{
        return *name && strlen(name) <= most && !strpbrk(name, " \t/") && !check_has_control(name);
}

#define INTERFACE_NAME_MAX 15
#define RDMA_NAME_MAX 63

static int check_names(const struct check *check, const struct spec_resources *resources)
{
        const struct spec_network *network = resources->network;

        for (size_t i = 0; network && i < network->priorities.count; i++)
                if (!is_word(network->priorities.items[i].name, INTERFACE_NAME_MAX))
                        return check_refuse(check, "network.priorities[%zu].name: found \"%.100s\"; expected the name of a network "
                                            "interface", i, network->priorities.items[i].name);
        for (size_t i = 0; i < resources->rdma.count; i++)
                if (!is_word(resources->rdma.items[i].key, RDMA_NAME_MAX))
                        return check_refuse(check, "rdma: found \"%.100s\"; expected the name of a device, such as \"mlx5_1\"",
                                            resources->rdma.items[i].key);
        return 0;
}

int check_controllers(const struct check *check, const struct spec_resources *resources)
{
        int r = resources->block_io ? check_block_io(check, resources->block_io) : 0;

        if (r >= 0)
                r = check_huge_pages(check, resources);
        return r < 0 ? r : check_names(check, resources);
}
