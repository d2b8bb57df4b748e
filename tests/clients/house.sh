# Sourced by the tests with real clients.  Each client has a daemon, a store and a cgroup parent of its own below $work, an image made
# here of busybox, without network; at the end nothing may be left of it.   Needs $source, $suite; HCS_SANDBOX is the runtime.

runtime=${HCS_SANDBOX:-$PWD/hcs-sandbox}
# The names of sockets are short: 108 bytes.
work=$(mktemp -d /tmp/hcs.XXXXXX) || exit 1
cd "$work" || exit 1                    # conmon leaves a file "oom" where it stands
# Who keeps the groups is asked for as a distribution has it: systemd where that is the first process, on cgroup v2.
if [ -d /run/systemd/system ] && [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
	manager=systemd
	parent=/hcs$(echo "$suite" | tr -d -)$$.slice
	client_parent=${parent#/}               # a dash would be a level
else
	manager=cgroupfs
	parent=/hcs-$suite-$$
	# shellcheck disable=SC2034 # for those that source this
	client_parent=$parent
fi

count=0
pass() { count=$((count + 1)); echo "ok $count - $suite::$1"; }
fail() { count=$((count + 1)); echo "not ok $count - $suite::$1"; shift; printf '%s\n' "$@" | sed 's/^/    /'; }
# check NAME CONDITION-STATUS DETAIL...
check() { name=$1 condition=$2; shift 2; if [ "$condition" = 0 ]; then pass "$name"; else fail "$name" "$@"; fi; }
skip() { count=$((count + 1)); echo "ok $count - $suite::$1 # SKIP $2"; }
skip_all() { echo "1..1"; echo "ok 1 - $suite # SKIP $1"; exit 0; }

# need PROGRAM PACKAGE: the whole suite is skipped without it.
need() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || skip_all "$1 is not installed (Debian package $2)"; }

# it NAME STATUS PATTERN COMMAND...: the command ends with STATUS, and a line of what it prints, errors included, matches PATTERN.
# Where $loses_output says so, a client that ended as it should, and said nothing of what it should have said, is asked once more.
it() {
	name=$1 wanted=$2 pattern=$3; shift 3
	try "$@" || {
		[ -n "${loses_output:-}" ] && [ "$status" = "$wanted" ] && ! [ -s "$work/said" ] && echo "# $name: no output; once more" && try "$@"
	}
	check "$name" $? "status $status, expected $wanted; expected to read: $pattern" "$(head -n 20 "$work/said")"
}
try() {
	"$@" >"$work/said" 2>&1 </dev/null
	status=$?
	[ "$status" = "$wanted" ] && { [ -z "$pattern" ] || grep -Eq -- "$pattern" "$work/said"; }
}

# soon COMMAND...: within ten seconds it succeeds.
soon() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || return 1
		sleep 0.1
	done
}

# command_is NAME WORDS...: from now on NAME means these words; a program, so that other programs can call it, too.
command_is() {
	mkdir -p "$work/bin"
	name=$1; shift
	printf '#!/bin/sh\nexec timeout --foreground --kill-after=5 60 %s "$@"\n' "$*" >"$work/bin/$name"
	chmod +x "$work/bin/$name"
}
PATH=$work/bin:$PATH

# A network namespace for the client's bridges and rules, which the machine's do not meet; $network is the process that holds it.
# It goes with this test, however that ends.
make_network() {
	unshare --net setpriv --pdeathsig KILL sleep 3600 &
	network=$!
	soon sh -c "[ \$(readlink /proc/$network/ns/net) != $(readlink /proc/self/ns/net) ]" || return 1
	nsenter "--net=/proc/$network/ns/net" busybox ip link set lo up
	bridge=hcs-bridge-$$
	host_network=$(readlink "/proc/$network/ns/net")
}

make_root() {
	mkdir -p "$work/root/bin" "$work/root/etc" "$work/root/tmp" "$work/root/proc" "$work/root/dev" "$work/root/sys"
	cp "$(command -v busybox)" "$work/root/bin/busybox" || return 1
	for name in sh true false sleep cat echo id ls grep ps env kill test touch hostname mknod chroot chown readlink wc seq script tty mount unshare head nc; do
		ln -s busybox "$work/root/bin/$name"
	done
	printf 'root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$work/root/etc/passwd"
	tar -C "$work/root" -c . -f "$work/image.tar"
	echo 'echo $((6*7)); exit 4' >"$work/typed"
}

# What is there of ours: processes in our groups, groups of containers, mounts below $work.  A client's own processes and groups
# are its own affair; containers have 64 hexadecimal digits or names that begin with "hcs-c".
leftovers() {
	for directory in /sys/fs/cgroup/*"$parent" /sys/fs/cgroup"$parent"; do
		[ -d "$directory" ] && find "$directory" -mindepth 1 -type d | grep -E '[0-9a-f]{64}|hcs-c' | sed 's/^/cgroup /'
	done
	awk -v work="$work" 'index($5, work) == 1 && $5 ~ /rootfs|merged/ { print "mount " $5 }' /proc/self/mountinfo
	"$runtime" --root "$1" list -q 2>/dev/null | sed 's/^/sandbox /'
	for process in /proc/[0-9]*; do
		# The state of a daemon's container names it in its cgroup, its program is the image's.
		[ "$(readlink "$process/exe" 2>/dev/null)" = /bin/busybox ] && grep -q "$parent" "$process/cgroup" 2>/dev/null &&
			echo "process ${process#/proc/}"
	done
	:
}
nothing_is_left() { [ -z "$(leftovers "$1")" ]; }
check_leftovers() { soon nothing_is_left "$1"; check "nothing is left" $? "$(leftovers "$1")"; }

drop_work() {
	sed "s/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .*/\1/" /proc/self/mountinfo | grep "^$work" | sort -r | while read -r mounted; do
		umount -l "$mounted"
	done
	for directory in /sys/fs/cgroup/*"$parent" /sys/fs/cgroup"$parent"; do
		[ -d "$directory" ] && find "$directory" -depth -type d -exec rmdir {} \; 2>/dev/null
	done
	rm -rf --one-file-system "$work"
}
