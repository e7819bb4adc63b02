using System.CommandLine;
using Analyzer.Reports;

namespace Analyzer.Cli.Commands;

/// <summary><c>diff</c>: what changed between two models or checkpoints.</summary>
internal static class DiffCommand
{
    // Of another architecture every node differs.
    private const int MostRows = 50;

    public static Command Create(Terminal terminal)
    {
        var command = new Command("diff", "Say what changed between two runs: model, data and options, accuracy, layers' activations and weights, findings");
        var (a, b) = (Run("A", "The older run, or the reference"), Run("B", "The newer run"));
        var usual = new DiffOptions();
        var folder = new Option<string?>("--out") { Description = "Where diff.json, diff.md and diff.html go too", HelpName = "DIR" };
        var samples = new Option<int>("--samples") { Description = "Samples whose activations are compared at most", DefaultValueFactory = _ => usual.Samples };
        var halves = new Option<int>("--halves") { Description = "Random halves of the samples behind an interval", DefaultValueFactory = _ => usual.Halves };
        var permutations = new Option<int>("--permutations") { Description = "Permutations of the samples behind a null", DefaultValueFactory = _ => usual.Permutations };
        var seed = new Option<long>("--seed") { Description = "Where random choices start from", DefaultValueFactory = _ => 0 };
        var json = SharedOptions.Json();
        command.Add(a);
        command.Add(b);
        foreach (var option in new Option[] { folder, samples, halves, permutations, seed, json }) command.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var options = SharedOptions.Checked(parsed, () => new DiffOptions
            {
                Out = parsed.GetValue(folder), Samples = parsed.GetValue(samples), Halves = parsed.GetValue(halves), Permutations = parsed.GetValue(permutations), Seed = parsed.GetValue(seed),
            });
            DiffReport report;
            using (var progress = new ProgressPrinter(terminal))
                report = Pipeline.Diff(parsed.GetValue(a)!, parsed.GetValue(b)!, options, progress, cancellation);
            if (parsed.GetValue(json)) terminal.OutputWriter.Write(report.ToJson());
            else Print(terminal, report, options.Out);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static Argument<string> Run(string name, string description) => new(name) { Description = description };

    private static void Print(Terminal terminal, DiffReport report, string? folder)
    {
        foreach (var sentence in report.Summary) terminal.Print(sentence);
        terminal.Print("");
        foreach (var part in DiffTable.All(report))
        {
            terminal.Print(part.Title);
            var table = new ResultTable([.. part.Columns], part.Wrapping);
            foreach (var row in part.Rows.Take(MostRows)) table.Add(row);
            table.Write(terminal);
            if (part.Rows.Count > MostRows) terminal.Print($"and {Text.Count(part.Rows.Count - MostRows)} more; `--json` has all of them");
        }
        foreach (var note in report.Notes) terminal.Say($"note: {note}");
        if (folder is not null) terminal.Print($"report: {Path.Combine(folder, "diff.html")}");
    }
}
