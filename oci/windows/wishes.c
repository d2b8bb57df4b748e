#include "oci/windows/wishes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "hcs/base/guid.h"
#include "hcs/base/text.h"
#include "oci/annotations.h"
#include "oci/windows/path.h"

#define SERVICE_PREFIX MS_MACHINE "hv-socket.service-table."

struct reader { struct arena *arena; struct windows_wishes *wishes; struct error *err; };

static int refuse(const struct reader *reader, const char *name, const char *value, const char *expected)
{
        return error_set(reader->err, E_INVALID_DATA, "annotations.%s: found \"%.200s\"; expected %s", name, value, expected);
}

/* JSON inside of a text. */
static int read_json(const struct reader *reader, const char *name, const char *value, struct json_value **ret)
{
        const char *what = arena_printf(reader->arena, "annotations.%s", name);

        return what ? json_parse(reader->arena, value, strlen(value), what, ret, reader->err) : error_memory(reader->err);
}

/* --- ours that have a form of their own --------------------------------------------------------------------------- */

static int read_desktop(const struct reader *reader, const char *name, const char *value)
{
        struct windows_wishes *wishes = reader->wishes;
        char digits[8] = "";
        size_t width = strspn(value, "0123456789");

        if (text_equal(value, "false"))
                return 0;
        wishes->desktop = true;
        wishes->width = 1920;
        wishes->height = 1080;
        if (text_equal(value, "true"))
                return 0;
        if (width > 0 && width < sizeof(digits) && value[width] == 'x') {
                memcpy(digits, value, width);
                if (text_to_u32(digits, &wishes->width) == 0 && text_to_u32(value + width + 1, &wishes->height) == 0 &&
                    wishes->width >= 640 && wishes->width <= 7680 && wishes->height >= 480 && wishes->height <= 4320)
                        return 0;
        }
        return refuse(reader, name, value, "\"true\", \"false\", or a size from \"640x480\" to \"7680x4320\"");
}

static int read_gpu(const struct reader *reader, const char *name, const char *value)
{
        if (text_equal(value, "false"))
                return 0;
        if (!text_equal(value, "true") && !text_equal(value, "default"))
                return refuse(reader, name, value, "\"true\" (every GPU), \"default\" (the first), or \"false\"");
        reader->wishes->gpu = text_equal(value, "true") ? WISH_GPU_MIRROR : WISH_GPU_DEFAULT;
        return 0;
}

static int read_network(const struct reader *reader, const char *name, const char *value)
{
        if (!text_equal(value, "none") && !text_equal(value, "nat"))
                return refuse(reader, name, value, "\"none\" or \"nat\"");
        reader->wishes->nat = text_equal(value, "nat");
        return 0;
}

static int read_scratch(const struct reader *reader, const char *name, const char *value)
{
        if (text_equal(value, "disk"))
                return 0;
        if (!winpath_is_absolute(value) || winpath_has_dots(value) || winpath_has_bad_character(value))
                return refuse(reader, name, value, "\"disk\", or the absolute path of a folder to keep (Windows has no "
                              "scratch in memory)");
        reader->wishes->scratch = winpath_clean(reader->arena, value);
        return reader->wishes->scratch ? 0 : error_memory(reader->err);
}

static int read_scratch_size(const struct reader *reader, const char *name, const char *value)
{
        if (annotations_read_size(value, &reader->wishes->scratch_size) < 0)
                return refuse(reader, name, value, "a size such as \"40G\"");
        return 0;
}

/* Parts at commas; an empty part is none. */
static int split(const struct reader *reader, const char *name, const char *value, struct strings *ret)
{
        size_t most = 1;

        for (const char *c = value; *c; c++)
                most += *c == ',';
        ret->items = arena_alloc_array(reader->arena, most, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(reader->err);
        for (const char *part = value;; part++) {
                size_t length = strcspn(part, ",");

                if (!length)
                        return refuse(reader, name, value, "no empty part");
                ret->items[ret->count] = arena_copy_n(reader->arena, part, length);
                if (!ret->items[ret->count++])
                        return error_memory(reader->err);
                part += length;
                if (!*part)
                        return 0;
        }
}

static int read_users(const struct reader *reader, const char *name, const char *value)
{
        int r = split(reader, name, value, &reader->wishes->users);

        for (size_t i = 0; r >= 0 && i < reader->wishes->users.count; i++) {
                const char *sid = reader->wishes->users.items[i];

                if (!text_starts_with(sid, "S-1-") || sid[2 + strspn(sid + 2, "0123456789-")])
                        r = refuse(reader, name, sid, "SIDs such as \"S-1-5-32-544\" with commas between");
        }
        return r;
}

static int read_com_ports(const struct reader *reader, const char *name, const char *value)
{
        int r = split(reader, name, value, &reader->wishes->com_ports);

        if (r >= 0 && reader->wishes->com_ports.count > 2)
                r = refuse(reader, name, value, "at most two pipes: a machine has COM1 and COM2");
        for (size_t i = 0; r >= 0 && i < reader->wishes->com_ports.count; i++)
                if (!winpath_is_pipe(reader->wishes->com_ports.items[i]))
                        r = refuse(reader, name, reader->wishes->com_ports.items[i], "pipes such as \"\\\\.\\pipe\\box-com1\"");
        return r;
}

static int read_port(const char *text, struct wish_port *ret)
{
        unsigned outside, inside;
        char protocol[4] = "tcp";
        int used = 0, all = (int)strlen(text);

        if (strspn(text, "0123456789") == 0)
                return -1;
        if (!(sscanf(text, "%5u:%5u%n", &outside, &inside, &used) == 2 && used == all) &&
            !(sscanf(text, "%5u:%5u/%3[a-z]%n", &outside, &inside, protocol, &used) == 3 && used == all))
                return -1;
        if (outside < 1 || outside > UINT16_MAX || inside < 1 || inside > UINT16_MAX)
                return -1;
        if (!text_equal(protocol, "tcp") && !text_equal(protocol, "udp"))
                return -1;
        *ret = (struct wish_port){ (uint16_t)outside, (uint16_t)inside, text_equal(protocol, "tcp") ? 6 : 17 };
        return 0;
}

static int read_ports(const struct reader *reader, const char *name, const char *value)
{
        struct windows_wishes *wishes = reader->wishes;
        struct strings parts = { 0 };
        int r = split(reader, name, value, &parts);

        if (r < 0)
                return r;
        wishes->ports.items = arena_alloc_array(reader->arena, parts.count, sizeof(*wishes->ports.items));
        if (!wishes->ports.items)
                return error_memory(reader->err);
        for (size_t i = 0; i < parts.count; i++) {
                struct wish_port *port = &wishes->ports.items[i];

                if (read_port(parts.items[i], port) < 0)
                        return refuse(reader, name, parts.items[i], "HOST:SANDBOX or HOST:SANDBOX/udp, ports from 1 to 65535");
                for (size_t k = 0; k < i; k++)
                        if (wishes->ports.items[k].outside == port->outside && wishes->ports.items[k].protocol == port->protocol)
                                return refuse(reader, name, parts.items[i], "each port of the host once");
                wishes->ports.count++;
        }
        return 0;
}

static int read_registry(const struct reader *reader, const char *name, const char *value)
{
        struct json_value *parsed;

        if (read_json(reader, name, value, &parsed) < 0)
                return reader->err->code;
        if (parsed->type != JSON_ARRAY)
                return refuse(reader, name, value, "a JSON array of RegistryValue objects");
        reader->wishes->registry = parsed;
        return 0;
}

/* --- those that are a flag, a number, a path ------------------------------------------------------------------------ */

enum wish_kind { WISH_FLAG, WISH_NUMBER, WISH_PATH, WISH_PIPE, WISH_GUID, WISH_TEXT, WISH_OWN, WISH_WARN };

struct wish {
        const char *name;
        enum wish_kind kind;
        size_t offset;
        uint64_t min, max;
        int (*read)(const struct reader *reader, const char *name, const char *value);  /* WISH_OWN */
        unsigned targets;               /* who carries it out: bits */
};

/* What a wish may be about, as bits. */
enum {
        SILO = 1 << WISH_FOR_PROCESS, UTILITY = 1 << WISH_FOR_HYPERV, COPY = 1 << WISH_FOR_DESKTOP_COPY,
        DISK = 1 << WISH_FOR_DESKTOP_DISK, GUEST = 1 << WISH_FOR_LINUX, POD = 1 << WISH_FOR_POD,
        DESKTOP = COPY | DISK, MACHINE = UTILITY | DESKTOP | GUEST, WINDOWS = UTILITY | COPY, ANY = SILO | MACHINE | POD,
};

#define OWN(n, t, fn)           { .name = n, .targets = t, .kind = WISH_OWN, .read = fn }
#define ROW(n, t, k, m)         { .name = n, .targets = t, .kind = k, .offset = offsetof(struct windows_wishes, m) }
#define NUMBER(n, t, m, lo, hi) { .name = n, .targets = t, .kind = WISH_NUMBER, .offset = offsetof(struct windows_wishes, m), \
                                  .min = lo, .max = hi }
#define WARN(n)                 { .name = n, .targets = ANY, .kind = WISH_WARN }

static const struct wish our_wishes[] = {
        ROW(WISH_BASE_LAYER, SILO | UTILITY | COPY | POD, WISH_PATH, base_layer),
        OWN(WISH_SCRATCH, ANY, read_scratch), OWN(WISH_SCRATCH_SIZE, SILO | UTILITY | GUEST | POD, read_scratch_size),
        OWN(WISH_DESKTOP, ANY, read_desktop),
        ROW(WISH_DESKTOP_DISK, DISK, WISH_PATH, disk), ROW(WISH_DESKTOP_ISO, DISK, WISH_PATH, iso),
        OWN(WISH_DESKTOP_USERS, DESKTOP, read_users),
        ROW(WISH_DESKTOP_SECURE, DISK, WISH_FLAG, secure_boot), ROW(WISH_DESKTOP_TPM, DISK, WISH_FLAG, tpm),
        ROW(WISH_DESKTOP_NESTED, DESKTOP, WISH_FLAG, nested),
        OWN(WISH_GPU, ANY, read_gpu), OWN(WISH_COM_PORTS, MACHINE, read_com_ports), OWN(WISH_NETWORK, ANY, read_network),
        OWN(WISH_PORTS, SILO | UTILITY | GUEST, read_ports),
};

#define MB_MAX UINT32_MAX

static const struct wish their_wishes[] = {
        NUMBER(MS_CONTAINER "memory.sizeinmb", ANY, container_memory, 1, MB_MAX),
        NUMBER(MS_CONTAINER "processor.count", ANY, container_count, 1, UINT32_MAX),
        NUMBER(MS_CONTAINER "processor.limit", ANY, container_maximum, 1, 10000),
        NUMBER(MS_CONTAINER "processor.weight", ANY, container_weight, 1, 10000),
        NUMBER(MS_CONTAINER "storage.qos.bandwidthmaximum", ANY, container_bandwidth, 1, INT64_MAX),
        NUMBER(MS_CONTAINER "storage.qos.iopsmaximum", ANY, container_iops, 1, INT64_MAX),
        ROW(MS_CONTAINER "wcow.gmsa.disable", ANY, WISH_FLAG, no_guard),
        NUMBER(MS_MEMORY "sizeinmb", MACHINE, memory, 2, MB_MAX),
        ROW(MS_MEMORY "allowovercommit", MACHINE, WISH_FLAG, overcommit),
        ROW(MS_MEMORY "enabledeferredcommit", MACHINE, WISH_FLAG, deferred_commit),
        ROW(MS_MEMORY "enablecolddiscardhint", MACHINE, WISH_FLAG, cold_discard),
        NUMBER(MS_MEMORY "lowmmiogapinmb", MACHINE, low_mmio_gap, 1, MB_MAX),
        NUMBER(MS_MEMORY "highmmiobaseinmb", MACHINE, high_mmio_base, 1, MB_MAX),
        NUMBER(MS_MEMORY "highmmiogapinmb", MACHINE, high_mmio_gap, 1, MB_MAX),
        NUMBER(MS_PROCESSOR "count", MACHINE, count, 1, UINT32_MAX),
        NUMBER(MS_PROCESSOR "limit", MACHINE, limit, 1, 100000),
        NUMBER(MS_PROCESSOR "weight", MACHINE, weight, 1, 10000),
        ROW(MS_MACHINE "cpugroup.id", MACHINE, WISH_GUID, cpu_group),
        ROW(MS_MACHINE "resource-partition-id", MACHINE, WISH_GUID, partition),
        ROW(MS_MACHINE "fullyphysicallybacked", MACHINE, WISH_FLAG, physically_backed),
        NUMBER(MS_MACHINE "storageqos.bandwidthmaximum", MACHINE, bandwidth, 1, INT64_MAX),
        NUMBER(MS_MACHINE "storageqos.iopsmaximum", MACHINE, iops, 1, INT64_MAX),
        NUMBER(MS_MACHINE "devices.virtualpmem.maximumcount", GUEST, pmem_count, 0, 128),
        NUMBER(MS_MACHINE "devices.virtualpmem.maximumsizebytes", GUEST, pmem_size, 4096, INT64_MAX),
        ROW(MS_LCOW "vpmem.nomultimapping", GUEST, WISH_FLAG, no_multi_mapping),
        ROW(MS_LCOW "preferredrootfstype", GUEST, WISH_TEXT, root_type),
        ROW(MS_LCOW "kerneldirectboot", GUEST, WISH_FLAG, kernel_direct),
        ROW(MS_LCOW "kernelbootoptions", GUEST, WISH_TEXT, boot_options),
        ROW(MS_MACHINE "bootfilesrootpath", GUEST, WISH_PATH, boot_files), ROW(MS_LCOW "bootfilesrootpath", GUEST, WISH_PATH, boot_files),
        ROW(MS_WCOW "virtualSMB.nodirectmap", WINDOWS, WISH_FLAG, no_directmap),
        ROW(MS_WCOW "timezone.noinherit", WINDOWS, WISH_FLAG, no_time_zone),
        ROW(MS_MACHINE "disablecompartmentnamespace", UTILITY, WISH_FLAG, no_compartment),
        OWN(MS_WCOW "additional-reg-keys", WINDOWS, read_registry),
        ROW(MS_MACHINE "console.pipe", MACHINE, WISH_PIPE, console_pipe),
        ROW(MS_MACHINE "fileshares.disablewritable", UTILITY | COPY | GUEST | POD, WISH_FLAG, no_writable_shares),
        ROW("io.microsoft.disable-unsafe-operations", ANY, WISH_FLAG, no_unsafe),
        ROW(WISH_HOST_PROCESS, ANY, WISH_FLAG, host_process),
        ROW("microsoft.com/disable-hostprocess-container", ANY, WISH_FLAG, no_host_process),    /* there are none to disable */
        WARN("microsoft.com/hostprocess-inherit-user"), WARN("microsoft.com/hostprocess-rootfs-location"),
        WARN(MS_CONTAINER "processdumplocation"), WARN("io.microsoft.wcow.processdumptype"),
        WARN("io.microsoft.wcow.processdumpcount"), WARN(MS_CONTAINER "wcow.deviceextensions"),
        WARN(MS_CONTAINER "gpu.capabilities"), WARN(MS_LCOW "vpcienabled"), WARN(MS_LCOW "timesync.disable"),
        WARN(MS_MACHINE "kerneldrivers"), WARN(MS_MACHINE "dump-directory-path"), WARN(MS_MACHINE "forwardlogs.enable"),
        WARN(MS_MACHINE "forwardlogs.sources"), WARN(MS_MACHINE "forwardlogs.defaultsources.enable"),
        WARN(MS_PROCESSOR "numa.max-processors-per-node"), WARN(MS_PROCESSOR "numa.max-size-per-node"),
        WARN(MS_MACHINE "computetopology.numa.preferred-physical-nodes"),
        WARN(MS_MACHINE "computetopology.numa.mapped-physical-nodes"),
        WARN(MS_MACHINE "computetopology.numa.count-of-processors"),
        WARN(MS_MACHINE "computetopology.numa.count-of-memory-blocks"),
        WARN("io.microsoft.network.ncproxy"), WARN("io.microsoft.cri.skip-pod-networking"),
};

/* Microsoft's flags come in any case. */
static int read_flag(const struct reader *reader, const char *name, const char *value, const bool **ret)
{
        bool *flag;

        if (strcasecmp(value, "true") != 0 && strcasecmp(value, "false") != 0)
                return refuse(reader, name, value, "\"true\" or \"false\"");
        flag = arena_alloc(reader->arena, sizeof(*flag));
        if (!flag)
                return error_memory(reader->err);
        *flag = strcasecmp(value, "true") == 0;
        *ret = flag;
        return 0;
}

static int read_number(const struct reader *reader, const struct wish *wish, const char *value, const uint64_t **ret)
{
        uint64_t number, *kept;

        if (text_to_u64(value, &number) < 0 || number < wish->min || number > wish->max)
                return error_set(reader->err, E_INVALID_DATA, "annotations.%s: found \"%.200s\"; expected a number from %llu to "
                                 "%llu", wish->name, value, (unsigned long long)wish->min, (unsigned long long)wish->max);
        kept = arena_alloc(reader->arena, sizeof(*kept));
        if (!kept)
                return error_memory(reader->err);
        *kept = number;
        *ret = kept;
        return 0;
}

static int read_text(const struct reader *reader, const struct wish *wish, const char *value, const char **ret)
{
        char guid[GUID_TEXT_MAX];
        const char *text = value;

        if (wish->kind == WISH_PATH) {
                if (!winpath_is_absolute(value) || winpath_has_dots(value) || winpath_has_bad_character(value))
                        return refuse(reader, wish->name, value, "an absolute path such as \"C:\\base\"");
                text = winpath_clean(reader->arena, value);
        } else if (wish->kind == WISH_PIPE && !winpath_is_pipe(value)) {
                return refuse(reader, wish->name, value, "a pipe such as \"\\\\.\\pipe\\box\"");
        } else if (wish->kind == WISH_GUID) {
                if (guid_normalise(value, guid) < 0)
                        return refuse(reader, wish->name, value, "a GUID");
                text = arena_copy(reader->arena, guid);
        }
        *ret = text;
        return text ? 0 : error_memory(reader->err);
}

static int read_wish(const struct reader *reader, const struct wish *wish, const char *value)
{
        char *member = (char *)reader->wishes + wish->offset;

        switch (wish->kind) {
        case WISH_OWN:
                return wish->read(reader, wish->name, value);
        case WISH_FLAG:
                return read_flag(reader, wish->name, value, (const bool **)(void *)member);
        case WISH_NUMBER:
                return read_number(reader, wish, value, (const uint64_t **)(void *)member);
        case WISH_WARN:
                return 0;
        default:
                return read_text(reader, wish, value, (const char **)(void *)member);
        }
}

static const struct wish *find(const struct wish *wishes, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(wishes[i].name, name) == 0)
                        return &wishes[i];
        return NULL;
}

static int refuse_unknown(const struct reader *reader, const char *name)
{
        _cleanup_(text_done) struct text names = { 0 };

        for (size_t i = 0; i < ARRAY_LENGTH(our_wishes); i++)
                text_addf(&names, "%s%s", i ? ", " : "", our_wishes[i].name + strlen(ANNOTATION_PREFIX));
        if (names.failed)
                return error_memory(reader->err);
        return error_set(reader->err, E_INVALID_DATA, "annotations.%.100s: unknown for a Windows sandbox; expected one of %s with "
                         "\"" ANNOTATION_PREFIX "\" before it", name, names.data);
}

static int read_service(const struct reader *reader, const char *name, const char *value, size_t room)
{
        static const size_t prefix = sizeof(SERVICE_PREFIX) - 1;
        struct windows_wishes *wishes = reader->wishes;
        struct json_value *config;
        char guid[GUID_TEXT_MAX];

        if (guid_normalise(name + prefix, guid) < 0)
                return error_set(reader->err, E_INVALID_DATA, "annotations.%.150s: found no GUID at its end; expected one", name);
        if (read_json(reader, name, value, &config) < 0)
                return reader->err->code;
        if (!wishes->services.items)
                wishes->services.items = arena_alloc_array(reader->arena, room, sizeof(*wishes->services.items));
        if (!wishes->services.items)
                return error_memory(reader->err);
        wishes->services.items[wishes->services.count].config = config;
        wishes->services.items[wishes->services.count].id = arena_copy(reader->arena, guid);
        return wishes->services.items[wishes->services.count++].id ? 0 : error_memory(reader->err);
}

int wishes_read(struct arena *arena, const struct spec *spec, const struct log *log, struct windows_wishes *ret, struct error *err)
{
        const struct reader reader = { arena, ret, err };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < spec->annotations.count; i++) {
                const char *name = spec->annotations.items[i].key, *value = spec->annotations.items[i].value;
                const bool ours = text_starts_with(name, ANNOTATION_PREFIX);
                const struct wish *wish = ours ? find(our_wishes, ARRAY_LENGTH(our_wishes), name) :
                                                 find(their_wishes, ARRAY_LENGTH(their_wishes), name);

                if (!*name)
                        r = error_set(err, E_INVALID_DATA, "annotations: found an empty name; expected one such as "
                                      "\"com.example.key\"");
                else if (wish && wish->kind == WISH_WARN)
                        log_warning(log, "annotations.%s: known, but not carried out here", name);
                else if (wish)
                        r = read_wish(&reader, wish, value);
                else if (ours)
                        r = refuse_unknown(&reader, name);
                else if (text_starts_with(name, SERVICE_PREFIX))
                        r = read_service(&reader, name, value, spec->annotations.count);
                else if (text_starts_with(name, "io.microsoft."))       /* a newer one, or misspelt */
                        log_warning(log, "annotations.%.150s: nobody here knows it, so it is passed over", name);
        }
        return r;
}

enum wish_answer wishes_carried(const char *name, enum wish_target target)
{
        const bool ours = text_starts_with(name, ANNOTATION_PREFIX);
        const struct wish *wish = ours ? find(our_wishes, ARRAY_LENGTH(our_wishes), name) :
                                         find(their_wishes, ARRAY_LENGTH(their_wishes), name);

        if (!wish)
                return text_starts_with(name, SERVICE_PREFIX) && !(MACHINE & 1u << target) ? WISH_PASSED_OVER : WISH_CARRIED;
        if (wish->targets & 1u << target)
                return WISH_CARRIED;
        return ours ? WISH_REFUSED : WISH_PASSED_OVER;
}
