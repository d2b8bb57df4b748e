#include "oci/windows/layer-id.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/utf16.h"
#include "oci/windows/path.h"

#define LAYER_SPACE "800872c5-909c-403a-89c9-931fe5e2fd08"

int layer_id(const char *path, char ret[GUID_TEXT_MAX], struct error *err)
{
        _cleanup_(free_charp) char *name = strdup(winpath_name(path));
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        _cleanup_(free_charp) char *bytes = NULL;
        size_t length;

        if (!name)
                return error_memory(err);
        length = strlen(name);
        if (length && (name[length - 1] == '\\' || name[length - 1] == '/'))
                name[length - 1] = '\0';
        if (utf16_from_utf8(name, &wide, err) < 0)
                return err->code;

        length = utf16_length(wide);
        bytes = malloc(2 * length + 1);
        if (!bytes)
                return error_memory(err);
        for (size_t i = 0; i < length; i++) {           /* little end first, whatever this machine does */
                bytes[2 * i] = (char)(wide[i] & 0xff);
                bytes[2 * i + 1] = (char)(wide[i] >> 8);
        }
        guid_from_name(LAYER_SPACE, bytes, 2 * length, ret);
        return 0;
}
