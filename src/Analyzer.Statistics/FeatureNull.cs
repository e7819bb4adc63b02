namespace Analyzer.Statistics;

/// <summary>Features in which nothing relates one unit to another.</summary>
/// <remarks>Each unit draws from a seed of its own, so that no value depends on the number of threads.</remarks>
public static class FeatureNull
{
    /// <summary>Permutes each unit's values over the samples, by itself: every unit keeps its distribution, no two keep their relation.</summary>
    /// <param name="units">[n units, samples]; not changed.</param>
    /// <param name="seed">Determines the orders.</param>
    /// <param name="threads">Threads at most. Default: all processors.</param>
    /// <returns>[n units, samples]. O(n · samples).</returns>
    public static Matrix Shuffle(Matrix units, ulong seed, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(units);
        return Draw(units, seed, threads, (source, target, unitSeed) =>
        {
            source.CopyTo(target);
            new SeededRandom(unitSeed).Shuffle(target);
        });
    }

    /// <summary>Independent normal values with each unit's own mean and variance.</summary>
    /// <param name="units">[n units, samples], at least one sample; not changed.</param>
    /// <param name="seed">Determines the values.</param>
    /// <param name="threads">Threads at most. Default: all processors.</param>
    /// <returns>[n units, samples]; a constant unit stays constant. O(n · samples).</returns>
    public static Matrix Gaussian(Matrix units, ulong seed, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(units);
        return Draw(units, seed, threads, (source, target, unitSeed) =>
        {
            double sum = 0, squares = 0;
            foreach (var value in source) sum += value;
            var mean = sum / source.Length;
            foreach (var value in source) squares += (value - mean) * (value - mean);
            var deviation = Math.Sqrt(squares / source.Length);
            StandardNormal.Fill(new SeededRandom(unitSeed), target);
            for (var i = 0; i < target.Length; i++) target[i] = (float)(mean + deviation * target[i]);
        });
    }

    private delegate void UnitDraw(ReadOnlySpan<float> source, Span<float> target, ulong seed);

    private static Matrix Draw(Matrix units, ulong seed, int? threads, UnitDraw draw)
    {
        var drawn = new Matrix(units.Rows, units.Columns);
        var seeds = new ulong[units.Rows];
        var random = new SeededRandom(seed);
        for (var i = 0; i < seeds.Length; i++) seeds[i] = random.NextWord();
        Blocks.For(units.Rows, 16, threads ?? Environment.ProcessorCount, (first, count) =>
        {
            for (var i = first; i < first + count; i++) draw(units.Row(i), drawn.Row(i), seeds[i]);
        }, CancellationToken.None);
        return drawn;
    }
}
