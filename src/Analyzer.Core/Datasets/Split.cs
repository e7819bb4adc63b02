namespace Analyzer.Datasets;

/// <summary>A part of a dataset: `train`, `test`.</summary>
public sealed class Split : IDisposable
{
    internal Split(string name, IReadOnlyList<SplitInput> inputs, int[]? labels)
    {
        Name = name;
        Inputs = inputs;
        Labels = labels;
    }

    /// <summary>Not empty; no two splits of a dataset have names that differ in case only.</summary>
    public string Name { get; }

    /// <summary>Number of samples, at least 1; the same in every input.</summary>
    public int Samples => Inputs[0].Samples;

    /// <summary>At least one; either a single one without a name, or all with different names.</summary>
    public IReadOnlyList<SplitInput> Inputs { get; }

    /// <summary>One class index ≥ 0 per sample, below the number of classes where the dataset names them; null without labels.</summary>
    public int[]? Labels { get; }

    /// <summary>The samples for an input of the model: those of that name, or the only ones where they have no name.</summary>
    /// <param name="modelInput">Name of the model's input.</param>
    /// <exception cref="AnalyzerException">No samples are for this input.</exception>
    public SplitInput InputFor(string modelInput) => Inputs is [{ Name: null } only]
        ? only
        : Inputs.FirstOrDefault(i => i.Name == modelInput)
          ?? throw BadData.Because($"the split `{Name}` has no samples for the model's input `{modelInput}`; it has them for " +
                                   string.Join(", ", Inputs.Select(i => $"`{i.Name}`")),
                                   "name the arrays, or the keys of `inputs` in a `dataset.yaml`, after the model's inputs");

    /// <summary>Closes the files; reading opens them again.</summary>
    public void Dispose()
    {
        foreach (var input in Inputs) input.Source.Dispose();
    }

    /// <summary>Puts a split together from its files, and checks that they belong together.</summary>
    /// <param name="name">Name of the split.</param>
    /// <param name="inputs">At least one; a null name only where it is the only one.</param>
    /// <param name="labels">Labels, or null.</param>
    /// <param name="classes">Number of classes where it is known.</param>
    /// <exception cref="AnalyzerException">Sample counts that differ, no samples, labels out of range.</exception>
    internal static Split Of(string name, IReadOnlyList<(string? Name, ArraySource Source)> inputs, ArraySource? labels, int? classes)
    {
        var (_, first) = inputs[0];
        if (first.Header.Samples == 0)
            throw BadData.Because($"`{first.Name}` holds no samples: its shape is {BadData.Shape(first.Header.Shape)}",
                                  $"leave the split `{name}` out");
        foreach (var other in inputs.Skip(1).Select(i => i.Source).Concat(labels is null ? [] : [labels]))
        {
            if (other.Header.Samples == first.Header.Samples) continue;
            var what = other == labels ? "labels" : "samples";
            throw BadData.Because($"`{other.Name}` holds {other.Header.Samples} {what} and `{first.Name}` {first.Header.Samples} samples",
                                  $"are both of the split `{name}`?");
        }
        return new Split(name, [.. inputs.Select(i => new SplitInput(i.Name, i.Source))],
                         labels is null ? null : Datasets.Labels.Read(labels, classes));
    }
}
