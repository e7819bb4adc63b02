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
    private static int RowsDown => 2 * Vector512<T>.Count;

    // Of centred rows: values that lie one below the other do not share the few places that a cache has for one address.
    private static int Stride => Tile + Vector512<T>.Count;

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

    // Whether an owner sees anything but 0 in a lane of a tile's rows, [owner, lane, tile]; and which owners the rows of a tile have.
    private readonly bool[] _sees;
    private readonly int[][] _present;
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
        _sees = new bool[_seers * lanes * gram.TileRows];
        _present = [.. Enumerable.Range(0, gram.TileRows).Select(gram.RowsOf).Select(rows => owners.AsSpan(rows.First, rows.Count).ToArray().Distinct().ToArray())];
        // A count less the mean of its row, and less that of its column but for the mean of all.
        _rowMeans = new T[_padded];
        _columnMeans = new T[_padded];
        for (var row = 0; row < gram.Rows; row++)
            (_rowMeans[row], _columnMeans[row]) = (T.CreateTruncating(gram.RowMeans[row]), T.CreateTruncating(gram.RowMeans[row] - gram.Mean));
    }

    /// <summary>Multiplies. Lanes in which the rows of a tile have nothing for an owner cost nothing: rows of one owner had better follow each other.</summary>
    /// <param name="factor">Value for an owner, a lane and a row.</param>
    /// <param name="set">Takes row, lane and result.</param>
    public void Multiply(Func<int, int, int, double> factor, Action<int, int, double> set)
    {
        Blocks.For(_gram.Rows, Tile, _gram.Threads, (first, count) =>
        {
            for (var owner = 0; owner < _seers; owner++)
            {
                for (var lane = 0; lane < _lanes; lane++)
                {
                    var values = _along.AsSpan((owner * _lanes + lane) * _padded + first, count);
                    for (var i = 0; i < count; i++)
                        values[i] = _down[((first + i) * _lanes + lane) * _entries + owner] = T.CreateTruncating(factor(owner, lane, first + i));
                    _sees[(owner * _lanes + lane) * _gram.TileRows + first / Tile] = values.ContainsAnyExcept(T.Zero);
                }
            }
        }, _cancel);

        Blocks.For(_gram.TileRows, 1, _gram.Threads, (tileRow, _) =>
        {
            var (first, count) = _gram.RowsOf(tileRow);
            // Down columns, [lane, row of the tile]; and along rows, vectors that are summed in the end, [row of the tile, lane].
            var (sums, vectors) = (new T[_lanes * Tile], new Vector512<T>[Tile * _lanes]);
            var centred = new T[RowsDown * Stride];
            var order = Enumerable.Range(first, count).OrderBy(row => _owners[row]).ToArray();
            for (var other = 0; other < _gram.TileRows; other++)
            {
                if (other <= tileRow) Along(_gram.Counts(tileRow, other), order, first, other, centred, vectors);
                else Down(_gram.Counts(other, tileRow), tileRow, other, centred, sums);
            }
            for (var row = 0; row < count; row++)
                for (var lane = 0; lane < _lanes; lane++) set(first + row, lane, double.CreateTruncating(sums[lane * Tile + row] + Sum(vectors[row * _lanes + lane])));
        }, _cancel);
    }

    // Two rows of one owner at a time, centred once for all lanes.
    private void Along(ReadOnlySpan<ushort> counts, int[] order, int first, int tile, T[] centred, Vector512<T>[] sums)
    {
        var firstColumn = tile * Tile;
        Span<T> one = centred.AsSpan(0, Tile), two = centred.AsSpan(Stride, Tile);
        for (var i = 0; i < order.Length;)
        {
            var a = order[i];
            // A row without another of its owner goes twice, and its second sums nowhere.
            var pair = i + 1 < order.Length && _owners[order[i + 1]] == _owners[a];
            var b = pair ? order[i + 1] : a;
            Centre(counts.Slice((a - first) * Tile, Tile), a, firstColumn, one);
            if (pair) Centre(counts.Slice((b - first) * Tile, Tile), b, firstColumn, two);
            for (var lane = 0; lane < _lanes; lane += LanesAtOnce)
            {
                var used = Math.Min(LanesAtOnce, _lanes - lane);
                var seen = 0;
                for (var l = 0; l < used; l++) seen += Sees(_owners[a], lane + l, tile) ? 1 : 0;
                ref var factor = ref _along[(_owners[a] * _lanes + lane) * _padded + firstColumn];
                ref var left = ref sums[(a - first) * _lanes + lane];
                ref var right = ref sums[(b - first) * _lanes + lane];
                if (pair && seen == LanesAtOnce) AlongFour(ref one[0], ref two[0], ref factor, _padded, ref left, ref right);
                else
                {
                    for (var l = 0; l < used; l++)
                    {
                        if (!Sees(_owners[a], lane + l, tile)) continue;
                        if (pair) AlongTwice(ref one[0], ref two[0], ref Unsafe.Add(ref factor, l * _padded), ref Unsafe.Add(ref left, l), ref Unsafe.Add(ref right, l));
                        else AlongOne(ref one[0], ref Unsafe.Add(ref factor, l * _padded), ref Unsafe.Add(ref left, l));
                    }
                }
            }
            i += pair ? 2 : 1;
        }
    }

    private void Centre(ReadOnlySpan<ushort> counts, int row, int firstColumn, Span<T> centred)
    {
        var mean = Vector512.Create(_rowMeans[row]);
        for (var j = 0; j < Tile; j += Vector512<T>.Count)
            (Load(in counts[j]) - mean - Vector512.Create(_columnMeans, firstColumn + j)).CopyTo(centred[j..]);
        // What is past the last column is no count.
        if (firstColumn + Tile > _gram.Rows) centred[(_gram.Rows - firstColumn)..].Clear();
    }

    private static void AlongFour(ref T one, ref T two, ref T factor, int stride, ref Vector512<T> left, ref Vector512<T> right)
    {
        Vector512<T> a0 = left, a1 = Unsafe.Add(ref left, 1), a2 = Unsafe.Add(ref left, 2), a3 = Unsafe.Add(ref left, 3);
        Vector512<T> b0 = right, b1 = Unsafe.Add(ref right, 1), b2 = Unsafe.Add(ref right, 2), b3 = Unsafe.Add(ref right, 3);
        ref var second = ref Unsafe.Add(ref factor, stride);
        ref var third = ref Unsafe.Add(ref factor, 2 * stride);
        ref var fourth = ref Unsafe.Add(ref factor, 3 * stride);
        for (nuint j = 0; j < Tile; j += (nuint)Vector512<T>.Count)
        {
            var (x, y) = (Vector512.LoadUnsafe(ref one, j), Vector512.LoadUnsafe(ref two, j));
            var f = Vector512.LoadUnsafe(ref factor, j);
            (a0, b0) = (Fused(x, f, a0), Fused(y, f, b0));
            f = Vector512.LoadUnsafe(ref second, j);
            (a1, b1) = (Fused(x, f, a1), Fused(y, f, b1));
            f = Vector512.LoadUnsafe(ref third, j);
            (a2, b2) = (Fused(x, f, a2), Fused(y, f, b2));
            f = Vector512.LoadUnsafe(ref fourth, j);
            (a3, b3) = (Fused(x, f, a3), Fused(y, f, b3));
        }
        (left, Unsafe.Add(ref left, 1), Unsafe.Add(ref left, 2), Unsafe.Add(ref left, 3)) = (a0, a1, a2, a3);
        (right, Unsafe.Add(ref right, 1), Unsafe.Add(ref right, 2), Unsafe.Add(ref right, 3)) = (b0, b1, b2, b3);
    }

    private static void AlongTwice(ref T one, ref T two, ref T factor, ref Vector512<T> left, ref Vector512<T> right)
    {
        var (a, b) = (left, right);
        for (nuint j = 0; j < Tile; j += (nuint)Vector512<T>.Count)
        {
            var f = Vector512.LoadUnsafe(ref factor, j);
            (a, b) = (Fused(Vector512.LoadUnsafe(ref one, j), f, a), Fused(Vector512.LoadUnsafe(ref two, j), f, b));
        }
        (left, right) = (a, b);
    }

    private static void AlongOne(ref T one, ref T factor, ref Vector512<T> sum)
    {
        var a = sum;
        for (nuint j = 0; j < Tile; j += (nuint)Vector512<T>.Count) a = Fused(Vector512.LoadUnsafe(ref one, j), Vector512.LoadUnsafe(ref factor, j), a);
        sum = a;
    }

    // Some rows at a time, centred once for all lanes.
    private void Down(ReadOnlySpan<ushort> counts, int tile, int source, T[] centred, T[] sums)
    {
        var (rows, firstColumn) = (_gram.RowsOf(source), tile * Tile);
        var sees = new bool[_lanes];
        for (var lane = 0; lane < _lanes; lane++) sees[lane] = _present[tile].Any(owner => Sees(owner, lane, source));
        if (!sees.Contains(true)) return;
        for (var row = 0; row < rows.Count; row += RowsDown)
        {
            var count = Math.Min(RowsDown, rows.Count - row);
            for (var i = 0; i < count; i++) Centre(counts.Slice((row + i) * Tile, Tile), rows.First + row + i, firstColumn, centred.AsSpan(i * Stride, Tile));
            for (var j = 0; j < Tile; j += Vector512<T>.Count)
            {
                var owners = _single ? default : Owners(firstColumn + j);
                for (var lane = 0; lane < _lanes; lane += LanesAtOnce)
                {
                    ref var table = ref _down[((rows.First + row) * _lanes + lane) * _entries];
                    var used = sees.AsSpan(lane, Math.Min(LanesAtOnce, _lanes - lane));
                    if (used.Length < LanesAtOnce || used.Contains(false))
                        for (var l = 0; l < used.Length; l++)
                        {
                            if (used[l]) DownOne(ref centred[j], count, ref Unsafe.Add(ref table, l * _entries), owners, sums.AsSpan((lane + l) * Tile + j));
                        }
                    else if (_single) DownFourSingle(ref centred[j], count, ref table, _lanes, sums.AsSpan(lane * Tile + j));
                    else DownFour(ref centred[j], count, ref table, _lanes * MostOwners, owners, sums.AsSpan(lane * Tile + j));
                }
            }
        }
    }

    private bool Sees(int owner, int lane, int tile) => _sees[(owner * _lanes + lane) * _gram.TileRows + tile];

    private static void DownFour(ref T centred, int count, ref T table, int stride, Vector512<T> owners, Span<T> sums)
    {
        Vector512<T> a = Vector512.Create<T>(sums), b = Vector512.Create<T>(sums[Tile..]), c = Vector512.Create<T>(sums[(2 * Tile)..]), d = Vector512.Create<T>(sums[(3 * Tile)..]);
        for (var i = 0; i < count; i++, centred = ref Unsafe.Add(ref centred, Stride))
        {
            var value = Vector512.LoadUnsafe(ref centred);
            a = Fused(value, LookUp(ref table, owners), a);
            b = Fused(value, LookUp(ref Unsafe.Add(ref table, MostOwners), owners), b);
            c = Fused(value, LookUp(ref Unsafe.Add(ref table, 2 * MostOwners), owners), c);
            d = Fused(value, LookUp(ref Unsafe.Add(ref table, 3 * MostOwners), owners), d);
            table = ref Unsafe.Add(ref table, stride);
        }
        Put(sums, a, b, c, d);
    }

    // The same where there is one owner.
    private static void DownFourSingle(ref T centred, int count, ref T table, int stride, Span<T> sums)
    {
        Vector512<T> a = Vector512.Create<T>(sums), b = Vector512.Create<T>(sums[Tile..]), c = Vector512.Create<T>(sums[(2 * Tile)..]), d = Vector512.Create<T>(sums[(3 * Tile)..]);
        for (var i = 0; i < count; i++, centred = ref Unsafe.Add(ref centred, Stride))
        {
            var value = Vector512.LoadUnsafe(ref centred);
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

    private void DownOne(ref T centred, int count, ref T table, Vector512<T> owners, Span<T> sums)
    {
        var sum = Vector512.Create<T>(sums);
        for (var i = 0; i < count; i++, centred = ref Unsafe.Add(ref centred, Stride))
        {
            var value = Vector512.LoadUnsafe(ref centred);
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
