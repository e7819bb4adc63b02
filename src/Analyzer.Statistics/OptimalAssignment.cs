namespace Analyzer.Statistics;

/// <summary>The one-to-one matching of rows with columns that costs least or gains most.</summary>
/// <remarks>
/// Kuhn 1955 and Munkres 1957, as shortest augmenting paths with potentials (Jonker and Volgenant, Computing 38, 1987).
/// O(min(r, c)² · max(r, c)).
/// </remarks>
public static class OptimalAssignment
{
    /// <summary>Matches so that the sum of the gains is largest.</summary>
    /// <param name="gains">[rows, columns], finite; need not be square.</param>
    /// <returns>[rows]: the column of each row, −1 for rows left over; min(rows, columns) are matched.</returns>
    /// <exception cref="ArgumentException">A gain is not finite.</exception>
    public static int[] Maximise(double[,] gains)
    {
        ArgumentNullException.ThrowIfNull(gains);
        var costs = new double[gains.GetLength(0), gains.GetLength(1)];
        for (var row = 0; row < costs.GetLength(0); row++)
            for (var column = 0; column < costs.GetLength(1); column++)
                costs[row, column] = -gains[row, column];
        return Minimise(costs);
    }

    /// <summary>Matches so that the sum of the costs is least.</summary>
    /// <param name="costs">[rows, columns], finite; need not be square.</param>
    /// <returns>[rows]: the column of each row, −1 for rows left over; min(rows, columns) are matched.</returns>
    /// <exception cref="ArgumentException">A cost is not finite.</exception>
    public static int[] Minimise(double[,] costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        foreach (var cost in costs)
            if (!double.IsFinite(cost)) throw new ArgumentException($"an entry is {cost}; all must be finite", nameof(costs));
        int rows = costs.GetLength(0), columns = costs.GetLength(1);
        var result = new int[rows];
        Array.Fill(result, -1);
        if (rows <= columns)
        {
            var rowOf = Match(rows, columns, (row, column) => costs[row, column]);
            for (var column = 0; column < columns; column++)
                if (rowOf[column] >= 0) result[rowOf[column]] = column;
        }
        else
        {
            var columnOf = Match(columns, rows, (column, row) => costs[row, column]);
            columnOf.CopyTo(result, 0);
        }
        return result;
    }

    // Matches each of `few` with one of `many`; returns for each of `many` its partner or −1.
    private static int[] Match(int few, int many, Func<int, int, double> cost)
    {
        double[] fewPotential = new double[few], manyPotential = new double[many], distance = new double[many];
        int[] partner = new int[many], previous = new int[many];
        var settled = new bool[many];
        Array.Fill(partner, -1);
        for (var start = 0; start < few; start++)
        {
            Array.Fill(distance, double.PositiveInfinity);
            Array.Clear(settled);
            // Dijkstra over reduced costs, from `start` to the nearest of `many` that is free.
            int current = start, last = -1;
            double travelled = 0;
            while (true)
            {
                var nearest = -1;
                for (var j = 0; j < many; j++)
                {
                    if (settled[j]) continue;
                    var reach = travelled + cost(current, j) - fewPotential[current] - manyPotential[j];
                    if (reach < distance[j]) (distance[j], previous[j]) = (reach, last);
                    if (nearest < 0 || distance[j] < distance[nearest]) nearest = j;
                }
                travelled = distance[nearest];
                settled[nearest] = true;
                last = nearest;
                if (partner[nearest] < 0) break;
                current = partner[nearest];
            }
            fewPotential[start] += travelled;
            for (var j = 0; j < many; j++)
            {
                if (!settled[j] || j == last) continue;
                fewPotential[partner[j]] += travelled - distance[j];
                manyPotential[j] -= travelled - distance[j];
            }
            while (last >= 0)
            {
                partner[last] = previous[last] < 0 ? start : partner[previous[last]];
                last = previous[last];
            }
        }
        return partner;
    }
}
