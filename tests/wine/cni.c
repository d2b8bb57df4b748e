/* What others do with the host's networks: containerd's plugin, which hands a namespace over, and whoever cleans up.
 *     cni.exe add | remove (the network, endpoint and namespace below) | forget (every network that has no endpoint) */
#include <initguid.h>
#include <windows.h>
#include <computenetwork.h>

#include <stdio.h>
#include <string.h>
#include <wchar.h>

DEFINE_GUID(its_network, 0x11111111, 0x0001, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 1);
DEFINE_GUID(its_endpoint, 0x22222222, 0x0002, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 2);
DEFINE_GUID(its_namespace, 0x33333333, 0x0003, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 3);

static int add(void)
{
        HCN_NETWORK network = NULL;
        HCN_ENDPOINT endpoint = NULL;
        HCN_NAMESPACE namespace_ = NULL;

        return HcnCreateNetwork(&its_network, L"{\"Name\":\"theirs\",\"Type\":\"L2Bridge\"}", &network, NULL) < 0 ||
               HcnCreateEndpoint(network, &its_endpoint, L"{\"Name\":\"theirs_eth0\",\"MacAddress\":\"00-15-5D-00-00-01\"}", &endpoint, NULL) < 0 ||
               HcnCreateNamespace(&its_namespace, L"{\"Type\":\"Host\",\"Resources\":[{\"Type\":\"Endpoint\",\"Data\":"
                                  L"{\"Id\":\"22222222-0002-4000-8000-000000000002\"}}]}", &namespace_, NULL) < 0 ||
               HcnModifyNamespace(namespace_, L"{\"ResourceType\":\"Endpoint\",\"RequestType\":\"Add\",\"Settings\":"
                                  L"{\"EndpointId\":\"22222222-0002-4000-8000-000000000002\"}}", NULL) < 0;
}

static int remove_all(void)
{
        HCN_NAMESPACE namespace_ = NULL;

        return HcnOpenNamespace(&its_namespace, &namespace_, NULL) < 0 ||
               HcnModifyNamespace(namespace_, L"{\"ResourceType\":\"Endpoint\",\"RequestType\":\"Remove\",\"Settings\":"
                                  L"{\"EndpointId\":\"22222222-0002-4000-8000-000000000002\"}}", NULL) < 0 ||
               HcnDeleteEndpoint(&its_endpoint, NULL) < 0 || HcnDeleteNamespace(&its_namespace, NULL) < 0 ||
               HcnDeleteNetwork(&its_network, NULL) < 0;
}

static int forget(void)
{
        PWSTR list = NULL;
        GUID id;

        if (HcnEnumerateNetworks(L"", &list, NULL) < 0)
                return 1;
        for (WCHAR *at = wcschr(list, L'"'); at; at = wcschr(at + 38, L'"')) {
                WCHAR text[40] = L"{";

                wcsncat(text, at + 1, 36);
                wcscat(text, L"}");
                if (CLSIDFromString(text, &id) == S_OK)
                        HcnDeleteNetwork(&id, NULL);
        }
        CoTaskMemFree(list);
        return 0;
}

int main(int count, char **words)
{
        const char *what = count > 1 ? words[1] : "";

        if (strcmp(what, "add") == 0)
                return add();
        if (strcmp(what, "remove") == 0)
                return remove_all();
        if (strcmp(what, "forget") == 0)
                return forget();
        fprintf(stderr, "usage: cni add | remove | forget\n");
        return 2;
}
