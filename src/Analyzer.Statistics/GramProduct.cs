using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Analyzer.Statistics;

/// <summary>Products of centred counts, (x − μ)·(y − μ) for each two rows, with thin factors of which each row sees that of its owner.</summary>
/// <remarks>
/// The lower triangle is all there is: a tile serves its rows as it lies, by sums along it, and its columns by sums down it. Each row is
/// summed in an order that threads do not change.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class GramProduct<T> where T : unmanaged, INumber<T>
{
    /// <summary>Owners at most: a vector of float32 looks up as many.</summary>
    public const int MostOwners = 16;

    private const int Tile = CodeGram.Tile, LanesAtOnce = 4;

    // Their tables stay in the first-level cache.
    private static readonly int RowsDown = 2 * Vector512<T>.Count;

    private readonly CodeGram _gram;
    private readonly int[] _owners;
    private readonly int _lanes;
    private readonly bool _single;

    // Entries of a table: one for each owner there may be, or one.
    private readonly int _entries;
    private readonly T[] _rowMeans, _columnMeans;

    // The factor along the rows of a tile, [owner, lane, row]; and down its columns, [row, lane] tables of what each owner sees.
    private readonly T[] _along, _down;
    private readonly int _seers, _padded;
    private readonly CancellationToken _cancel;

    /// <param name="gram">The counts.</param>
    /// <param name="owners">[rows] owner of each, from 0.</param>
    /// <param name="lanes">Thin factors side by side.</param>
    /// <param name="cancel">Stops a product.</param>
    public GramProduct(CodeGram gram, int[] owners, int lanes, CancellationToken cancel)
    {
        (_gram, _owners, _lanes, _cancel, _single) = (gram, owners, lanes, cancel, !owners.AsSpan().ContainsAnyExcept(0));
        _entries = _single ? 1 : MostOwners;
        (_seers, _padded) = (owners.Max() + 1, gram.TileRows * Tile);
        (_along, _down) = (new T[_seers * lanes * _padded], new T[_padded * lanes * _entries]);
        // A count less the mean of its row, and less that of its column but for the mean of all.
        _rowMeans = new T[_padded];
        _columnMeans = new T[_padded];
        for (var row = 0; row < gram.Rows; row++)
            (_rowMeans[row], _columnMeans[row]) = (T.CreateTruncating(gram.RowMeans[row]), T.CreateTruncating(gram.RowMeans[row] - gram.Mean));
    }

    /// <summary>Multiplies.</summary>
    /// <param name="factor">Value for an owner, a lane and a row.</param>
    /// <param name="set">Takes row, lane and result.</param>
    public void Multiply(Func<int, int, int, double> factor, Action<int, int, double> set)
    {
        Blocks.For(_gram.Rows, Tile, _gram.Threads, (first, count) =>
        {
            for (var owner = 0; owner < _seers; owner++)
                for (var lane = 0; lane < _lanes; lane++)
                    for (var row = first; row < first + count; row++)
                        _along[(owner * _lanes + lane) * _padded + row] = _down[(row * _lanes + lane) * _entries + owner] = T.CreateTruncating(factor(owner, lane, row));
        }, _cancel);

        Blocks.For(_gram.TileRows, 1, _gram.Threads, (tileRow, _) =>
        {
            var (first, count) = _gram.RowsOf(tileRow);
            // [lane, row of the tile].
            var sums = new T[_lanes * Tile];
            var order = Enumerable.Range(first, count).OrderBy(row => _owners[row]).ToArray();
            for (var other = 0; other < _gram.TileRows; other++)
            {
                if (other <= tileRow) Along(_gram.Counts(tileRow, other), order, first, other * Tile, sums);
                else Down(_gram.Counts(other, tileRow), first, _gram.RowsOf(other), sums);
            }
            for (var row = 0; row < count; row++)
                for (var lane = 0; lane < _lanes; lane++) set(first + row, lane, double.CreateTruncating(sums[lane * Tile + row]));
        }, _cancel);
    }

    // Two rows of one owner at a time, centred once for all lanes.
    private void Along(ReadOnlySpan<ushort> counts, int[] order, int first, int firstColumn, T[] sums)
    {
        T[] one = new T[Tile], two = new T[Tile];
        for (var i = 0; i < order.Length;)
        {
            var (a, b) = (order[i], i + 1 < order.Length && _owners[order[i + 1]] == _owners[order[i]] ? order[i + 1] : -1);
            Centre(counts.Slice((a - first) * Tile, Tile), a, firstColumn, one);
            if (b >= 0) Centre(counts.Slice((b - first) * Tile, Tile), b, firstColumn, two);
            for (var lane = 0; lane < _lanes; lane += LanesAtOnce)
            {
                var used = Math.Min(LanesAtOnce, _lanes - lane);
                ref var factor = ref _along[(_owners[a] * _lanes + lane) * _padded + firstColumn];
                AlongFour(one, two, ref factor, used > 1 ? _padded : 0, used > 2 ? 2 * _padded : 0, used > 3 ? 3 * _padded : 0, out var left, out var right);
                for (var l = 0; l < used; l++)
                {
                    sums[(lane + l) * Tile + a - first] += left[l];
                    if (b >= 0) sums[(lane + l) * Tile + b - first] += right[l];
                }
            }
            i += b >= 0 ? 2 : 1;
        }
    }

    private void Centre(ReadOnlySpan<ushort> counts, int row, int firstColumn, T[] centred)
    {
        var mean = Vector512.Create(_rowMeans[row]);
        for (var j = 0; j < Tile; j += Vector512<T>.Count)
            (Load(in counts[j]) - mean - Vector512.Create(_columnMeans, firstColumn + j)).CopyTo(centred, j);
        // What is past the last column is no count.
        if (firstColumn + Tile > _gram.Rows) centred.AsSpan(_gram.Rows - firstColumn).Clear();
    }

    private static void AlongFour(T[] one, T[] two, ref T factor, int b, int c, int d, out Vector256<T> left, out Vector256<T> right)
    {
        Vector512<T> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (var j = 0; j < Tile; j += Vector512<T>.Count)
        {
            var (x, y) = (Vector512.Create(one, j), Vector512.Create(two, j));
            var f = Vector512.LoadUnsafe(ref factor, (nuint)j);
            (a0, b0) = (Fused(x, f, a0), Fused(y, f, b0));
            f = Vector512.LoadUnsafe(ref factor, (nuint)(b + j));
            (a1, b1) = (Fused(x, f, a1), Fused(y, f, b1));
            f = Vector512.LoadUnsafe(ref factor, (nuint)(c + j));
            (a2, b2) = (Fused(x, f, a2), Fused(y, f, b2));
            f = Vector512.LoadUnsafe(ref factor, (nuint)(d + j));
            (a3, b3) = (Fused(x, f, a3), Fused(y, f, b3));
        }
        left = Vector256<T>.Zero.WithElement(0, Sum(a0)).WithElement(1, Sum(a1)).WithElement(2, Sum(a2)).WithElement(3, Sum(a3));
        right = Vector256<T>.Zero.WithElement(0, Sum(b0)).WithElement(1, Sum(b1)).WithElement(2, Sum(b2)).WithElement(3, Sum(b3));
    }

    // Some rows at a time, which stay in the second-level cache for all columns; a vector of columns is centred once for all lanes.
    private void Down(ReadOnlySpan<ushort> counts, int firstColumn, (int First, int Count) rows, T[] sums)
    {
        var centred = new Vector512<T>[RowsDown];
        for (var row = 0; row < rows.Count; row += RowsDown)
        {
            var count = Math.Min(RowsDown, rows.Count - row);
            for (var j = 0; j < Tile; j += Vector512<T>.Count)
            {
                var means = Vector512.Create(_columnMeans, firstColumn + j);
                for (var i = 0; i < count; i++) centred[i] = Load(in counts[(row + i) * Tile + j]) - Vector512.Create(_rowMeans[rows.First + row + i]) - means;
                var seen = _single ? default : Owners(firstColumn + j);
                for (var lane = 0; lane < _lanes; lane += LanesAtOnce)
                {
                    ref var table = ref _down[((rows.First + row) * _lanes + lane) * _entries];
                    var of = centred.AsSpan(0, count);
                    var used = Math.Min(LanesAtOnce, _lanes - lane);
                    for (var l = 0; used < LanesAtOnce && l < used; l++) DownOne(of, ref Unsafe.Add(ref table, l * _entries), seen, sums.AsSpan((lane + l) * Tile + j));
                    if (used == LanesAtOnce && _single) DownFourSingle(of, ref table, _lanes, sums.AsSpan(lane * Tile + j));
                    if (used == LanesAtOnce && !_single) DownFour(of, ref table, _lanes * MostOwners, seen, sums.AsSpan(lane * Tile + j));
                }
            }
        }
    }

    private static void DownFour(ReadOnlySpan<Vector512<T>> centred, ref T table, int stride, Vector512<T> owners, Span<T> sums)
    {
        Vector512<T> a = Vector512.Create<T>(sums), b = Vector512.Create<T>(sums[Tile..]), c = Vector512.Create<T>(sums[(2 * Tile)..]), d = Vector512.Create<T>(sums[(3 * Tile)..]);
        foreach (var value in centred)
        {
            a = Fused(value, LookUp(ref table, owners), a);
            b = Fused(value, LookUp(ref Unsafe.Add(ref table, MostOwners), owners), b);
            c = Fused(value, LookUp(ref Unsafe.Add(ref table, 2 * MostOwners), owners), c);
            d = Fused(value, LookUp(ref Unsafe.Add(ref table, 3 * MostOwners), owners), d);
            table = ref Unsafe.Add(ref table, stride);
        }
        Put(sums, a, b, c, d);
    }

    // The same where there is one owner.
    private static void DownFourSingle(ReadOnlySpan<Vector512<T>> centred, ref T table, int stride, Span<T> sums)
    {
        Vector512<T> a = Vector512.Create<T>(sums), b = Vector512.Create<T>(sums[Tile..]), c = Vector512.Create<T>(sums[(2 * Tile)..]), d = Vector512.Create<T>(sums[(3 * Tile)..]);
        foreach (var value in centred)
        {
            a = Fused(value, Vector512.Create(table), a);
            b = Fused(value, Vector512.Create(Unsafe.Add(ref table, 1)), b);
            c = Fused(value, Vector512.Create(Unsafe.Add(ref table, 2)), c);
            d = Fused(value, Vector512.Create(Unsafe.Add(ref table, 3)), d);
            table = ref Unsafe.Add(ref table, stride);
        }
        Put(sums, a, b, c, d);
    }

    private static void Put(Span<T> sums, Vector512<T> a, Vector512<T> b, Vector512<T> c, Vector512<T> d)
    {
        a.CopyTo(sums);
        b.CopyTo(sums[Tile..]);
        c.CopyTo(sums[(2 * Tile)..]);
        d.CopyTo(sums[(3 * Tile)..]);
    }

    private void DownOne(ReadOnlySpan<Vector512<T>> centred, ref T table, Vector512<T> owners, Span<T> sums)
    {
        var sum = Vector512.Create<T>(sums);
        foreach (var value in centred)
        {
            sum = Fused(value, _single ? Vector512.Create(table) : LookUp(ref table, owners), sum);
            table = ref Unsafe.Add(ref table, _lanes * _entries);
        }
        sum.CopyTo(sums);
    }

    private Vector512<T> Owners(int column)
    {
        // Columns past the last are anybody's: nobody reads their sums.
        Span<int> owners = stackalloc int[16];
        owners.Clear();
        var count = Math.Min(Vector512<T>.Count, _owners.Length - column);
        if (typeof(T) == typeof(float))
        {
            for (var i = 0; i < count; i++) owners[i] = _owners[column + i];
            return Vector512.Create<int>(owners).As<int, T>();
        }
        Span<long> wide = stackalloc long[8];
        wide.Clear();
        for (var i = 0; i < count; i++) wide[i] = _owners[column + i];
        return Vector512.Create<long>(wide).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Load(ref readonly ushort counts)
    {
        if (typeof(T) == typeof(float))
            return Vector512.ConvertToSingle(Vector512.WidenLower(Vector256.LoadUnsafe(in counts).ToVector512Unsafe()).AsInt32()).As<float, T>();
        var wide = Vector256.WidenLower(Vector128.LoadUnsafe(in counts).ToVector256Unsafe());
        return Vector512.ConvertToDouble(Vector512.WidenLower(wide.ToVector512Unsafe()).AsInt64()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> LookUp(ref T table, Vector512<T> owners)
    {
        if (typeof(T) == typeof(float))
        {
            var floats = Vector512.LoadUnsafe(ref table).AsSingle();
            return (Avx512F.IsSupported ? Avx512F.PermuteVar16x32(floats, owners.AsInt32()) : Vector512.Shuffle(floats, owners.AsInt32())).As<float, T>();
        }
        Vector512<double> low = Vector512.LoadUnsafe(ref table).AsDouble(), high = Vector512.LoadUnsafe(ref table, 8).AsDouble();
        if (Avx512F.IsSupported) return Avx512F.PermuteVar8x64x2(low, owners.AsInt64(), high).As<double, T>();
        // An index past the end gives 0.
        return (Vector512.Shuffle(low, owners.AsInt64()) + Vector512.Shuffle(high, owners.AsInt64() - Vector512.Create(8L))).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Fused(Vector512<T> a, Vector512<T> b, Vector512<T> sum) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), sum.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), sum.AsDouble()).As<double, T>();

    private static T Sum(Vector512<T> values) => typeof(T) == typeof(float)
        ? T.CreateTruncating(Transcendental.Sum(values.AsSingle())) : T.CreateTruncating(Transcendental.Sum(values.AsDouble()));
}
