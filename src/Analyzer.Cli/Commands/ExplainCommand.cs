using System.CommandLine;

namespace Analyzer.Cli.Commands;

/// <summary><c>explain</c>: what is behind one finding.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("explain", "Show what is behind a finding: its place, null and rule, the rows and samples it rests on, and the commands that measure it again");
        var run = SharedOptions.Run();
        var finding = new Argument<string>("FINDING") { Description = "A finding's id, such as codes.network.knearest; without one, an error lists those that there are", Arity = ArgumentArity.ZeroOrOne };
        finding.CompletionSources.Add(context => FindingIds.Of(context, run));
        var json = SharedOptions.Json();
        command.Add(run);
        command.Add(finding);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            var explanation = Pipeline.Explain(parsed.GetValue(run)!, parsed.GetValue(finding) ?? "", cancellation);
            if (parsed.GetValue(json)) terminal.OutputWriter.Write(explanation.ToJson());
            else ExplanationTables.Print(terminal, explanation);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }
}
