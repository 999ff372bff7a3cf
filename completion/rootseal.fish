# Completion of rootseal in fish. Made by: rootseal completion fish

# Prints what may follow a command, each and then its meaning: "group" and the words of its subcommands, or @KINDS for each argument;
# then --name,-n=KINDS for each option, and --name,-n for each switch. KINDS are word:WORD, name:KIND (asked from the program), files,
# directories, prefix:WORD (before the name of a file); "..." at the end: may come again.
function __rootseal_spec
    switch $argv[1]
@COMMANDS@
        case '*'
            return 1
    end
    printf '%s\n' @EVERY@
end

# Prints the options of a spec that have a name, as they stand there.
function __rootseal_option
    string match -r -- '^(?:[^=]*,)?'(string escape --style=regex -- $argv[1])'(?:[,=].*)?$' $argv[2..-1]
end

# Prints what may stand in the place of the last word.
function __rootseal_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l command
    set -l pending
    set -l ended
    set -l where
    set -l given
    set -l arguments
    set -l spec (__rootseal_spec '')
    for word in $words[2..-1]
        if set -q pending[1]
            string match -qr -- '^--(repo|sysroot)$' $pending; and set where $pending=(__rootseal_expand $word)
            set -e pending
        else if not set -q ended[1]; and test "$word" = --
            set ended 1
        else if not set -q ended[1]; and string match -qr -- '^--[^=]*=' $word
            set -l parts (string split -m 1 = -- $word)
            string match -qr -- '^--(repo|sysroot)$' $parts[1]; and set where $parts[1]=(__rootseal_expand "$parts[2]")
            set -a given (__rootseal_option $parts[1] $spec)
        else if not set -q ended[1]; and string match -qr -- '^-.' $word
            string match -q -- '--*' $word; or set word -(string sub -s -1 -- $word)
            set -l option (__rootseal_option $word $spec)
            set -a given $option
            if set -q option[1]
                string match -q -- '*=*' $option[1]; and set pending $word
            else if test "$spec[1]" = group
                # Before the command, only switches are known.
                set pending $word
            end
        else if test "$spec[1]" = group
            set command (string join ' ' $command $word)
            set spec (__rootseal_spec $command)
            or return
        else if not set -q ended[1]; and not set -q arguments[1]; and __rootseal_spec "$command $word" >/dev/null
            # In the place of the first argument, the name of a subcommand.
            set command "$command $word"
            set spec (__rootseal_spec $command)
        else
            set -a arguments $word
        end
    end
    if set -q pending[1]
        set -l option (__rootseal_option $pending $spec)
        if set -q option[1]
            __rootseal_offer (string replace -r '^[^=]*=' '' -- $option[1]) '' $current
        else if string match -qr -- '^--(repo|sysroot)$' $pending
            __rootseal_offer directories '' $current
        end
    else if not set -q ended[1]; and string match -qr -- '^--[^=]*=' $current
        set -l parts (string split -m 1 = -- $current)
        set -l option (__rootseal_option $parts[1] $spec)
        string match -q -- '*=*' $option[1]
        and __rootseal_offer (string replace -r '^[^=]*=' '' -- $option[1]) $parts[1]= "$parts[2]"
    else if not set -q ended[1]; and string match -q -- '-*' $current
        for index in (seq 1 2 (count $spec))
            set -l token $spec[$index]
            string match -q -- '--*' $token; or continue
            if contains -- $token $given; and not string match -q -- '*...' $token
                continue
            end
            printf '%s\t%s\n' (string replace -r '[,=].*' '' -- $token) $spec[(math $index + 1)]
        end
    else if test "$spec[1]" = group
        for index in (seq 3 2 (count $spec))
            string match -q -- '-*' $spec[$index]
            or printf '%s\t%s\n' $spec[$index] $spec[(math $index + 1)]
        end
    else
        set -l slot (math (count $arguments) + 1)
        for index in (seq 1 2 (count $spec))
            string match -q -- '@*' $spec[$index]; or break
            set -l kinds (string sub -s 2 -- $spec[$index])
            if test $slot -eq 1; or string match -q -- '*...' $kinds
                __rootseal_offer $kinds '' $current
                break
            end
            set slot (math $slot - 1)
        end
    end
end

# Nothing is expanded but ~/ and the value of a variable.
function __rootseal_expand
    set -l value (string replace -r '^~/' "$HOME/" -- $argv[1])
    set -l parts (string match -r -- '^\$([A-Za-z_][A-Za-z_0-9]*)(.*)$' $value)
    if set -q parts[1]; and set -q $parts[2]
        set -l name $parts[2]
        set value $$name$parts[3]
    end
    printf '%s\n' $value
end

# Offers what KINDS says. Arguments: KINDS, what stands before the value, the value as it is typed; where and arguments are the caller's.
function __rootseal_offer -S
    set -l before $argv[2]
    set -l value $argv[3]
    for kind in (string replace -r '\.\.\.$' '' -- $argv[1] | string split -n ,)
        set -l parts (string split -m 1 : -- $kind)
        switch $parts[1]
            case word
                # Behind `--` no word names a subcommand.
                set -q ended[1]; and __rootseal_spec "$command $parts[2]" >/dev/null; and continue
                printf '%s\n' $before$parts[2]
            case name
                command -q rootseal; or continue
                # Quotes are left out: names have none of these.
                set -l start (string replace -ra '[\\\\\'"]' '' -- $value)
                test "$start" = ''; and set -e start
                test $parts[2] = branch-of-remote; and set -a where --remote=$arguments[1]
                set -l names (command rootseal completion names $where -- $parts[2] $start 2>/dev/null </dev/null)
                set -q names[1]; and printf '%s\n' $before$names
            case prefix
                if string match -q -- "$parts[2]*" $value
                    set -l file (string replace -- $parts[2] '' $value)
                    set -l found (complete -C"'' $file")
                    set -q found[1]; and printf '%s\n' $before$parts[2]$found
                    return
                end
                printf '%s\n' $before$parts[2]
            case files
                set -l found (complete -C"'' $value")
                set -q found[1]; and printf '%s\n' $before$found
            case directories
                set -l found (complete -C"'' $value" | string match -r '^[^\t]*/(?:\t.*)?$')
                set -q found[1]; and printf '%s\n' $before$found
        end
    end
end

complete -c rootseal -e
complete -c rootseal -f -a '(__rootseal_complete)'
