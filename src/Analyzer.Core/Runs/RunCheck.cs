namespace Analyzer.Runs;

/// <summary>Holds the files of a run against the checksums that were kept of them.</summary>
internal static class RunCheck
{
    private static readonly EnumerationOptions OwnFiles = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    private static readonly string[] Reports = ["report.json", "report.html", "report.md", "junit.xml", "report.sarif", "model-index.yaml", "gates.json", RunPaths.Figures];

    /// <summary>The state of every file that is there or should be, by path. A link is no file of the run.</summary>
    /// <param name="run">The run's directory.</param>
    /// <param name="progress">Told of the bytes.</param>
    /// <param name="cancellation">Checked at every MiB.</param>
    /// <exception cref="AnalyzerException">A file cannot be read.</exception>
    public static SortedDictionary<string, FileState> Files(string run, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        var states = new SortedDictionary<string, FileState>(StringComparer.Ordinal);
        var sums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var covered = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in Analyses(run).Prepend(""))
        {
            var prefix = folder.Length == 0 ? "" : folder + "/";
            try
            {
                if (Checksums.Read(Path.Combine(run, folder)) is not { } kept) continue;
                // Sums come before the result: where it is not there its writer was killed, and nobody vouches for its tables.
                if (folder.Length > 0 && !File.Exists(Path.Combine(run, folder, "result.json")))
                {
                    states[prefix + "result.json"] = FileState.Unknown;
                    continue;
                }
                covered.Add(folder);
                foreach (var (name, sum) in kept) sums[prefix + name] = sum;
            }
            catch (AnalyzerException)
            {
                states[prefix + Checksums.Name] = FileState.Altered;
            }
        }
        // What a killed writer left is nobody's, and the next one clears it away.
        var there = Directory.EnumerateFiles(run, "*", OwnFiles).Where(f => !f.EndsWith(RunPaths.Unfinished, StringComparison.Ordinal) && f != RunPaths.Lock(run) && !RunPaths.IsPartial(f))
            .ToDictionary(f => RunPaths.Relative(run, f), f => f, StringComparer.Ordinal);
        long done = 0, total = there.Where(f => sums.ContainsKey(f.Key)).Sum(f => new FileInfo(f.Value).Length);
        foreach (var (name, sum) in sums)
            states[name] = !there.TryGetValue(name, out var file) ? FileState.Missing : Hash(file) == sum ? FileState.Unaltered : FileState.Altered;
        foreach (var name in there.Keys.Where(n => !states.ContainsKey(n) && !IsSums(n)))
            states[name] = covered.Contains(Covering(name)) && !IsAmong(name, Reports) ? FileState.Unexpected : FileState.Unknown;
        return states;

        string Hash(string file)
        {
            try
            {
                return Checksums.OfFile(file, read => progress?.Report(new("checksums", (done += read) >> 10, total >> 10, "KiB")), cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new AnalyzerException($"`{file}` cannot be read: {e.Message}", "may you read it, and is the disk sound?", Failure.BadInput, e);
            }
        }
    }

    /// <summary>Says of which data a result is: sha256 over the run's sums of what was read for it.</summary>
    /// <returns>64 hexadecimal digits; null where the run has no sums.</returns>
    public static string? SumOfRead(string run, IReadOnlyList<string> read) => Checksums.Read(run) is { } sums
        ? Checksums.OfText(string.Concat(sums.Where(s => IsAmong(s.Key, read)).Select(s => $"{s.Value}  {s.Key}\n")))
        : null;

    /// <summary>Whether a file is one of some files, or lies in one of some folders.</summary>
    public static bool IsAmong(string file, IReadOnlyList<string> places) =>
        places.Any(p => file == p || (file.StartsWith(p, StringComparison.Ordinal) && file.Length > p.Length && file[p.Length] == '/'));

    private static IEnumerable<string> Analyses(string run)
    {
        var folder = Path.Combine(run, "analyses");
        return Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Select(d => RunPaths.Relative(run, d)).Order(StringComparer.Ordinal) : [];
    }

    private static bool IsSums(string name) => name == Checksums.Name || (name.EndsWith("/" + Checksums.Name, StringComparison.Ordinal) && Covering(name).Length > 0);

    // The folder whose sums speak of a file: that of its analysis, or the run's.
    private static string Covering(string name) => name.Split('/') is ["analyses", var analysis, _, ..] ? $"analyses/{analysis}" : "";
}
