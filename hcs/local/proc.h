/* What /proc says of a process, and who is who: a pid is only believed together with its start time (rule 10). */
#ifndef HCS_LOCAL_PROC_H
#define HCS_LOCAL_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hcs/base/error.h"

struct proc_stat { char state; uint64_t start_time; };

/* Reads the state letter and field 22 of /proc/PID/stat.  False when there is no such process (errno ESRCH), or when that can't be
 * known, as without a descriptor or memory (any other errno). */
bool proc_stat_read(pid_t pid, struct proc_stat *ret);
/* The process is there, is the one that was recorded, and is no zombie; else errno as above.  Who ends or forgets something because a
 * process has ended must look at it. */
bool proc_is_alive(pid_t pid, uint64_t start_time);
/* A pidfd of the recorded process; -1 when it is gone (errno ESRCH) or can't be had.  Checked after opening, so it can't be another. */
int proc_open_pidfd(pid_t pid, uint64_t start_time);

/* Every process in the pid namespace of `pid`, itself included; for sandboxes without a cgroup.  Caller's, free(). */
int proc_list_pid_namespace(pid_t pid, pid_t **ret, size_t *ret_count, struct error *err);

int proc_pidfd_signal(int pidfd, int signal);   /* pidfd_send_signal(2) */

#endif
