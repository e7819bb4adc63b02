#compdef analyzer
# Completion of `analyzer` in zsh. Once: source <(analyzer completion zsh); for good, the same line in ~/.zshrc after compinit.
_analyzer() {
    local word=$words[CURRENT] typed="${(j: :)words[2,CURRENT]}"
    local -a found
    found=(${(f)"$($words[1] "[suggest:${#typed}]" "$typed" 2>/dev/null)"})
    # Options only where one was begun.
    if [[ $word == -* ]]; then found=(${(M)found:#-*}); else found=(${found:#[-/]*}); fi
    if (( $#found )); then compadd -a found; else _files; fi
}
if (( $+functions[compdef] )); then compdef _analyzer analyzer; fi
