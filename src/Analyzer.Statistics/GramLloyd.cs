using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>One start of K-Means on counts: as <see cref="Lloyd"/>, but for what rounds differently, at a cost that bits have no part in.</summary>
/// <remarks>
/// ‖x − c‖² of the mean c of w rows is x·x − 2 s(x)/w + q/w², where s(x) sums what x has in common with those rows and q sums s over them:
/// whole numbers, so that sums follow the rows that move. Kernel k-means (Dhillon, Guan and Kulis, KDD 2004) with the plain inner product.
/// </remarks>
internal sealed class GramLloyd
{
    private readonly CodeGram _gram;
    private readonly KMeansOptions _options;
    private readonly double _tolerance;
    private readonly CancellationToken _cancel;
    private readonly int _clusters;
    private readonly Lock[] _locks;

    // Of the centres: whose mean each row is part of, how many they are, s and q.
    private readonly double[][] _sums;
    private int[] _members, _weights;
    private double[] _norms;

    // Rows whose mean a centre is where those are no members: the one to start from, or the last ones of a cluster that got empty.
    private readonly int[]?[] _kept;

    /// <param name="gram">The counts.</param>
    /// <param name="starts">[clusters] rows to start from, in the order of the counts.</param>
    /// <param name="options">Limits and threads.</param>
    /// <param name="tolerance">Sum of the squared shifts at which it ends.</param>
    /// <param name="cancel">Stops the clustering.</param>
    public GramLloyd(CodeGram gram, int[] starts, KMeansOptions options, double tolerance, CancellationToken cancel)
    {
        (_gram, _options, _tolerance, _cancel, _clusters) = (gram, options, tolerance, cancel, starts.Length);
        _locks = [.. Enumerable.Range(0, gram.TileRows).Select(_ => new Lock())];
        Array.Fill(_members = new int[gram.Rows], -1);
        Array.Fill(_weights = new int[_clusters], 1);
        _kept = Array.ConvertAll<int, int[]?>(starts, row => [row]);
        _norms = Array.ConvertAll(starts, row => (double)gram.Diagonal[row]);
        _sums = Array.ConvertAll(starts, start =>
        {
            var common = new double[gram.Rows];
            for (var row = 0; row < common.Length; row++) common[row] = gram.Common(row, start);
            return common;
        });
    }

    /// <summary>Labels, the rows that each centre is the mean of, inertia, iterations, and whether it ended by itself.</summary>
    public (int[] Labels, int[][] Centres, double Inertia, int Iterations, bool Converged) Run()
    {
        var labels = new int[_gram.Rows];
        Array.Fill(labels, -1);
        var iterations = 0;
        bool settled = false, converged = false;
        while (iterations < _options.MaxIterations && !converged)
        {
            _cancel.ThrowIfCancellationRequested();
            iterations++;
            var next = Nearest();
            settled = next.AsSpan().SequenceEqual(labels);
            labels = next;
            converged = Become(Relocated(labels)) <= _tolerance || settled;
        }
        if (!settled) labels = Nearest();
        double inertia = 0;
        for (var row = 0; row < labels.Length; row++) inertia += SquaredDistance(row, labels[row]);
        var members = Enumerable.Range(0, labels.Length).ToLookup(row => _members[row]);
        return (labels, [.. _kept.Select((kept, cluster) => kept ?? [.. members[cluster]])], inertia, iterations, converged);
    }

    private double SquaredDistance(int row, int cluster) => Math.Max(0,
        _gram.Diagonal[row] - 2 * _sums[cluster][row] / _weights[cluster] + _norms[cluster] / ((double)_weights[cluster] * _weights[cluster]));

    private int[] Nearest()
    {
        var labels = new int[_gram.Rows];
        Blocks.For(labels.Length, CodeGram.Tile, _options.Threads, (first, count) =>
        {
            var nearest = labels.AsSpan(first, count);
            var highest = new double[count];
            Array.Fill(highest, double.NegativeInfinity);
            for (var cluster = 0; cluster < _clusters; cluster++)
            {
                double weight = _weights[cluster], offset = _norms[cluster] / (2 * weight * weight);
                var sums = _sums[cluster].AsSpan(first, count);
                for (var i = 0; i < sums.Length; i++)
                {
                    var score = sums[i] / weight - offset;
                    if (score > highest[i]) (nearest[i], highest[i]) = (cluster, score);
                }
            }
        }, _cancel);
        return labels;
    }

    // Labels, but for the rows that found empty clusters anew.
    private int[] Relocated(int[] labels)
    {
        var members = (int[])labels.Clone();
        foreach (var (row, cluster) in EmptyClusters.Founders(Counts(labels), row => SquaredDistance(row, labels[row]), labels.Length)) members[row] = cluster;
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
                _kept[cluster] ??= [.. Enumerable.Range(0, before.Length).Where(row => before[row] == cluster)];
                before.AsSpan().Replace(cluster, -1);
            }
            else if (_kept[cluster] is not null)
            {
                Array.Clear(_sums[cluster]);
                _kept[cluster] = null;
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
        var changes = Enumerable.Range(0, _gram.TileRows).Select(tile => Changes.Of(before, after, _gram.RowsOf(tile), _clusters)).ToArray();
        _gram.ForTiles(_options.Threads, (tileRow, tileColumn) =>
        {
            Add(_gram.Low(tileRow, tileColumn), 1);
            Add(_gram.High(tileRow, tileColumn), CodeGram.HighUnit);

            void Add(ReadOnlySpan<ushort> counts, double unit)
            {
                if (counts.IsEmpty) return;
                if (changes[tileRow].Rows.Length > 0) AddRows(counts, unit, tileColumn, changes[tileRow]);
                if (tileRow != tileColumn && changes[tileColumn].Rows.Length > 0) AddColumns(counts, unit, tileRow, changes[tileColumn]);
            }
        }, _cancel);
    }

    // What rows that changed have in common with the columns.
    private void AddRows(ReadOnlySpan<ushort> counts, double unit, int tileColumn, Changes changes)
    {
        var (sums, row) = (new int[(changes.Clusters.Length + 1) * CodeGram.Tile], new int[CodeGram.Tile]);
        for (var i = 0; i < changes.Rows.Length; i++)
        {
            TensorPrimitives.ConvertTruncating(counts.Slice(changes.Rows[i] * CodeGram.Tile, CodeGram.Tile), row);
            Span<int> from = sums.AsSpan(changes.From[i] * CodeGram.Tile, CodeGram.Tile), to = sums.AsSpan(changes.To[i] * CodeGram.Tile, CodeGram.Tile);
            TensorPrimitives.Subtract<int>(from, row, from);
            TensorPrimitives.Add<int>(to, row, to);
        }
        var (first, count) = _gram.RowsOf(tileColumn);
        lock (_locks[tileColumn])
            for (var place = 0; place < changes.Clusters.Length; place++)
                for (var i = 0; i < count; i++) _sums[changes.Clusters[place]][first + i] += unit * sums[place * CodeGram.Tile + i];
    }

    // What columns that changed have in common with the rows.
    private void AddColumns(ReadOnlySpan<ushort> counts, double unit, int tileRow, Changes changes)
    {
        var (first, count) = _gram.RowsOf(tileRow);
        var places = changes.Clusters.Length + 1;
        var sums = new int[count * places];
        for (var i = 0; i < count; i++)
        {
            var own = sums.AsSpan(i * places, places);
            var row = counts.Slice(i * CodeGram.Tile, CodeGram.Tile);
            foreach (var (from, to, columns) in changes.Moves)
            {
                var common = 0;
                foreach (var column in columns) common += row[column];
                own[from] -= common;
                own[to] += common;
            }
        }
        lock (_locks[tileRow])
            for (var i = 0; i < count; i++)
                for (var place = 0; place < changes.Clusters.Length; place++) _sums[changes.Clusters[place]][first + i] += unit * sums[i * places + place];
    }

    // Rows of a tile that change, counted from its first, and where they come from and go to: places among the clusters concerned, the one past
    // the last for none. Moves are those between the same two.
    private sealed record Changes(int[] Rows, int[] From, int[] To, int[] Clusters, (int From, int To, int[] Rows)[] Moves)
    {
        public static Changes Of(int[] before, int[] after, (int First, int Count) tile, int clusters)
        {
            int[] rows = [.. Enumerable.Range(tile.First, tile.Count).Where(row => before[row] != after[row])];
            int[] concerned = [.. rows.Select(row => before[row]).Concat(rows.Select(row => after[row])).Where(cluster => cluster >= 0).Distinct()];
            var places = new int[clusters];
            for (var place = 0; place < concerned.Length; place++) places[concerned[place]] = place;
            var from = Array.ConvertAll(rows, row => before[row] < 0 ? concerned.Length : places[before[row]]);
            var to = Array.ConvertAll(rows, row => places[after[row]]);
            for (var i = 0; i < rows.Length; i++) rows[i] -= tile.First;
            var moves = Enumerable.Range(0, rows.Length).GroupBy(i => (from[i], to[i])).Select(move => (move.Key.Item1, move.Key.Item2, move.Select(i => rows[i]).ToArray()));
            return new(rows, from, to, concerned, [.. moves]);
        }
    }
}
