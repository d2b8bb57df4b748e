# fish completion for hcs-sandbox
set -l verbs do run create start exec kill delete state list ps pause resume update events spec document features doctor diff apply discard layer
complete -c hcs-sandbox -f -n "not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c hcs-sandbox -f -n "__fish_seen_subcommand_from start exec kill delete state ps pause resume update events diff apply discard" -a "(hcs-sandbox list -q 2>/dev/null)"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from run create spec document" -s b -l bundle -r -d "the bundle"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from document" -l platform -x -a "linux windows" -d "for which system"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from document" -l host-facts -r -d "what is known of the Windows host"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from layer; and not __fish_seen_subcommand_from export import remove verify" -a "export import list remove verify pack unpack"
complete -c hcs-sandbox -f -n "__fish_seen_subcommand_from layer; and __fish_seen_subcommand_from export remove verify" -a "(hcs-sandbox layer list -q 2>/dev/null)"
