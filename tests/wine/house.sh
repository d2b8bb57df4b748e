# Sourced by the tests under Wine: a prefix with the doubles and their service.  Needs $build (doubles and exe), $work (a directory
# of the test).  One template is made and kept; each prefix is a copy of hard links, but for the registry: Wine writes a file with
# more than one link in its place, so that every prefix and the template itself would share it.

# why_not: prints why nothing can be tried here; nothing when it can.
why_not() {
	command -v wine >/dev/null || { echo "wine is not installed (Debian package wine)"; return; }
	command -v wineserver >/dev/null || { echo "wineserver is not on the PATH"; return; }
	command -v x86_64-w64-mingw32-gcc >/dev/null || echo "no compiler for Windows (Debian package gcc-mingw-w64-x86-64-win32)"
}

export WINEDEBUG=-all WINEARCH=win64
export WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe='
unset DISPLAY WAYLAND_DISPLAY

# Windows 10.0, build 20348; the default of Wine 8 is Windows 7.
make_template() {
	template=$1
	[ -f "$template/ready" ] && return 0
	rm -rf "$template" && mkdir -p "$template"
	cat >"$template/version.reg" <<-'END'
	Windows Registry Editor Version 5.00

	[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows NT\CurrentVersion]
	"CurrentVersion"="10.0"
	"CurrentMajorVersionNumber"=dword:0000000a
	"CurrentMinorVersionNumber"=dword:00000000
	"CurrentBuild"="20348"
	"CurrentBuildNumber"="20348"
	"ProductName"="Windows Server 2022"

	[HKEY_LOCAL_MACHINE\System\CurrentControlSet\Control\ProductOptions]
	"ProductType"="ServerNT"
	END
	WINEPREFIX=$template timeout 120 wineboot -i >/dev/null 2>&1 </dev/null &&
		WINEPREFIX=$template timeout 60 wine regedit /S "$template/version.reg" >/dev/null 2>&1 </dev/null &&
		WINEPREFIX=$template timeout 60 wineserver -w &&
		grep -q '"CurrentBuildNumber"="20348"' "$template/system.reg" && : >"$template/ready"
}

# begin_house: a fresh prefix in $work/prefix, the doubles in its system32, the service running.
begin_house() {
	template=$build/template
	make_template "$template" || { echo "no Wine prefix can be made"; return 1; }
	cp -al "$template" "$work/prefix" 2>/dev/null || cp -a "$template" "$work/prefix"
	rm -f "$work/prefix"/*.reg && cp -p "$template"/*.reg "$work/prefix"/ || return 1
	export WINEPREFIX=$work/prefix
	for dll in computecore computestorage computenetwork virtdisk; do
		rm -f "$WINEPREFIX/drive_c/windows/system32/$dll.dll"
		cp "$build/$dll.dll" "$WINEPREFIX/drive_c/windows/system32/$dll.dll"
	done
	mkdir -p "$WINEPREFIX/drive_c/double" "$WINEPREFIX/drive_c/base/Files" "$WINEPREFIX/drive_c/base/UtilityVM/Files" "$WINEPREFIX/drive_c/bundles"
	books=$WINEPREFIX/drive_c/double/books record=$WINEPREFIX/drive_c/double/record faults=$WINEPREFIX/drive_c/double/faults
	wine "$build/double-service.exe" serve 'C:\double' </dev/null >"$work/service.log" 2>&1 &
	service=$!
	tries=0
	while [ ! -f "$books" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || { echo "the doubles' service does not start"; return 1; }
		sleep 0.1
	done
}

end_house() {
	wine "$build/double-service.exe" stop >/dev/null 2>&1 </dev/null
	timeout 20 wineserver -k
	rm -rf "$work/prefix"
}

count=0
pass() { count=$((count + 1)); echo "ok $count - wine::$1"; }
fail() { count=$((count + 1)); echo "not ok $count - wine::$1"; shift; printf '%s\n' "$@" | sed 's/^/    /'; }
# check NAME CONDITION-STATUS DETAIL...
check() { name=$1 status=$2; shift 2; if [ "$status" = 0 ]; then pass "$name"; else fail "$name" "$@"; fi; }
