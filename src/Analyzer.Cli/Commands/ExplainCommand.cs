using System.CommandLine;
using System.Text.Json;
using Analyzer.Reports;

namespace Analyzer.Cli.Commands;

/// <summary><c>explain</c>: what is behind one finding.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("explain", "Show what is behind a finding: its place, null and rule, the rows and samples it rests on, and the commands that measure it again");
        var run = SharedOptions.Run();
        var finding = new Argument<string>("FINDING") { Description = "A finding's id, such as codes.network.knearest; without one, all are listed", Arity = ArgumentArity.ZeroOrOne };
        finding.CompletionSources.Add(context => FindingIds.Of(context, run));
        var json = SharedOptions.Json();
        command.Add(run);
        command.Add(finding);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(finding) is not { } id)
            {
                List(terminal, Pipeline.Findings(parsed.GetValue(run)!), parsed.GetValue(json));
                return Task.FromResult(CommandLine.Done);
            }
            var explanation = Pipeline.Explain(parsed.GetValue(run)!, id, cancellation);
            if (parsed.GetValue(json)) terminal.OutputWriter.Write(explanation.ToJson());
            else ExplanationTables.Print(terminal, explanation);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static void List(Terminal terminal, IReadOnlyList<Finding> findings, bool json)
    {
        if (json)
        {
            terminal.OutputWriter.WriteLine(JsonSerializer.Serialize(findings, Report.Json));
            return;
        }
        var table = new ResultTable(["verdict", "finding", "title"], "title");
        foreach (var finding in findings) table.Add(Text.Word(finding.Verdict), finding.Id, finding.Title);
        table.Write(terminal);
    }
}
