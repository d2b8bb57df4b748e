#include "hcs/local/net-devices.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hcs/base/io.h"

#define ADDRESSES_MAX 64                /* of one device */
#define REQUEST_MAX 512
#define ANSWER_MAX 32768

union request {
        struct nlmsghdr header;
        char bytes[REQUEST_MAX];
};

/* What it takes to give an address again. */
struct address { struct ifaddrmsg head; unsigned char local[16], peer[16], broadcast[16]; bool has_local, has_peer, has_broadcast; };
struct addresses { struct address items[ADDRESSES_MAX]; size_t count; };

/* --- netlink ------------------------------------------------------------------------------------------------------------ */

static void begin(union request *request, uint16_t type, uint16_t flags, const void *head, size_t size)
{
        memset(request, 0, sizeof(*request));
        request->header = (struct nlmsghdr){ .nlmsg_len = (uint32_t)NLMSG_LENGTH(size), .nlmsg_type = type,
                                             .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = 1 };
        memcpy(NLMSG_DATA(&request->header), head, size);
}

/* All of ours fit: a name, a number, three addresses. */
static void add(union request *request, uint16_t type, const void *data, size_t size)
{
        struct rtattr *attribute = (struct rtattr *)(void *)(request->bytes + NLMSG_ALIGN(request->header.nlmsg_len));

        attribute->rta_type = type;
        attribute->rta_len = (uint16_t)RTA_LENGTH(size);
        memcpy(RTA_DATA(attribute), data, size);
        request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
}

/* Sends, and hears whether it was done.  -1 and errno. */
static int ask(int fd, union request *request)
{
        char answer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
        struct nlmsghdr *header = (struct nlmsghdr *)(void *)answer;
        ssize_t n;

        request->header.nlmsg_flags |= NLM_F_ACK;
        if (send(fd, request, request->header.nlmsg_len, 0) < 0)
                return -1;
        n = recv(fd, answer, sizeof(answer), 0);
        if (n < 0)
                return -1;
        if (!NLMSG_OK(header, (size_t)n) || header->nlmsg_type != NLMSG_ERROR) {
                errno = EPROTO;
                return -1;
        }
        errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
        return errno ? -1 : 0;
}

static int open_netlink(void)
{
        return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* --- the other namespace ------------------------------------------------------------------------------------------------ */

struct visit { int namespace, fd, failure; };

static void *open_inside(void *object)
{
        struct visit *visit = object;

        visit->fd = setns(visit->namespace, CLONE_NEWNET) < 0 ? -1 : open_netlink();
        visit->failure = errno;
        return NULL;
}

/* A socket belongs to where it was made, and a thread may be somewhere else than its process. */
static int open_netlink_inside(int namespace, struct error *err)
{
        struct visit visit = { .namespace = namespace, .fd = -1 };
        pthread_t thread;
        int failure = pthread_create(&thread, NULL, open_inside, &visit);

        if (failure == 0)
                failure = pthread_join(thread, NULL);
        if (failure == 0 && visit.fd < 0)
                failure = visit.failure;
        return failure ? error_errnum(err, failure, "entering the network namespace") : visit.fd;
}

/* --- addresses ---------------------------------------------------------------------------------------------------------- */

static void copy_part(const struct rtattr *attribute, unsigned char *to, bool *has)
{
        size_t size = RTA_PAYLOAD(attribute);

        memcpy(to, RTA_DATA(attribute), size < 16 ? size : 16);
        *has = true;
}

/* Only those that somebody gave it for good, and that others can see. */
static void note_address(const struct nlmsghdr *header, unsigned index, struct addresses *addresses)
{
        const struct ifaddrmsg *head = NLMSG_DATA(header);
        size_t left = IFA_PAYLOAD(header);
        struct address found = { .head = *head };
        uint32_t flags = head->ifa_flags;

        if (header->nlmsg_type != RTM_NEWADDR || head->ifa_index != index || head->ifa_scope != RT_SCOPE_UNIVERSE ||
            addresses->count == ADDRESSES_MAX)
                return;
        for (const struct rtattr *at = IFA_RTA(head); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
                if (at->rta_type == IFA_LOCAL)
                        copy_part(at, found.local, &found.has_local);
                else if (at->rta_type == IFA_ADDRESS)
                        copy_part(at, found.peer, &found.has_peer);
                else if (at->rta_type == IFA_BROADCAST)
                        copy_part(at, found.broadcast, &found.has_broadcast);
                else if (at->rta_type == IFA_FLAGS)
                        memcpy(&flags, RTA_DATA(at), sizeof(flags));
        }
        if (flags & IFA_F_PERMANENT)
                addresses->items[addresses->count++] = found;
}

static int read_addresses(int fd, unsigned index, struct addresses *addresses, struct error *err)
{
        char answer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
        const struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };
        union request request;

        addresses->count = 0;
        begin(&request, RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all));
        if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
                return error_errno(err, "asking for addresses");
        for (;;) {
                ssize_t n = recv(fd, answer, sizeof(answer), 0);
                size_t left = n > 0 ? (size_t)n : 0;

                if (n < 0)
                        return error_errno(err, "hearing of addresses");
                for (const struct nlmsghdr *header = (void *)answer; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
                        if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
                                return 0;
                        note_address(header, index, addresses);
                }
        }
}

static int give_address(int fd, unsigned index, const struct address *address)
{
        size_t size = address->head.ifa_family == AF_INET ? 4 : 16;
        struct ifaddrmsg head = address->head;
        union request request;

        head.ifa_index = index;
        head.ifa_flags = 0;
        begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
        if (address->has_local)
                add(&request, IFA_LOCAL, address->local, size);
        if (address->has_peer)
                add(&request, IFA_ADDRESS, address->peer, size);
        if (address->has_broadcast)
                add(&request, IFA_BROADCAST, address->broadcast, size);
        return ask(fd, &request);
}

/* --- one device --------------------------------------------------------------------------------------------------------- */

struct doors { int here, there, namespace; };

static int move_link(const struct doors *doors, unsigned index, const char *name)
{
        const struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };
        union request request;

        begin(&request, RTM_NEWLINK, 0, &head, sizeof(head));
        add(&request, IFLA_NET_NS_FD, &doors->namespace, sizeof(doors->namespace));
        add(&request, IFLA_IFNAME, name, strlen(name) + 1);
        return ask(doors->here, &request);
}

/* 0: there is none. */
static int find(int fd, const char *name)
{
        const struct ifinfomsg any = { .ifi_family = AF_UNSPEC };
        char answer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
        struct nlmsghdr *header = (struct nlmsghdr *)(void *)answer;
        union request request;
        ssize_t n;

        begin(&request, RTM_GETLINK, 0, &any, sizeof(any));
        add(&request, IFLA_IFNAME, name, strlen(name) + 1);
        if (send(fd, &request, request.header.nlmsg_len, 0) < 0 || (n = recv(fd, answer, sizeof(answer), 0)) < 0)
                return 0;
        return NLMSG_OK(header, (size_t)n) && header->nlmsg_type == RTM_NEWLINK ? ((struct ifinfomsg *)NLMSG_DATA(header))->ifi_index : 0;
}

/* Its number may be another one there. */
static int find_and_raise(int fd, const char *name, unsigned *ret_index)
{
        struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP, .ifi_index = find(fd, name) };
        union request request;

        *ret_index = (unsigned)head.ifi_index;
        begin(&request, RTM_NEWLINK, 0, &head, sizeof(head));
        return ask(fd, &request);
}

static int move_one(const struct doors *doors, const char *from, const char *to, struct error *err)
{
        struct addresses addresses;
        unsigned index = if_nametoindex(from);
        int r;

        if (index == 0)
                return error_set(err, E_NOT_FOUND, "there is no such network device");
        /* The kernel would find out when it has moved already, and what is virtual ends with its network namespace. */
        if (find(doors->there, to) != 0)
                return error_set(err, E_ALREADY_EXISTS, "the sandbox has a device \"%s\" already", to);
        r = read_addresses(doors->here, index, &addresses, err);
        if (r < 0)
                return r;
        if (move_link(doors, index, to) < 0)
                return error_errno(err, "moving it, to be \"%s\"", to);
        if (find_and_raise(doors->there, to, &index) < 0)
                return error_errno(err, "bringing \"%s\" up", to);
        for (size_t i = 0; i < addresses.count; i++)
                if (give_address(doors->there, index, &addresses.items[i]) < 0)
                        return error_errno(err, "giving \"%s\" its addresses again", to);
        return 0;
}

int net_devices_raise_loopback(pid_t pid, struct error *err)
{
        _cleanup_(io_closep) int there = -1, namespace = -1;
        unsigned index;
        char path[64];

        snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
        namespace = open(path, O_RDONLY | O_CLOEXEC);
        if (namespace < 0)
                return error_errno(err, "opening %s", path);
        there = open_netlink_inside(namespace, err);
        if (there < 0)
                return there;
        return find_and_raise(there, "lo", &index) < 0 ? error_errno(err, "bringing the loopback device up") : 0;
}

int net_devices_move(const spec_net_devices *devices, pid_t pid, struct error *err)
{
        _cleanup_(io_closep) int here = -1, there = -1, namespace = -1;
        char path[64];

        snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
        namespace = open(path, O_RDONLY | O_CLOEXEC);
        if (namespace < 0)
                return error_errno(err, "linux.netDevices: opening the network namespace");
        here = open_netlink();
        if (here < 0)
                return error_errno(err, "linux.netDevices: opening a netlink socket");
        there = open_netlink_inside(namespace, err);
        if (there < 0)
                return there;
        for (size_t i = 0; i < devices->count; i++) {
                const char *from = devices->items[i].key, *to = devices->items[i].value.name;
                const struct doors doors = { .here = here, .there = there, .namespace = namespace };

                if (move_one(&doors, from, to && *to ? to : from, err) < 0)
                        return error_wrap(err, "linux.netDevices.%s", from);
        }
        return 0;
}
