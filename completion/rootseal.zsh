#compdef rootseal
# Completion of rootseal in zsh. Made by: rootseal completion zsh

# Sets spec to what may follow a command, each with its meaning: "group" and the words of its subcommands, or @KINDS for each argument;
# then --name,-n=KINDS for each option, and --name,-n for each switch. KINDS are word:WORD, name:KIND (asked from the program), files,
# directories, prefix:WORD (before the name of a file); "..." at the end: may come again.
_rootseal_spec() {
    local -a every
    every=(@EVERY@)
    case $1 in
@COMMANDS@
    (*) return 1 ;;
    esac
    spec+=("${every[@]}")
}

# Sets kinds to what the value of an option of spec can be; fails when there is no such option.
_rootseal_option() {
    local token about
    for token about in "${spec[@]}"; do
        [[ ",${token%%=*}," == *",$1,"* ]] || continue
        [[ $token == *... ]] || given+=" ${token%%=*} "
        kinds=
        if [[ $token == *=* ]]; then kinds=${token#*=} takes=1; fi
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
            [[ $word == --* ]] || word=-${word[-1]}
            takes=
            # Before the command, only switches are known.
            if ! _rootseal_option "$word"; then [[ ${spec[1]} != group ]] || takes=1; fi
            [[ -z $takes ]] || pending=$word
        elif [[ ${spec[1]} == group ]]; then
            command+=${command:+ }$word
            spec=()
            _rootseal_spec "$command" || return 1
        elif [[ -z $ended && ${#arguments} -eq 0 ]] && _rootseal_subcommand "$word"; then
            command+=" $word"
            spec=()
            _rootseal_spec "$command"
        else
            arguments+=("$word")
        fi
    done
}

# Keeps the values that say where names are looked for. Nothing is expanded but ~/ and the value of a variable.
_rootseal_keep() {
    local value=$2
    [[ $value != '~/'* ]] || value=$HOME/${value#'~/'}
    if [[ $value =~ '^\$\{?([A-Za-z_][A-Za-z_0-9]*)\}?(.*)$' ]]; then value=${(P)match[1]}${match[2]}; fi
    case $1 in
    (--repo) where=("--repo=$value") ;;
    (--sysroot) where=("--sysroot=$value") ;;
    esac
}

# Names of a kind, with what they are, for _describe.
_rootseal_names() {
    local line word about variable
    # A repository that is named before the program, on this line.
    for word in "${(@)${(z)BUFFER}}"; do
        [[ $word != ROOTSEAL_REPO=* ]] || variable=${(Q)word#*=}
    done
    [[ -z $variable ]] || local -x ROOTSEAL_REPO=$variable
    [[ $1 != branch-of-remote ]] || where+=("--remote=${arguments[1]}")
    word=${(Q)PREFIX}
    for line in "${(@f)$(command rootseal completion names "${where[@]}" -- "$1" ${word:+"$word"} 2>/dev/null </dev/null)}"; do
        [[ -n $line ]] || continue
        word=${line%%$'\t'*} about=${line#*$'\t'}
        found+=("${${word//\\/\\\\}//:/\\:}:$about")
    done
}

_rootseal_offer() {
    local kind
    local -a found choices open
    local files=
    for kind in ${(s:,:)1}; do
        case $kind in
        # Behind `--` no word names a subcommand.
        (word:*) if [[ -z $ended ]] || ! _rootseal_subcommand "${kind#word:}"; then choices+=("${kind#word:}"); fi ;;
        (name:*) _rootseal_names "${kind#name:}" ;;
        (prefix:*) if compset -P 1 "${kind#prefix:}"; then files=any open=(); break; fi; open+=("${kind#prefix:}") ;;
        (files) files=any ;;
        (directories) files=directories ;;
        esac
    done
    (( ! ${#choices} )) || compadd -- "${choices[@]}"
    (( ! ${#found} )) || _describe -t names name found
    (( ! ${#open} )) || compadd -S '' -- "${open[@]}"
    case $files in
    (any) _files ;;
    # _files would offer other files where no directory fits.
    (directories) _path_files -/ ;;
    esac
}

_rootseal() {
    local command pending ended given kinds takes token about
    local -i slot
    local -a spec where arguments found match mbegin mend
    _rootseal_spec ''
    _rootseal_follow "${(@Q)words[2,CURRENT-1]}" || return 1
    if [[ -n $pending ]]; then
        _rootseal_option "$pending" || [[ $pending != --(repo|sysroot) ]] || kinds=directories
    elif [[ -z $ended && $PREFIX == --*=* ]]; then
        _rootseal_option "${PREFIX%%=*}"
        compset -P 1 '*='
    elif [[ -z $ended && $PREFIX == -* ]]; then
        for token about in "${spec[@]}"; do
            [[ $token == --* && $given != *" ${token%%=*} "* ]] || continue
            token=${token%%=*}
            found+=("${token%%,*}:$about")
        done
        _describe -o -t options option found
        return
    elif [[ ${spec[1]} == group ]]; then
        for token about in "${spec[@]}"; do [[ $token == (-*|group) ]] || found+=("$token:$about"); done
        _describe -t commands command found
        return
    else
        slot=${#arguments}
        for token about in "${spec[@]}"; do
            [[ $token == @* ]] || break
            kinds=${token#@}
            (( slot-- > 0 )) || break
            [[ $token == *... ]] || kinds=
        done
    fi
    _rootseal_offer "${kinds%...}"
}
if [[ ${funcstack[1]} == _rootseal ]]; then _rootseal "$@"; else compdef _rootseal rootseal; fi
