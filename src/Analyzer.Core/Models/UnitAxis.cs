namespace Analyzer.Models;

/// <summary>
/// Finds the axis of units (channels, neurons) of each tensor, by following producers: convolutions and their kin put channels
/// on axis 1, matrix products on the last axis, and what only moves data moves the axis along.
/// </summary>
internal sealed class UnitAxis(GraphIndex index, IReadOnlyDictionary<string, TensorType> types)
{
    private static readonly HashSet<string> ChannelsSecond = new(StringComparer.Ordinal)
    {
        "Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv", "FusedConv", "MaxPool", "AveragePool", "LpPool",
        "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "QLinearAveragePool", "QLinearGlobalAveragePool", "MaxUnpool", "MaxRoiPool",
        "RoiAlign", "BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN", "DepthToSpace", "SpaceToDepth",
        "GridSample",
    };

    private static readonly HashSet<string> UnitsLast = new(StringComparer.Ordinal)
    {
        "Gemm", "FusedGemm", "MatMul", "MatMulInteger", "QLinearMatMul", "FusedMatMul", "MatMulNBits", "LayerNormalization",
        "RMSNormalization",
        "SimplifiedLayerNormalization", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "EmbedLayerNormalization",
        "Attention", "MultiHeadAttention", "QAttention", "BiasGelu", "FastGelu", "QuickGelu", "LSTM", "GRU", "RNN", "Einsum",
        "DynamicQuantizeMatMul", "MatMulIntegerToFloat",
    };

    private readonly Dictionary<string, int?> _axes = new(StringComparer.Ordinal);

    /// <summary>The axis of a node's output; nodes must be asked in graph order.</summary>
    public int? Of(Node node, int output)
    {
        var name = node.Outputs[output];
        var rank = Rank(name);
        var axis = Follow(node, name, rank);
        if (rank is { } known)
        {
            axis = axis is { } found && found < known && found >= -known ? (found + known) % known : null;
            // Nothing says where units lie: the convention of images for four axes and more, of vectors and tokens for fewer.
            axis ??= known >= 4 ? 1 : known >= 2 ? known - 1 : null;
        }

        return _axes[name] = axis;
    }

    private int? Follow(Node node, string output, int? rank)
    {
        if (ChannelsSecond.Contains(node.Op)) return 1;
        if (UnitsLast.Contains(node.Op)) return MixedPositions(node, rank) ?? -1;
        var source = Carrier(node, rank);
        var axis = source is null ? null : _axes.GetValueOrDefault(source);
        switch (node.Op)
        {
            case "Transpose":
                return Transposed(node, axis);
            case "Flatten":
                return 1;
            case "Reshape":
                return Reshaped(source, output, axis);
            case "Squeeze" or "Unsqueeze":
                return Inserted(node, axis, source);
            case "Gather":
                return Gathered(node, axis);
            case "Shape" or "Size" or "NonZero" or "Constant" or "ConstantOfShape" or "Range" or "If" or "Loop" or "Scan":
                return null;
            default:
                if (node.Op.StartsWith("Reduce", StringComparison.Ordinal) && node.Int("keepdims", 1) == 0)
                    return Reduced(node, axis, source);
                // Elementwise operations keep the axis; broadcasting lines tensors up at their last axes.
                return axis is >= 0 && source is not null && rank is { } to && Rank(source) is { } from ? axis + to - from : axis;
        }
    }

    /// <summary>
    /// The axis of a product with weights that mixes positions, not units: where units were moved away from the last axis before it, as
    /// networks do that mix tokens, they stay where they are.
    /// </summary>
    private int? MixedPositions(Node node, int? rank) =>
        node.Op == "MatMul" && node.Inputs.Count == 2 && index.IsConstant(node.Inputs[1]) && _axes.GetValueOrDefault(node.Inputs[0]) is >= 0 and var axis && axis < rank - 1
            ? axis
            : null;

    /// <summary>The input that decides the layout: the first that changes with the data, of the output's rank if there is one.</summary>
    private string? Carrier(Node node, int? rank)
    {
        var candidates = node.Inputs.Where(name => name.Length > 0 && !index.IsConstant(name)).ToList();
        return candidates.Find(name => _axes.GetValueOrDefault(name) is not null && Rank(name) == rank)
            ?? candidates.Find(name => _axes.GetValueOrDefault(name) is not null)
            ?? candidates.FirstOrDefault();
    }

    private static int? Transposed(Node node, int? axis)
    {
        var order = node.Attribute("perm")?.Ints;
        if (axis is not { } from || order is null) return null;
        var place = order.IndexOf(from < 0 ? from + order.Count : from);
        return place < 0 ? null : place;
    }

    /// <summary>An axis survives a reshape where as many elements lie behind it as before and it keeps its size.</summary>
    private int? Reshaped(string? source, string output, int? axis)
    {
        var before = source is null ? null : types.GetValueOrDefault(source)?.Shape;
        var after = types.GetValueOrDefault(output)?.Shape;
        if (before is null || after is null || axis is not { } from) return null;
        if (from < 0) from += before.Rank;
        if (from < 0 || from >= before.Rank) return null;
        for (var to = 0; to < after.Rank; to++)
        {
            if (before.Dims[from].Size is null || before.Dims[from] != after.Dims[to]) continue;
            if (Behind(before, from) is { } behind && behind == Behind(after, to)) return to;
            if (from == to && before.Dims.Take(from).SequenceEqual(after.Dims.Take(to))
                && before.Dims.Take(from).All(dim => dim != default)) return to;
        }

        // Heads split off the last axis: what remains last is still a part of it.
        return from == before.Rank - 1 && before.Rank <= 3 ? after.Rank - 1 : null;
    }

    private static long? Behind(TensorShape shape, int axis) => new TensorShape(shape.Dims.Skip(axis + 1)).Count;

    private int? Inserted(Node node, int? axis, string? source)
    {
        if (axis is null or -1) return axis;
        var listed = node.Attribute("axes")?.Ints.Select(value => (double)value).ToArray()
            ?? (node.Inputs.Count > 1 ? index.Values(node.Inputs[1]) : null);
        if (listed is null) return null;
        if (node.Op == "Squeeze")
        {
            if (listed.Any(value => value < 0) && (source is null || Rank(source) is null)) return null;
            var gone = listed.Select(value => (int)(value < 0 ? value + Rank(source!)!.Value : value)).ToHashSet();
            return gone.Contains(axis.Value) ? null : axis - gone.Count(value => value < axis);
        }

        var rank = source is null ? null : Rank(source) + listed.Length;
        if (listed.Any(value => value < 0) && rank is null) return null;
        var place = axis.Value;
        foreach (var added in listed.Select(value => (int)(value < 0 ? value + rank!.Value : value)).Order()) if (added <= place) place++;
        return place;
    }

    private int? Gathered(Node node, int? axis)
    {
        var along = node.Int("axis", 0);
        if (node.Inputs.Count < 2) return null;
        // Rows of a constant table picked by the data: an embedding.
        if (index.IsConstant(node.Inputs[0])) return along == 0 ? -1 : null;
        var scalar = index.ConstantDims(node.Inputs[1])?.Count == 0 || (Rank(node.Inputs[1]) == 0);
        if (!scalar || axis is null or -1) return axis;
        if (along < 0) along += Rank(node.Inputs[0]) ?? int.MinValue;
        return along < 0 || along == axis ? null : axis - (along < axis ? 1 : 0);
    }

    private int? Reduced(Node node, int? axis, string? source)
    {
        if (axis is null || source is null) return null;
        var listed = node.Attribute("axes")?.Ints.Select(value => (double)value).ToArray()
            ?? (node.Inputs.Count > 1 ? index.Values(node.Inputs[1]) : null);
        if (listed is null || Rank(source) is not { } rank) return null;
        var gone = listed.Select(value => (int)(value < 0 ? value + rank : value)).ToHashSet();
        var from = axis.Value < 0 ? axis.Value + rank : axis.Value;
        return gone.Contains(from) ? null : from - gone.Count(value => value < from);
    }

    private int? Rank(string name) => types.GetValueOrDefault(name)?.Shape?.Rank;
}
