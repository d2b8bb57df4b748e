# bash completion for hcs-sandbox
_hcs_sandbox() {
	local word=${COMP_WORDS[COMP_CWORD]} verb="" i
	local verbs="do run create start exec kill delete state list ps pause resume update events checkpoint restore spec document features doctor diff apply discard scratch clone commit layer"
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root|--log|--log-format|--rootless|--criu|--timeout|--cgroup-manager|--annotation) ((i++)) ;;
		-*) ;;
		*) verb=${COMP_WORDS[i]}; break ;;
		esac
	done
	if [ -z "$verb" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$verbs --root --log --log-format --debug --timeout --cgroup-manager --systemd-cgroup --annotation --version --help" -- "$word")
		return
	fi
	if [ "$verb" = document ] && [ "${COMP_WORDS[COMP_CWORD-1]}" = --platform ]; then
		mapfile -t COMPREPLY < <(compgen -W "linux windows" -- "$word")
		return
	fi
	if [ "$verb" = layer ]; then
		case $((COMP_CWORD - i)),$word,${COMP_WORDS[i+1]} in
		1,*) mapfile -t COMPREPLY < <(compgen -W "export import commit list remove verify setup pack unpack" -- "$word") ;;
		*,-*,*) mapfile -t COMPREPLY < <(compgen -W "$(hcs-sandbox layer "${COMP_WORDS[i+1]}" --help 2>/dev/null | grep -o -- '--[a-z-]*')" -- "$word") ;;
		*,export|*,remove|*,verify) mapfile -t COMPREPLY < <(compgen -W "$(hcs-sandbox layer list -q 2>/dev/null)" -- "$word") ;;
		*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
		esac
		return
	fi
	if [ "${COMP_WORDS[COMP_CWORD-1]}" = --scratch ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(hcs-sandbox scratch list -q 2>/dev/null)" -- "$word")
		return
	fi
	if [ "${COMP_WORDS[COMP_CWORD-1]}" = --scratch-size ]; then
		mapfile -t COMPREPLY < <(compgen -W "64M 256M 1G 4G" -- "$word")
		return
	fi
	case $word in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$(hcs-sandbox "$verb" --help 2>/dev/null | grep -o -- '--[a-z-]*')" -- "$word") ;;
	*)
		case $verb in
		start|exec|kill|delete|state|ps|pause|resume|update|events|checkpoint|diff|apply|discard|commit)
			mapfile -t COMPREPLY < <(compgen -W "$(hcs-sandbox list -q 2>/dev/null)" -- "$word") ;;
		clone)
			mapfile -t COMPREPLY < <(compgen -W "$(hcs-sandbox scratch list -q 2>/dev/null)" -- "$word") ;;
		scratch)
			mapfile -t COMPREPLY < <(compgen -W "list remove $(hcs-sandbox scratch list -q 2>/dev/null)" -- "$word") ;;
		*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
		esac ;;
	esac
}
complete -F _hcs_sandbox hcs-sandbox
