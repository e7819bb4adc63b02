namespace Analyzer.Models;

/// <summary>The weights of one layer as features: a row a unit, the unit's incoming weights without its bias.</summary>
/// <param name="Node">The operation that reads them.</param>
/// <param name="Tensor">Name of the constant that holds them.</param>
/// <param name="Dims">Its sizes.</param>
/// <param name="Layout">Which of its axes are units.</param>
/// <param name="Units">Rows: filters, neurons, or gates of a recurrent layer.</param>
/// <param name="Dimension">Weights of a unit.</param>
/// <param name="Groups">Units come in this many equal, consecutive groups that share no input; only within a group can they be compared.</param>
/// <param name="Quantized">
/// How its integers stand for numbers; the name of the scale is empty where the operator applies it later, so that the weights are known
/// but for a positive factor a unit. Null where they are numbers.
/// </param>
public sealed record WeightLayer(Node Node, string Tensor, IReadOnlyList<long> Dims, WeightLayout Layout, int Units, int Dimension, int Groups, Quantization? Quantized = null)
{
    /// <summary>Puts the weights into rows.</summary>
    /// <param name="values">The constant's elements, row-major.</param>
    /// <returns>[Units × Dimension], row-major.</returns>
    public float[] Rows(float[] values)
    {
        if (Layout == WeightLayout.UnitsFirst) return values;
        var rows = new float[values.Length];
        // [groups][inputs of a group][units of a group][positions], with what an operator lacks counted as one.
        var (units, positions) = (Units / Groups, Layout == WeightLayout.Transposed ? (int)Dims.Skip(2).Aggregate(1L, (a, b) => a * b) : 1);
        var inputs = Dimension / positions;
        // A matrix product lays its groups side by side along the last axis, a transposed convolution along the first.
        var (groupStep, inputStep) = Layout == WeightLayout.Transposed ? (inputs * units * positions, units * positions) : (units, Units);
        for (var group = 0; group < Groups; group++)
            for (var input = 0; input < inputs; input++)
                for (var unit = 0; unit < units; unit++)
                    values.AsSpan(group * groupStep + input * inputStep + unit * positions, positions)
                        .CopyTo(rows.AsSpan((group * units + unit) * Dimension + input * positions));
        return rows;
    }
}

/// <summary>How an operator lays out its weights.</summary>
public enum WeightLayout
{
    /// <summary>[units, …]: Conv, Gemm with transB, the gates of LSTM, GRU and RNN.</summary>
    UnitsFirst,
    /// <summary>[inputs, units]: MatMul, Gemm, Attention.</summary>
    UnitsLast,
    /// <summary>[inputs, units of a group, …]: ConvTranspose.</summary>
    Transposed,
}
