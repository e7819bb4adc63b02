using Analyzer.Models;
using System.Globalization;

namespace Analyzer.Datasets;

/// <summary>Reads the key <c>preprocess</c> of a <c>dataset.yaml</c>.</summary>
internal static class PreprocessingYaml
{
    private const string OrList = ", or a list, one per channel";

    private static readonly string[] Colors = ["RGB", "BGR", "gray"];
    private static readonly string[] Layouts = ["NCHW", "NHWC", "flat"];

    /// <summary>Reads every key; one that is not known, is an error.</summary>
    /// <exception cref="AnalyzerException">Wrong keys or values, with their line.</exception>
    public static Preprocessing Read(YamlNode node)
    {
        // Every key is optional, so none is as good as any.
        if (node.Entries is { Count: 0 }) return Preprocessing.None;
        var keys = node.Mapping("`preprocess`", "color", "resize", "crop", "scale", "mean", "std", "layout", "dtype");
        var preprocessing = Preprocessing.None;
        if (keys.TryGetValue("color", out var color))
            preprocessing = preprocessing with { Color = (ColorOrder)OneOf(color, "color", Colors) };
        if (keys.TryGetValue("resize", out var resize))
            preprocessing = preprocessing with { Resize = Sides(resize, "resize", "the shorter side") };
        if (keys.TryGetValue("crop", out var crop))
            preprocessing = preprocessing with { Crop = Sides(crop, "crop", "a square") is [var side] ? [side, side] : Sides(crop, "crop", "a square") };
        if (keys.TryGetValue("scale", out var scale))
            preprocessing = preprocessing with { Scale = Number(scale, "scale", v => v != 0, "finite and not 0", "") };
        if (keys.TryGetValue("mean", out var mean))
            preprocessing = preprocessing with { Mean = Numbers(mean, "mean", _ => true, "finite") };
        if (keys.TryGetValue("std", out var std))
            preprocessing = preprocessing with { Std = Numbers(std, "std", v => v > 0, "finite and above 0") };
        if (keys.TryGetValue("layout", out var layout))
            preprocessing = preprocessing with { Layout = (TensorLayout)OneOf(layout, "layout", Layouts) };
        if (keys.TryGetValue("dtype", out var dtype))
            preprocessing = preprocessing with { Dtype = Dtype.ByName(Dtype.Names[OneOf(dtype, "dtype", Dtype.Names)]) };
        return preprocessing;
    }

    private static int[] Sides(YamlNode node, string key, string alone)
    {
        var numbers = node.Items is null ? [node] : node.Items;
        var sides = numbers.Select(n => int.TryParse(n.Scalar, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is >= 1 and <= Preprocessing.LargestSide ? side : 0).ToArray();
        return sides.All(s => s > 0) && (node.Items is null || sides.Length == 2)
            ? sides
            : throw node.Wrong($"`{key}` is `{(node.Items is null ? node.Scalar : $"[{string.Join(", ", numbers.Select(n => n.Scalar))}]")}`; it must be pixels from 1 to {Preprocessing.LargestSide}",
                               $"write `{key}: 224` for {alone}, or `{key}: [height, width]`");
    }

    // The index in the list is the value of the enum, which is declared in the same order.
    private static int OneOf(YamlNode node, string key, IReadOnlyList<string> known)
    {
        var text = node.Text($"`{key}`");
        for (var i = 0; i < known.Count; i++)
            if (known[i].Equals(text, StringComparison.OrdinalIgnoreCase)) return i;
        throw node.Wrong($"`{key}` cannot be `{text}`; the nearest is `{NearestNames.Of(text, known)}`",
                         $"it is one of {string.Join(", ", known)}");
    }

    private static double[] Numbers(YamlNode node, string key, Func<double, bool> allowed, string range) =>
        node.Items is { Count: > 0 } items
        ? [.. items.Select(i => Number(i, key, allowed, range, OrList))]
        : [Number(node, key, allowed, range, OrList)];

    private static double Number(YamlNode node, string key, Func<double, bool> allowed, string range, string orElse)
    {
        var text = node.Text($"`{key}`");
        // Values are applied in float32, where a tiny one is 0 and a huge one infinite.
        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value);
        return isNumber && float.IsFinite((float)value) && allowed((float)value)
            ? value
            : throw node.Wrong($"`{key}` is `{text}`; it must be a number, {range}", $"write one such as `{key}: 0.5`{orElse}");
    }
}
