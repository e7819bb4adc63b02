# Completion of `analyzer` in bash. Once: source <(analyzer completion bash); for good, the same line in ~/.bashrc.
_analyzer() {
    local word=${COMP_WORDS[COMP_CWORD]} typed=${COMP_LINE:0:COMP_POINT} words=() each
    typed=${typed#*"${COMP_WORDS[0]}"}
    typed=${typed#"${typed%%[![:space:]]*}"}
    while IFS= read -r each; do
        # Options only where one was begun.
        if [[ $word == -* ]]; then [[ $each == -* ]] && words+=("$each")
        elif [[ $each != [-/]* ]]; then words+=("$each"); fi
    done < <("${COMP_WORDS[0]}" "[suggest:${#typed}]" "$typed" 2>/dev/null)
    COMPREPLY=()
    if ((${#words[@]})); then
        while IFS= read -r each; do COMPREPLY+=("$each"); done < <(compgen -W "${words[*]}" -- "$word")
    else
        compopt -o filenames 2>/dev/null
        while IFS= read -r each; do COMPREPLY+=("$each"); done < <(compgen -f -- "$word")
    fi
}
complete -F _analyzer analyzer
