/** Scripts that make a shell complete command lines of rootseal. What may come is asked from the program at each TAB. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Says that names of files, or of directories only, may come besides. */
export const FILES = ':files';
export const DIRECTORIES = ':directories';

const BASH = `# Completion of rootseal in bash. Made by: rootseal completion bash
_rootseal() {
    local line=\${COMP_LINE:0:COMP_POINT} kind= word current prefix
    local -a words
    read -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    current=\${words[\${#words[@]} - 1]}
    # Only what follows the last of these characters is replaced.
    prefix=\${current%"\${current##*[:=]}"}
    COMPREPLY=()
    while IFS= read -r word; do
        case $word in
            ${FILES}) kind=-f ;;
            ${DIRECTORIES}) kind=-d ;;
            *) COMPREPLY+=("\${word#"$prefix"}") ;;
        esac
    done < <("\${words[0]}" completion candidates -- "\${words[@]:1}" 2>/dev/null)
    [[ -n $kind ]] || return 0
    compopt -o filenames
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen "$kind" -- "\${current#"$prefix"}")
}
complete -F _rootseal rootseal
`;

const ZSH = `#compdef rootseal
# Completion of rootseal in zsh. Made by: rootseal completion zsh
_rootseal() {
    local word kind
    local -a found
    for word in "\${(@f)$("\${words[1]}" completion candidates -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $word in
            ${FILES}) kind=files ;;
            ${DIRECTORIES}) kind=directories ;;
            ?*) found+=("$word") ;;
        esac
    done
    (( \${#found} )) && compadd -- "\${found[@]}"
    [[ -n $kind ]] || return 0
    compset -P '*[:=]'
    if [[ $kind == directories ]]; then _files -/; else _files; fi
}
if [[ \${funcstack[1]} == _rootseal ]]; then _rootseal "$@"; else compdef _rootseal rootseal; fi
`;

const FISH = `# Completion of rootseal in fish. Made by: rootseal completion fish
function __rootseal_candidates
    set -l words (commandline -opc) (commandline -ct)
    for word in ($words[1] completion candidates -- $words[2..-1] 2>/dev/null)
        switch $word
            case '${FILES}'
                __fish_complete_path (commandline -ct)
            case '${DIRECTORIES}'
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $word
        end
    end
end
complete -c rootseal -f -a '(__rootseal_candidates)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
