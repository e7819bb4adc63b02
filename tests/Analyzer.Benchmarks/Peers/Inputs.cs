using System.Runtime.InteropServices;
using Analyzer.Datasets;
using Analyzer.Statistics;

namespace Analyzer.Benchmarks.Peers;

/// <summary>The arrays that the Python programs read too.</summary>
internal sealed class Inputs(string folder)
{
    public string File(string name) => Path.Combine(folder, name);

    /// <summary>[rows, all that a row holds] float32; the first rows only where a number is given.</summary>
    public Matrix Floats(string name, int? rows = null)
    {
        using var array = Open(name);
        var columns = (int)array.SampleShape.Aggregate(1L, (a, b) => a * b);
        var matrix = new Matrix(rows ?? array.Samples, columns);
        for (var i = 0; i < matrix.Rows; i++) array.Read(i, MemoryMarshal.AsBytes(matrix.Row(i)));
        return matrix;
    }

    /// <summary>[rows] int64 that are small.</summary>
    public int[] Labels(string name, int? rows = null)
    {
        using var array = Open(name);
        var labels = new long[rows ?? array.Samples];
        array.Read(0, MemoryMarshal.AsBytes(labels.AsSpan()));
        return [.. labels.Select(l => (int)l)];
    }

    /// <summary>[rows, 8 × bytes of a row], as <c>numpy.packbits</c> has them.</summary>
    public PackedBits Codes(string name)
    {
        using var array = Open(name);
        var row = new byte[array.SampleShape[0]];
        var codes = new PackedBits(array.Samples, 8 * row.Length);
        for (var i = 0; i < codes.Rows; i++)
        {
            array.Read(i, row);
            codes.SetRow(i, row);
        }
        return codes;
    }

    /// <summary>Which features are above 0.</summary>
    public static PackedBits Active(Matrix features)
    {
        var codes = new PackedBits(features.Rows, features.Columns);
        for (var i = 0; i < features.Rows; i++)
        {
            var row = features.Row(i);
            for (var j = 0; j < row.Length; j++) if (row[j] > 0) codes[i, j] = true;
        }
        return codes;
    }

    private ArraySource Open(string name) => NpyFile.Open(File($"{name}.npy"));
}
