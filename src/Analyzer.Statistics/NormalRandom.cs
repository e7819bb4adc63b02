namespace Analyzer.Statistics;

/// <summary>Standard normal numbers that a seed determines (Marsaglia's polar method).</summary>
internal sealed class NormalRandom(ulong seed)
{
    private readonly SeededRandom _random = new(seed);
    private double? _second;

    public double Next()
    {
        if (_second is { } kept)
        {
            _second = null;
            return kept;
        }
        while (true)
        {
            double x = 2 * _random.NextDouble() - 1, y = 2 * _random.NextDouble() - 1, square = x * x + y * y;
            if (square is 0 or >= 1) continue;
            var scale = Math.Sqrt(-2 * Math.Log(square) / square);
            _second = y * scale;
            return x * scale;
        }
    }
}
