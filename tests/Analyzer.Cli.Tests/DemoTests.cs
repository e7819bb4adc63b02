using System.Globalization;
using System.Text.Json.Nodes;

namespace Analyzer.Cli.Tests;

/// <summary>The first command of the README, whole: all of MNIST through all seven networks.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_demo_prints_what_the_readme_shows_and_shows_what_the_paper_says()
    {
        var outcome = Outcome.Of("demo", "--out", _folder["analyzer-demo"]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var text = outcome.Output.Replace(_folder.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        var printed = Lines(text);
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        if (Environment.GetEnvironmentVariable("GOLDEN") == "update")
        {
            readme = Block(readme).Before + "\n" + string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(l => $"    {l}".TrimEnd())).Trim('\n') + "\n\n" + Block(readme).After;
            File.WriteAllText(Path.Combine(Repository.Root, "README.md"), readme);
        }
        var shown = Lines(Block(readme).Text);
        Assert.Equal(shown.Length, printed.Length);
        foreach (var (expected, actual) in shown.Zip(printed)) AssertSame(expected, actual);

        // What made a run can be typed again.
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["analyzer-demo"], "mnist-mlp-w010", "manifest.json")))!;
        var (model, data, run) = (Path.Combine(AppContext.BaseDirectory, "models", "mnist-mlp-w010.onnx"), Path.Combine(AppContext.BaseDirectory, "data", "mnist", "dataset.yaml"), Path.Combine(_folder["analyzer-demo"], "mnist-mlp-w010"));
        Assert.Equal($"analyzer audit {model} --data {data} --out {run}", (string?)manifest["commandLine"]);

        var redundancy = new Dictionary<int, double>();
        foreach (var width in new[] { 10, 20, 30, 40, 60, 80, 100 })
            redundancy.Add(width, (double)Network(width)["splits"]!["train"]!["redundancy"]!);
        Assert.InRange(redundancy[10], .95, 1);
        Assert.InRange(redundancy[20], .45, .85);
        Assert.InRange(redundancy[30], .1, .4);
        Assert.InRange(redundancy[100], 0, .01);
        Assert.Equal(redundancy.Values.OrderDescending(), redundancy.Values);

        var wide = Network(100);
        Assert.Equal((60_000, 10_000), ((int)wide["splits"]!["train"]!["samples"]!, (int)wide["splits"]!["test"]!["samples"]!));
        Assert.InRange((double)wide["splits"]!["test"]!["redundancy"]!, 0, .01);
        Assert.InRange((double)wide["kNearest"]!["accuracy"]!, .94, .975);
        Assert.InRange((double)wide["logistic"]!["accuracy"]!, .90, .96);
        Assert.InRange((double)wide["kMeans"]!["purity"]!, .5, .8);
        AssertAgrees(wide, JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Analyzer.Cli.Tests", "Reference", "mnist-mlp-w100.json")))!);
        // Chance on MNIST is between .0980 (uniform guesses) and .1135 (always the largest class).
        Assert.InRange((double)wide["nulls"]!["permutedLabels"]!["kNearest"]!["mean"]!, .09, .12);
    }

    // What scikit-learn, faiss and SciPy make of the same codes. On the machine that made the reference counts and accuracies are equal;
    // another processor may turn a few of seven million bits.
    private static void AssertAgrees(JsonNode ours, JsonNode reference)
    {
        void Close(double expected, JsonNode? actual, double tolerance) => Assert.Equal(expected, (double)actual!, tolerance);
        Close((double)reference["distinct"]!["train"]!, ours["splits"]!["train"]!["distinct"], 5);
        Close((double)reference["distinct"]!["test"]!, ours["splits"]!["test"]!["distinct"], 2);
        Close((double)reference["kNearest"]!["faiss"]!["accuracy"]!, ours["kNearest"]!["accuracy"], 5e-4);
        var (pairs, multinomial) = (reference["logistic"]!["oneVsOne"]!, reference["logistic"]!["multinomial"]!);
        Close((double)pairs["objective"]!, ours["logistic"]!["objective"], 1e-3 * (double)pairs["objective"]!);
        Close((double)pairs["accuracy"]!, ours["logistic"]!["accuracy"], 1e-3);
        Close((double)multinomial["objective"]!, ours["logistic"]!["multinomial"]!["objective"], 1e-3 * (double)multinomial["objective"]!);
        // Ten starts each, from other random numbers: the best of them lie within a thousandth of each other.
        Close((double)reference["kMeans"]!["inertia"]!, ours["kMeans"]!["splits"]!["train"]!["inertia"], 1e-3 * (double)reference["kMeans"]!["inertia"]!);
        Close((double)reference["kMeans"]!["purity"]!, ours["kMeans"]!["splits"]!["train"]!["purity"], .02);
    }

    private JsonNode Network(int width) => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["analyzer-demo"], $"mnist-mlp-w{width:D3}", "report.json")))!["analyses"]!["codes"]!["network"]!;

    private static string[] Lines(string text) => [.. text.ReplaceLineEndings("\n").Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];

    private static (string Before, string Text, string After) Block(string readme)
    {
        const string begin = "<!-- demo: begin -->\n", end = "<!-- demo: end -->";
        var from = readme.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = readme.IndexOf(end, StringComparison.Ordinal);
        return (readme[..from], readme[from..to], readme[to..]);
    }

    // Another processor rounds products in another order; a pre-activation within that rounding of zero changes its bit, which moves
    // accuracies in the fourth decimal, and may send K-Means to another of its optima, which differ by a few hundredths.
    private static void AssertSame(string expected, string actual)
    {
        var (left, right) = (expected.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), actual.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.True(left.Length == right.Length, $"the README shows `{expected}`, the demo printed `{actual}`");
        for (var i = 0; i < left.Length; i++)
        {
            if (double.TryParse(left[i], NumberStyles.Float, CultureInfo.InvariantCulture, out var a) && double.TryParse(right[i], NumberStyles.Float, CultureInfo.InvariantCulture, out var b))
                Assert.Equal(a, b, i == left.Length - 1 ? .05 : .003);
            else
                Assert.Equal(left[i], right[i]);
        }
    }
}
