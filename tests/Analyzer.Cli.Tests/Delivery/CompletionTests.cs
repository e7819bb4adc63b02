namespace Analyzer.Cli.Tests.Delivery;

/// <summary>Shells that have read the script complete what is typed.</summary>
public sealed class CompletionTests
{
    private const string Bash = """
        source <(analyzer completion bash)
        COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($1)
        [[ $1 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _analyzer analyzer "${COMP_WORDS[COMP_CWORD]}"
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    // compadd and _files work within zsh's line editor alone; what they are given is what is completed.
    private const string Zsh = """
        source <(analyzer completion zsh)
        compadd() { local word=$words[CURRENT]; for each in ${(P)2}; do [[ $each == $word* ]] && print -r -- $each; done; return 0 }
        _files() { print -rl -- $words[CURRENT]*(N) }
        words=(${=1}); [[ $1 == *" " ]] && words+=(""); CURRENT=$#words
        _analyzer
        """;

    private const string Fish = """
        analyzer completion fish | source
        # `string` ends with 1 where it had nothing to replace.
        complete -C $argv[1] | string replace -r '(/|\t.*)$' ''; true
        """;

    public static TheoryData<string, string, string> Lines
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var shell in new[] { "bash", "zsh", "fish" })
            {
                data.Add(shell, "analyzer ex", "explain extract");
                data.Add(shell, "analyzer analyze self", "selfsimilarity");
                data.Add(shell, "analyzer audit model.onnx --device ", "auto cpu cuda");
                data.Add(shell, "analyzer audit model.onnx --de", "--device");
                data.Add(shell, "analyzer guide ", "audit library reading training workflow");
                data.Add(shell, "analyzer explain run codes.", "codes.network.knearest codes.network.logistic");
                data.Add(shell, "analyzer audit mod", "model.onnx models");
                data.Add(shell, "analyzer explain ru", "run");
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_is_completed(string shell, string line, string completed)
    {
        using var workshop = new Workshop();
        Assert.SkipUnless(Installed(shell), $"there is no {shell} here; Debian has it as `{shell}`");
        // Without what this machine's user has set up.
        workshop.Environment["XDG_CONFIG_HOME"] = workshop["home"];
        File.WriteAllText(workshop["model.onnx"], "");
        Directory.CreateDirectory(workshop["models"]);
        Directory.CreateDirectory(workshop["run"]);
        File.WriteAllText(workshop["run/report.json"], """{ "findings": [ { "id": "codes.network.knearest" }, { "id": "codes.network.logistic" }, { "id": "preprocessing.input" } ] }""");
        var (exitCode, output, error) = shell switch
        {
            "bash" => workshop.Run("bash", "--noprofile", "--norc", "-c", Bash, "bash", line),
            "zsh" => workshop.Run("zsh", "-f", "-c", Zsh, "zsh", line),
            _ => workshop.Run("fish", "-c", Fish, line),
        };
        Assert.True(exitCode == 0 && error.Length == 0, $"exit code {exitCode}: {error}");
        Assert.Equal(completed.Split(' '), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_run_that_is_none_has_nothing_to_complete()
    {
        const string line = "explain nowhere codes.";
        Assert.Equal(new(0, "\n", ""), Outcome.Of($"[suggest:{line.Length}]", line));
    }

    [Fact]
    public void PowerShell_is_given_a_script_that_asks_as_the_others_do()
    {
        var script = Outcome.Of("completion", "pwsh");
        Assert.Equal(0, script.ExitCode);
        Assert.Contains("Register-ArgumentCompleter -Native -CommandName analyzer", script.Output, StringComparison.Ordinal);
        Golden.Check("completion-unknown", Outcome.Of("completion", "tcsh"));
    }

    private static bool Installed(string shell) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, shell)));
}
