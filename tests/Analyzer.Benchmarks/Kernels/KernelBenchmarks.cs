using Analyzer.Extraction;
using Analyzer.Statistics;
using BenchmarkDotNet.Attributes;

namespace Analyzer.Benchmarks.Kernels;

/// <summary>The innermost loops, alone, on one thread and on data that lies in a cache; a time is that of one unit of work, named with each.</summary>
[InProcess, MemoryDiagnoser(displayGenColumns: false)]
public class KernelBenchmarks
{
    private const int Floats = 1 << 16, CodeRows = 256, CodeBits = 16_384, Depth = 128, Rows = 2048, Lanes = 8;

    private readonly float[] _values = new float[Floats];
    private readonly byte[] _packed = new byte[Floats / 8];
    private readonly double[] _left = new double[GramKernel.Height * Depth], _right = new double[GramKernel.Width * Depth], _sums = new double[GramKernel.Height * GramKernel.Width];
    private readonly HammingTile _tile = new();
    private PackedBits _codes = null!;
    private GramProduct<float> _product = null!;

    /// <summary>Makes the data.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(1);
        foreach (ref var value in _values.AsSpan()) value = random.NextSingle() - .5f;
        foreach (ref var value in _left.AsSpan()) value = random.NextDouble();
        foreach (ref var value in _right.AsSpan()) value = random.NextDouble();
        _codes = Random(random, CodeRows, CodeBits);
        _product = new(CodeGram.Of(Random(random, Rows, 2 * Rows), threads: 1), new int[Rows], Lanes, default);
    }

    /// <summary>Signs of floats into bits; time a float.</summary>
    [Benchmark(OperationsPerInvoke = Floats)]
    public void SignPacking() => Extraction.SignPacking.Pack(_values, 0, _packed);

    /// <summary>Hamming distances of 256 codes to 256; time for 64 bits of two codes.</summary>
    [Benchmark(OperationsPerInvoke = CodeRows * CodeRows * (CodeBits / 64))]
    public void HammingDistances() => _tile.Measure(_codes, new(0, CodeRows), _codes, new(0, CodeRows));

    /// <summary>Products of 8 rows with 16 in double precision; time for one multiplication and addition.</summary>
    [Benchmark(OperationsPerInvoke = GramKernel.Height * GramKernel.Width * Depth)]
    public void DotProducts() => GramKernel.MultiplyAdd(_left, _right, Depth, _sums, GramKernel.Width);

    /// <summary>Centred counts times eight factors; time for one multiplication and addition.</summary>
    [Benchmark(OperationsPerInvoke = Rows * Rows * Lanes)]
    public void CountsTimesFactors() => _product.Multiply((_, lane, row) => row - lane, (_, _, _) => { });

    private static PackedBits Random(Random random, int rows, int bits)
    {
        var codes = new PackedBits(rows, bits);
        var row = new byte[bits / 8];
        for (var i = 0; i < rows; i++)
        {
            random.NextBytes(row);
            codes.SetRow(i, row);
        }
        return codes;
    }
}
