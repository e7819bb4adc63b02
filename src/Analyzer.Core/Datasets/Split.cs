namespace Analyzer.Datasets;

/// <summary>A part of a dataset: `train`, `test`.</summary>
public sealed class Split : IDisposable
{
    private readonly List<UnreadableSample> _unreadable;

    internal Split(string name, IReadOnlyList<SplitInput> inputs, int[]? labels, IReadOnlyList<UnreadableSample> unreadable)
    {
        Name = name;
        Inputs = inputs;
        Labels = labels;
        _unreadable = [.. unreadable];
    }

    /// <summary>Not empty; no two splits of a dataset have names that differ in case only.</summary>
    public string Name { get; }

    /// <summary>Number of samples, the same in every input; those in <see cref="Unreadable"/> are not among them. At least 1 once samples were set aside.</summary>
    public int Samples => Inputs[0].Samples;

    /// <summary>At least one; either a single one without a name, or all with different names.</summary>
    public IReadOnlyList<SplitInput> Inputs { get; }

    /// <summary>One class index ≥ 0 per sample, below the number of classes where the dataset names them; null without labels.</summary>
    public int[]? Labels { get; private set; }

    /// <summary>Samples that are there but cannot be read, as far as is known; see <see cref="Dataset.SetAside(int?, double, IProgress{ProgressUpdate}?, CancellationToken)"/>.</summary>
    public IReadOnlyList<UnreadableSample> Unreadable => _unreadable;

    /// <summary>Where a sample comes from: `file#number`, or its file relative to the dataset.</summary>
    /// <param name="sample">From 0.</param>
    public string SourceOf(int sample) => Inputs[0].Source.SourceOf(sample);

    /// <summary>The samples for an input of the model: those of that name, or the only ones where they have no name.</summary>
    /// <param name="modelInput">Name of the model's input.</param>
    /// <exception cref="AnalyzerException">No samples are for this input.</exception>
    public SplitInput InputFor(string modelInput) => Inputs is [{ Name: null } only]
        ? only
        : Inputs.FirstOrDefault(i => i.Name == modelInput)
          ?? throw BadData.Because($"the split `{Name}` has no samples for the model's input `{modelInput}`; it has them for " +
                                   string.Join(", ", Inputs.Select(i => $"`{i.Name}`")),
                                   "name the arrays, or the keys of `inputs` in a `dataset.yaml`, after the model's inputs");

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var input in Inputs) input.Source.Dispose();
    }

    /// <summary>Finds samples that cannot be read and takes them out. Only images can hide such; the faults of a table show when it is opened.</summary>
    /// <param name="limit">How many sound samples are enough.</param>
    /// <param name="done">Told how many were decoded.</param>
    /// <param name="cancellation">Checked between samples.</param>
    /// <returns>How many samples were looked at, or are known to be sound or not.</returns>
    internal int SetAside(int limit, Action<int> done, CancellationToken cancellation)
    {
        if (Inputs is not [{ Source: DecodedImages images }]) return Samples + Unreadable.Count;
        var known = Unreadable.Count;
        var (looked, faults) = images.Check(limit, done, cancellation);
        TakeOut(images, faults);
        return known + looked;
    }

    /// <summary>Takes out samples that were found unreadable before.</summary>
    internal void SetAside(IReadOnlyDictionary<string, string> reasons)
    {
        if (Inputs is [{ Source: DecodedImages images }])
            TakeOut(images, [.. Enumerable.Range(0, images.Samples).Where(i => reasons.ContainsKey(images.SourceOf(i))).Select(i => (i, reasons[images.SourceOf(i)]))]);
    }

    // Colour first, then size; encoded images have both done as they are decoded.
    private static SampleSource Prepared(SampleSource source, Preprocessing preprocessing)
    {
        if (source is DecodedImages) return source;
        if (preprocessing.Color == ColorOrder.Gray) source = GrayImages.Of(source);
        return preprocessing.IsGeometric ? new ResizedImages(source, preprocessing) : source;
    }

    private void TakeOut(DecodedImages images, IReadOnlyList<(int Sample, string Reason)> faults)
    {
        foreach (var (sample, reason) in faults) _unreadable.Add(new(images.SourceOf(sample), Labels?[sample], reason));
        var gone = faults.Select(f => f.Sample).ToHashSet();
        images.Remove(gone);
        if (Labels is not null) Labels = [.. Labels.Where((_, i) => !gone.Contains(i))];
    }

    /// <summary>Puts a split together from its files, and checks that they belong together.</summary>
    /// <param name="source">Its files; a null name of an input only where it is the only one.</param>
    /// <param name="preprocessing">Images are resized and cropped as they are read.</param>
    /// <param name="classes">Number of classes where it is known.</param>
    /// <exception cref="AnalyzerException">Sample counts that differ, no samples, labels out of range, samples that are no images.</exception>
    internal static Split Of(SplitSource source, Preprocessing preprocessing, int? classes)
    {
        var (name, inputs, labels) = source;
        var (_, first) = inputs[0];
        if (first.Samples == 0)
            throw BadData.Because($"`{first.Name}` holds no samples" +
                                  (source.Unreadable.Count == 0 ? $": its shape is {BadData.Shape([0, .. first.SampleShape])}" : $" that can be read: {source.Unreadable[0].Reason} in `{source.Unreadable[0].Source}`"),
                                  $"leave the split `{name}` out");
        foreach (var other in inputs.Skip(1).Select(i => i.Source).Concat(labels is null ? [] : [labels]))
        {
            if (other.Samples == first.Samples) continue;
            var what = other == labels ? "labels" : "samples";
            throw BadData.Because($"`{other.Name}` holds {other.Samples} {what} and `{first.Name}` {first.Samples} samples",
                                  $"are both of the split `{name}`?");
        }
        return new Split(name, [.. inputs.Select(i => new SplitInput(i.Name, Prepared(i.Source, preprocessing)))],
                         labels is null ? source.KnownLabels : Datasets.Labels.Read(labels, classes), source.Unreadable);
    }
}
