using System.CommandLine;

namespace Analyzer.Cli.Commands;

/// <summary><c>audit</c>: extract, every analysis that applies, report.</summary>
internal static class AuditCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("audit", "Extract, run every analysis that applies, and report");
        var options = new ExtractionOptions(command);
        var taps = SharedOptions.Taps(" (default: every hidden activation)");
        var maps = SharedOptions.Maps(usual: 1_000);
        var json = SharedOptions.Json();
        foreach (var option in new Option[] { taps, maps, json }) command.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var wanted = options.Read(parsed) with { Taps = parsed.GetValue(taps) ?? [], Maps = parsed.GetValue(maps) };
            Reports.Report report;
            using (var progress = new ProgressPrinter(terminal))
                report = Pipeline.Audit(wanted, new(), progress, cancellation);
            Tables.PrintReport(terminal, wanted.Out, report, parsed.GetValue(json));
            return Task.FromResult(report.ExitCode);
        });
        return command;
    }
}
