using System.CommandLine;

namespace Analyzer.Cli.Commands;

/// <summary><c>report</c>: write the report files again from what is stored.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("report", "Write report.json, report.html, report.md, junit.xml, report.sarif and model-index.yaml from what is stored in a run");
        var run = SharedOptions.OptionalRun();
        var figures = new Option<string?>("--figures") { Description = "Write every figure of the page as a file too, here (default: figures in the run)", HelpName = "DIR", Arity = ArgumentArity.ZeroOrOne };
        var format = SharedOptions.Choices("--format", "What the figures become: svg for a page of any size, png with 300 dots an inch. May be given several times", FigureFormat.Svg, FigureFormat.Png);
        format.AllowMultipleArgumentsPerToken = true;
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of report.json" };
        var json = SharedOptions.Json();
        command.Add(run);
        command.Add(figures);
        command.Add(format);
        command.Add(schema);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(schema))
            {
                terminal.OutputWriter.Write(Reports.ReportSchema.Render());
                return Task.FromResult(CommandLine.Done);
            }
            var formats = SharedOptions.Chosen<FigureFormat>(parsed, format);
            if (parsed.GetResult(format) is { Implicit: false } && parsed.GetResult(figures) is null) throw new AnalyzerException("`--format` is of figures, and none are asked for", "add `--figures`");
            var path = SharedOptions.Needed(parsed, run);
            var report = Pipeline.Report(path);
            FigureFiles? files = null;
            if (parsed.GetResult(figures) is not null)
            {
                using var progress = new ProgressPrinter(terminal);
                files = Pipeline.Figures(path, new() { Folder = parsed.GetValue(figures), Formats = formats }, progress, cancellation);
            }
            Tables.PrintReport(terminal, path, report, parsed.GetValue(json));
            if (files is not null && !parsed.GetValue(json)) Tables.PrintFigures(terminal, files, formats);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }
}
