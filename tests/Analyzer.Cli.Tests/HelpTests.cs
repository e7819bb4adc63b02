namespace Analyzer.Cli.Tests;

public class HelpTests
{
    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help-demo", "demo --help")]
    [InlineData("help-inspect", "inspect --help")]
    [InlineData("help-extract", "extract --help")]
    [InlineData("help-plan", "plan --help")]
    [InlineData("help-analyze", "analyze --help")]
    [InlineData("help-analyze-codes", "analyze codes --help")]
    [InlineData("help-analyze-redundancy", "analyze redundancy --help")]
    [InlineData("help-analyze-anomalies", "analyze anomalies --help")]
    [InlineData("help-analyze-discriminate", "analyze discriminate --help")]
    [InlineData("help-analyze-selfsimilarity", "analyze selfsimilarity --help")]
    [InlineData("help-audit", "audit --help")]
    [InlineData("help-sweep", "sweep --help")]
    [InlineData("help-diff", "diff --help")]
    [InlineData("help-explain", "explain --help")]
    [InlineData("help-verify", "verify --help")]
    [InlineData("help-report", "report --help")]
    [InlineData("help-query", "query --help")]
    [InlineData("help-serve", "serve --help")]
    [InlineData("help-guide", "guide --help")]
    [InlineData("help-completion", "completion --help")]
    public void Help_says_what_a_command_takes(string golden, string command) =>
        Golden.Check(golden, Outcome.Of(command.Split(' ')), ($"default: {Environment.ProcessorCount}]", "default: PROCESSORS]"), ("Analyzer.Cli.Tests ", "analyzer "));
}
