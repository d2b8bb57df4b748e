# fish completion for hcs-sandbox
set -l verbs do run create start exec kill delete state list ps pause resume update events checkpoint restore spec document features doctor diff apply discard scratch clone commit layer
complete -c hcs-sandbox -f -n "not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c hcs-sandbox -f -n "__fish_seen_subcommand_from start exec kill delete state ps pause resume update events checkpoint diff apply discard commit" -a "(hcs-sandbox list -q 2>/dev/null)"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from run create restore spec document" -s b -l bundle -r -d "the bundle"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from checkpoint restore" -l image-path -r -d "where the image lies"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from document" -l platform -x -a "linux windows" -d "for which system"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from document" -l host-facts -r -d "what is known of the Windows host"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from layer; and not __fish_seen_subcommand_from export import commit remove verify" -a "export import commit list remove verify pack unpack"
complete -c hcs-sandbox -f -n "__fish_seen_subcommand_from layer; and __fish_seen_subcommand_from export remove verify" -a "(hcs-sandbox layer list -q 2>/dev/null)"
complete -c hcs-sandbox -f -n "__fish_seen_subcommand_from scratch; and not __fish_seen_subcommand_from list remove" -a "list remove"
complete -c hcs-sandbox -f -n "__fish_seen_subcommand_from clone; or __fish_seen_subcommand_from scratch" -a "(hcs-sandbox scratch list -q 2>/dev/null)"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from create run do" -l scratch -x -a "(hcs-sandbox scratch list -q 2>/dev/null)" -d "keep what it writes"
complete -c hcs-sandbox -n "__fish_seen_subcommand_from create run do" -l scratch-size -x -a "64M 256M 1G 4G" -d "let it write no more than this"
