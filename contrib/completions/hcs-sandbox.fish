# fish completion for hcs-sandbox.  Verbs, flags and what their values may be are what the program's own --help says.

# PROGRAM [VERB...]: its flags, a line each: the flag, a tab, the word for its value (or nothing), a tab, what it says.
function __hcs_sandbox_flags
	$argv --help 2>/dev/null | sed -nE 's/^  (-.), (--[a-z0-9-]+)( ([^ ]+))? +(.*)/\1\t\4\t\5\n\2\t\4\t\5/p; t; s/^ {6}(--[a-z0-9-]+)( ([^ ]+))? +(.*)/\1\t\3\t\4/p'
end

# FLAG VALUE PROGRAM...: what may stand for the value.
function __hcs_sandbox_values
	set -l program $argv[3..]
	switch "$argv[1],$argv[2]"
		case '--scratch,*'
			$program scratch list -q 2>/dev/null
		case '*,SIZE'
			printf '%s\n' 64M 256M 1G 4G
		case '*,DIRECTORY'
			__fish_complete_directories (commandline -ct)
		case '*,FILE*' '*,PROGRAM' '*,SOCKET' '*,PATH' '*,SRC*'
			__fish_complete_path (commandline -ct)
		case '*|*'
			string split '|' -- $argv[2]
	end
end

# VERB BELOW NUMBER PROGRAM...: what may stand for a word that is no flag.
function __hcs_sandbox_words
	set -l program $argv[4..]
	switch "$argv[1] $argv[2] $argv[3]"
		case 'layer * 1'
			$program layer --help 2>/dev/null | sed -nE 's/^layer ([a-z]+) [^ ]*( [A-Z]+)? +(.*)/\1\t\3/p'
		case 'layer export 2'
			$program list -q 2>/dev/null
			$program layer list -q 2>/dev/null
		case 'layer remove *' 'layer verify *'
			$program layer list -q 2>/dev/null
		case 'scratch * 1'
			printf '%s\n' list remove
		case 'scratch *'
			$program scratch list -q 2>/dev/null
		case 'clone * 1'
			$program scratch list -q 2>/dev/null
			$program list -q 2>/dev/null
		case 'layer commit 2' 'start * 1' 'exec * 1' 'kill * 1' 'delete * 1' 'state * 1' 'ps * 1' 'pause * 1' 'resume * 1' 'update * 1' \
				'events * 1' 'checkpoint * 1' 'diff * 1' 'apply * 1' 'discard * 1' 'commit * 1'
			$program list -q 2>/dev/null
		case '*'
			__fish_complete_path (commandline -ct)
	end
end

function __hcs_sandbox_complete
	set -l words (commandline -opc)
	set -l program $words[1]
	set -l flags (__hcs_sandbox_flags $program)
	set -l verb ''
	set -l below ''
	set -l count 0
	set -l open ''
	set -l value ''
	for word in $words[2..]
		if test -n "$open"
			test -n "$verb"; or set -a program $open $word
			set open ''
			continue
		end
		switch $word
			case '-*'
				set -l line (string split \t -- (string match -e -- $word\t $flags)[1])
				if test (count $line) -gt 1; and test -n "$line[2]"
					set open $word
					set value $line[2]
				else if test -z "$verb"
					set -a program $word
				end
			case '*'
				set count (math $count + 1)
				if test -z "$verb"
					set verb $word
					set count 0
					set flags (__hcs_sandbox_flags $program[1] $verb)
				else if test $verb = layer; and test $count = 1
					set below $word
					set flags (__hcs_sandbox_flags $program[1] layer $below)
				end
		end
	end
	if test -n "$open"
		__hcs_sandbox_values $open "$value" $program
	else if string match -q -- '-*' (commandline -ct)
		printf '%s\n' $flags | sed -nE '/^--/s/\t[^\t]*\t/\t/p'
		printf '%s\t%s\n' --help 'show its help'
	else if test -n "$verb"
		__hcs_sandbox_words $verb "$below" (math $count + 1) $program
	else
		$program[1] --help 2>/dev/null | sed -nE 's/^  ([a-z]+) +(.*)/\1\t\2/p'
	end
end

complete -c hcs-sandbox -f -a '(__hcs_sandbox_complete)'
