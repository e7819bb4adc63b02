using System.CommandLine;

namespace Analyzer.Cli.Commands;

/// <summary><c>report</c>: write the report files again from what is stored.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("report", "Write report.json, report.html, report.md, junit.xml, report.sarif and model-index.yaml from what is stored in a run");
        var run = SharedOptions.OptionalRun();
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of report.json" };
        var json = SharedOptions.Json();
        command.Add(run);
        command.Add(schema);
        command.Add(json);
        command.SetAction((parsed, _) =>
        {
            if (parsed.GetValue(schema))
            {
                terminal.OutputWriter.Write(Reports.ReportSchema.Render());
                return Task.FromResult(CommandLine.Done);
            }
            var path = SharedOptions.Needed(parsed, run);
            var report = Pipeline.Report(path);
            Tables.PrintReport(terminal, path, report, parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }
}
