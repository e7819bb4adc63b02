using System.CommandLine;
using Analyzer.Gates;

namespace Analyzer.Cli.Commands;

/// <summary><c>check</c>: hold a run against gates.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("check", "Hold a run against the gates of a policy: exit code 0 passed, 1 failed, 4 inconclusive");
        var run = SharedOptions.OptionalRun();
        var policy = Policy();
        var reference = Reference();
        var print = new Option<bool>("--default") { Description = "Print the default policy, to begin a gates.yaml with" };
        var json = SharedOptions.Json();
        command.Add(run);
        foreach (var option in new Option[] { policy, reference, print, json }) command.Add(option);
        command.SetAction((parsed, _) =>
        {
            if (parsed.GetValue(print))
            {
                terminal.OutputWriter.Write(Gates.Policy.Default.Text);
                return Task.FromResult(CommandLine.Done);
            }
            var path = SharedOptions.Needed(parsed, run);
            var report = Pipeline.Check(path, Read(parsed.GetValue(policy)), parsed.GetValue(reference));
            if (parsed.GetValue(json)) terminal.OutputWriter.WriteLine(System.Text.Json.JsonSerializer.Serialize(report.Gates, Reports.Report.Json));
            else Tables.PrintGates(terminal, report.Gates!, all: true);
            return Task.FromResult(report.Gates!.ExitCode);
        });
        return command;
    }

    public static Option<string?> Policy() => new("--policy") { Description = "The gates: a gates.yaml (default: that the run was last judged by, else the default policy)", HelpName = "FILE" };

    public static Option<string?> Reference() => new("--reference") { Description = "A run that gates on changes are measured against", HelpName = "RUN" };

    public static Policy? Read(string? path) => path is null ? null : Gates.Policy.Open(path);
}
