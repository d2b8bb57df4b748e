#include "hcs/local/loopback.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>

#include "hcs/base/io.h"

int loopback_raise(int *ret_namespace, struct error *err)
{
        _cleanup_(io_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

        if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
                return error_errno(err, "bringing the loopback device up");
        if (!ret_namespace)
                return 0;
        *ret_namespace = ioctl(fd, SIOCGSKNS);
        return *ret_namespace < 0 ? error_errno(err, "opening the network namespace") : 0;
}
