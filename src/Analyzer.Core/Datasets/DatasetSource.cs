namespace Analyzer.Datasets;

/// <summary>What was found at a path, before the files of each split are put together.</summary>
/// <param name="Root">Folder that file names are relative to.</param>
/// <param name="Name">Name of the dataset.</param>
/// <param name="Splits">The arrays of each split.</param>
internal sealed record DatasetSource(string Root, string Name, IReadOnlyList<SplitSource> Splits)
{
    /// <summary>Files beside the samples that say what they are: a <c>dataset.yaml</c>, names of classes. Part of the fingerprint.</summary>
    public IReadOnlyList<string> Descriptions { get; init; } = [];

    /// <summary>What a reader of the report must know: files left out, configurations read.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public IReadOnlyList<string>? Classes { get; init; }

    public Preprocessing Preprocessing { get; init; } = Preprocessing.None;
}

/// <summary>The arrays of a split.</summary>
/// <param name="Name">Name of the split.</param>
/// <param name="Inputs">Samples by model input; one without a name, or all with.</param>
/// <param name="Labels">Labels, or null.</param>
internal sealed record SplitSource(string Name, IReadOnlyList<(string? Name, SampleSource Source)> Inputs, ArraySource? Labels)
{
    /// <summary>Labels that come with the samples, each checked, in place of <see cref="Labels"/>.</summary>
    public int[]? KnownLabels { get; init; }

    /// <summary>Samples that are known not to be readable; they are not among the inputs.</summary>
    public IReadOnlyList<UnreadableSample> Unreadable { get; init; } = [];

    /// <summary>What a reader of the report must know: arrays left out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What to do where an array holds text.</summary>
    public const string NoText = "save labels as class indices: `numpy.unique(labels, return_inverse=True)[1]`";

    private const string InputsName = "inputs";
    private const string LabelsName = "labels";

    /// <summary>The splits of one npz: by the names of its arrays where they name splits (`x_train`), else one split.</summary>
    /// <param name="file">Path of the npz.</param>
    /// <exception cref="AnalyzerException">No readable npz, or names that leave open what is what.</exception>
    public static IReadOnlyList<SplitSource> FromNpz(string file)
    {
        var arrays = NpzFile.Open(file);
        var (numbers, note) = WithoutText(file, arrays);
        if (!numbers.All(a => ArrayNames.Parse(a.Name) is { Split: not "", Role: not ArrayNames.Role.Unknown }))
            return [OneSplit(file, Path.GetFileNameWithoutExtension(file), arrays)];
        var splits = Grouped(numbers.Select(a => (ArrayNames.Parse(a.Name), a.Source)));
        return [splits[0] with { Notes = note }, .. splits.Skip(1)];
    }

    /// <summary>One split of the arrays of a npz: `inputs` and `labels`, or `labels` and arrays named after the model's inputs.</summary>
    /// <exception cref="AnalyzerException">No samples, or names that leave open what is what.</exception>
    public static SplitSource OneSplit(string file, string split, IReadOnlyList<(string Name, ArraySource? Source)> arrays)
    {
        var (numbers, note) = WithoutText(file, arrays);
        var labels = numbers.FirstOrDefault(a => a.Name == LabelsName).Source;
        var others = numbers.Where(a => a.Name != LabelsName).ToArray();
        if (others.Length == 0)
            throw BadData.Because($"`{file}` holds the array `{LabelsName}` only, no samples", $"save the samples in it as `{InputsName}`");
        var inputs = Array.Find(others, a => a.Name == InputsName).Source;
        if (inputs is null)
            return new SplitSource(split, [.. others.Select(a => ((string?)a.Name, (SampleSource)a.Source))], labels) { Notes = note };
        return others.Length == 1
            ? new SplitSource(split, [(null, inputs)], labels) { Notes = note }
            : throw BadData.Because($"`{file}` holds `{InputsName}` and also " +
                                    Listed(others.Select(a => a.Name).Where(n => n != InputsName)),
                                    "say in a `dataset.yaml` which arrays to use: `inputs: { <model input>: file.npz:array }`");
    }

    // Names of classes or of samples often lie beside the numbers; text in the place of labels or samples is a mistake to tell of.
    private static ((string Name, ArraySource Source)[] Numbers, string[] Note) WithoutText(string file, IReadOnlyList<(string Name, ArraySource? Source)> arrays)
    {
        string[] texts = [.. arrays.Where(a => a.Source is null).Select(a => a.Name)];
        if (Array.Find(texts, t => t == LabelsName || ArrayNames.Parse(t).Role != ArrayNames.Role.Unknown) is { } needed)
            throw BadData.Because($"`{file}:{needed}` holds text or Python objects, and numbers are wanted", NoText);
        return ([.. arrays.Where(a => a.Source is not null).Select(a => (a.Name, a.Source!))],
            texts.Length == 0 ? [] : [$"left out: {Listed(texts)} of `{Path.GetFileName(file)}`, which {(texts.Length == 1 ? "holds" : "hold")} no numbers"]);
    }

    /// <summary>Puts arrays with roles together by split, in order of appearance.</summary>
    /// <exception cref="AnalyzerException">A split without samples, or two arrays for one role.</exception>
    public static IReadOnlyList<SplitSource> Grouped(
        IEnumerable<((string Split, ArrayNames.Role Role) Place, ArraySource Source)> arrays) =>
        [.. arrays.GroupBy(a => a.Place.Split == "" ? ArrayNames.OnlySplit : a.Place.Split, StringComparer.OrdinalIgnoreCase)
                  .Select(Split)];

    private static SplitSource Split(IGrouping<string, ((string Split, ArrayNames.Role Role) Place, ArraySource Source)> arrays)
    {
        var labels = arrays.Where(a => a.Place.Role == ArrayNames.Role.Labels).Select(a => a.Source).ToArray();
        var inputs = arrays.Where(a => a.Place.Role != ArrayNames.Role.Labels).Select(a => a.Source).ToArray();
        foreach (var (sources, what) in new[] { (inputs, "inputs"), (labels, "labels") })
            if (sources.Length > 1)
                throw BadData.Because($"the split `{arrays.Key}` has its {what} twice: {Listed(sources.Select(s => s.Name))}",
                                      "remove one, or say in a `dataset.yaml` which to use");
        return inputs is [var only]
            ? new SplitSource(arrays.Key, [(null, only)], labels.FirstOrDefault())
            : throw BadData.Because($"the split `{arrays.Key}` has labels, `{labels[0].Name}`, but no samples",
                                    "add the samples beside them");
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"`{n}`"));
}
