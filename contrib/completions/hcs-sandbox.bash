# bash completion for hcs-sandbox.  Verbs, flags and what their values may be are what the program's own --help says.

# PROGRAM [VERB...]: its flags, a line each: the flag, and the word for its value if it takes one.
_hcs_sandbox_flags() {
	"$@" --help 2>/dev/null |
		sed -nE 's/^  (-.), (--[a-z0-9-]+)( ([^ ]+))? .*/\1 \4\n\2 \4/p; t; s/^ {6}(--[a-z0-9-]+)( ([^ ]+))? .*/\1 \3/p'
}

# FLAG LINES: the word for its value.
_hcs_sandbox_value_of() { sed -n "s/^$1 //p" <<<"$2"; }

# What may stand for a value.  $program and $word are the caller's.
_hcs_sandbox_values() {
	case $1,$2 in
	--scratch,*) compgen -W "$("${program[@]}" scratch list -q 2>/dev/null)" -- "$word" ;;
	*,SIZE) compgen -W "64M 256M 1G 4G" -- "$word" ;;
	*,DIRECTORY) compgen -d -- "$word" ;;
	*,FILE*|*,PROGRAM|*,SOCKET|*,PATH|*,SRC*) compgen -f -- "$word" ;;
	*'|'*) compgen -W "${2//|/ }" -- "$word" ;;
	esac
}

# What may stand for a word that is no flag: the nth of a verb.
_hcs_sandbox_words() {
	case $* in
	layer\ *\ 1) compgen -W "$("${program[@]}" layer --help 2>/dev/null | sed -n 's/^layer \([a-z]*\) .*/\1/p')" -- "$word" ;;
	layer\ export\ 2) compgen -W "$("${program[@]}" list -q 2>/dev/null) $("${program[@]}" layer list -q 2>/dev/null)" -- "$word" ;;
	layer\ remove\ *|layer\ verify\ *) compgen -W "$("${program[@]}" layer list -q 2>/dev/null)" -- "$word" ;;
	scratch\ *\ 1) compgen -W "list remove" -- "$word" ;;
	scratch\ *) compgen -W "$("${program[@]}" scratch list -q 2>/dev/null)" -- "$word" ;;
	clone\ *\ 1) compgen -W "$("${program[@]}" scratch list -q 2>/dev/null) $("${program[@]}" list -q 2>/dev/null)" -- "$word" ;;
	layer\ commit\ 2|start\ *\ 1|exec\ *\ 1|kill\ *\ 1|delete\ *\ 1|state\ *\ 1|ps\ *\ 1|pause\ *\ 1|resume\ *\ 1|update\ *\ 1|events\ *\ 1|checkpoint\ *\ 1|diff\ *\ 1|apply\ *\ 1|discard\ *\ 1|commit\ *\ 1)
		compgen -W "$("${program[@]}" list -q 2>/dev/null)" -- "$word" ;;
	*) compgen -f -- "$word" ;;
	esac
}

_hcs_sandbox() {
	local word=${COMP_WORDS[COMP_CWORD]} verb="" below="" flags flag value i count=0
	local -a program=("${COMP_WORDS[0]/#\~/$HOME}")

	[ "$word" != = ] || word=""
	flags=$(_hcs_sandbox_flags "${program[0]}")
	for ((i = 1; i <= COMP_CWORD; i++)); do
		flag=${COMP_WORDS[i]}
		case $flag in
		-*)
			[ $i -lt "$COMP_CWORD" ] || break
			value=$(_hcs_sandbox_value_of "$flag" "$flags")
			if [ -n "$value" ] || [ "${COMP_WORDS[i+1]}" = = ]; then
				[ "${COMP_WORDS[i+1]}" != = ] || ((i++))
				if ((i + 1 >= COMP_CWORD)); then
					mapfile -t COMPREPLY < <(_hcs_sandbox_values "$flag" "$value")
					return
				fi
				((i++))
				[ -n "$verb" ] || program+=("$flag" "${COMP_WORDS[i]}")
			elif [ -z "$verb" ]; then
				program+=("$flag")
			fi ;;
		*)
			[ $i -lt "$COMP_CWORD" ] || break
			((++count))
			if [ -z "$verb" ]; then
				verb=$flag count=0
				flags=$(_hcs_sandbox_flags "${program[0]}" "$verb")
			elif [ "$verb" = layer ] && [ $count = 1 ]; then
				below=$flag
				flags=$(_hcs_sandbox_flags "${program[0]}" layer "$below")
			fi ;;
		esac
	done
	case $word in
	-*) mapfile -t COMPREPLY < <(compgen -W "$(sed 's/ .*//; /^-[^-]/d' <<<"$flags") --help" -- "$word") ;;
	*)
		if [ -n "$verb" ]; then
			mapfile -t COMPREPLY < <(_hcs_sandbox_words "$verb" "$below" $((count + 1)))
		else
			mapfile -t COMPREPLY < <(compgen -W "$("${program[0]}" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p')" -- "$word")
		fi ;;
	esac
}
complete -F _hcs_sandbox hcs-sandbox
