# Completion of `analyzer` in fish. Once: analyzer completion fish | source; for good, into ~/.config/fish/completions/analyzer.fish.
function __analyzer_complete
    set -l word (commandline -ct)
    set -l words (commandline -opc)
    set -l typed (string join ' ' -- $words[2..-1] $word)
    # Options only where one was begun.
    set -l wanted '^[^-/].*'
    string match -q -- '-*' "$word"; and set wanted '^-.*'
    set -l found (command $words[1] "[suggest:"(string length -- "$typed")"]" "$typed" 2>/dev/null | string match -r -- $wanted)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$word"
    end
end
complete -c analyzer -f -a '(__analyzer_complete)'
