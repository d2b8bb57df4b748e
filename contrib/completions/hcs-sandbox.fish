# fish completion for hcs-sandbox
set -l verbs run create start exec kill delete state list ps pause resume update spec document features doctor
complete -c hcs-sandbox -f -n "not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c hcs-sandbox -f -n "__fish_seen_subcommand_from start exec kill delete state ps pause resume update" -a "(hcs-sandbox list -q 2>/dev/null)"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from run create spec document" -s b -l bundle -r -d "the bundle"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from document" -l platform -x -a "linux windows" -d "for which system"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from document" -l host-facts -r -d "what is known of the Windows host"
