# Sourced by podman and docker: what both must be able to do, by the same words.  The commands are the client's:
#   client WORDS...     the client itself
#   start WORDS...      `client run` with what every container here needs: no network, and $plain
# $missing_in_exec is the status of an exec of nothing.

alive() { [ "$(client inspect -f '{{.State.Status}}' "$1")" = "${2:-running}" ]; }

try_runs() {
	it "run gives the output" 0 '^hello$' start --rm bb echo hello
	it "run gives the exit status" 7 '' start --rm bb sh -c 'exit 7'
	it "run reads what it is given" 0 '^given$' sh -c "echo given | start -i --rm bb cat"
	it "a terminal is a terminal" 0 'tty' script -qec "start --rm -t bb sh -c 'test -t 0 && echo tty'" /dev/null
	it "a missing program is 127" 127 'executable file not found' start --rm bb nosuch
	it "a program that can't be run is 126" 126 'permission denied' start --rm bb /etc/passwd
	it "a user" 0 'uid=1000\(user\) gid=1000' start --rm --user 1000 bb id
	it "an environment" 0 '^word$' start --rm -e A=word bb sh -c 'echo $A'
	it "a hostname" 0 '^named$' start --rm --hostname named bb hostname
	it "a read-only root" 1 'Read-only file system' start --rm --read-only bb touch /new
	it "a volume" 0 '^passwd$' start --rm -v "$work/root/etc:/volume:ro" bb ls /volume
	it "a read-only volume" 1 'Read-only file system' start --rm -v "$work/root/etc:/volume:ro" bb touch /volume/new
	it "an init of the client's" 0 'init' start --rm --init bb ps
	it "no network but the loopback" 0 '^lo$' start --rm bb ls /sys/class/net
}

try_limits() {
	it "limits of memory and processes, from inside" 0 '^52428800 20 50000$' start --rm --memory 50m --pids-limit 20 --cpus 0.5 bb \
		sh -c 'c=/sys/fs/cgroup; if [ -f $c/memory.max ]; then read -r q p <$c/cpu.max; echo $(cat $c/memory.max $c/pids.max) $q
		else echo $(cat $c/memory/memory.limit_in_bytes $c/pids/pids.max $c/cpu/cpu.cfs_quota_us); fi'
	it "memory above the limit is not had" 137 '' start --rm --memory 20m bb sh -c 'head -c 100000000 /dev/zero | sort'
	it "more processes than allowed are not had" 2 'can.t fork|Resource temporarily' start --rm --pids-limit 4 bb \
		sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; true'
}

# From inside: what holds by default.
try_defaults() {
	it "masked paths" 0 '^0$' start --rm bb sh -c 'head -c 1 /proc/kcore | wc -c'
	it "read-only paths" 1 'Read-only file system' start --rm bb sh -c 'echo 1 >/proc/sys/kernel/pid_max'
	it "capabilities" 0 '^CapBnd:	00000000(a80425fb|800405fb)$' start --rm bb grep CapBnd /proc/self/status
	it "a dropped capability is gone" 1 'not permitted' start --rm --cap-drop CHOWN bb sh -c 'touch /tmp/file && chown 1 /tmp/file'
	it "a seccomp filter" 0 '^Seccomp:	2$' start --rm bb grep '^Seccomp:' /proc/self/status
	it "which can be left away" 0 '^Seccomp:	0$' start --rm --security-opt seccomp=unconfined bb grep '^Seccomp:' /proc/self/status
	it "no new privileges" 0 '^NoNewPrivs:	1$' start --rm --security-opt no-new-privileges bb grep NoNewPrivs /proc/self/status
	it "no devices but the allowed ones" 1 'not permitted' start --rm --cap-add MKNOD bb sh -c 'mknod /tmp/disk b 8 0; head -c 1 /tmp/disk'
	it "no mounts" 1 'denied|not permitted' start --rm bb mount -t tmpfs none /tmp
	for space in mnt net ipc uts pid; do
		it "a namespace of its own: $space" 0 "^$space:" start --rm bb sh -c "test \$(readlink /proc/self/ns/$space) != $(readlink "/proc/self/ns/$space") && readlink /proc/self/ns/$space"
	done
	it "the host's network when it is asked for" 0 "^$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')\$" client run --rm --network host $plain bb readlink /proc/self/ns/net
	it "it is number one" 0 '^1$' start --rm bb sh -c 'echo $$'
}

# A container that stays, and what can be done with it.
try_stays() {
	it "run in the background" 0 '^[0-9a-f]{64}$' start -d --name hcs-c1 bb sh -c 'trap "echo heard" USR1; echo begun; while :; do sleep 0.1; done'
	soon sh -c "client logs hcs-c1 2>&1 | grep begun"; check "its log holds what it said" $? "$(client logs hcs-c1 2>&1)"
	it "exec gives the output" 0 '^inside$' client exec hcs-c1 echo inside
	it "exec gives the exit status" 9 '' client exec hcs-c1 sh -c 'exit 9'
	it "exec reads what it is given" 0 '^given$' sh -c "echo given | client exec -i hcs-c1 cat"
	it "exec with a terminal" 0 'tty' script -qec "client exec -t hcs-c1 sh -c 'test -t 0 && echo tty'" /dev/null
	it "exec as a user, elsewhere" 0 '^1000 /tmp$' client exec --user 1000 --workdir /tmp hcs-c1 sh -c 'echo $(id -u) $PWD'
	it "exec in the background" 0 '' client exec -d hcs-c1 touch /tmp/was-here
	soon client exec hcs-c1 test -e /tmp/was-here; check "what runs in the background runs" $?
	it "exec of a missing program" "$missing_in_exec" 'executable file not found' client exec hcs-c1 nosuch
	it "exec of what is no program" 126 'permission denied' client exec hcs-c1 /etc/passwd
	it "top" 0 'sh|sleep' client top hcs-c1
	it "kill with a signal" 0 '' client kill -s USR1 hcs-c1
	soon sh -c "client logs hcs-c1 | grep heard"; check "the signal is heard" $? "$(client logs hcs-c1 2>&1)"
	it "restart" 0 '' client restart -t 0 hcs-c1
	alive hcs-c1; check "a restarted one runs" $?
	it "stop" 0 '' client stop -t 0 hcs-c1
	alive hcs-c1 exited; check "a stopped one says so" $? "$(client inspect -f '{{.State.Status}}' hcs-c1)"
	it "its exit status is kept" 0 '^137$' client inspect -f '{{.State.ExitCode}}' hcs-c1
	it "start again" 0 '' client start hcs-c1
}

# What takes a cgroup, with hcs-c1.
try_groups() {
	it "stats" 0 'hcs-c1' client stats --no-stream hcs-c1
	it "pause" 0 '' client pause hcs-c1
	alive hcs-c1 paused; check "a paused one says so" $? "$(client inspect -f '{{.State.Status}}' hcs-c1)"
	it "unpause" 0 '' client unpause hcs-c1
	alive hcs-c1; check "an unpaused one says so" $? "$(client inspect -f '{{.State.Status}}' hcs-c1)"
	it "update" 0 '' client update --memory 64m --memory-swap 64m --cpu-shares 512 hcs-c1
	it "new limits hold inside" 0 '^67108864$' client exec hcs-c1 sh -c 'c=/sys/fs/cgroup; cat $c/memory.max 2>/dev/null || cat $c/memory/memory.limit_in_bytes'
	it "rm by force" 0 '' client rm -f hcs-c1
}

try_policies() {
	it "a restart policy" 0 '' start -d --name hcs-c2 --restart on-failure:2 bb sh -c 'echo tried; exit 3'
	soon sh -c "[ \"\$(client logs hcs-c2 2>&1 | grep -c tried)\" = 3 ]"
	check "it is started again, as often as it says" $? "$(client logs hcs-c2 2>&1)"
	it "rm of one that ended" 0 '' client rm -f hcs-c2
}

try_many() {
	begun=
	for one in $(seq 30); do
		start -d --name "hcs-c-many-$one" bb sleep 1000 >"$work/many-$one" 2>&1 </dev/null &
		begun="$begun $!"
	done
	wrong=
	for one in $begun; do wait "$one" || wrong="$wrong $one"; done
	[ -z "$wrong" ]; check "thirty begin at once" $? "$(cat "$work"/many-* | grep -v '^[0-9a-f]*$' | head -n 5)"
	running=$(client ps -q --filter name=hcs-c-many | wc -l)
	[ "$running" = 30 ]; check "thirty run" $? "$running run"
	for one in $(seq 30); do echo "hcs-c-many-$one"; done | xargs timeout 120 client rm -f >"$work/said" 2>&1
	check "thirty are removed" $? "$(tail -n 3 "$work/said")"
}
