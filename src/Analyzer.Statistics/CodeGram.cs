using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>How many bits each two rows have in common, counted once: clustering and regression then never read the bits again.</summary>
/// <remarks>
/// The Gram matrix X·Xᵀ of 0/1 codes, exact, in whole numbers of 16 bits; its lower triangle in tiles. A bit counts as set where it is not
/// what most rows have: that keeps the counts small, moves every row by the same vector and mirrors it, and so leaves distances as they are,
/// and a regression's penalty too.
/// </remarks>
public sealed class CodeGram
{
    /// <summary>Rows and columns of a tile.</summary>
    internal const int Tile = 512;

    private readonly ushort[][] _tiles;
    private volatile bool _tooMany;

    private CodeGram(PackedBits codes, int[] order, int threads, CancellationToken cancel)
    {
        (Codes, Order, Threads, TileRows) = (codes, order, threads, Blocks.Count(codes.Rows, Tile));
        _tiles = new ushort[Blocks.Triangle(TileRows)][];
        MeanCode = new BitDesign(codes).Means(threads, cancel);
        Usual = new(1, codes.Bits);
        for (var bit = 0; bit < codes.Bits; bit++) Usual[0, bit] = MeanCode[bit] > .5;
        Diagonal = new int[codes.Rows];
        Blocks.For(codes.Rows, Tile, threads, (first, count) =>
        {
            for (var row = first; row < first + count; row++) Diagonal[row] = (int)TensorPrimitives.HammingBitDistance(codes.Row(order[row]), Usual.Row(0));
        }, cancel);
        Excess = Array.ConvertAll(Diagonal, bits => Math.Max(0, bits - ushort.MaxValue));
    }

    /// <summary>Number of rows.</summary>
    public int Rows => Codes.Rows;

    /// <summary>The codes themselves.</summary>
    public PackedBits Codes { get; }

    /// <summary>[rows] which row of the codes each one here is.</summary>
    internal int[] Order { get; }

    /// <summary>[1, bits] what most rows have; 0 where they are equally many.</summary>
    internal PackedBits Usual { get; }

    /// <summary>[rows] bits of each row that are not the usual ones.</summary>
    internal int[] Diagonal { get; }

    /// <summary>[rows] what the diagonal has beyond the largest count of a tile, which stands there in its place.</summary>
    internal int[] Excess { get; }

    /// <summary>[bits] share of the rows that have each bit set.</summary>
    internal double[] MeanCode { get; }

    /// <summary>[rows] mean of a row's counts with all rows.</summary>
    internal double[] RowMeans { get; private set; } = [];

    /// <summary>Mean of all counts.</summary>
    internal double Mean { get; private set; }

    /// <summary>Tiles on the diagonal.</summary>
    internal int TileRows { get; }

    internal int Threads { get; }

    /// <summary>Rows at most for which counting pays: their counts take 4 GiB.</summary>
    public const int MostRows = 65_536;

    /// <summary>Whether counting costs less than it saves, in clustering from ten starts as in regression: bits are twice as many as rows.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="bits">Bits of a row. Of more than 65,535, two rows may have too many unusual ones in common for <see cref="Of"/>, which says so as soon as it meets them.</param>
    public static bool Pays(long rows, long bits) => rows is > 0 and <= MostRows && bits >= 2 * rows;

    /// <summary>Bytes that the counts of some rows take.</summary>
    /// <param name="rows">Number of rows.</param>
    public static long BytesFor(long rows)
    {
        long tiles = (rows + Tile - 1) / Tile;
        return tiles * (tiles + 1) / 2 * Tile * Tile * sizeof(ushort);
    }

    /// <summary>Counts. O(rows² · bits / 1024) vector operations; memory as <see cref="BytesFor"/>, and 8 · bits bytes.</summary>
    /// <param name="codes">[rows, bits]; read again where models are brought back to the bits.</param>
    /// <param name="groups">[rows] which of them had better lie side by side, such as those of a label; null for the order they have. Results are in that of the codes anyway.</param>
    /// <param name="threads">Threads at most, from 1 to 4096, here and in regressions on the counts; null for all processors.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the counting.</param>
    /// <returns>The counts; null where two rows have more than 65,535 unusual bits in common.</returns>
    /// <exception cref="ArgumentException">Another number of groups than rows, or threads out of range.</exception>
    public static CodeGram? Of(PackedBits codes, int[]? groups = null, int? threads = null, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Require.InRange(threads ?? 1, 1, 4096, nameof(threads));
        if (groups is not null) Require.SameLength(groups.Length, codes.Rows, nameof(groups));
        int[] order = [.. groups is null ? Enumerable.Range(0, codes.Rows) : Enumerable.Range(0, codes.Rows).OrderBy(row => groups[row])];
        var gram = new CodeGram(codes, order, threads ?? Environment.ProcessorCount, cancel);
        var steps = new ProgressSteps(progress, gram._tiles.Length);
        gram.ForTiles(gram.Threads, (tileRow, tileColumn) =>
        {
            if (!gram._tooMany) gram.Count(tileRow, tileColumn);
            steps.Finish();
        }, cancel);
        if (gram._tooMany) return null;
        gram.SumRows(cancel);
        return gram;
    }

    /// <summary>Rows of a tile row: [first, first + count).</summary>
    internal (int First, int Count) RowsOf(int tileRow) => (tileRow * Tile, Math.Min(Tile, Rows - tileRow * Tile));

    /// <summary>Counts between the rows of two tile rows, the first not before the second: [rows of the first, <see cref="Tile"/>], past the rows zeros.</summary>
    internal ReadOnlySpan<ushort> Counts(int tileRow, int tileColumn) => _tiles[Index(tileRow, tileColumn)];

    /// <summary>What two rows have in common.</summary>
    internal int Common(int a, int b)
    {
        if (a == b) return Diagonal[a];
        var (low, high) = (Math.Min(a, b), Math.Max(a, b));
        return Counts(high / Tile, low / Tile)[high % Tile * Tile + low % Tile];
    }

    /// <summary>Squared distance of a row from the mean of all.</summary>
    internal double CentredDiagonal(int row) => Diagonal[row] - 2 * RowMeans[row] + Mean;

    /// <summary>Squared distance of every row from each of some rows, both as the codes have them: [those, rows].</summary>
    internal void SquaredDistances(int[] from, double[][] distances)
    {
        for (var i = 0; i < from.Length; i++)
        {
            var place = Array.IndexOf(Order, from[i]);
            for (var row = 0; row < Rows; row++) distances[i][Order[row]] = (double)Diagonal[row] + Diagonal[place] - 2 * Common(row, place);
        }
    }

    /// <summary>What the codes' rows have, in the order of those here.</summary>
    internal int[] Ordered(int[] ofCodes) => Array.ConvertAll(Order, row => ofCodes[row]);

    /// <summary>What rows here have, in the order of the codes.</summary>
    internal int[] Restored(int[] ofRows)
    {
        var ofCodes = new int[ofRows.Length];
        for (var row = 0; row < ofRows.Length; row++) ofCodes[Order[row]] = ofRows[row];
        return ofCodes;
    }

    /// <summary>Variance (population) of each bit, averaged over the bits.</summary>
    internal double MeanVariance() => (Diagonal.Sum(d => (double)d) / Rows - Mean) / Codes.Bits;

    /// <summary>Calls <paramref name="body"/> for every tile of the triangle, on several threads.</summary>
    internal void ForTiles(int threads, Action<int, int> body, CancellationToken cancel) => Blocks.For(_tiles.Length, 1, threads, (tile, _) =>
    {
        var (row, column) = Blocks.OfTriangle(tile);
        body(row, column);
    }, cancel);

    private static int Index(int tileRow, int tileColumn) => Blocks.Triangle(tileRow) + tileColumn;

    private void Count(int tileRow, int tileColumn)
    {
        var ((firstRow, rows), (firstColumn, columns)) = (RowsOf(tileRow), RowsOf(tileColumn));
        var counts = _tiles[Index(tileRow, tileColumn)] = new ushort[rows * Tile];
        var distances = new HammingTile();
        for (var row = 0; row < rows; row += HammingTile.Others)
        {
            for (var column = 0; column < columns; column += HammingTile.Rows)
            {
                var (high, wide) = (Math.Min(HammingTile.Others, rows - row), Math.Min(HammingTile.Rows, columns - column));
                distances.Measure(Codes, new(Order.AsSpan(firstColumn + column, wide)), Codes, new(Order.AsSpan(firstRow + row, high)));
                for (var i = 0; i < high; i++)
                {
                    var own = Diagonal[firstRow + row + i];
                    var found = distances[i];
                    // |a ∧ b| = (|a| + |b| − |a ⊕ b|) / 2.
                    for (var j = 0; j < wide; j++)
                    {
                        var common = (own + Diagonal[firstColumn + column + j] - found[j]) / 2;
                        counts[(row + i) * Tile + column + j] = (ushort)Math.Min(common, ushort.MaxValue);
                        if (common > ushort.MaxValue && firstRow + row + i != firstColumn + column + j) _tooMany = true;
                    }
                }
            }
        }
    }

    private void SumRows(CancellationToken cancel)
    {
        var sums = Array.ConvertAll(Excess, excess => (long)excess);
        ForTiles(Threads, (tileRow, tileColumn) =>
        {
            var (first, other) = (tileRow * Tile, tileColumn * Tile);
            var counts = Counts(tileRow, tileColumn);
            var columns = new long[Tile];
            for (var row = 0; row < counts.Length / Tile; row++)
            {
                long sum = 0;
                for (var column = 0; column < Tile; column++)
                {
                    sum += counts[row * Tile + column];
                    columns[column] += counts[row * Tile + column];
                }
                Interlocked.Add(ref sums[first + row], sum);
            }
            for (var column = 0; tileRow != tileColumn && column < Tile; column++) Interlocked.Add(ref sums[other + column], columns[column]);
        }, cancel);
        RowMeans = Array.ConvertAll(sums, sum => (double)sum / Rows);
        Mean = RowMeans.Sum() / Rows;
    }
}
