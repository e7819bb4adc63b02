using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>How many bits each two rows have in common, counted once: clustering and regression then never read the bits again.</summary>
/// <remarks>
/// The Gram matrix X·Xᵀ of 0/1 codes, exact, in whole numbers of 16 bits, and as many again where a tile has larger ones; its lower triangle in
/// tiles. A bit counts as set where it is not what most rows have: that keeps the counts small, moves every row by the same vector and mirrors it,
/// and so leaves distances as they are, and a regression's penalty too.
/// </remarks>
public sealed class CodeGram
{
    /// <summary>Rows and columns of a tile.</summary>
    internal const int Tile = 512;

    /// <summary>What one of the high halves of counts stands for.</summary>
    internal const int HighUnit = ushort.MaxValue + 1;

    // Counts modulo HighUnit, and what that leaves; null for the tiles, most of them, in which it leaves nothing.
    private readonly ushort[][] _low;
    private readonly ushort[]?[] _high;

    private CodeGram(PackedBits codes, int[] order, int threads, CancellationToken cancel)
    {
        (Codes, Order, Threads, TileRows) = (codes, order, threads, Blocks.Count(codes.Rows, Tile));
        (_low, _high) = (new ushort[Blocks.Triangle(TileRows)][], new ushort[Blocks.Triangle(TileRows)][]);
        MeanCode = new BitDesign(codes).Means(threads, cancel);
        Usual = new(1, codes.Bits);
        for (var bit = 0; bit < codes.Bits; bit++) Usual[0, bit] = MeanCode[bit] > .5;
        Diagonal = new int[codes.Rows];
        Blocks.For(codes.Rows, Tile, threads, (first, count) =>
        {
            for (var row = first; row < first + count; row++) Diagonal[row] = (int)TensorPrimitives.HammingBitDistance(codes.Row(order[row]), Usual.Row(0));
        }, cancel);
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

    /// <summary>[bits] share of the rows that have each bit set.</summary>
    internal double[] MeanCode { get; }

    /// <summary>[rows] mean of a row's counts with all rows.</summary>
    internal double[] RowMeans { get; private set; } = [];

    /// <summary>Mean of all counts.</summary>
    internal double Mean { get; private set; }

    /// <summary>Tiles on the diagonal.</summary>
    internal int TileRows { get; }

    internal int Threads { get; }

    /// <summary>Bytes that counts may take: those of some 69,000 rows, or 49,000 of 262,144 bits or more.</summary>
    public const long MostBytes = 9L << 29;

    /// <summary>Whether counting costs less than it saves, in clustering from ten starts as in regression: bits are twice as many as rows, and counts take <see cref="MostBytes"/> at most.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="bits">Bits of a row.</param>
    public static bool Pays(long rows, long bits) => rows > 0 && bits >= 2 * rows && BytesFor(rows, bits) <= MostBytes;

    /// <summary>Bytes that the counts of some rows take: two each, and of 262,144 bits or more four, estimated.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="bits">Bits of a row.</param>
    /// <remarks>
    /// Half of the rows at most have an unusual bit, and so two of them have a quarter of the bits in common at most, on the average of all pairs. Of
    /// codes on the verge of that the counts of rows that are much alike may take four bytes although the bits are fewer, and two although they are more.
    /// </remarks>
    public static long BytesFor(long rows, long bits)
    {
        long tiles = (rows + Tile - 1) / Tile;
        return tiles * (tiles + 1) / 2 * Tile * Tile * sizeof(ushort) * (bits / 4 > ushort.MaxValue ? 2 : 1);
    }

    /// <summary>Counts. O(rows² · bits / 1024) vector operations; memory as <see cref="BytesFor"/>, and 8 · bits bytes.</summary>
    /// <param name="codes">[rows, bits]; read again where models are brought back to the bits.</param>
    /// <param name="groups">[rows] which of them had better lie side by side, such as those of a label; null for the order they have. Results are in that of the codes anyway.</param>
    /// <param name="threads">Threads at most, from 1 to 4096, here and in regressions on the counts; null for all processors.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the counting.</param>
    /// <exception cref="ArgumentException">Another number of groups than rows, or threads out of range.</exception>
    public static CodeGram Of(PackedBits codes, int[]? groups = null, int? threads = null, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Require.InRange(threads ?? 1, 1, 4096, nameof(threads));
        if (groups is not null) Require.SameLength(groups.Length, codes.Rows, nameof(groups));
        int[] order = [.. groups is null ? Enumerable.Range(0, codes.Rows) : Enumerable.Range(0, codes.Rows).OrderBy(row => groups[row])];
        var gram = new CodeGram(codes, order, threads ?? Environment.ProcessorCount, cancel);
        var steps = new ProgressSteps(progress, gram._low.Length);
        gram.ForTiles(gram.Threads, (tileRow, tileColumn) =>
        {
            gram.Count(tileRow, tileColumn);
            steps.Finish();
        }, cancel);
        gram.SumRows(cancel);
        return gram;
    }

    /// <summary>Rows of a tile row: [first, first + count).</summary>
    internal (int First, int Count) RowsOf(int tileRow) => (tileRow * Tile, Math.Min(Tile, Rows - tileRow * Tile));

    /// <summary>Counts between the rows of two tile rows, the first not before the second, modulo <see cref="HighUnit"/>: [rows of the first, <see cref="Tile"/>], past the rows zeros.</summary>
    internal ReadOnlySpan<ushort> Low(int tileRow, int tileColumn) => _low[Index(tileRow, tileColumn)];

    /// <summary>How often those counts have <see cref="HighUnit"/>; empty where none has it.</summary>
    internal ReadOnlySpan<ushort> High(int tileRow, int tileColumn) => _high[Index(tileRow, tileColumn)];

    /// <summary>What two rows have in common.</summary>
    internal int Common(int a, int b)
    {
        var (row, column) = (Math.Max(a, b), Math.Min(a, b));
        var (tile, place) = (Index(row / Tile, column / Tile), row % Tile * Tile + column % Tile);
        return _low[tile][place] + HighUnit * (_high[tile]?[place] ?? 0);
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
    internal void ForTiles(int threads, Action<int, int> body, CancellationToken cancel) => Blocks.For(_low.Length, 1, threads, (tile, _) =>
    {
        var (row, column) = Blocks.OfTriangle(tile);
        body(row, column);
    }, cancel);

    private static int Index(int tileRow, int tileColumn) => Blocks.Triangle(tileRow) + tileColumn;

    private void Count(int tileRow, int tileColumn)
    {
        var ((firstRow, rows), (firstColumn, columns)) = (RowsOf(tileRow), RowsOf(tileColumn));
        var low = new ushort[rows * Tile];
        ushort[]? high = null;
        var distances = new HammingTile();
        for (var row = 0; row < rows; row += HammingTile.Others)
        {
            for (var column = 0; column < columns; column += HammingTile.Rows)
            {
                var (tall, wide) = (Math.Min(HammingTile.Others, rows - row), Math.Min(HammingTile.Rows, columns - column));
                distances.Measure(Codes, new(Order.AsSpan(firstColumn + column, wide)), Codes, new(Order.AsSpan(firstRow + row, tall)));
                for (var i = 0; i < tall; i++)
                {
                    var own = Diagonal[firstRow + row + i];
                    var found = distances[i];
                    // |a ∧ b| = (|a| + |b| − |a ⊕ b|) / 2.
                    for (var j = 0; j < wide; j++)
                    {
                        var common = (own + Diagonal[firstColumn + column + j] - found[j]) / 2;
                        low[(row + i) * Tile + column + j] = (ushort)common;
                        if (common >= HighUnit) (high ??= new ushort[low.Length])[(row + i) * Tile + column + j] = (ushort)(common / HighUnit);
                    }
                }
            }
        }
        (_low[Index(tileRow, tileColumn)], _high[Index(tileRow, tileColumn)]) = (low, high);
    }

    private void SumRows(CancellationToken cancel)
    {
        var sums = new long[Rows];
        ForTiles(Threads, (tileRow, tileColumn) =>
        {
            Add(Low(tileRow, tileColumn), 1);
            Add(High(tileRow, tileColumn), HighUnit);

            void Add(ReadOnlySpan<ushort> counts, long unit)
            {
                if (counts.IsEmpty) return;
                var columns = new long[Tile];
                for (var row = 0; row < counts.Length / Tile; row++)
                {
                    long sum = 0;
                    for (var column = 0; column < Tile; column++)
                    {
                        sum += counts[row * Tile + column];
                        columns[column] += counts[row * Tile + column];
                    }
                    Interlocked.Add(ref sums[tileRow * Tile + row], unit * sum);
                }
                for (var column = 0; tileRow != tileColumn && column < Tile; column++) Interlocked.Add(ref sums[tileColumn * Tile + column], unit * columns[column]);
            }
        }, cancel);
        RowMeans = Array.ConvertAll(sums, sum => (double)sum / Rows);
        Mean = RowMeans.Sum() / Rows;
    }
}
