using System.Text;

namespace Analyzer.Runs;

/// <summary>What is stored in a run after its extraction, and what of the run that came of.</summary>
public sealed partial class Run
{
    private readonly string _results;
    private readonly SortedSet<string> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<string, string>> _tables = [];
    private Action<string>? _told;

    /// <summary>Opens a run for measuring it again: what analyses store goes into another folder, and the run stays as it is.</summary>
    /// <param name="path">The run.</param>
    /// <param name="results">Where <c>analyses/</c> is made.</param>
    /// <exception cref="AnalyzerException">See <see cref="Open(string)"/>.</exception>
    internal static Run OpenApart(string path, string results) => Open(path, results);

    /// <summary>Files and folders of the run, its controls' included, that were read since it was opened or asked this last; the manifest is not named.</summary>
    internal IReadOnlyList<string> TakeRead()
    {
        string[] read = [.. _read];
        _read.Clear();
        return read;
    }

    /// <summary>Stores a table of an analysis as <c>analyses/ANALYSIS/NAME.parquet</c>, replacing an older one.</summary>
    /// <param name="analysis">The analysis.</param>
    /// <param name="name">The table.</param>
    /// <param name="columns">All with the same number of rows.</param>
    /// <remarks>The analysis' older result goes first: where a writer is killed among its tables, none says that they are whole.</remarks>
    public void WriteTable(string analysis, string name, params ReadOnlySpan<Column> columns)
    {
        Withdraw(analysis);
        var file = System.IO.Path.Combine(RunPaths.Analysis(_results, analysis), $"{name}.parquet");
        Table.Write(_duckDb, file, columns);
        if (!_tables.TryGetValue(analysis, out var tables)) _tables.Add(analysis, tables = new(StringComparer.Ordinal));
        tables[$"{name}.parquet"] = Checksums.OfFile(file);
    }

    /// <summary>Stores what an analysis found as <c>analyses/ANALYSIS/result.json</c>; after its tables. Tables that an earlier result had, and this one does not, go.</summary>
    public void WriteResult(string analysis, string json)
    {
        Withdraw(analysis);
        var folder = RunPaths.Analysis(_results, analysis);
        var sums = _tables.Remove(analysis, out var tables) ? tables : new(StringComparer.Ordinal);
        if (Directory.Exists(folder))
            foreach (var stale in Directory.EnumerateFiles(folder, "*.parquet").Where(f => !sums.ContainsKey(System.IO.Path.GetFileName(f)))) File.Delete(stale);
        sums["result.json"] = Checksums.OfText(json);
        Checksums.Write(folder, sums);
        RunPaths.WriteAtomically(RunPaths.Result(_results, analysis), temporary => File.WriteAllText(temporary, json));
    }

    /// <summary>Writes text files at the top of the run; older ones are replaced.</summary>
    public void WriteFiles(params IReadOnlyList<(string Name, string Text)> files) => WriteFiles(null, [.. files.Select(f => (f.Name, Encoding.UTF8.GetBytes(f.Text)))]);

    /// <summary>Writes files of the run; older ones are replaced.</summary>
    /// <param name="folder">A folder of the run of which they are all: what else of the run lies in it goes; null for none.</param>
    /// <param name="files">Paths within the run, with slashes, and what to write.</param>
    public void WriteFiles(string? folder, IReadOnlyList<(string Name, byte[] Bytes)> files)
    {
        // While a file is being replaced no sum speaks of it. A run without sums, of an earlier version, gets none.
        var sums = Checksums.Read(Path);
        string[] stale = folder is null || sums is null ? [] : [.. sums.Keys.Where(name => RunCheck.IsAmong(name, [folder])).Except(files.Select(f => f.Name))];
        if (sums is not null && (stale.Length > 0 || files.Any(f => sums.ContainsKey(f.Name))))
        {
            foreach (var name in files.Select(f => f.Name).Concat(stale)) sums.Remove(name);
            Checksums.Write(Path, sums);
        }
        foreach (var name in stale) File.Delete(System.IO.Path.Combine(Path, name));
        foreach (var (name, bytes) in files)
        {
            RunPaths.WriteAtomically(System.IO.Path.Combine(Path, name), temporary => File.WriteAllBytes(temporary, bytes));
            sums?.Add(name, Checksums.OfBytes(bytes));
        }
        if (sums is not null) Checksums.Write(Path, sums);
    }

    /// <summary>What each analysis that was run on this run found, by name.</summary>
    public IReadOnlyDictionary<string, string> Results()
    {
        var folder = System.IO.Path.Combine(Path, "analyses");
        return Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Select(d => System.IO.Path.GetFileName(d)).Where(a => File.Exists(RunPaths.Result(Path, a)))
                .Order(StringComparer.Ordinal).ToDictionary(a => a, a => File.ReadAllText(RunPaths.Result(Path, a)))
            : new Dictionary<string, string>();
    }

    /// <summary>Lets the run's sums vouch for those of every analysis too, so that a result which is taken away or replaced with its sums is missed.</summary>
    internal void VouchForResults()
    {
        if (Checksums.Read(Path) is not { } sums) return;
        foreach (var name in sums.Keys.Where(n => n.StartsWith("analyses/", StringComparison.Ordinal)).ToArray()) sums.Remove(name);
        foreach (var analysis in Results().Keys)
            if (System.IO.Path.Combine(RunPaths.Analysis(Path, analysis), Checksums.Name) is var file && File.Exists(file)) sums[SumsOf(analysis)] = Checksums.OfFile(file);
        Checksums.Write(Path, sums);
    }

    private static string SumsOf(string analysis) => $"analyses/{analysis}/{Checksums.Name}";

    private void Withdraw(string analysis)
    {
        // A run that is only measured again stays as it is.
        if (_results == Path && Checksums.Read(Path) is { } run && run.Remove(SumsOf(analysis))) Checksums.Write(Path, run);
        foreach (var file in new[] { RunPaths.Result(_results, analysis), System.IO.Path.Combine(RunPaths.Analysis(_results, analysis), Checksums.Name) })
            if (File.Exists(file)) File.Delete(file);
    }

    private void Tell(string file)
    {
        _read.Add(file);
        _told?.Invoke(file);
    }
}
