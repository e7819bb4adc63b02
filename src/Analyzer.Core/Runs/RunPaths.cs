using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>Where things lie in a run's directory: the one place that knows the layout.</summary>
internal static class RunPaths
{
    /// <summary>Ends the names of files that are being written: no name that anybody else gives, for what bears it is cleared away.</summary>
    public const string Unfinished = ".analyzer-unfinished";

    /// <summary>The folder of figures as files.</summary>
    public const string Figures = "figures";

    /// <summary>A glob over the parts in a folder.</summary>
    public const string EveryPart = "part-*.parquet";

    public static string Manifest(string run) => Path.Combine(run, "manifest.json");
    public static string Samples(string run) => Path.Combine(run, "samples.parquet");
    public static string Taps(string run) => Path.Combine(run, "taps.parquet");
    public static string Lock(string run) => Path.Combine(run, ".lock");

    /// <summary>Sample rows of finished parts, until they become <c>samples.parquet</c>; the file is what makes a part finished.</summary>
    public static string Partial(string run) => Path.Combine(run, ".partial");
    public static bool IsPartial(string file) => Path.GetFileName(Path.GetDirectoryName(file)) == Path.GetFileName(Partial(""));
    public static string PartialSamples(string run, int part) => Path.Combine(Partial(run), $"samples-{part:D5}.parquet");

    public static string TapFolder(string run, TapEntry tap) =>
        Path.Combine(run, tap.IsCode ? "codes" : "activations", $"tap={tap.Id}");
    public static string TapPart(string run, TapEntry tap, int part) => Path.Combine(TapFolder(run, tap), $"part-{part:D5}.parquet");

    public static string Weights(string run, WeightEntry weights) => Path.Combine(run, "weights", $"weight={weights.Id}", "part-00000.parquet");

    public static string Analysis(string run, string analysis) => Path.Combine(run, "analyses", analysis);
    public static string Result(string run, string analysis) => Path.Combine(Analysis(run, analysis), "result.json");
    public static string Null(string run, string kind) => Path.Combine(run, "nulls", kind);

    /// <summary>Folders of a run whose files are replaced and cleared away after its extraction.</summary>
    public static IEnumerable<string> Rewritten(string run)
    {
        var analyses = Path.Combine(run, "analyses");
        return new[] { analyses, Path.Combine(run, Figures) }.Concat(Directory.Exists(analyses) ? Directory.EnumerateDirectories(analyses) : []);
    }

    /// <summary>A file's path within the run, with slashes.</summary>
    public static string Relative(string run, string file) => Path.GetRelativePath(run, file).Replace('\\', '/');

    /// <summary>A path for a file to write, or another text, inside single quotes of a SQL statement.</summary>
    public static string Quoted(string text) => DuckDbPath.Quoted(text);

    /// <summary>
    /// A file to read as a table of a SQL statement; <paramref name="pattern"/> adds files of that folder by a glob. What the path itself
    /// holds of DuckDB's patterns (<c>run[1]</c>) or of partitions (<c>lr=0.1/run</c>) is a name and means nothing.
    /// </summary>
    public static string Parquet(string path, string? pattern = null) =>
        $"read_parquet({Quoted(Path.Combine(DuckDbPath.Exact(path), pattern ?? ""))}, hive_partitioning = false)";

    /// <summary>Files to read as one table; their names mean nothing either.</summary>
    public static string Parquet(IReadOnlyList<string> files) => $"read_parquet([{string.Join(", ", files.Select(f => Quoted(DuckDbPath.Exact(f))))}], hive_partitioning = false)";

    /// <summary>Writes a file under a temporary name and renames it, so that a killed writer leaves no half file under the real one.</summary>
    /// <exception cref="AnalyzerException">The disk is full or the directory cannot be written; what is finished stays.</exception>
    public static void WriteAtomically(string path, Action<string> write) => Guarded(path, () =>
    {
        write(Begin(path));
        End(path);
    });

    /// <summary>Makes way for such a file where it is written over a longer time, inside <see cref="Guarded"/>.</summary>
    /// <returns>The temporary name.</returns>
    public static string Begin(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // A link of that name would lead the writing elsewhere.
        File.Delete(path + Unfinished);
        return path + Unfinished;
    }

    /// <summary>Puts it in place.</summary>
    public static void End(string path) => File.Move(path + Unfinished, path, overwrite: true);

    /// <summary>Writes at a file, in words of the user's where that fails.</summary>
    /// <inheritdoc cref="WriteAtomically"/>
    public static void Guarded(string path, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DuckDbException)
        {
            throw new AnalyzerException($"could not write `{path}`: {e.Message.ReplaceLineEndings(" ")}",
                "make room or the directory writable; then the same command goes on, with `--resume` where it has that option", Failure.Resource, e);
        }
    }
}
