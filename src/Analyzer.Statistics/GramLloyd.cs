using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>One start of K-Means on counts: as <see cref="Lloyd"/>, exactly, at a cost that bits have no part in.</summary>
/// <remarks>
/// ‖x − c‖² of the mean c of w rows is x·x − 2 s(x)/w + q/w², where s(x) sums what x has in common with those rows and q sums s over them:
/// whole numbers, so that sums follow the rows that move. Kernel k-means (Dhillon, Guan and Kulis, KDD 2004) with the plain inner product.
/// </remarks>
internal sealed class GramLloyd(CodeGram gram, KMeansOptions options, double tolerance, CancellationToken cancel)
{
    private readonly int _clusters = options.Clusters;
    private readonly Lock[] _locks = [.. Enumerable.Range(0, gram.TileRows).Select(_ => new Lock())];

    // Of the centres: whose mean each row is part of, how many they are, s and q.
    private readonly double[][] _sums = [.. Enumerable.Range(0, options.Clusters).Select(_ => new double[gram.Rows])];
    private int[] _members = [], _weights = [];
    private double[] _norms = [];

    // Centres of no rows: one to start from, or the last one of a cluster that got empty.
    private readonly bool[] _kept = new bool[options.Clusters];

    /// <summary>Labels, whose mean each row is part of, inertia, iterations, and whether it ended by itself.</summary>
    public (int[] Labels, int[] Members, double Inertia, int Iterations, bool Converged) Run(int[] starts)
    {
        Begin(starts);
        var labels = new int[gram.Rows];
        Array.Fill(labels, -1);
        var iterations = 0;
        bool settled = false, converged = false;
        while (iterations < options.MaxIterations && !converged)
        {
            cancel.ThrowIfCancellationRequested();
            iterations++;
            var next = Nearest();
            settled = next.AsSpan().SequenceEqual(labels);
            labels = next;
            converged = Become(Relocated(labels)) <= tolerance || settled;
        }
        if (!settled) labels = Nearest();
        double inertia = 0;
        for (var row = 0; row < labels.Length; row++) inertia += SquaredDistance(row, labels[row]);
        return (labels, _members, inertia, iterations, converged);
    }

    private void Begin(int[] starts)
    {
        Array.Fill(_members = new int[gram.Rows], -1);
        Array.Fill(_weights = new int[_clusters], 1);
        Array.Fill(_kept, true);
        _norms = Array.ConvertAll(starts, row => (double)gram.Diagonal[row]);
        for (var cluster = 0; cluster < _clusters; cluster++)
            for (var row = 0; row < gram.Rows; row++) _sums[cluster][row] = gram.Common(row, starts[cluster]);
    }

    private double SquaredDistance(int row, int cluster) => Math.Max(0,
        gram.Diagonal[row] - 2 * _sums[cluster][row] / _weights[cluster] + _norms[cluster] / ((double)_weights[cluster] * _weights[cluster]));

    private int[] Nearest()
    {
        var labels = new int[gram.Rows];
        var offsets = new double[_clusters];
        for (var cluster = 0; cluster < _clusters; cluster++) offsets[cluster] = _norms[cluster] / (2.0 * _weights[cluster] * _weights[cluster]);
        for (var row = 0; row < labels.Length; row++)
        {
            var highest = double.NegativeInfinity;
            for (var cluster = 0; cluster < _clusters; cluster++)
            {
                var score = _sums[cluster][row] / _weights[cluster] - offsets[cluster];
                if (score > highest) (labels[row], highest) = (cluster, score);
            }
        }
        return labels;
    }

    // As scikit-learn: the rows farthest from their centres become the centres of the empty clusters.
    private int[] Relocated(int[] labels)
    {
        var counts = Counts(labels);
        if (Array.IndexOf(counts, 0) < 0) return labels;
        var distances = Enumerable.Range(0, labels.Length).Select(row => SquaredDistance(row, labels[row])).ToArray();
        var farthest = Enumerable.Range(0, labels.Length).OrderByDescending(row => distances[row]).ThenBy(row => row).GetEnumerator();
        var members = (int[])labels.Clone();
        for (var cluster = 0; cluster < counts.Length; cluster++)
            if (counts[cluster] == 0 && farthest.MoveNext() && distances[farthest.Current] > 0) members[farthest.Current] = cluster;
        return members;
    }

    private int[] Counts(int[] members)
    {
        var counts = new int[_clusters];
        foreach (var cluster in members) counts[cluster]++;
        return counts;
    }

    // Makes other rows the centres' members; returns the sum of the squared distances that the centres moved.
    private double Become(int[] members)
    {
        var (weights, before) = (Counts(members), (int[])_members.Clone());
        double[] cross = new double[_clusters], norms = new double[_clusters];
        foreach (var (row, cluster) in members.Index()) cross[cluster] += _sums[cluster][row];
        for (var cluster = 0; cluster < _clusters; cluster++)
        {
            if (weights[cluster] == 0)
            {
                // Its rows go elsewhere, but its centre stays.
                (weights[cluster], norms[cluster], cross[cluster]) = (_weights[cluster], _norms[cluster], _norms[cluster]);
                before.AsSpan().Replace(cluster, -1);
                _kept[cluster] = true;
            }
            else if (_kept[cluster])
            {
                Array.Clear(_sums[cluster]);
                _kept[cluster] = false;
            }
        }
        Move(before, members);
        double shift = 0;
        foreach (var (row, cluster) in members.Index()) norms[cluster] += _sums[cluster][row];
        for (var cluster = 0; cluster < _clusters; cluster++)
        {
            double old = _weights[cluster], now = weights[cluster];
            shift += Math.Max(0, norms[cluster] / (now * now) - 2 * cross[cluster] / (now * old) + _norms[cluster] / (old * old));
        }
        (_members, _weights, _norms) = (members, weights, norms);
        return shift;
    }

    // Sums follow the rows that change from one cluster to another.
    private void Move(int[] before, int[] after)
    {
        var changed = Enumerable.Range(0, gram.TileRows).Select(tile =>
        {
            var (first, count) = gram.RowsOf(tile);
            return Enumerable.Range(first, count).Where(row => before[row] != after[row]).ToArray();
        }).ToArray();
        gram.ForTiles((tileRow, tileColumn) =>
        {
            if (changed[tileRow].Length > 0) AddRows(tileRow, tileColumn, changed[tileRow], before, after);
            if (tileRow != tileColumn && changed[tileColumn].Length > 0) AddColumns(tileRow, tileColumn, changed[tileColumn], before, after);
        }, cancel);
    }

    // What rows that changed have in common with the columns.
    private void AddRows(int tileRow, int tileColumn, int[] changed, int[] before, int[] after)
    {
        var counts = gram.Counts(tileRow, tileColumn);
        var (sums, row) = (new int[_clusters * CodeGram.Tile], new int[CodeGram.Tile]);
        foreach (var changing in changed)
        {
            TensorPrimitives.ConvertTruncating(counts.Slice(changing % CodeGram.Tile * CodeGram.Tile, CodeGram.Tile), row);
            TensorPrimitives.Add<int>(Own(after[changing]), row, Own(after[changing]));
            if (before[changing] >= 0) TensorPrimitives.Subtract<int>(Own(before[changing]), row, Own(before[changing]));
        }
        var (first, count) = gram.RowsOf(tileColumn);
        lock (_locks[tileColumn])
            for (var cluster = 0; cluster < _clusters; cluster++)
                for (var i = 0; i < count; i++) _sums[cluster][first + i] += sums[cluster * CodeGram.Tile + i];

        Span<int> Own(int cluster) => sums.AsSpan(cluster * CodeGram.Tile, CodeGram.Tile);
    }

    // What columns that changed have in common with the rows.
    private void AddColumns(int tileRow, int tileColumn, int[] changed, int[] before, int[] after)
    {
        var counts = gram.Counts(tileRow, tileColumn);
        var (first, count) = gram.RowsOf(tileRow);
        // The last place gives to clusters whose rows were in none. Moves between the same two are summed before they count.
        var sums = new int[count * (_clusters + 1)];
        var moves = changed.GroupBy(row => (From: before[row] < 0 ? _clusters : before[row], To: after[row]))
            .Select(moves => (moves.Key.From, moves.Key.To, Columns: moves.Select(row => row % CodeGram.Tile).ToArray())).ToArray();
        for (var i = 0; i < count; i++)
        {
            var own = sums.AsSpan(i * (_clusters + 1), _clusters + 1);
            var row = counts.Slice(i * CodeGram.Tile, CodeGram.Tile);
            foreach (var (from, to, columns) in moves)
            {
                var common = 0;
                foreach (var column in columns) common += row[column];
                own[from] -= common;
                own[to] += common;
            }
        }
        lock (_locks[tileRow])
            for (var i = 0; i < count; i++)
                for (var cluster = 0; cluster < _clusters; cluster++) _sums[cluster][first + i] += sums[i * (_clusters + 1) + cluster];
    }
}
