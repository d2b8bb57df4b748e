/* What the Host Compute Service needs of this Windows (hcs-api.md section 1). */
#include "src/lib/doctor.h"

#include <string.h>

#include <cpuid.h>

#include "hcs/base/windows.h"
#include "hcs/client/client.h"
#include "hcs/host/host.h"
#include "src/lib/windows/plan.h"

#define ENABLE "dism /online /enable-feature /all /featurename:"

static bool is_elevated(void)
{
        TOKEN_ELEVATION elevation = { 0 };
        HANDLE token;
        DWORD length;
        bool elevated;

        if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
                return false;
        elevated = GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &length) && elevation.TokenIsElevated;
        CloseHandle(token);
        return elevated;
}

static void look_at_rights(struct doctor_findings *findings)
{
        bool elevated = is_elevated();

        doctor_add(findings, "elevation", elevated ? DOCTOR_GOOD : DOCTOR_MISSING,
                   elevated ? "this is an elevated session" : "this session is not elevated",
                   "open the terminal with \"Run as administrator\"");
}

static void look_at_build(struct arena *arena, struct doctor_findings *findings)
{
        uint32_t build = winfacts_build();
        const char *found = arena_printf(arena, "build %u", build);

        doctor_add(findings, "Windows", build >= WINFACTS_OLDEST_BUILD ? DOCTOR_GOOD : DOCTOR_MISSING, found ? found : "",
                   "install Windows 10 1809, Windows Server 2019, or later");
}

/* A feature shows by the DLL that it brings. */
static void look_at_module(struct sandbox_host *host, enum host_module module, const char *name, const char *mend,
                           struct arena *arena, struct doctor_findings *findings)
{
        struct error why = { 0 };
        int r = host_load(host->engine, module, &why);
        const char *found = r < 0 ? arena_copy(arena, why.text) : "there";

        doctor_add(findings, name, r < 0 ? DOCTOR_MISSING : DOCTOR_GOOD, found ? found : "", mend);
}

/* vmcompute is started on demand, so that it stands still is no fault. */
static void look_at_service(const WCHAR *service, const char *name, int lacking, const char *mend, struct doctor_findings *findings)
{
        SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), handle;
        QUERY_SERVICE_CONFIGW *config;
        char room[8192];
        DWORD length;
        bool disabled;

        handle = manager ? OpenServiceW(manager, service, SERVICE_QUERY_CONFIG) : NULL;
        if (!handle) {
                doctor_add(findings, name, lacking, "not installed", mend);
        } else {
                config = (void *)room;
                disabled = QueryServiceConfigW(handle, config, sizeof(room), &length) && config->dwStartType == SERVICE_DISABLED;
                doctor_add(findings, name, disabled ? lacking : DOCTOR_GOOD, disabled ? "disabled" : "there", mend);
                CloseServiceHandle(handle);
        }
        if (manager)
                CloseServiceHandle(manager);
}

/* Bit 31 of leaf 1 says that a hypervisor runs below us; leaf 0x40000000 whose it is. */
static void look_at_hypervisor(struct doctor_findings *findings)
{
        unsigned a = 0, b = 0, c = 0, d = 0;
        char vendor[13] = "";
        bool ours;

        if (__get_cpuid(1, &a, &b, &c, &d) && (c >> 31)) {
                __cpuid(0x40000000, a, b, c, d);
                memcpy(vendor, &b, 4);
                memcpy(vendor + 4, &c, 4);
                memcpy(vendor + 8, &d, 4);
        }
        ours = strcmp(vendor, "Microsoft Hv") == 0;
        doctor_add(findings, "hypervisor", ours ? DOCTOR_GOOD : DOCTOR_WANTING,
                   ours ? "running" : "not running: no Hyper-V isolation, no desktops, no Linux guests",
                   ENABLE "VirtualMachinePlatform & bcdedit /set hypervisorlaunchtype auto, then restart; virtualisation must be on in the "
                   "firmware");
}

static void look_at_schema(struct sandbox_host *host, struct arena *arena, struct doctor_findings *findings)
{
        struct doc_version version;
        struct error why = { 0 };
        const char *found;
        int r = winfacts_schema(host, arena, &version, &why);

        found = r < 0 ? arena_copy(arena, why.text) : arena_printf(arena, "documents up to version %u.%u", version.major, version.minor);
        doctor_add(findings, "service", r < 0 ? DOCTOR_MISSING : DOCTOR_GOOD, found ? found : "", "sc start vmcompute");
}

static void look_at_base(struct arena *arena, struct doctor_findings *findings)
{
        const char *base = NULL;
        struct error ignored = { 0 };

        (void)winfacts_base_layer(arena, &base, &ignored);
        doctor_add(findings, "base layer", base ? DOCTOR_GOOD : DOCTOR_WANTING,
                   base ? base : "none: a bundle has to name its layers",
                   ENABLE "Containers-DisposableClientVM, restart, and start Windows Sandbox once");
}

int doctor_look(struct sandbox_host *host, struct arena *arena, struct doctor_findings *ret, struct error *err)
{
        struct doctor_findings findings = { .count = 0 };

        (void)err;
        look_at_build(arena, &findings);
        look_at_rights(&findings);
        look_at_module(host, HOST_COMPUTE, "computecore", ENABLE "Containers", arena, &findings);
        look_at_module(host, HOST_STORAGE, "computestorage", ENABLE "Containers", arena, &findings);
        look_at_module(host, HOST_NETWORK, "computenetwork", ENABLE "Containers", arena, &findings);
        look_at_service(L"vmcompute", "vmcompute", DOCTOR_MISSING, ENABLE "Containers, then sc config vmcompute start= demand", &findings);
        look_at_service(L"hns", "hns", DOCTOR_WANTING, ENABLE "Containers, then sc config hns start= demand", &findings);
        look_at_hypervisor(&findings);
        look_at_schema(host, arena, &findings);
        look_at_base(arena, &findings);
        *ret = findings;
        return 0;
}
