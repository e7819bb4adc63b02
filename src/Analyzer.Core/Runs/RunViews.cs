using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>A view of <see cref="RunQuery"/> and <see cref="RunDatabase"/>.</summary>
/// <param name="Name">Its name, such as <c>codes_samples</c>; not quoted.</param>
/// <param name="Select">What it is.</param>
/// <param name="Files">All that it reads.</param>
internal sealed record RunView(string Name, string Select, IReadOnlyList<string> Files)
{
    /// <summary>Makes it.</summary>
    public void Create(DuckDbConnection duckDb) => duckDb.Execute($"CREATE VIEW \"{Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\" AS {Select}");

    /// <summary>Whether all that it reads lies in the run, and is not reached from there by a link.</summary>
    public bool IsOwn(string run)
    {
        foreach (var file in Files)
            for (var at = file; at is not null && at.Length > run.Length; at = Path.GetDirectoryName(at))
                if (File.GetAttributes(at).HasFlag(FileAttributes.ReparsePoint)) return false;
        return true;
    }
}

/// <summary>The views of a run: a file or a folder of parts each, its controls' included.</summary>
internal static class RunViews
{
    /// <summary>Those that a run has files for.</summary>
    public static IEnumerable<RunView> Of(string run) =>
        new[] { NullKind.Untrained, NullKind.RandomInputs }.Aggregate(Of(run, ""), (views, kind) => views.Concat(Of(RunPaths.Null(run, kind), kind.Replace('-', '_') + "_")));

    private static IEnumerable<RunView> Of(string run, string prefix)
    {
        foreach (var (name, file) in new[] { ("samples", RunPaths.Samples(run)), ("taps", RunPaths.Taps(run)) })
            if (System.IO.File.Exists(file)) yield return File(prefix + name, file);
        foreach (var (name, column) in new[] { ("activations", "tap"), ("weights", "weight"), ("codes", "tap") })
            if (Parts(prefix + name, Path.Combine(run, name), column) is { } view) yield return view;
        foreach (var folder in Folders(Path.Combine(run, "analyses"), "*"))
            foreach (var file in Directory.EnumerateFiles(folder, "*.parquet").Order(StringComparer.Ordinal))
                yield return File($"{prefix}{Path.GetFileName(folder)}_{Path.GetFileNameWithoutExtension(file)}", file);
    }

    private static RunView File(string name, string file) => new(name, $"SELECT * FROM {RunPaths.Parquet(file)}", [file]);

    // One folder a tap, whose name is a column: a query of one tap reads that folder alone.
    private static RunView? Parts(string name, string folder, string column)
    {
        var parts = Folders(folder, $"{column}=*").Select(d => (Value: Path.GetFileName(d)[(column.Length + 1)..], Files: Directory.EnumerateFiles(d, RunPaths.EveryPart).Order(StringComparer.Ordinal).ToArray()))
            .Where(p => p.Files.Length > 0).ToArray();
        return parts.Length == 0 ? null : new(name, string.Join(" UNION ALL ", parts.Select(p => $"SELECT *, {RunPaths.Quoted(p.Value)} AS {column} FROM {RunPaths.Parquet(p.Files)}")), [.. parts.SelectMany(p => p.Files)]);
    }

    private static IEnumerable<string> Folders(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Order(StringComparer.Ordinal) : [];
}
