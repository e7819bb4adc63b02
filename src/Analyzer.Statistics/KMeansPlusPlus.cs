using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Starting centres far from one another.</summary>
/// <remarks>
/// Arthur and Vassilvitskii, SODA 2007, greedy variant as in scikit-learn 1.2: of 2 + ⌊ln k⌋ rows drawn with probability
/// proportional to the squared distance from the centres so far, the one that lowers their sum most.
/// </remarks>
internal static class KMeansPlusPlus
{
    /// <summary>Chooses k rows.</summary>
    /// <param name="rows">Of how many.</param>
    /// <param name="clusters">k.</param>
    /// <param name="distancesFrom">Sets the squared distance of every row from each of some rows: [those, rows].</param>
    /// <param name="random">Draws.</param>
    /// <param name="cancel">Stops the choice.</param>
    public static int[] Choose(int rows, int clusters, Action<int[], double[][]> distancesFrom, SeededRandom random, CancellationToken cancel)
    {
        var trials = 2 + (int)Math.Log(clusters);
        var nearest = new double[rows];
        Array.Fill(nearest, double.PositiveInfinity);
        var starts = new int[clusters];
        var distances = new double[trials][];
        for (var i = 0; i < trials; i++) distances[i] = new double[rows];

        for (var chosen = 0; chosen < clusters; chosen++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] candidates = chosen == 0 ? [random.NextBelow(rows)] : Draw(nearest, trials, random);
            distancesFrom(candidates, distances);
            // To the nearest of the centres so far and the candidate.
            for (var i = 0; i < candidates.Length; i++) TensorPrimitives.Min<double>(distances[i], nearest, distances[i]);
            var best = 0;
            for (var i = 1; i < candidates.Length; i++)
                if (LaneMath.Sum(distances[i]) < LaneMath.Sum(distances[best])) best = i;
            distances[best].CopyTo(nearest, 0);
            starts[chosen] = candidates[best];
        }
        return starts;
    }

    private static int[] Draw(double[] nearest, int trials, SeededRandom random)
    {
        var total = LaneMath.Sum(nearest);
        var rows = new int[trials];
        for (var i = 0; i < trials; i++)
        {
            var wanted = random.NextDouble() * total;
            double passed = 0;
            var row = 0;
            for (; row < nearest.Length - 1; row++)
            {
                passed += nearest[row];
                if (passed > wanted) break;
            }
            rows[i] = row;
        }
        return rows;
    }
}
