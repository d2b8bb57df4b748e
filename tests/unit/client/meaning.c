#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "hcs/client/operation.h"

/* Each code of the facility from `first` on has a name with one of the prefixes, and words. */
static void expect_all(uint32_t first, uint32_t last, const char *prefix, const char *other)
{
        for (uint32_t code = first; code <= last; code++) {
                const char *name = hcs_code_name((HRESULT)code), *words = hcs_meaning((HRESULT)code);

                cr_assert(name != NULL && words != NULL, "0x%08x has no name or no words", code);
                cr_expect(strncmp(name, prefix, strlen(prefix)) == 0 || strncmp(name, other, strlen(other)) == 0,
                          "0x%08x is called %s", code, name);
                cr_expect(words[0] >= 'A' && words[strlen(words) - 1] != '.', "0x%08x: \"%s\" is no part of a sentence", code, words);
        }
}

Test(client_meaning, the_services_codes_are_all_there)
{
        expect_all(0x80370100, 0x80370102, "HCS_E_", "HCS_E_");
        expect_all(0x80370105, 0x8037011F, "HCS_E_", "HCS_E_");         /* 103 and 104 are not given out */
}

Test(client_meaning, the_networks_codes_are_all_there)
{
        expect_all(0x803B0001, 0x803B0037, "HCN_E_", "GCN_E_");
        cr_expect(eq(str, (char *)hcs_code_name(ERROR_CODE(0x803B0013)), "HCN_E_PORT_ALREADY_EXISTS"));
        cr_expect(eq(str, (char *)hcs_code_name(ERROR_CODE(0x803B0021)), "GCN_E_MODULE_NOT_FOUND"));
        cr_expect(eq(str, (char *)hcs_code_name(ERROR_CODE(0x803B002C)), "HCN_E_ENTITY_HAS_REFERENCES"));
        cr_expect(eq(str, (char *)hcs_code_name(ERROR_CODE(0x803B0037)), "HCN_E_VFP_NOT_ALLOWED"));
}

Test(client_meaning, the_disks_codes_are_all_there)
{
        expect_all(0xC03A0001, 0xC03A001F, "ERROR_VHD_", "ERROR_VIRT");
        expect_all(0xC03A0025, 0xC03A0028, "ERROR_VHD_", "ERROR_VIRT");
        cr_expect(eq(str, (char *)hcs_code_name(ERROR_CODE(0xC03A001C)), "ERROR_VHD_INVALID_STATE"));
}

Test(client_meaning, what_has_no_row_has_nothing)
{
        cr_expect(hcs_meaning(ERROR_CODE(0x80370103)) == NULL);
        cr_expect(hcs_code_name(ERROR_CODE(0x80041234)) == NULL);
        cr_expect(hcs_meaning(0) == NULL);
}

Test(client_meaning, who_is_refused_hears_what_to_do)
{
        static const struct { uint32_t code; const char *remedy; } rows[] = {
                { 0x80370101, "Hyper-V isolation" }, { 0x80370102, "VirtualMachinePlatform" }, { 0x80370114, "VirtualMachinePlatform" },
                { 0x8037011B, "elevated" }, { 0x800706D9, "Containers" }, { 0x803B0013, "choose another" }, { 0x803B002A, "SharedAccess" },
                { 0xC03A001A, "clear that attribute" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
                cr_expect(strstr(hcs_meaning((HRESULT)rows[i].code), rows[i].remedy) != NULL, "0x%08x does not say \"%s\"", rows[i].code,
                          rows[i].remedy);
}
