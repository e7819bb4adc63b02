using System.Text.Json;
using Analyzer.Native;
using Analyzer.Statistics;

namespace Analyzer.Runs;

/// <summary>The samples of one split of a run.</summary>
/// <param name="Name">The split's name.</param>
/// <param name="First">Number of its first sample, counted through all splits.</param>
/// <param name="Count">Samples.</param>
/// <param name="Labels">[samples], or null where the data has no labels.</param>
/// <param name="Predicted">[samples], <see cref="Run.NoPrediction"/> where a sample has none, or null where the model gives no class scores.</param>
public sealed record SplitSamples(string Name, long First, int Count, int[]? Labels, int[]? Predicted)
{
    /// <summary>Samples whose prediction is their label; null without labels or class scores. O(samples).</summary>
    public int? Right => Labels is { } labels && Predicted is { } predicted ? labels.Zip(predicted).Count(p => p.First == p.Second) : null;
}

/// <summary>A finished run, opened for reading. Every read streams from Parquet; nothing is kept.</summary>
public sealed partial class Run : IDisposable
{
    /// <summary>Stands in <see cref="SplitSamples.Predicted"/> for a sample whose scores are not finite; equal to no label.</summary>
    public const int NoPrediction = -1;

    /// <summary>The largest label there is: classes are counted in tables of so many rows.</summary>
    public const int MostLabel = 999_999;

    private readonly DuckDbConnection _duckDb = new();

    private Run(string path, Manifest manifest, string results) => (Path, Manifest, _results) = (path, manifest, results);

    /// <summary>The run's directory.</summary>
    public string Path { get; }

    /// <summary>What the run is of.</summary>
    public Manifest Manifest { get; }

    /// <summary>Opens a run.</summary>
    /// <exception cref="AnalyzerException">No run there, a damaged manifest, or a run that was never finished.</exception>
    public static Run Open(string path) => Open(path, path);

    private static Run Open(string path, string results)
    {
        if (!File.Exists(RunPaths.Manifest(path)))
            throw new AnalyzerException(Directory.Exists(path) ? $"`{path}` is not a run: it has no `manifest.json`" : $"there is no run `{path}`", "make one with `analyzer audit MODEL --data DATA --out RUN`");
        var manifest = ReadManifest(path);
        if (!manifest.Complete)
            throw new AnalyzerException($"the run in `{path}` was not finished", "finish it: the same `analyzer extract` command with `--resume`", Failure.Resource);
        return new(path, manifest, results);
    }

    /// <summary>The control of this kind (<see cref="NullKind"/>) that was stored with the run, or null.</summary>
    public Run? OpenNull(string kind)
    {
        var folder = RunPaths.Null(Path, kind);
        if (!File.Exists(RunPaths.Manifest(folder))) return null;
        var control = Open(folder);
        control._told = file => Tell($"nulls/{kind}/{file}");
        Tell($"nulls/{kind}/manifest.json");
        return control;
    }

    /// <summary>Samples whose class scores hold NaN or an infinity.</summary>
    public long NotFinite()
    {
        using var rows = Query($"SELECT count(*)::BIGINT FROM {SamplesSource()} WHERE status = '{SampleStatus.NotFinite}'");
        return Next(rows) ? rows.Values<long>(0)[0] : 0;
    }

    /// <summary>Samples whose label the model has no score for.</summary>
    public long BeyondScores()
    {
        using var rows = Query($"SELECT count(*)::BIGINT FROM {SamplesSource()} WHERE label IS NOT NULL AND predicted IS NOT NULL AND loss IS NULL");
        return Next(rows) ? rows.Values<long>(0)[0] : 0;
    }

    /// <summary>Mean cross-entropy of a split in nats; null where no sample has one.</summary>
    public double? MeanLoss(SplitSamples split)
    {
        using var rows = Query($"SELECT avg(loss)::DOUBLE FROM {SamplesSource()} WHERE sample >= {split.First} AND sample < {split.First + split.Count}");
        return Next(rows) && !rows.IsNull(0, 0) ? rows.Values<double>(0)[0] : null;
    }

    /// <summary>Labels and predictions, split by split. O(samples).</summary>
    public IReadOnlyList<SplitSamples> Samples()
    {
        var splits = new List<SplitSamples>();
        var total = Manifest.Data.Splits.Sum(s => (long)s.Samples);
        // Those that could not be read have a row too, behind all others.
        ExpectRows(SamplesSource(), total + (Manifest.Data.Unreadable?.Count ?? 0), RunPaths.Samples(Path), [RunPaths.Samples(Path)], "samples");
        long first = 0;
        foreach (var split in Manifest.Data.Splits)
        {
            var (labels, predicted) = (new int[split.Samples], new int[split.Samples]);
            var hasLabels = true;
            var i = 0;
            using var rows = Query($"SELECT label::INTEGER, predicted::INTEGER FROM {SamplesSource()} WHERE sample >= {first} AND sample < {first + split.Samples} ORDER BY sample");
            while (Next(rows))
            {
                var label = rows.Values<int>(0);
                var guess = rows.Values<int>(1);
                Expect(i + rows.Rows <= labels.Length ? 0 : 1, 0, RunPaths.Samples(Path));
                for (var r = 0; r < rows.Rows; r++, i++)
                {
                    if (!rows.IsNull(0, r) && label[r] is < 0 or > MostLabel) throw Damaged($"`{RunPaths.Samples(Path)}` has the label {label[r]}");
                    hasLabels &= !rows.IsNull(0, r);
                    (labels[i], predicted[i]) = (label[r], rows.IsNull(1, r) ? NoPrediction : guess[r]);
                }
            }
            Expect(i, split.Samples, RunPaths.Samples(Path));
            splits.Add(new(split.Name, first, split.Samples, hasLabels ? labels : null, Manifest.ClassScores is not null ? predicted : null));
            first += split.Samples;
        }
        return splits;
    }

    /// <summary>The codes of one split: the bits of <paramref name="taps"/> side by side, each tap padded to whole bytes.</summary>
    /// <returns>[samples of the split, bits]. Memory: samples × bits / 8.</returns>
    /// <exception cref="AnalyzerException">A part is missing or damaged.</exception>
    public PackedBits ReadCodes(IReadOnlyList<TapEntry> taps, SplitSamples split, CancellationToken cancellation = default)
    {
        foreach (var tap in taps) ExpectStored(tap);
        var codes = new PackedBits(split.Count, checked(taps.Sum(t => t.BytesPerSample * 8)));
        var offset = 0;
        foreach (var tap in taps)
        {
            var i = 0;
            using var rows = Query($"SELECT sample::BIGINT, code::BLOB FROM {Parts(tap)} WHERE sample >= {split.First} AND sample < {split.First + split.Count}");
            while (Next(rows))
            {
                cancellation.ThrowIfCancellationRequested();
                for (var r = 0; r < rows.Rows; r++, i++)
                {
                    ExpectSample(rows, r, i < split.Count ? split.First + i : null, tap);
                    if (rows.IsNull(1, r) || rows.Bytes(1, r).Length != tap.BytesPerSample) throw Damaged($"`{RunPaths.TapFolder(Path, tap)}` has a code of another length than {tap.BytesPerSample} bytes");
                    codes.SetRow(i, rows.Bytes(1, r), offset);
                }
            }
            Expect(i, split.Count, RunPaths.TapFolder(Path, tap));
            offset += tap.BytesPerSample * 8;
        }
        return codes;
    }

    /// <summary>The values of one split of a tap that holds every sample.</summary>
    /// <param name="tap">A tap of values, not of codes.</param>
    /// <param name="split">The split.</param>
    /// <param name="cancellation">Stops between two chunks.</param>
    /// <returns>[samples of the split, <see cref="TapEntry.Units"/>]. Memory: 4 bytes a value.</returns>
    /// <exception cref="AnalyzerException">A part is missing or damaged.</exception>
    public Matrix ReadValues(TapEntry tap, SplitSamples split, CancellationToken cancellation = default)
    {
        ExpectStored(tap);
        if ((long)split.Count * tap.Units > Array.MaxLength)
            throw new AnalyzerException($"{split.Count} samples of {tap.Units} values of `{tap.Tensor}` do not fit into one matrix", "tap it with another reducer, or extract with `--limit`", Failure.Resource);
        var values = new Matrix(split.Count, tap.Units);
        var i = 0;
        using var rows = Query($"SELECT sample::BIGINT, \"values\"::FLOAT[] FROM {Parts(tap)} WHERE sample >= {split.First} AND sample < {split.First + split.Count}");
        while (Next(rows))
        {
            cancellation.ThrowIfCancellationRequested();
            for (var r = 0; r < rows.Rows; r++, i++)
            {
                ExpectSample(rows, r, i < split.Count ? split.First + i : null, tap);
                Floats(rows, 1, r, tap.Units, RunPaths.TapFolder(Path, tap)).CopyTo(values.Row(i));
            }
        }
        Expect(i, split.Count, RunPaths.TapFolder(Path, tap));
        return values;
    }

    /// <summary>Numbers of the samples that a tap of maps holds, ascending; they count through all splits.</summary>
    public long[] MapSamples(TapEntry tap)
    {
        var samples = new List<long>();
        ExpectStored(tap);
        using var rows = Query($"SELECT sample::BIGINT FROM {Parts(tap)}");
        while (Next(rows))
        {
            for (var r = 0; r < rows.Rows; r++)
            {
                if (rows.IsNull(0, r) || rows.Values<long>(0)[r] <= (samples.Count == 0 ? -1 : samples[^1])) throw OutOfOrder(tap);
                samples.Add(rows.Values<long>(0)[r]);
            }
        }
        Expect(samples.Count, tap.Samples ?? Manifest.Data.Splits.Sum(s => s.Samples), RunPaths.TapFolder(Path, tap));
        return [.. samples];
    }

    /// <summary>The maps of a tap, unit by unit.</summary>
    /// <param name="tap">A tap with <see cref="TapEntry.IsMaps"/>.</param>
    /// <param name="samples">Which samples, ascending, from <see cref="MapSamples"/>.</param>
    /// <param name="cancellation">Stops between two chunks.</param>
    /// <returns>
    /// For each unit [samples, positions], positions row-major. The tap is read several times where it is larger than 256 MiB, so that
    /// memory stays near that.
    /// </returns>
    /// <exception cref="AnalyzerException">A part is missing or damaged.</exception>
    public IEnumerable<(int Unit, Matrix Maps)> ReadMaps(TapEntry tap, long[] samples, CancellationToken cancellation = default)
    {
        var units = checked((int)tap.Shape[tap.UnitAxis!.Value]);
        var positions = tap.Units / units;
        // Before the unit's axis and behind it: in [N,C,H,W] all positions lie behind.
        var behind = checked((int)tap.Shape.Skip(tap.UnitAxis.Value + 1).Aggregate(1L, (a, b) => a * b));
        var perChunk = (int)Math.Clamp((256L << 20) / Math.Max(1, (long)samples.Length * positions * sizeof(float)), 1, units);
        var wanted = samples.ToHashSet();
        for (var first = 0; first < units; first += perChunk)
        {
            var maps = Enumerable.Range(0, Math.Min(perChunk, units - first)).Select(_ => new Matrix(samples.Length, positions)).ToArray();
            var i = 0;
            using (var rows = Query($"SELECT sample::BIGINT, \"values\"::FLOAT[] FROM {Parts(tap)} WHERE sample BETWEEN {samples[0]} AND {samples[^1]}"))
            {
                while (Next(rows))
                {
                    cancellation.ThrowIfCancellationRequested();
                    for (var r = 0; r < rows.Rows; r++)
                    {
                        if (!wanted.Contains(rows.Values<long>(0)[r])) continue;
                        ExpectSample(rows, r, i < samples.Length ? samples[i] : null, tap);
                        var values = Floats(rows, 1, r, tap.Units, RunPaths.TapFolder(Path, tap));
                        for (var u = 0; u < maps.Length; u++)
                            for (var before = 0; before < positions / behind; before++)
                                values.Slice((before * units + first + u) * behind, behind).CopyTo(maps[u].Row(i)[(before * behind)..]);
                        i++;
                    }
                }
            }
            Expect(i, samples.Length, RunPaths.TapFolder(Path, tap));
            for (var u = 0; u < maps.Length; u++) yield return (first + u, maps[u]);
        }
    }

    /// <summary>The weights of a layer.</summary>
    /// <param name="weights">One of the manifest's.</param>
    /// <returns>[units, dimension]. Memory: 4 bytes a value.</returns>
    /// <exception cref="AnalyzerException">The file is missing or damaged.</exception>
    public Matrix ReadWeights(WeightEntry weights)
    {
        var file = RunPaths.Weights(Path, weights);
        Tell(RunPaths.Relative(Path, file));
        ExpectRows(RunPaths.Parquet(file), weights.Units, file, [file], "len(\"values\"::FLOAT[])", weights.Dimension);
        var values = new Matrix(weights.Units, weights.Dimension);
        var i = 0;
        using var rows = Query($"SELECT unit::BIGINT, \"values\"::FLOAT[] FROM {RunPaths.Parquet(file)}");
        while (Next(rows))
        {
            for (var r = 0; r < rows.Rows; r++, i++)
            {
                if (i >= weights.Units || rows.IsNull(0, r) || rows.Values<long>(0)[r] != i) throw Damaged($"`{file}` does not hold the units 0 to {weights.Units - 1} in order");
                Floats(rows, 1, r, weights.Dimension, file).CopyTo(values.Row(i));
            }
        }
        if (i != weights.Units) throw Damaged($"`{file}` holds {i} of {weights.Units} units");
        return values;
    }

    /// <summary>What the model said of each sample, beside <see cref="Samples"/>: NaN where a sample has no label or no scores.</summary>
    /// <param name="split">The split.</param>
    /// <returns>Cross-entropy in nats, and ‖p − y‖₂ in [0, √2]: [samples of the split] each.</returns>
    public (double[] Loss, double[] ErrorNorm) Errors(SplitSamples split)
    {
        var (loss, norm) = (new double[split.Count], new double[split.Count]);
        var i = 0;
        using var rows = Query($"SELECT coalesce(loss::DOUBLE, 'nan'::DOUBLE), coalesce(error_norm::DOUBLE, 'nan'::DOUBLE) FROM {SamplesSource()} WHERE sample >= {split.First} AND sample < {split.First + split.Count} ORDER BY sample");
        while (Next(rows))
        {
            Expect(i + rows.Rows <= loss.Length ? 0 : 1, 0, RunPaths.Samples(Path));
            for (var r = 0; r < rows.Rows; r++, i++)
                (loss[i], norm[i]) = (rows.Values<double>(0)[r], rows.Values<double>(1)[r]);
        }
        Expect(i, split.Count, RunPaths.Samples(Path));
        return (loss, norm);
    }

    internal DuckDbReader Query(string sql)
    {
        try
        {
            return _duckDb.Query(sql);
        }
        catch (DuckDbException e)
        {
            throw Unreadable(e);
        }
    }

    private bool Next(DuckDbReader rows)
    {
        try
        {
            return rows.Read();
        }
        catch (DuckDbException e)
        {
            throw Unreadable(e);
        }
    }

    private AnalyzerException Unreadable(DuckDbException e) =>
        new($"`{Path}` could not be read: {e.Message.ReplaceLineEndings(" ")}", "the run is damaged; extract it again", Failure.BadInput, e);

    private static AnalyzerException Damaged(string what) => new(what, "the run is damaged; extract it again", Failure.BadInput);

    private AnalyzerException OutOfOrder(TapEntry tap) => Damaged($"`{RunPaths.TapFolder(Path, tap)}` does not hold the samples in order, each once");

    // Before memory is taken for what a manifest says: as many rows there must be, and they must have bytes.
    private void ExpectStored(TapEntry tap)
    {
        var folder = RunPaths.TapFolder(Path, tap);
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "part-*.parquet") : [];
        ExpectRows(Parts(tap), tap.Samples ?? Manifest.Data.Splits.Sum(s => (long)s.Samples), folder, files,
            tap.IsCode ? "octet_length(code::BLOB)" : "len(\"values\"::FLOAT[])", tap.IsCode ? tap.BytesPerSample : tap.Units);
    }

    // Before anything is allocated by what the manifest says: as many rows as it says, and the first of the length it says.
    private void ExpectRows(string source, long wanted, string where, string[] files, string width, long length)
    {
        ExpectRows(source, wanted, where, files, "rows");
        using var first = Query($"SELECT ({width})::BIGINT FROM {source} LIMIT 1");
        if (!Next(first) || first.IsNull(0, 0) || first.Values<long>(0)[0] != length) throw Damaged($"`{where}` has a row of another length than {length} values");
    }

    private void ExpectRows(string source, long wanted, string where, string[] files, string what)
    {
        if (files.Length == 0 || !files.All(File.Exists)) throw Damaged($"`{where}` is missing");
        using var rows = Query($"SELECT count(*)::BIGINT FROM {source}");
        var stored = Next(rows) ? rows.Values<long>(0)[0] : 0;
        if (stored != wanted) throw Damaged($"`{where}` holds {stored} of {wanted} {what}");
    }

    private void ExpectSample(DuckDbReader rows, int row, long? sample, TapEntry tap)
    {
        if (rows.IsNull(0, row) || rows.Values<long>(0)[row] != sample) throw OutOfOrder(tap);
    }

    private static ReadOnlySpan<float> Floats(DuckDbReader rows, int column, int row, int wanted, string where)
    {
        var values = rows.IsNull(column, row) ? [] : rows.List<float>(column, row);
        if (values.Length != wanted || rows.ListHasNulls(column, row))
            throw Damaged($"`{where}` has a row of another length than {wanted} values");
        return values;
    }

    internal static Manifest ReadManifest(string run)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(RunPaths.Manifest(run)), Manifest.Json) ?? throw new JsonException("it holds nothing");
            return ManifestCheck.Wrong(manifest) is { } wrong ? throw new JsonException(wrong) : manifest;
        }
        catch (JsonException e)
        {
            throw new AnalyzerException($"`{RunPaths.Manifest(run)}` is not a manifest: {e.Message}", "extract the run again", Failure.BadInput, e);
        }
    }

    /// <summary>Closes the run.</summary>
    public void Dispose() => _duckDb.Dispose();

    private string Parts(TapEntry tap)
    {
        Tell(RunPaths.Relative(Path, RunPaths.TapFolder(Path, tap)));
        return RunPaths.Parquet(RunPaths.TapFolder(Path, tap), RunPaths.EveryPart);
    }

    private string SamplesSource()
    {
        Tell("samples.parquet");
        return RunPaths.Parquet(RunPaths.Samples(Path));
    }

    private static void Expect(int rows, int wanted, string where)
    {
        if (rows != wanted)
            throw new AnalyzerException($"`{where}` holds {rows} of {wanted} samples", "the run is damaged; extract it again", Failure.BadInput);
    }
}
