using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

/// <summary>What `tools/reference/self_similarity.py` measured, and the data it measured it on.</summary>
internal static class SelfSimilarityReference
{
    public static JsonElement Values { get; } = JsonDocument.Parse(File.ReadAllText(Place("self-similarity.json"))).RootElement;

    /// <summary>[units, samples] by the name that the reference uses.</summary>
    public static Matrix Features(string name) => name switch
    {
        "units" => Units(),
        "line" => Column([.. Enumerable.Range(0, 96).Select(i => (float)i)]),
        "wide" => Uniform(60, 25, 7),
        "tall" => Uniform(24, 90, 8),
        "hot" => Hot(Uniform(128, 64, 9)),
        "cantor" => Column(Cantor(7)),
        "largeCantor" => Column([.. Cantor(7).Select(x => 1000 * x)]),
        _ => throw new ArgumentException(name),
    };

    /// <summary>One value a row.</summary>
    public static Matrix Column(float[] values) => new(values.Length, 1, values);

    /// <summary>Left ends of a Cantor set's intervals after some levels, the shortest of length 1.</summary>
    public static float[] Cantor(int levels)
    {
        float[] points = [0];
        for (var level = 0; level < levels; level++) points = [.. points, .. points.Select(x => x + 2 * (float)Math.Pow(3, level))];
        return points;
    }

    /// <summary>Multiples of 2⁻²⁴ in [−1, 1) by SplitMix64 from a state.</summary>
    public static Matrix Uniform(int rows, int columns, ulong state)
    {
        var matrix = new Matrix(rows, columns);
        for (var i = 0; i < matrix.Values.Length; i++) matrix.Values[i] = (float)((SeededRandom.SplitMix(ref state) >> 39) / 16777216.0 - 1);
        return matrix;
    }

    public static Matrix Normal(int rows, int columns, ulong seed)
    {
        var matrix = new Matrix(rows, columns);
        StandardNormal.Fill(new(seed), matrix.Values);
        return matrix;
    }

    public static Matrix Hot(Matrix features)
    {
        foreach (ref var value in features.Row(0)) value *= 10;
        return features;
    }

    public static double Rate(Matrix features, BoxEstimate estimate = BoxEstimate.Code) =>
        SelfSimilarityRate.Measure(PairDistances.Measure(features), features.Rows, new() { Estimate = estimate })!.Rate;

    private static Matrix Units()
    {
        var bytes = File.ReadAllBytes(Place("mnist-units.bin"));
        var units = new Matrix(100, bytes.Length / 200);
        for (var i = 0; i < units.Values.Length; i++) units.Values[i] = BitConverter.ToInt16(bytes, 2 * i) / 256f;
        return units;
    }

    private static string Place(string name) => Path.Combine(AppContext.BaseDirectory, "Reference", name);
}
