#include "hcs/client/bounded.h"

int hcs_bounded_make(const struct hcs_client *client, const char *id, const char *call, uint32_t deadline_ms,
                     struct hcs_bounded *bounded, struct error *err)
{
        (void)client, (void)id, (void)call, (void)deadline_ms, (void)err;
        bounded->make(bounded);
        return 0;
}
