namespace Analyzer.Statistics;

/// <summary>Labels as positions among the labels that occur.</summary>
/// <param name="Labels">[classes] those labels, ascending.</param>
/// <param name="Sizes">[classes] how often each occurs.</param>
/// <param name="Indices">[n] position of each sample's label.</param>
internal sealed record ClassIndex(int[] Labels, int[] Sizes, ushort[] Indices)
{
    public int Count => Labels.Length;

    public static ClassIndex Of(ReadOnlySpan<int> labels)
    {
        int[] classes = [.. labels.ToArray().Distinct().Order()];
        if (classes.Length < 2)
            throw new ArgumentException($"there are {classes.Length} classes; comparing a class with the rest needs at least 2", nameof(labels));
        Require.InRange(classes.Length, 2, KolmogorovSmirnov.MostClasses, "classes");
        var sizes = new int[classes.Length];
        var indices = new ushort[labels.Length];
        for (var i = 0; i < labels.Length; i++) sizes[indices[i] = (ushort)Array.BinarySearch(classes, labels[i])]++;
        return new(classes, sizes, indices);
    }
}
