# Completion of `analyzer` in bash. Once: source <(analyzer completion bash); for good, the same line in ~/.bashrc.
_analyzer() {
    local word=${COMP_WORDS[COMP_CWORD]} typed=${COMP_LINE:0:COMP_POINT} each
    typed=${typed#*"${COMP_WORDS[0]}"}
    typed=${typed#"${typed%%[![:space:]]*}"}
    COMPREPLY=()
    while IFS= read -r each; do
        # Options only where one was begun.
        if [[ $each == "$word"* && ( $word == -* || $each != [-/]* ) ]]; then COMPREPLY+=("$each"); fi
    done < <("${COMP_WORDS[0]}" "[suggest:${#typed}]" "$typed" 2>/dev/null | grep .)
    if ((${#COMPREPLY[@]} == 0)); then
        compopt -o filenames 2>/dev/null
        while IFS= read -r each; do COMPREPLY+=("$each"); done < <(compgen -f -- "$word")
    fi
}
complete -F _analyzer analyzer
