using System.Runtime.InteropServices;

namespace Analyzer.Statistics;

/// <summary>Starting centres far from one another.</summary>
/// <remarks>
/// Arthur and Vassilvitskii, SODA 2007, greedy variant as in scikit-learn 1.2: of 2 + ⌊ln k⌋ rows drawn with probability
/// proportional to the squared distance from the centres so far, the one that lowers their sum most.
/// </remarks>
internal static class KMeansPlusPlus
{
    private const int RowBlock = 1024;

    /// <summary>Chooses k rows: [k, columns].</summary>
    public static double[,] Choose(Design design, double[] squaredNorms, int clusters, SeededRandom random)
    {
        var trials = 2 + (int)Math.Log(clusters);
        var nearest = new double[design.Rows];
        Array.Fill(nearest, double.PositiveInfinity);
        var centres = new double[clusters, design.Columns];
        var distances = new double[trials][];
        for (var i = 0; i < trials; i++) distances[i] = new double[design.Rows];

        for (var chosen = 0; chosen < clusters; chosen++)
        {
            int[] candidates = chosen == 0 ? [random.NextBelow(design.Rows)] : Draw(nearest, trials, random);
            Distances(design, squaredNorms, candidates, nearest, distances);
            var best = 0;
            for (var i = 1; i < candidates.Length; i++)
                if (LaneMath.Sum(distances[i]) < LaneMath.Sum(distances[best])) best = i;
            distances[best].CopyTo(nearest, 0);
            AddRow(design, candidates[best], centres, chosen);
        }
        return centres;
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

    // For each candidate the squared distance of every row to the nearest of the centres so far and the candidate.
    private static void Distances(Design design, double[] squaredNorms, int[] candidates, double[] nearest, double[][] distances)
    {
        var lanes = Design.Padded(candidates.Length);
        var dense = new float[design.Columns * lanes];
        var row = new double[design.Columns];
        for (var i = 0; i < candidates.Length; i++)
        {
            Array.Clear(row);
            design.AddTo(row, candidates[i], 1, 0);
            for (var j = 0; j < row.Length; j++) dense[j * lanes + i] = (float)row[j];
        }
        var products = new float[RowBlock * lanes];
        for (var first = 0; first < design.Rows; first += RowBlock)
        {
            var count = Math.Min(RowBlock, design.Rows - first);
            Array.Clear(products);
            design.MultiplyAdd(first, count, dense, lanes, products);
            for (var i = 0; i < candidates.Length; i++)
            {
                for (var r = 0; r < count; r++)
                {
                    var distance = squaredNorms[first + r] + squaredNorms[candidates[i]] - 2.0 * products[r * lanes + i];
                    distances[i][first + r] = Math.Min(nearest[first + r], Math.Max(0, distance));
                }
                if (candidates[i] >= first && candidates[i] < first + count) distances[i][candidates[i]] = 0;
            }
        }
    }

    private static void AddRow(Design design, int row, double[,] centres, int cluster)
    {
        var centre = MemoryMarshal.CreateSpan(ref centres[cluster, 0], design.Columns);
        design.AddTo(centre, row, 1, 0);
    }
}
