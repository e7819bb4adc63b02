using System.Text.RegularExpressions;

namespace Analyzer.Runs;

/// <summary>
/// Whether a manifest that was read says what one that was written can say: ids become paths and names in SQL, sizes become
/// allocations, so a run from somewhere else is not believed.
/// </summary>
internal static partial class ManifestCheck
{
    private static readonly string[] Reducers = ["mean", "max", "std", "none", "sign"];

    /// <summary>What is wrong with it, in a few words; null where nothing is.</summary>
    public static string? Wrong(Manifest m)
    {
        if (MissingValue.In(m) is { } missing) return $"`{missing}` is missing";
        if (m.SchemaVersion != 1) return $"it has the schema version {m.SchemaVersion}, and this version reads 1";
        if (m.Data.Splits.Count == 0) return "it has no splits";
        foreach (var split in m.Data.Splits)
        {
            if (split.Samples < 1 || split.Available < split.Samples) return $"the split `{split.Name}` has {split.Samples} of {split.Available} samples";
        }
        if (m.Data.Splits.Sum(s => (long)s.Samples) > int.MaxValue) return "its splits have more samples than can be counted";
        if (m.Data.Splits.DistinctBy(s => s.Name).Count() != m.Data.Splits.Count) return "two of its splits have one name";
        if (m.Partition.Batch < 1 || m.Partition.SamplesPerPart < m.Partition.Batch || m.Partition.MapsPerPart < 1 || m.Execution.Batch != m.Partition.Batch || m.Execution.Threads < 1)
            return "its batch or its parts have impossible sizes";
        foreach (var tap in m.Taps)
        {
            if (Wrong(tap) is { } wrong) return wrong;
        }
        if (m.Taps.DistinctBy(t => t.Id).Count() != m.Taps.Count) return "two of its taps have one id";
        foreach (var weights in m.Weights)
        {
            if (!WeightId().IsMatch(weights.Id)) return $"the weights `{weights.Id}` have no id of the form w0000";
            if (weights.Units < 1 || weights.Dimension < 1 || weights.Groups < 1 || weights.Units % weights.Groups != 0) return $"the weights `{weights.Id}` have impossible sizes";
        }
        return m.Head is { } head && m.Taps.All(t => t.Id != head.Tap) ? $"its last layer reads the tap `{head.Tap}`, which it does not have" : null;
    }

    private static string? Wrong(TapEntry tap)
    {
        if (!TapId().IsMatch(tap.Id)) return $"the tap `{tap.Id}` has no id of the form t0000";
        if (!Reducers.Contains(tap.Reducer)) return $"the tap `{tap.Id}` has the reducer `{tap.Reducer}`, which there is not";
        if (tap.Units is < 1 or > 1 << 29) return $"the tap `{tap.Id}` has {tap.Units} units";
        if (tap.Samples < 0) return $"the tap `{tap.Id}` has {tap.Samples} samples";
        if (tap.UnitAxis is not { } axis) return null;
        if (axis < 1 || axis >= tap.Shape.Count) return $"the tap `{tap.Id}` counts units on axis {axis} of {tap.Shape.Count}";
        var values = tap.Shape.Skip(1).Aggregate(1.0, (a, b) => a * b);
        return tap.Shape.Skip(1).Any(d => d < 1) || (tap.Reducer == "none" && values != tap.Units) ? $"the tap `{tap.Id}` has an impossible shape" : null;
    }

    [GeneratedRegex(@"^t[0-9]{4,9}\z")] private static partial Regex TapId();

    [GeneratedRegex(@"^w[0-9]{4,9}\z")] private static partial Regex WeightId();
}
