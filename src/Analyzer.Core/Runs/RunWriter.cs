using System.Text.Json;
using System.Text.Json.Nodes;
using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>What became of a sample: the column <c>status</c>.</summary>
internal static class SampleStatus
{
    /// <summary>Everything that was wanted of it is stored.</summary>
    public const string Ok = "ok";

    /// <summary>The model's class scores hold NaN or an infinity, so it has no prediction and no loss.</summary>
    public const string NotFinite = "not finite";

    /// <summary>The sample is there but cannot be read; it went into no model, and its number follows those of all that did.</summary>
    public static string Unreadable(string reason) => $"unreadable: {reason}";
}

/// <summary>One row of <c>samples.parquet</c>.</summary>
/// <param name="Split">Name of the split.</param>
/// <param name="Label">True class, null without labels.</param>
/// <param name="Predicted">Class with the highest score, null where the model has no class scores.</param>
/// <param name="Loss">Cross-entropy in nats, null without label or scores.</param>
/// <param name="Source">File and number of the sample.</param>
/// <param name="Status">ok, or why the sample was left out.</param>
/// <param name="ErrorNorm">‖p − y‖₂ of the class probabilities and the label as a unit vector, in [0, √2]; null without label or scores.</param>
internal readonly record struct SampleRow(string Split, int? Label, int? Predicted, double? Loss, string Source, string Status, double? ErrorNorm);

/// <summary>
/// Writes a run: each part to a temporary name, renamed when whole, the sample rows of a part last. A part whose sample rows
/// are in place is finished; everything else is done again on resume, and comes out byte for byte the same.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private readonly string _run;
    private readonly DuckDbConnection _duckDb = new();
    private readonly RowFile?[] _taps;
    private DuckDbAppender? _samples;
    private Part _part;
    private IReadOnlyList<int> _pass = [];

    private RunWriter(string run, Manifest manifest, MapSubset? maps)
    {
        (_run, Manifest) = (run, manifest);
        _taps = new RowFile?[manifest.Taps.Count];
        // One thread, for the model has the others; and what a part took goes back at once, for `--memory` counts it.
        _duckDb.Execute("SET threads = 1; SET preserve_insertion_order = true; SET allocator_flush_threshold = '8MiB'; SET allocator_bulk_deallocation_flush_threshold = '8MiB'");
        Maps = maps;
        Parts = PartPlan.Parts(manifest.Data.Splits, manifest.Partition, maps);
    }

    /// <summary>The manifest as it stands on disk.</summary>
    public Manifest Manifest { get; private set; }

    /// <summary>The samples that taps of some samples only hold; null where no tap is such.</summary>
    public MapSubset? Maps { get; }

    /// <summary>All parts of the run, finished or not.</summary>
    public IReadOnlyList<Part> Parts { get; }

    /// <summary>Refuses a place that is no directory for this run: before anything that takes long.</summary>
    /// <param name="run">The directory.</param>
    /// <param name="resume">Whether a run may be there already.</param>
    /// <exception cref="AnalyzerException">A file, or a directory that holds something else.</exception>
    public static void ExpectPlaceFor(string run, bool resume)
    {
        // A writer killed before its first manifest leaves a lock or a temporary file, and those hold nothing.
        var existing = Directory.Exists(run) && Directory.EnumerateFileSystemEntries(run).Any(e => e != RunPaths.Lock(run) && !e.EndsWith(RunPaths.Unfinished, StringComparison.Ordinal));
        if (File.Exists(run))
            throw new AnalyzerException($"`{run}` is a file, and a run is a directory", "give another path to `--out`");
        if (existing && !resume)
            throw new AnalyzerException($"`{run}` is not empty", "give a new directory to `--out`, or add `--resume` to go on with a run that was interrupted");
        if (existing && !File.Exists(RunPaths.Manifest(run)))
            throw new AnalyzerException($"`{run}` holds files but no `manifest.json`, so it is no run to resume", "give a new directory to `--out`");
    }

    /// <summary>Starts a run in a directory whose <see cref="WriterLock"/> is held, or goes on with the one that was begun there.</summary>
    /// <exception cref="AnalyzerException">It was begun with other work, or the manifest cannot be written.</exception>
    public static RunWriter Begin(string run, Manifest manifest, MapSubset? maps)
    {
        if (File.Exists(RunPaths.Manifest(run))) manifest = Resumed(run, manifest);
        else WriteManifest(run, manifest);
        // Killed between the last two steps of completing, a run is whole but for what it should have cleared away.
        if (manifest.Complete && Directory.Exists(RunPaths.Partial(run))) Directory.Delete(RunPaths.Partial(run), recursive: true);
        return new(run, manifest, maps);
    }

    /// <summary>Whether the part is in place from an earlier attempt.</summary>
    public bool IsFinished(Part part) => Manifest.Complete || File.Exists(RunPaths.PartialSamples(_run, part.Index));

    /// <summary>Stores the weights of a layer; what is in place from an earlier attempt stays.</summary>
    /// <param name="entry">The layer.</param>
    /// <param name="read">Gives [units × dimension] values, row-major.</param>
    public void WriteWeights(WeightEntry entry, Func<float[]> read)
    {
        var path = RunPaths.Weights(_run, entry);
        if (File.Exists(path)) return;
        var values = read();
        using var file = RowFile.OfValues(path, "unit", entry.Dimension);
        for (var unit = 0; unit < entry.Units; unit++) file.Add(unit, values.AsSpan(unit * entry.Dimension, entry.Dimension));
        file.Complete();
    }

    /// <summary>Starts a part; then follow its taps, a pass at a time, and once the rows of its samples, in order.</summary>
    public void BeginPart(Part part)
    {
        _part = part;
        NewSamples();
    }

    /// <summary>Starts the taps of a pass over the part at hand; what they see of its samples follows in order.</summary>
    public void BeginTaps(IReadOnlyList<int> taps)
    {
        _pass = taps;
        foreach (var t in taps)
        {
            var tap = Manifest.Taps[t];
            var path = RunPaths.TapPart(_run, tap, _part.Index);
            _taps[t] = tap.IsCode ? RowFile.OfCodes(path, "sample", tap.BytesPerSample) : RowFile.OfValues(path, "sample", tap.Units);
        }
    }

    private void NewSamples()
    {
        _duckDb.Execute("CREATE OR REPLACE TABLE samples (sample BIGINT, split VARCHAR, label INTEGER, predicted INTEGER, loss DOUBLE, source VARCHAR, status VARCHAR, error_norm DOUBLE)");
        _samples = _duckDb.Append("samples", DuckDbType.BigInt, DuckDbType.Text, DuckDbType.Integer, DuckDbType.Integer, DuckDbType.Double, DuckDbType.Text, DuckDbType.Text, DuckDbType.Double);
    }

    /// <summary>Adds the next sample's row.</summary>
    public void AddSample(long sample, in SampleRow row)
    {
        var to = _samples!;
        to.Set(0, sample);
        to.Set(1, row.Split);
        if (row.Label is { } label) to.Set(2, label); else to.SetNull(2);
        if (row.Predicted is { } predicted) to.Set(3, predicted); else to.SetNull(3);
        if (row.Loss is { } loss) to.Set(4, loss); else to.SetNull(4);
        to.Set(5, row.Source);
        to.Set(6, row.Status);
        if (row.ErrorNorm is { } norm) to.Set(7, norm); else to.SetNull(7);
        to.EndRow();
    }

    /// <summary>Adds a tap's packed bits of the next sample.</summary>
    /// <exception cref="AnalyzerException">The disk is full.</exception>
    public void AddCode(int tap, long sample, ReadOnlySpan<byte> code) => _taps[tap]!.Add(sample, code);

    /// <summary>Adds a tap's values of the next sample.</summary>
    /// <exception cref="AnalyzerException">The disk is full.</exception>
    public void AddValues(int tap, long sample, ReadOnlySpan<float> values) => _taps[tap]!.Add(sample, values);

    /// <summary>Puts the files of the pass at hand in place.</summary>
    /// <exception cref="AnalyzerException">The disk is full or the directory cannot be written; the run can be resumed.</exception>
    public void EndTaps()
    {
        foreach (var t in _pass)
        {
            using (_taps[t]) _taps[t]!.Complete();
            _taps[t] = null;
        }
    }

    /// <summary>Puts the part's sample rows in place, and with them says that the part is finished.</summary>
    /// <exception cref="AnalyzerException">The disk is full or the directory cannot be written; the run can be resumed.</exception>
    public void EndPart()
    {
        Finish(_samples!);
        _samples = null;
        Copy("samples", RunPaths.PartialSamples(_run, _part.Index), "(FORMAT parquet)");
    }

    /// <summary>Ends the run: one table of samples, one of taps, and a manifest that says complete.</summary>
    /// <exception cref="AnalyzerException">The disk is full, or what was stored cannot be read again.</exception>
    public void Complete(Manifest manifest, CancellationToken cancellation)
    {
        if (Manifest.Complete) return;
        NewSamples();
        // Behind all others: what reads samples by their numbers in a split never meets them.
        var next = Parts.Sum(p => (long)p.Count);
        foreach (var unreadable in manifest.Data.Unreadable ?? [])
            AddSample(next++, new(unreadable.Split, unreadable.Label, null, null, unreadable.Source, SampleStatus.Unreadable(unreadable.Reason), null));
        Finish(_samples!);
        _samples = null;
        Copy($"(SELECT * FROM {RunPaths.Parquet(RunPaths.Partial(_run), "samples-*.parquet")} UNION ALL SELECT * FROM samples ORDER BY sample)",
            RunPaths.Samples(_run), "(FORMAT parquet, ROW_GROUP_SIZE 122880)");
        WriteTaps();
        Manifest = manifest with { Complete = true };
        // A control is part of the run, whose sums vouch for it too.
        if (Manifest.Null is null) Checksums.OfExtraction(_run, Text(Manifest), Manifest.Execution.Threads, cancellation);
        WriteManifest(_run, Manifest);
        Directory.Delete(RunPaths.Partial(_run), recursive: true);
    }

    public void Dispose()
    {
        foreach (var tap in _taps) tap?.Dispose();
        _samples?.Dispose();
        _duckDb.Dispose();
    }

    private void WriteTaps()
    {
        _duckDb.Execute("CREATE OR REPLACE TABLE taps (tap VARCHAR, tensor VARCHAR, node VARCHAR, op VARCHAR, shape VARCHAR, dtype VARCHAR, reducer VARCHAR, units INTEGER, coverage DOUBLE, reason VARCHAR)");
        using (var rows = _duckDb.Append("taps", DuckDbType.Text, DuckDbType.Text, DuckDbType.Text, DuckDbType.Text, DuckDbType.Text, DuckDbType.Text, DuckDbType.Text, DuckDbType.Integer, DuckDbType.Double, DuckDbType.Text))
        {
            foreach (var tap in Manifest.Taps)
            {
                string[] texts = [tap.Id, tap.Tensor, tap.Node, tap.Op, $"[{string.Join(",", tap.Shape)}]", tap.Dtype, tap.Reducer];
                for (var c = 0; c < texts.Length; c++) rows.Set(c, texts[c]);
                rows.Set(7, tap.Units);
                rows.Set(8, 1.0);
                rows.Set(9, tap.Note);
                rows.EndRow();
            }
            foreach (var left in Manifest.LeftOut)
            {
                for (var c = 0; c < 7; c++) rows.Set(c, c == 1 ? left.Tensor : null);
                rows.SetNull(7);
                rows.Set(8, 0.0);
                rows.Set(9, left.Reason);
                rows.EndRow();
            }
            rows.Complete();
        }
        Copy("taps", RunPaths.Taps(_run), "(FORMAT parquet)");
    }

    private void Copy(string table, string path, string format) =>
        RunPaths.WriteAtomically(path, temporary => _duckDb.Execute($"COPY {table} TO {RunPaths.Quoted(temporary)} {format}"));

    private static void Finish(DuckDbAppender appender)
    {
        using (appender) appender.Complete();
    }

    private static void WriteManifest(string run, Manifest manifest) => RunPaths.WriteAtomically(RunPaths.Manifest(run),
        temporary => File.WriteAllText(temporary, Text(manifest)));

    private static string Text(Manifest manifest) => JsonSerializer.Serialize(manifest, Runs.Manifest.Json) + "\n";

    private static Manifest Resumed(string run, Manifest wanted)
    {
        var begun = Run.ReadManifest(run);
        if (Difference("", Work(begun), Work(wanted)) is { } difference)
            throw new AnalyzerException($"`{run}` was begun with other work: {difference}",
                "resume with the same model, data and options, or give a new directory to `--out`");
        // The same bytes may lie elsewhere now, and what reads the run looks for them where the manifest says.
        if ((begun.Model.Path, begun.Data.Path) == (wanted.Model.Path, wanted.Data.Path)) return begun;
        begun = begun with { Model = begun.Model with { Path = wanted.Model.Path }, Data = begun.Data with { Path = wanted.Data.Path } };
        WriteManifest(run, begun);
        return begun;
    }

    // What decides the bytes of a run: not where its inputs lie or how the command was typed.
    private static JsonNode Work(Manifest m) => JsonSerializer.SerializeToNode(m with
    {
        Complete = false, Passes = 1, CommandLine = "", NonPerturbation = null, InputRanges = null, Notes = [],
        Model = m.Model with { Path = "" }, Data = m.Data with { Path = "" },
    }, Runs.Manifest.Json)!;

    private static string? Difference(string path, JsonNode? begun, JsonNode? wanted)
    {
        if (JsonNode.DeepEquals(begun, wanted)) return null;
        if (begun is JsonObject one && wanted is JsonObject other)
            return one.Select(p => p.Key).Union(other.Select(p => p.Key)).Select(key => Difference($"{path}.{key}", one[key], other[key])).First(d => d is not null);
        if (begun is JsonArray list && wanted is JsonArray others && list.Count == others.Count)
            return Enumerable.Range(0, list.Count).Select(i => Difference($"{path}[{i}]", list[i], others[i])).First(d => d is not null);
        string Show(JsonNode? node) => node switch { null => "nothing", JsonArray array => $"{array.Count} entries", _ => node.ToJsonString() };
        return $"`{path.TrimStart('.')}` was {Show(begun)} and is {Show(wanted)}";
    }
}
