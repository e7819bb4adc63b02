using System.Globalization;
using System.Text.RegularExpressions;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>What differs between the models of a sweep: from file names, from what the exporter wrote into the model, from the run.</summary>
internal static class SweepFactors
{
    /// <summary>A repeat of the same training under another seed is no factor: its runs are joined.</summary>
    private const string Seed = "seed";

    /// <summary>The factors of each run, and those that vary.</summary>
    public static (IReadOnlyList<IReadOnlyDictionary<string, string>> OfRuns, IReadOnlyList<SweepFactor> Varying) Of(
        IReadOnlyList<Manifest> runs, IReadOnlyDictionary<string, string> patterns)
    {
        var from = new Dictionary<string, string>(StringComparer.Ordinal);
        var found = runs.Select(run => OfRun(run, patterns, from)).ToArray();
        foreach (var (name, pattern) in patterns)
            if (!runs.Any(run => Matched(name, pattern, Path.GetFileName(run.Model.Path)) is not null))
                throw new AnalyzerException($"`--factor {name}={pattern}` matches no model's file name, such as `{Path.GetFileName(runs[0].Model.Path)}`", "write the expression with a group for the value");
        var varying = from.Keys.Where(name => name != Seed && found.Select(f => f.GetValueOrDefault(name)).OfType<string>().Distinct().Count() > 1).Select(name =>
        {
            string[] values = [.. found.Select(f => f.GetValueOrDefault(name)).OfType<string>().Distinct()];
            var numeric = values.All(v => Number(v) is not null);
            return new SweepFactor(name, numeric, from[name], numeric ? [.. values.OrderBy(v => Number(v))] : [.. values.Order(StringComparer.Ordinal)]);
        }).ToArray();
        // What follows from another factor is none of its own: parameters from width, where each width has one count.
        varying = [.. varying.Where(f => !varying.Any(other => other != f && Follows(f.Name, other.Name, found)))];
        var names = varying.Select(f => f.Name).Append(Seed).ToHashSet(StringComparer.Ordinal);
        return ([.. found.Select(f => (IReadOnlyDictionary<string, string>)f.Where(p => names.Contains(p.Key)).ToDictionary())], varying);
    }

    /// <summary>A factor's value as a number; null where it is none.</summary>
    public static double? Number(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>The values of some factors as <c>width 100, epoch 3</c>.</summary>
    public static string Describe(IReadOnlyDictionary<string, string> factors, IEnumerable<string> names) =>
        string.Join(", ", names.Where(factors.ContainsKey).Select(n => $"{n} {factors[n]}"));

    private static SortedDictionary<string, string> OfRun(Manifest run, IReadOnlyDictionary<string, string> patterns, Dictionary<string, string> from)
    {
        var factors = new SortedDictionary<string, string>(StringComparer.Ordinal);
        void Set(string name, string value, string source)
        {
            if (factors.TryAdd(name, value)) from.TryAdd(name, source);
        }
        var file = Path.GetFileName(run.Model.Path);
        foreach (var (name, pattern) in patterns)
            if (Matched(name, pattern, file) is { } value) Set(name, value, $"the file name, by `{pattern}`");
        foreach (var (name, value) in run.Model.Metadata ?? new Dictionary<string, string>()) Set(name, value, "the model's metadata");
        var layers = run.Taps.Where(t => !t.HeadInput).DistinctBy(t => t.Tensor).ToArray();
        Set("depth", layers.Length.ToString(CultureInfo.InvariantCulture), "the number of tapped tensors");
        if (run.Taps.Where(t => t is { HeadInput: false, UnitAxis: not null }).Select(t => t.Shape[t.UnitAxis!.Value]).DefaultIfEmpty().Max() is > 0 and var width)
            Set("width", width.ToString(CultureInfo.InvariantCulture), "the units of the widest tap");
        Set("parameters", run.Model.Parameters.ToString(CultureInfo.InvariantCulture), "the model");
        return factors;
    }

    private static string? Matched(string name, string pattern, string file)
    {
        try
        {
            // A pattern that a user types may be one that backtracks for ever.
            var match = Regex.Match(file, pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return match is { Success: true, Groups.Count: > 1 } ? match.Groups[1].Value : null;
        }
        catch (Exception e) when (e is RegexParseException or RegexMatchTimeoutException)
        {
            throw new AnalyzerException($"`--factor {name}={pattern}` is no usable regular expression: {e.Message}", @"write one with a group for the value, such as `--factor epoch='epoch(\d+)'`");
        }
    }

    // Of two that follow from one another, the one named later in the alphabet gives way, but `parameters` always does.
    private static bool Follows(string factor, string from, IReadOnlyList<IReadOnlyDictionary<string, string>> ofRuns)
    {
        bool Decides(string a, string b) => ofRuns.Where(r => r.ContainsKey(a) && r.ContainsKey(b)).GroupBy(r => r[a]).All(g => g.Select(r => r[b]).Distinct().Count() == 1)
            && ofRuns.All(r => r.ContainsKey(a) || !r.ContainsKey(b));
        if (!Decides(from, factor)) return false;
        if (!Decides(factor, from)) return true;
        string Rank(string name) => (name == "parameters" ? "1" : "0") + name;
        return string.CompareOrdinal(Rank(from), Rank(factor)) < 0;
    }
}
