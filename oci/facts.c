#include "oci/facts.h"


#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "oci/windows/path.h"

#define FACTS_MAX (1u << 20)            /* bytes of the file */

static const struct json_field version_fields[] = {
        JSON_UINT_F(struct doc_version, "Major", major, JSON_REQUIRED),
        JSON_UINT_F(struct doc_version, "Minor", minor, JSON_REQUIRED),
        JSON_END
};

static const struct json_field facts_fields[] = {
        JSON_UINT_RANGE_F(struct oci_facts, "Processors", processors, 0, 1, 2048),
        JSON_UINT_RANGE_F(struct oci_facts, "MemoryInMB", memory_in_mb, 0, 1, UINT32_MAX),
        JSON_UINT_RANGE_F(struct oci_facts, "Build", build, 0, 17763, UINT32_MAX),
        JSON_STRUCT(struct oci_facts, "SchemaVersion", schema_version, version_fields),
        JSON_TEXT(struct oci_facts, "BaseLayer", base_layer),
        JSON_TEXT(struct oci_facts, "ScratchVolume", scratch_volume),
        JSON_TEXT(struct oci_facts, "DataDirectory", data_directory),
        JSON_TEXT(struct oci_facts, "UtilityVM", utility_vm),
        JSON_TEXT(struct oci_facts, "LinuxBootFiles", linux_boot_files),
        JSON_TEXT(struct oci_facts, "UserSid", user_sid),
        JSON_TEXT(struct oci_facts, "PodNamespace", pod_namespace),
        JSON_UINT_RANGE_F(struct oci_facts, "PodLun", pod_lun, 0, 1, 64),
        JSON_UINT_RANGE_F(struct oci_facts, "PodProcessors", pod_processors, 0, 1, 2048),
        JSON_STRINGS(struct oci_facts, "Files", files),
        JSON_MAP(struct oci_facts, "Links", links),
        JSON_RAW(struct oci_facts, "Endpoints", endpoints),
        JSON_RAW(struct oci_facts, "Namespaces", namespaces),
        JSON_RAW(struct oci_facts, "CredentialGuard", credential_guard),
        JSON_END
};

void oci_facts_default(struct oci_facts *ret)
{
        *ret = (struct oci_facts){
                .processors = 4, .memory_in_mb = 16384, .build = 26100, .schema_version = { 2, 7 },
                .base_layer = FACTS_BASE_LAYER, .scratch_volume = FACTS_SCRATCH_VOLUME,
                .data_directory = FACTS_DATA_DIRECTORY, .linux_boot_files = FACTS_LINUX_BOOT_FILES, .pod_lun = 2,
        };
}

/* --- checks: what goes into a document as it stands --------------------------------------------------------------- */

static int refuse(struct error *err, const char *member, const char *found, const char *expected)
{
        return error_set(err, E_INVALID_DATA, "%s: found \"%.200s\"; expected %s", member, found, expected);
}

static int check_folder(const char *member, const char *path, struct error *err)
{
        if (path && (!winpath_is_absolute(path) || winpath_has_bad_character(path) || winpath_has_dots(path)))
                return refuse(err, member, path, "an absolute Windows path such as \"C:\\\\base\"");
        return 0;
}

static int check_object(const char *member, const struct json_value *value, struct error *err)
{
        if (value && value->type != JSON_OBJECT)
                return error_set(err, E_INVALID_DATA, "%s: found no object; expected one", member);
        return 0;
}

static int check(const struct oci_facts *facts, struct error *err)
{
        int r = check_folder("BaseLayer", facts->base_layer, err);

        if (r >= 0)
                r = check_folder("DataDirectory", facts->data_directory, err);
        if (r >= 0)
                r = check_folder("UtilityVM", facts->utility_vm, err);
        if (r >= 0)
                r = check_folder("LinuxBootFiles", facts->linux_boot_files, err);
        if (r >= 0 && !winpath_is_volume(facts->scratch_volume))
                r = refuse(err, "ScratchVolume", facts->scratch_volume, "\"\\\\\\\\?\\\\Volume{GUID}\\\\\"");
        if (r >= 0)
                r = check_object("Endpoints", facts->endpoints, err);
        if (r >= 0)
                r = check_object("Namespaces", facts->namespaces, err);
        if (r >= 0)
                r = check_object("CredentialGuard", facts->credential_guard, err);
        if (r >= 0 && (facts->schema_version.major != 2 || facts->schema_version.minor < 1))
                r = error_set(err, E_INVALID_DATA, "SchemaVersion: found %u.%u; expected 2.1 or later below 3",
                              facts->schema_version.major, facts->schema_version.minor);
        return r;
}

int oci_facts_parse(const char *text, size_t length, const char *what, struct arena *arena, struct oci_facts *ret,
                    struct error *err)
{
        struct oci_facts facts;
        struct json_value *value;
        int r = json_parse(arena, text, length, what, &value, err);

        if (r < 0)
                return r;
        oci_facts_default(&facts);
        r = json_read(arena, facts_fields, value, &facts, "", JSON_REFUSE_UNKNOWN, err);
        if (r >= 0)
                r = check(&facts, err);
        if (r < 0)
                return error_wrap(err, "%s", what);
        *ret = facts;
        return 0;
}

int oci_facts_load(const char *path, struct arena *arena, struct oci_facts *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r = io_read_file(path, FACTS_MAX, &text, err);

        if (r < 0)
                return error_wrap(err, "host facts \"%s\"", path);
        return oci_facts_parse(text.data ? text.data : "", text.length, path, arena, ret, err);
}

void oci_facts_write(const struct oci_facts *facts, struct text *out)
{
        json_write(out, facts_fields, facts);
}

/* --- questions ------------------------------------------------------------------------------------------------------ */

bool oci_facts_has_schema(const struct oci_facts *facts, uint32_t major, uint32_t minor)
{
        const struct doc_version *has = &facts->schema_version;

        return has->major > major || (has->major == major && has->minor >= minor);
}

bool oci_facts_is_file(const struct oci_facts *facts, const char *path)
{
        for (size_t i = 0; i < facts->files.count; i++)
                if (winpath_equal(facts->files.items[i], path))
                        return true;
        return false;
}

const char *oci_facts_target(const struct oci_facts *facts, const char *path)
{
        for (size_t i = 0; i < facts->links.count; i++)
                if (winpath_equal(facts->links.items[i].key, path))
                        return facts->links.items[i].value;
        return path;
}
