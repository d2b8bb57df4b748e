#include "hcs/client/client.h"

HCN_NAMESPACE hcs_network_begin(const struct hcs_client *client)
{
        const struct hcs_api *api = client->api;
        HCN_NAMESPACE network = NULL;
        HRESULT code;

        if (!api->CreateNamespace || !api->CloseNamespace)
                return NULL;
        code = api->CreateNamespace(NULL, NULL, &network, NULL);
        log_debug(client->log, "call=CreateNamespace code=0x%08x", (unsigned)code);
        return code < 0 ? NULL : network;
}

void hcs_network_end(const struct hcs_client *client, HCN_NAMESPACE network)
{
        if (network)
                (void)client->api->CloseNamespace(network);
}
