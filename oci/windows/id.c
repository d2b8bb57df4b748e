#include "oci/windows/id.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "oci/config.h"

static bool is_same(const char *id, size_t length, const char *word)
{
        for (size_t i = 0; i < length; i++)
                if (toupper((unsigned char)id[i]) != word[i])
                        return false;
        return word[length] == '\0';
}

static bool is_device(const char *id)
{
        static const char *const devices[] = {
                "CON", "PRN", "AUX", "NUL", "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
                "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
        };
        size_t length = strcspn(id, ".");

        for (size_t i = 0; i < ARRAY_LENGTH(devices); i++)
                if (length == strlen(devices[i]) && is_same(id, length, devices[i]))
                        return true;
        return false;
}

int oci_windows_check_id(const char *id, struct error *err)
{
        size_t length = strlen(id);
        int r = oci_check_id(id, err);

        if (r < 0)
                return r;
        if (id[length - 1] == '.')
                return error_set(err, E_INVALID_PARAMETER, "id \"%s\": Windows drops a dot at the end of a name; choose another id", id);
        if (is_device(id))
                return error_set(err, E_INVALID_PARAMETER, "id \"%s\": that is a device's name on Windows; choose another id", id);
        if ((length == strlen("SCRATCH") && is_same(id, length, "SCRATCH")) ||
            (length == strlen("LAYERS") && is_same(id, length, "LAYERS")))
                return error_set(err, E_INVALID_PARAMETER, "id \"%s\": that is where scratches or layers are kept; choose another id", id);
        return 0;
}
