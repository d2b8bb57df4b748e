# Sourced by podman and docker: what both must be able to do, by the same words.  The commands are the client's:
#   client WORDS...     the client itself
#   start WORDS...      `client run` with what every container here needs: no network, and $plain
#   prepare WORDS...    `client create` with the same
# $missing_in_exec is the status of an exec of nothing, $missing_in_start that of `client start`, $refused_in_start that of one of
# what is no program; $host_network is the network namespace that --network host means.

alive() { [ "$(client inspect -f '{{.State.Status}}' "$1")" = "${2:-running}" ]; }

try_runs() {
	it "run gives the output" 0 '^hello$' start --rm bb echo hello
	it "run gives the exit status" 7 '' start --rm bb sh -c 'exit 7'
	it "run reads what it is given" 0 '^given$' sh -c "echo given | start -i --rm bb cat"
	it "a terminal is a terminal" 0 'tty' script -qec "start --rm -t bb sh -c 'test -t 0 && echo tty'" /dev/null
	it "a missing program is 127" 127 'executable file not found' start --rm bb nosuch
	it "a program that can't be run is 126" 126 'permission denied' start --rm bb /etc/passwd
	it "a directory can't be run either" 126 'permission denied' start --rm bb /etc
	it "no name is a missing program" 127 'executable file not found' start --rm bb ''
	it "a terminal with somebody at it" 4 '^42' sh -c "sleep 1 | cat - $work/typed | script -qec 'start --rm -it bb sh' /dev/null"
	it "a user" 0 'uid=1000\(user\) gid=1000' start --rm --user 1000 bb id
	it "an environment" 0 '^word$' start --rm -e A=word bb sh -c 'echo $A'
	it "a home" 0 '^HOME=/home/user$' start --rm --user 1000 bb env
	it "a hostname" 0 '^named$' start --rm --hostname named bb hostname
	it "a read-only root" 1 'Read-only file system' start --rm --read-only bb touch /new
	it "an init of the client's" 0 'init' start --rm --init bb ps
	it "which gives the exit status on" 6 '' start --rm --init bb sh -c 'exit 6'
	it "no network but the loopback" 0 '^lo$' start --rm bb ls /sys/class/net
}

try_volumes() {
	it "a directory" 0 '^passwd$' start --rm -v "$work/root/etc:/volume:ro" bb ls /volume
	it "a read-only directory" 1 'Read-only file system' start --rm -v "$work/root/etc:/volume:ro" bb touch /volume/new
	it "a file" 0 '^user:' start --rm -v "$work/root/etc/passwd:/new/place/file:ro" bb cat /new/place/file
	it "a directory by --mount" 1 '^passwd$' start --rm --mount "type=bind,src=$work/root/etc,dst=/volume,readonly" bb \
		sh -c 'ls /volume; touch /volume/new'
	it "a volume with a name" 0 '^hcs-volume$' client volume create hcs-volume
	it "it is written to" 0 '' start --rm -v hcs-volume:/data bb sh -c 'echo kept >/data/file'
	it "it keeps that" 0 '^kept$' start --rm -v hcs-volume:/data bb cat /data/file
	it "it is the same by --mount" 0 '^kept$' start --rm --mount type=volume,src=hcs-volume,dst=/data bb cat /data/file
	it "it goes when nobody uses it" 0 '' client volume rm hcs-volume
	it "a tmpfs" 0 '^tmpfs /memory tmpfs .*noexec' start --rm --tmpfs /memory:size=64k,noexec bb grep ' /memory ' /proc/mounts
	it "which has a size" 1 'No space left|I/O error' start --rm --tmpfs /memory:size=64k bb sh -c 'head -c 100000 /dev/zero >/memory/big'
	it "a tmpfs by --mount" 1 'No space left|I/O error' start --rm --mount type=tmpfs,dst=/memory,tmpfs-size=65536 bb \
		sh -c 'head -c 100000 /dev/zero >/memory/big'
	it "a tmpfs upon a read-only root" 0 '^here$' start --rm --read-only --tmpfs /memory bb sh -c 'echo here >/memory/file; cat /memory/file'
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
	it "the host's network when it is asked for" 0 "^$(echo "$host_network" | sed 's/[][]/\\&/g')\$" client run --rm --network host $plain bb readlink /proc/self/ns/net
	it "it is number one" 0 '^1$' start --rm bb sh -c 'echo $$'
}

# With all of the machine's rights and devices.
try_privileged() {
	it "a privileged one" 0 '^CapEff:	0*[13][0-9a-f]*ff' start --rm --privileged bb grep CapEff /proc/self/status
	it "which has the machine's devices" 0 '^character special file' start --rm --privileged bb sh -c 'busybox stat -c %F /dev/kmsg'
	it "and may mount" 0 '^tmpfs /mnt ' start --rm --privileged bb sh -c 'busybox mkdir -p /mnt; mount -t tmpfs tmpfs /mnt; grep /mnt /proc/mounts'
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

# A program that ends as it is asked to, and one that can't begin.
try_ends() {
	it "one that listens to stop" 0 '' start -d --name hcs-c4 bb sh -c 'trap "exit 3" TERM; echo begun; while :; do sleep 0.1; done'
	soon sh -c "client logs hcs-c4 2>&1 | grep begun"; check "it has begun" $? "$(client logs hcs-c4 2>&1)"
	it "stop asks first" 0 '' client stop -t 30 hcs-c4
	it "wait gives the exit status" 0 '^3$' client wait hcs-c4
	it "rm of one that ended" 0 '' client rm hcs-c4
	it "one that can't begin is made" 0 '' prepare --name hcs-c5 bb nosuch
	it "its start says why" "$missing_in_start" 'executable file not found' client start -a hcs-c5
	it "one that may not begin is made" 0 '' prepare --name hcs-c6 bb /etc/passwd
	it "its start says why not" "$refused_in_start" 'permission denied' client start -a hcs-c6
	it "rm of those that never began" 0 '' client rm hcs-c5 hcs-c6
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
	it "rm of one that ended often" 0 '' client rm -f hcs-c2
	it "a policy of always" 0 '' start -d --name hcs-c2 --restart always bb sh -c 'echo tried; echo x >>/tmp/times; [ "$(wc -l </tmp/times)" -lt 4 ] || exec sleep 1000; sleep 0.2'
	# The fourth one stays: to stop one between two lives is a race, which the client may lose.
	soon sh -c "[ \"\$(client logs hcs-c2 2>&1 | grep -c tried)\" -ge 4 ]"
	check "it is started again and again" $? "$(client logs hcs-c2 2>&1)"
	it "but not when it was stopped" 0 '' client stop -t 0 hcs-c2
	sleep 1
	alive hcs-c2 exited; check "it stays so" $? "$(client inspect -f '{{.State.Status}}' hcs-c2)"
	it "rm of one that would go on" 0 '' client rm -f hcs-c2
}

# The machine's own system in the place of the image, by the words $to_host; it can be written to in the
# directory $writable, and has one user or $users.  $1: where this runtime keeps what they write.
try_host_copies() {
	it "a copy of the machine" 0 "^$(sed -n 's/^ID=//p' /etc/os-release)\$" start --rm $to_host bb sed -n 's/^ID=//p' /etc/os-release
	it "which is not the image" 1 '^0$' start --rm $to_host bb grep -c '^user:x:1000:1000::/home/user:/bin/sh$' /etc/passwd
	it "has nobody's home" 0 '^0$' start --rm $to_host bb sh -c 'ls /home | wc -l'
	it "has the client's names" 0 'named' start --rm $to_host --hostname named --add-host friend:192.0.2.7 bb sh -c 'cat /etc/hostname; grep "^192.0.2.7.*friend" /etc/hosts'
	it "has the client's shared memory" 0 '^/dev/shm$' start --rm $to_host --shm-size 1m bb sh -c 'echo x >/dev/shm/x && df -P /dev/shm | sed -n "2s/.* //p"'
	it "has the client's volumes" 0 '^user:' start --rm $to_host -v "$work/root/etc/passwd:/new/place/file:ro" bb cat /new/place/file
	it "read-only" 1 'Read-only file system' start --rm $to_host --read-only bb touch /etc/new
	[ "$users" = one ] || it "a user of the client's" 0 'uid=1000' start --rm $to_host --user 1000 bb id
	case $to_host in
	--annotation*) it "what it may not be is told" 126 'expected "true" or "false"' start --rm --annotation org.hcs-sandbox.host=yes bb true ;;
	esac
	it "one that stays" 0 '' start -d $to_host --name hcs-c7 bb sh -c "echo mine >$writable/hcs-mine && echo begun; exec sleep 1000"
	soon sh -c "client logs hcs-c7 2>&1 | grep begun"; check "it has begun its work" $? "$(client logs hcs-c7 2>&1)"
	it "exec in it" 0 '^mine$' client exec hcs-c7 cat "$writable/hcs-mine"
	! [ -e "$writable/hcs-mine" ]; check "the machine is as it was" $?
	id=$(client inspect -f '{{.Id}}' hcs-c7)
	it "rm of the copy" 0 '' client rm -f hcs-c7
	scratches=$(ls -d "$1"/scratch/"$id"* 2>/dev/null)
	[ -n "$id" ] && [ -z "$scratches" ]; check "what it wrote is gone" $? "$scratches"
}

# Two on one network, and one from outside.  What the kernel lacks is the client's to say.
try_network() {
	if ! client network create --subnet 10.231.17.0/24 "$bridge" >"$work/said" 2>&1; then
		skip "a network" "$(client_name) can't make one here: $(head -n 1 "$work/said" | cut -c 1-200)"
		return
	fi
	if ! client run -d $plain --name hcs-c8 --network "$bridge" -p 8017:80 bb sh -c 'while :; do echo answer | nc -l -p 80; done' >"$work/said" 2>&1; then
		skip "a network" "$(client_name) can't connect to it here: $(tail -n 2 "$work/said" | head -n 1 | cut -c 1-300)"
		client rm -f hcs-c8 >/dev/null 2>&1
		client network rm "$bridge" >/dev/null 2>&1
		return
	fi
	address=$(client inspect -f "{{(index .NetworkSettings.Networks \"$bridge\").IPAddress}}" hcs-c8)
	it "an address of its own" 0 "inet $address/24" client exec hcs-c8 busybox ip address show dev eth0
	it "one reaches the other" 0 '^answer$' client run --rm $plain --network "$bridge" bb nc -w 5 "$address" 80
	it "a port of the machine's leads to it" 0 '^answer$' nsenter "--net=/proc/$network/ns/net" busybox nc -w 5 127.0.0.1 8017
	it "another's network can be joined" 0 "inet $address/24" client run --rm $plain --network container:hcs-c8 bb busybox ip address show dev eth0
	it "rm of one on a network" 0 '' client rm -f hcs-c8
	it "the network goes" 0 "$bridge" client network rm "$bridge"
	it "and its interfaces" 1 '' sh -c "nsenter --net=/proc/$network/ns/net busybox ip link | grep -E 'veth|10.231.17'"
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
	# sleep, as a first process, does not hear TERM: each is waited for ten seconds, and few at a time on a small machine.
	for one in $(seq 30); do echo "hcs-c-many-$one"; done | xargs timeout 300 client rm -f >"$work/said" 2>&1
	check "thirty are removed" $? "$(tail -n 3 "$work/said")"
}
