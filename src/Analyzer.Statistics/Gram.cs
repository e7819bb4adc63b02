using System.Buffers;

namespace Analyzer.Statistics;

/// <summary>Pairwise dot products of the rows of a matrix: rows × rowsᵀ.</summary>
/// <remarks>
/// Products of two float32 are exact in double and are summed there, one column after the other, so an entry errs by at most
/// d·2⁻⁵³·Σ|xᵢyᵢ|, and depends neither on the number of threads nor on the vector width. Float32 sums would cost half as much
/// and lose the distance of near duplicates (‖x‖² + ‖y‖² − 2xy) at 1e-7 of the norms. O(n²·d), half of it by symmetry.
/// </remarks>
public static class Gram
{
    /// <summary>Rows, and columns, of one tile: both packed operands and the tile's sums stay in the second-level cache.</summary>
    internal const int TileSize = 256;
    private const int Depth = 128;

    /// <summary>What is done with one tile of products.</summary>
    /// <param name="tile">Where it lies and its values; valid during the call only.</param>
    internal delegate void TileBody(in Tile tile);

    /// <summary>All products of two rows.</summary>
    /// <param name="rows">[n, d], finite.</param>
    /// <param name="threads">Threads at most; the result does not depend on it. Default: all processors.</param>
    /// <param name="cancel">Stops the computation.</param>
    /// <returns>[n × n] row-major, symmetric to the bit; row i's squared norm on the diagonal. 8·n² bytes.</returns>
    /// <exception cref="ArgumentException">More rows than an array's n² entries allow, 46 340.</exception>
    public static double[] Products(Matrix rows, int? threads = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var n = Require.InRange(rows.Rows, 0, 46_340, nameof(rows));
        var products = GC.AllocateUninitializedArray<double>(n * n);
        ForEachTile(rows, (in Tile tile) => tile.CopyTo(products, n), threads, cancel);
        return products;
    }

    /// <summary>Hands the products of the upper triangle to a caller tile by tile, so that n² numbers need not fit in memory.</summary>
    /// <param name="rows">[n, d].</param>
    /// <param name="body">Called once for each tile, in any order, from several threads.</param>
    /// <param name="threads">Threads at most; the tiles do not depend on it. Default: all processors.</param>
    /// <param name="cancel">Stops the computation.</param>
    internal static void ForEachTile(Matrix rows, TileBody body, int? threads = null, CancellationToken cancel = default)
    {
        var side = Blocks.Count(rows.Rows, TileSize);
        Blocks.For(Blocks.Triangle(side), 1, threads ?? Environment.ProcessorCount, (item, _) =>
        {
            // The upper triangle is the lower one mirrored.
            var (column, row) = Blocks.OfTriangle(item);
            Compute(rows, row * TileSize, column * TileSize, body);
        }, cancel);
    }

    private static void Compute(Matrix rows, int firstRow, int firstColumn, TileBody body)
    {
        int height = Math.Min(TileSize, rows.Rows - firstRow), width = Math.Min(TileSize, rows.Rows - firstColumn);
        var pool = ArrayPool<double>.Shared;
        double[] left = pool.Rent(TileSize * Depth), right = pool.Rent(TileSize * Depth), sums = pool.Rent(TileSize * TileSize);
        Array.Clear(sums, 0, Blocks.Count(height, GramKernel.Height) * GramKernel.Height * TileSize);
        for (var first = 0; first < rows.Columns; first += Depth)
        {
            var depth = Math.Min(Depth, rows.Columns - first);
            Pack(rows, firstRow, height, first, depth, GramKernel.Height, left);
            Pack(rows, firstColumn, width, first, depth, GramKernel.Width, right);
            for (var j = 0; j < width; j += GramKernel.Width)
            {
                // Of a tile on the diagonal the part below it follows by symmetry.
                var end = firstRow == firstColumn ? Math.Min(height, j + GramKernel.Width) : height;
                for (var i = 0; i < end; i += GramKernel.Height)
                    GramKernel.MultiplyAdd(left.AsSpan(i * depth), right.AsSpan(j * depth), depth, sums.AsSpan(i * TileSize + j), TileSize);
            }
        }
        body(new Tile(firstRow, height, firstColumn, width, sums));
        pool.Return(left);
        pool.Return(right);
        pool.Return(sums);
    }

    /// <summary>Copies rows into panels of <paramref name="lanes"/> rows, [depth, lanes] each; rows that are not there are 0.</summary>
    private static void Pack(Matrix rows, int firstRow, int count, int firstColumn, int depth, int lanes, double[] panels)
    {
        var (values, columns) = (rows.Values, rows.Columns);
        for (var first = 0; first < count; first += lanes)
        {
            var panel = panels.AsSpan(first * depth, lanes * depth);
            var used = Math.Min(lanes, count - first);
            if (used < lanes) panel.Clear();
            var start = (firstRow + first) * columns + firstColumn;
            for (var k = 0; k < depth; k++)
                for (var lane = 0; lane < used; lane++) panel[k * lanes + lane] = values[start + lane * columns + k];
        }
    }

    /// <summary>Products of the rows from <see cref="FirstRow"/> with the rows from <see cref="FirstColumn"/>, at or above the diagonal.</summary>
    internal readonly ref struct Tile(int firstRow, int rows, int firstColumn, int columns, ReadOnlySpan<double> sums)
    {
        private readonly ReadOnlySpan<double> _sums = sums;

        public int FirstRow { get; } = firstRow;
        public int Rows { get; } = rows;
        public int FirstColumn { get; } = firstColumn;
        public int Columns { get; } = columns;

        /// <summary>Products of one row, [columns], the first with row <see cref="FirstColumn"/>; undefined below the diagonal.</summary>
        /// <param name="row">From 0, within the tile.</param>
        public ReadOnlySpan<double> Row(int row) => _sums.Slice(row * TileSize, Columns);

        /// <summary>Writes the tile and its mirror image into a square matrix.</summary>
        public void CopyTo(Span<double> square, int n) => Copy(_sums, square, n);

        /// <summary>Writes values that lie as the tile's do, and their mirror image, into a square matrix.</summary>
        /// <param name="values">[rows, <see cref="TileSize"/>].</param>
        /// <param name="square">[n × n]; may be longer.</param>
        /// <param name="n">Its rows.</param>
        public void Copy(ReadOnlySpan<double> values, Span<double> square, int n)
        {
            for (var i = 0; i < Rows; i++)
            {
                var skip = Math.Max(0, FirstRow + i - FirstColumn);
                values.Slice(i * TileSize, Columns)[skip..].CopyTo(square[((FirstRow + i) * n + FirstColumn + skip)..]);
            }
            // A line of the cache holds eight: those that are read, and those that are written, are met once.
            for (var j = 0; j < Columns; j += 8)
            {
                for (var i = 0; i < Rows; i += 8)
                {
                    for (var column = j; column < Math.Min(j + 8, Columns); column++)
                    {
                        var end = Math.Min(Math.Min(i + 8, Rows), FirstColumn + column - FirstRow);
                        for (var row = i; row < end; row++) square[(FirstColumn + column) * n + FirstRow + row] = values[row * TileSize + column];
                    }
                }
            }
        }
    }
}
