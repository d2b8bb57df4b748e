#include "layers/archive/access-list.h"

#include <archive.h>
#include <endian.h>
#include <linux/posix_acl_xattr.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 1024
#define TAG_USER_OBJ 0x01
#define TAG_USER 0x02
#define TAG_GROUP_OBJ 0x04
#define TAG_GROUP 0x08
#define TAG_MASK 0x10
#define TAG_OTHER 0x20

struct list { struct posix_acl_xattr_header header; struct posix_acl_xattr_entry entries[ENTRIES_MAX]; };

static uint16_t tag_of(int tag)
{
        switch (tag) {
        case ARCHIVE_ENTRY_ACL_USER: return TAG_USER;
        case ARCHIVE_ENTRY_ACL_USER_OBJ: return TAG_USER_OBJ;
        case ARCHIVE_ENTRY_ACL_GROUP: return TAG_GROUP;
        case ARCHIVE_ENTRY_ACL_GROUP_OBJ: return TAG_GROUP_OBJ;
        case ARCHIVE_ENTRY_ACL_MASK: return TAG_MASK;
        case ARCHIVE_ENTRY_ACL_OTHER: return TAG_OTHER;
        default: return 0;
        }
}

/* The order that the kernel wants: by tag, then by number. */
static int compare(const void *a, const void *b)
{
        const struct posix_acl_xattr_entry *left = a, *right = b;
        uint16_t lt = le16toh(left->e_tag), rt = le16toh(right->e_tag);
        uint32_t li = le32toh(left->e_id), ri = le32toh(right->e_id);

        return lt != rt ? (lt < rt ? -1 : 1) : li != ri ? (li < ri ? -1 : 1) : 0;
}

static int give_one(struct place *place, const char *path, struct archive_entry *entry, int kind, const char *attribute, struct error *err)
{
        struct list list = { .header.a_version = htole32(POSIX_ACL_XATTR_VERSION) };
        int type, permissions, tag, id, r;
        size_t count = 0;
        const char *name;

        if (archive_entry_acl_reset(entry, kind) == 0)
                return 0;
        while ((r = archive_entry_acl_next(entry, kind, &type, &permissions, &tag, &id, &name)) == ARCHIVE_OK) {
                bool named = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;

                if (!tag_of(tag) || (named && id < 0))
                        return error_set(err, E_INVALID_DATA, "its access list names \"%.100s\", and no number goes with it",
                                         name ? name : "");
                if (count == ENTRIES_MAX)
                        return error_set(err, E_INVALID_DATA, "its access list has more than %d entries", ENTRIES_MAX);
                list.entries[count++] = (struct posix_acl_xattr_entry){
                        htole16(tag_of(tag)), htole16((uint16_t)(permissions & 7)), htole32(named ? (uint32_t)id : UINT32_MAX),
                };
        }
        if (r != ARCHIVE_EOF)
                return error_set(err, E_INVALID_DATA, "its access list can't be read");
        qsort(list.entries, count, sizeof(list.entries[0]), compare);
        return place_attribute(place, path, attribute, &list, sizeof(list.header) + count * sizeof(list.entries[0]), err);
}

int access_list_give(struct place *place, const char *path, struct archive_entry *entry, struct error *err)
{
        int r = 0;

        if (archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_NFS4)
                return error_set(err, E_NOT_SUPPORTED, "it has an NFSv4 access list, which this system has no place for");
        if (archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_ACCESS)
                r = give_one(place, path, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access", err);
        if (r >= 0 && archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_DEFAULT)
                r = give_one(place, path, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default", err);
        return r;
}
