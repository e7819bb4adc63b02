namespace Analyzer.Tests.Models;

/// <summary>The reducers of taps in plain loops, in double, to compare the patch's graphs with.</summary>
internal static class PlainReducers
{
    /// <summary>The values of each sample and unit, in storage order: [batch][unit][…].</summary>
    public static double[][][] ByUnit(float[] values, long[] shape, int axis)
    {
        var groups = Enumerable.Range(0, (int)shape[0])
            .Select(_ => Enumerable.Range(0, (int)shape[axis]).Select(_ => new List<double>()).ToArray()).ToArray();
        var perSample = values.Length / (int)shape[0];
        var behind = (int)shape.Skip(axis + 1).Aggregate(1L, (a, b) => a * b);
        for (var i = 0; i < values.Length; i++) groups[i / perSample][i / behind % (int)shape[axis]].Add(values[i]);
        return [.. groups.Select(units => units.Select(list => list.ToArray()).ToArray())];
    }

    public static double[] Mean(float[] values, long[] shape, int axis) => Each(values, shape, axis, unit => unit.Average());

    public static double[] Max(float[] values, long[] shape, int axis) => Each(values, shape, axis, unit => unit.Max());

    public static double[] Std(float[] values, long[] shape, int axis) => Each(values, shape, axis, unit =>
    {
        var mean = unit.Average();
        return Math.Sqrt(unit.Average(value => (value - mean) * (value - mean)));
    });

    /// <summary>Bits above the threshold, eight to a byte, the first in the most significant bit, as NumPy's packbits lays them
    /// out.</summary>
    public static byte[] Sign(double[] values, int batch, double threshold = 0)
    {
        var bits = values.Length / batch;
        var bytes = (bits + 7) / 8;
        var packed = new byte[batch * bytes];
        for (var i = 0; i < values.Length; i++)
            if (values[i] > threshold) packed[(i / bits * bytes) + (i % bits / 8)] |= (byte)(0x80 >> (i % bits % 8));
        return packed;
    }

    private static double[] Each(float[] values, long[] shape, int axis, Func<double[], double> reduce) =>
        [.. ByUnit(values, shape, axis).SelectMany(units => units).Select(reduce)];
}
