using System.CommandLine;

namespace Analyzer.Cli.Commands;

/// <summary><c>report</c>: write the report files again from what is stored.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("report", "Write report.json, report.html and report.md from what is stored in a run");
        var run = SharedOptions.Run();
        var json = SharedOptions.Json();
        command.Add(run);
        command.Add(json);
        command.SetAction((parsed, _) =>
        {
            var report = Pipeline.Report(parsed.GetValue(run)!);
            Tables.PrintReport(terminal, parsed.GetValue(run)!, report, parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }
}
