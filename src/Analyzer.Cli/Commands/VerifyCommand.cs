using System.CommandLine;
using Analyzer.Reports;

namespace Analyzer.Cli.Commands;

/// <summary><c>verify</c>: is a run what it says?</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("verify", "Check that a run is what it says: its files by their checksums, its findings by measuring them again from the stored data");
        var run = SharedOptions.Run();
        var quick = new Option<bool>("--quick") { Description = "Compare checksums only, and recompute nothing" };
        var json = SharedOptions.Json();
        command.Add(run);
        command.Add(quick);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            VerifyReport report;
            using (var progress = new ProgressPrinter(terminal))
                report = Pipeline.Verify(parsed.GetValue(run)!, new() { Quick = parsed.GetValue(quick) }, progress, cancellation);
            if (parsed.GetValue(json)) terminal.OutputWriter.Write(report.ToJson());
            else VerifyTables.Print(terminal, report);
            return Task.FromResult(report.ExitCode);
        });
        return command;
    }
}
