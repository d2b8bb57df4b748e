#include "src/lib/windows/owner.h"

#include <stdbool.h>

#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"

#include <aclapi.h>
#include <sddl.h>

/* What this process makes belongs to the token's owner: the administrators, in an elevated session. */
static bool is_ours(PSID owner)
{
        union { TOKEN_USER user; TOKEN_OWNER owner; char room[256]; } info;
        HANDLE token;
        DWORD length;
        bool same = false;

        if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
                return false;
        if (GetTokenInformation(token, TokenUser, &info, sizeof(info), &length))
                same = EqualSid(owner, info.user.User.Sid);
        if (!same && GetTokenInformation(token, TokenOwner, &info, sizeof(info), &length))
                same = EqualSid(owner, info.owner.Owner);
        CloseHandle(token);
        return same;
}

static int refuse(const char *path, PSID owner, struct error *err)
{
        _cleanup_(free_charp) char *name = NULL;
        struct error ignored = { 0 };
        WCHAR *sid = NULL;

        if (ConvertSidToStringSidW(owner, &sid)) {
                (void)utf16_to_utf8(sid, &name, &ignored);
                LocalFree(sid);
        }
        return error_set(err, E_ACCESS, "%s belongs to %s, and not to the administrators: whoever made it decides what is in it; "
                         "remove it, or name another directory", path, name ? name : "somebody else");
}

int owner_check(const char *path, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        SECURITY_DESCRIPTOR *descriptor = NULL;
        PSID owner = NULL;
        DWORD attributes, code;
        int r = 0;

        if (utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        attributes = GetFileAttributesW(wide);
        if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT))
                return error_set(err, E_ACCESS, "%s is a link, and has to be a directory", path);
        code = GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, (void **)&descriptor);
        if (code)
                return system_error(err, code, "finding the owner of %s", path);
        if (!IsWellKnownSid(owner, WinBuiltinAdministratorsSid) && !IsWellKnownSid(owner, WinLocalSystemSid) && !is_ours(owner))
                r = refuse(path, owner, err);
        LocalFree(descriptor);
        return r;
}
