using System.CommandLine;
using Analyzer.Reports;
using System.Text.Json;

namespace Analyzer.Cli.Commands;

/// <summary><c>demo</c>: the main job on the bundled networks and all of MNIST.</summary>
internal static class DemoCommand
{
    private static readonly int[] Widths = [10, 20, 30, 40, 60, 80, 100];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("demo", "Audit the bundled networks on MNIST: one run per network");
        var folder = new Option<string>("--out") { Description = "Where the runs go", DefaultValueFactory = _ => "analyzer-demo" };
        command.Add(folder);
        command.SetAction((parsed, cancellation) =>
        {
            Run(terminal, parsed.GetValue(folder)!, cancellation);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static void Run(Terminal terminal, string folder, CancellationToken cancellation)
    {
        var data = Bundled("data", "mnist", "dataset.yaml");
        var reports = new List<(int Width, Report Report)>();
        terminal.Say($"auditing {Widths.Length} networks (784 → width → 10, ReLU) on 60,000 training and 10,000 test images of MNIST");
        foreach (var width in Widths)
        {
            var name = $"mnist-mlp-w{width:D3}";
            using var progress = new ProgressPrinter(terminal);
            terminal.Say($"{name}");
            var (model, run) = (Bundled("models", $"{name}.onnx"), Path.Combine(folder, name));
            reports.Add((width, Pipeline.Audit(new()
            {
                Model = model, Data = data, Out = run, Maps = 1_000,
                // The demo may be run again: what is there from the same model and data is kept.
                Resume = Directory.Exists(run),
                CommandLine = SharedOptions.CommandText(["audit", model, "--data", data, "--out", run]),
            }, new(), progress: progress, cancellation: cancellation)));
        }
        Print(terminal, folder, reports);
    }

    private static void Print(Terminal terminal, string folder, IReadOnlyList<(int Width, Report Report)> reports)
    {
        var table = new ResultTable(["width", "accuracy", "R train", "R test", "untrained R", "K-NN", "shuffled", "logistic", "K-Means"]) { AlignRight = true };
        foreach (var (width, report) in reports)
        {
            var codes = report.Analyses["codes"]!.Deserialize<CodesReport>(Report.Json)!.Network;
            table.Add(width.ToString(System.Globalization.CultureInfo.InvariantCulture), Text.Fraction(report.Accuracy["test"].Accuracy),
                Text.Fraction(codes.Splits["train"].Redundancy), Text.Fraction(codes.Splits["test"].Redundancy),
                Text.Fraction(codes.Nulls.Untrained?.Splits["train"].Redundancy), Text.Fraction(codes.KNearest!.Accuracy),
                Text.Fraction(codes.Nulls.PermutedLabels!.KNearest.Mean), Text.Fraction(codes.Logistic!.Accuracy), Text.Fraction(codes.KMeans!.Purity));
        }
        table.Write(terminal);
        terminal.Print("R: share of samples whose activation code an earlier sample already had. It falls to 0 with width: wide networks give");
        terminal.Print("nearly every image a code of its own, and the codes alone tell the digits apart (shuffled labels: chance).");
        terminal.Print($"runs: {folder}{Path.DirectorySeparatorChar}mnist-mlp-w*");
        terminal.Print($"report: {Path.Combine(folder, $"mnist-mlp-w{reports[^1].Width:D3}", "report.html")}");
    }

    private static string Bundled(params string[] parts)
    {
        var path = Path.Combine([AppContext.BaseDirectory, .. parts]);
        return File.Exists(path) ? path : throw new AnalyzerException($"`{Path.Combine(parts)}` is not beside the program", "build the project again: the demo's models and data are copied by the build", Failure.BadInput);
    }
}
