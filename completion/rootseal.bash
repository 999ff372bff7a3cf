# Completion of rootseal in bash. Made by: rootseal completion bash

# Sets spec to what may follow a command: "group" and the words of its subcommands, or @KINDS for each argument; then --name,-n=KINDS
# for each option, and --name,-n for each switch. KINDS are word:WORD, name:KIND (asked from the program), files, directories,
# prefix:WORD (before the name of a file); "..." at the end: may come again.
_rootseal_spec() {
    local -a every=(@EVERY@)
    case $1 in
@COMMANDS@
    *) return 1 ;;
    esac
    spec+=("${every[@]}")
}

# Sets words to those of a line, without quotes, and quote to the one that is open; the last word is incomplete. Nothing is expanded but ~/ and the values of variables.
_rootseal_split() {
    local text=$1 word= begun= char name
    local -i i
    words=() quote=
    for ((i = 0; i < ${#text}; i++)); do
        char=${text:i:1}
        if [[ $quote == "'" ]]; then
            if [[ $char == "'" ]]; then quote=; else word+=$char; fi
        elif [[ $char == \\ ]]; then
            begun=1
            i+=1
            [[ $quote == '"' && ${text:i:1} != [\"\\\$\`] ]] && word+=\\
            word+=${text:i:1}
        elif [[ -n $quote && $char == "$quote" ]]; then
            quote=
        elif [[ -z $quote && $char == [\'\"] ]]; then
            quote=$char begun=1
        elif [[ -z $quote && $char == [[:space:]] ]]; then
            [[ -z $begun ]] || words+=("$word")
            word= begun=
        elif [[ $char == '$' && ${text:i+1} =~ ^([A-Za-z_][A-Za-z_0-9]*|\{[A-Za-z_][A-Za-z_0-9]*\}) ]]; then
            name=${BASH_REMATCH[1]}
            i+=${#name}
            name=${name#\{}
            name=${name%\}}
            word+=${!name-} begun=1
        elif [[ -z $begun && $char == '~' && ${text:i+1:1} == / ]]; then
            word=$HOME begun=1
        else
            word+=$char begun=1
        fi
    done
    words+=("$word")
}

# Sets kinds to what the value of an option of spec can be; fails when there is no such option.
_rootseal_option() {
    local token
    for token in "${spec[@]}"; do
        [[ ",${token%%=*}," == *",$1,"* ]] || continue
        [[ $token == *...  ]] || given+=" ${token%%=*} "
        kinds=
        [[ $token != *=* ]] || kinds=${token#*=}
        [[ $token == *=* ]] && takes=1
        return 0
    done
    return 1
}

# Whether a word in the place of the first argument names a subcommand.
_rootseal_subcommand() {
    local -a spec
    _rootseal_spec "$command $1"
}

# Follows the whole words: which command it is, how many arguments there were, which option waits for its value.
_rootseal_follow() {
    local word takes kinds
    for word in "$@"; do
        if [[ -n $pending ]]; then
            _rootseal_keep "$pending" "$word"
            pending=
        elif [[ -z $ended && $word == -- ]]; then
            ended=1
        elif [[ -z $ended && $word == --*=* ]]; then
            _rootseal_option "${word%%=*}"
            _rootseal_keep "${word%%=*}" "${word#*=}"
        elif [[ -z $ended && $word == -?* ]]; then
            [[ $word == --* ]] || word=-${word: -1}
            takes=
            # Before the command, only switches are known.
            if ! _rootseal_option "$word"; then [[ ${spec[0]} != group ]] || takes=1; fi
            [[ -z $takes ]] || pending=$word
        elif [[ ${spec[0]} == group ]]; then
            command+=${command:+ }$word
            spec=()
            _rootseal_spec "$command" || return 1
        elif [[ -z $ended && ${#arguments[@]} -eq 0 ]] && _rootseal_subcommand "$word"; then
            command+=" $word"
            spec=()
            _rootseal_spec "$command"
        else
            arguments+=("$word")
        fi
    done
}

# Keeps the values that say where names are looked for.
_rootseal_keep() {
    case $1 in
    --repo) where=("--repo=$2") ;;
    --sysroot) where=("--sysroot=$2") ;;
    esac
}

# Offers a whole word in the place of the value that is typed.
_rootseal_reply() {
    [[ $1 == "$value"* ]] || return 0
    local -i cut=$((${#value} - ${#part} + ${#glued}))
    COMPREPLY+=("$glued${1:cut}")
}

# Prints names of a kind that begin with the value, each with what it is.
_rootseal_names() {
    [[ $1 != branch-of-remote ]] || where+=("--remote=${arguments[0]}")
    command rootseal completion names "${where[@]}" -- "$1" ${value:+"$value"} 2>/dev/null </dev/null
}

_rootseal_offer() {
    local kind word files=
    for kind in ${1//,/ }; do
        case $kind in
        word:*)
            # Behind `--` no word names a subcommand.
            if [[ -z $ended ]] || ! _rootseal_subcommand "${kind#word:}"; then _rootseal_reply "${kind#word:}"; fi
            ;;
        name:*)
            while IFS=$'\t' read -r word _; do
                _rootseal_reply "$word"
            done < <(_rootseal_names "${kind#name:}")
            ;;
        prefix:*)
            if [[ $value == "${kind#prefix:}"* ]]; then
                [[ -z $glued && $part != "$value" ]] || glued+=${kind#prefix:}
                files=-f
            else
                _rootseal_reply "${kind#prefix:}"
            fi
            ;;
        files) files=-f ;;
        directories) files=${files:--d} ;;
        esac
    done
    if [[ -z $files ]]; then
        _rootseal_end_open
    elif [[ -z $glued && ${#COMPREPLY[@]} -eq 0 ]]; then
        # As the shell does it itself.
        if [[ $files == -d ]]; then compopt -o dirnames; else compopt -o bashdefault -o default; fi
    else
        local -i before=${#COMPREPLY[@]}
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(compgen "$files" -P "$glued" -- "${raw#"$glued"}" 2>/dev/null)
        if ((${#COMPREPLY[@]} > before)); then compopt -o filenames; else _rootseal_end_open; fi
    fi
}

# No space after what is to be continued.
_rootseal_end_open() {
    local word
    for word in "${COMPREPLY[@]}"; do [[ $word == *[:/] ]] || return 0; done
    compopt -o nospace
}

_rootseal() {
    local IFS=$' \t\n' command= pending= ended= given= glued= raw=$2 part value quote kinds= takes token
    local -i slot
    local -a words=() whole=() spec=() where=() arguments=()
    COMPREPLY=()
    # Variables are completed by the shell itself.
    if [[ $raw == *[\$\`]* ]]; then
        compopt -o bashdefault -o default
        return 0
    fi
    _rootseal_split "${COMP_LINE:0:COMP_POINT}"
    value=${words[-1]} whole=("${words[@]:1:${#words[@]}-2}")
    # The shell leaves out the quote that is open.
    _rootseal_split "$quote$raw"
    part=${words[-1]}
    _rootseal_spec ''
    _rootseal_follow "${whole[@]}" || return 0
    if [[ -n $pending ]]; then
        _rootseal_option "$pending" || [[ $pending != --repo && $pending != --sysroot ]] || kinds=directories
    elif [[ -z $ended && $value == --*=* ]]; then
        _rootseal_option "${value%%=*}"
        # What stands before the value is replaced with it where = does not end a word.
        value=${value#*=}
        ((${#part} <= ${#value})) || glued=${part:0:${#part}-${#value}}
    elif [[ -z $ended && $value == -* ]]; then
        for token in "${spec[@]}"; do
            [[ $token == --* && $given != *" ${token%%=*} "* ]] || continue
            token=${token%%=*}
            _rootseal_reply "${token%%,*}"
        done
        return 0
    elif [[ ${spec[0]} == group ]]; then
        for token in "${spec[@]:1}"; do [[ $token == -* ]] || _rootseal_reply "$token"; done
        return 0
    else
        slot=${#arguments[@]}
        for token in "${spec[@]}"; do
            [[ $token == @* ]] || break
            kinds=${token#@}
            ((slot-- > 0)) || break
            [[ $token == *... ]] || kinds=
        done
    fi
    _rootseal_offer "${kinds%...}"
}
complete -F _rootseal rootseal
