using System.CommandLine;

namespace Analyzer.Cli.Commands;

/// <summary><c>audit</c>: extract, every analysis that applies, report, gates.</summary>
internal static class AuditCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("audit", "Extract, run every analysis that applies, report, and hold it against gates");
        var options = new ExtractionOptions(command);
        var taps = SharedOptions.Taps(" (default: every hidden activation)");
        var maps = SharedOptions.Maps(usual: 1_000);
        var json = SharedOptions.Json();
        var policy = CheckCommand.Policy();
        var reference = CheckCommand.Reference();
        foreach (var option in new Option[] { taps, maps, policy, reference, json }) command.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var wanted = options.Read(parsed) with { Taps = parsed.GetValue(taps) ?? [], Maps = parsed.GetValue(maps) };
            // A policy that cannot be read is told before an hour of work, not after.
            var gates = CheckCommand.Read(parsed.GetValue(policy));
            Reports.Report report;
            using (var progress = new ProgressPrinter(terminal))
                report = Pipeline.Audit(wanted, new(), gates, parsed.GetValue(reference), progress, cancellation);
            Tables.PrintReport(terminal, wanted.Out, report, parsed.GetValue(json));
            return Task.FromResult(report.Gates!.ExitCode);
        });
        return command;
    }
}
