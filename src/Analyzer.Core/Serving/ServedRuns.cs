using System.Collections.Concurrent;
using System.Globalization;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Serving;

/// <summary>A run that is served.</summary>
/// <param name="Number">Its place on the command line, from 0: what links name it by.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Name">What it is called on pages.</param>
public sealed record ServedRun(int Number, string Path, string Name)
{
    /// <summary>The address of its pages.</summary>
    public string Url => $"/run/{Number.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>The runs, and what was made of them once and holds as long as their files stay as they are.</summary>
internal sealed class ServedRuns
{
    // More would be a leak: what is kept is a report or a layer's statistics, a few MB at most.
    private const int MostKept = 64;

    private readonly ConcurrentDictionary<string, (string State, object Value)> _kept = new(StringComparer.Ordinal);

    private ServedRuns(IReadOnlyList<ServedRun> all) => All = all;

    /// <summary>In the order of the command line.</summary>
    public IReadOnlyList<ServedRun> All { get; }

    /// <summary>Looks at each once.</summary>
    /// <exception cref="AnalyzerException">A directory is no run, or is given twice.</exception>
    public static ServedRuns Of(IReadOnlyList<string> paths)
    {
        foreach (var path in paths) Run.Open(path).Dispose();
        string[] whole = [.. paths.Select(p => Path.TrimEndingDirectorySeparator(Path.GetFullPath(p)))];
        if (whole.GroupBy(p => p, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new AnalyzerException($"`{twice.Key}` is given twice", "name each run once");
        // The folder's name, with those above it as far as it takes to tell runs apart.
        string Name(int depth, string path) => string.Join('/', path.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).TakeLast(depth));
        var depth = 1;
        while (depth < 64 && whole.Select(p => Name(depth, p)).Distinct(StringComparer.Ordinal).Count() < whole.Length) depth++;
        return new([.. whole.Select((p, i) => new ServedRun(i, p, Text.Short(Name(depth, p))))]);
    }

    /// <summary>Something that is a function of runs, made anew where their files are others.</summary>
    /// <param name="what">Names it, the runs included.</param>
    /// <param name="runs">Those it is made of.</param>
    /// <param name="make">Makes it.</param>
    public T Kept<T>(string what, IReadOnlyList<ServedRun> runs, Func<T> make) where T : class
    {
        // Gates may measure changes against a run that is not served.
        var state = string.Join('\n', runs.Select(r => r.Path).Concat(runs.Select(r => JudgedBy.ReferenceOf(r.Path)).OfType<string>()).Select(State));
        if (_kept.TryGetValue(what, out var kept) && kept.State == state) return (T)kept.Value;
        var made = make();
        if (_kept.Count >= MostKept) _kept.Clear();
        _kept[what] = (state, made);
        return made;
    }

    // What a writer of a run replaces at its end: by size and time, for hashing would take longer than the page.
    private static string State(string run)
    {
        var analyses = Path.Combine(run, "analyses");
        IEnumerable<string> files = ["manifest.json", "samples.parquet", "gates.json"];
        files = files.Select(f => Path.Combine(run, f)).Concat(Directory.Exists(analyses) ? Directory.EnumerateDirectories(analyses).Select(d => Path.Combine(d, "result.json")) : []);
        return string.Join('\n', files.Select(f => new FileInfo(f)).Select(f => f.Exists ? $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}" : f.FullName));
    }
}
