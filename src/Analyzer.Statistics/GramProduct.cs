using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Analyzer.Statistics;

/// <summary>Products of centred counts, (x − μ)·(y − μ) for each two rows, with thin factors of which each row sees that of its owner.</summary>
/// <remarks>
/// The lower triangle is all there is: a tile serves its rows by sums along it and its columns by sums down it, in one visit. Tiles are summed in
/// slices that threads do not change, and so is their order.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class GramProduct<T> where T : unmanaged, INumber<T>
{
    /// <summary>Owners at most: a vector of float32 looks up as many.</summary>
    public const int MostOwners = 16;

    /// <summary>Slices at most, each with sums of its own.</summary>
    public const int MostSlices = 16;

    private const int Tile = CodeGram.Tile, LanesAtOnce = 4, VectorsAtOnce = 4;

    // Centred rows that are looked at along and down while they are in the cache.
    private static int RowsAtOnce => 2 * Vector512<T>.Count;

    // Of centred rows: values that lie one below the other do not share the few places that a cache has for one address.
    private static int Stride => Tile + Vector512<T>.Count;

    private readonly CodeGram _gram;
    private readonly int[] _owners;
    private readonly int _lanes, _seers, _padded;

    // Entries of a table: one for each owner there may be, or one.
    private readonly int _entries;
    private readonly T[] _rowMeans, _columnMeans;

    // The factor along the rows of a tile, [owner, lane, row]; and down its columns, [row, lane] tables of what each owner sees.
    private readonly T[] _along, _down;

    // Sums of each slice, [lane, row].
    private readonly T[][] _slices;

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
        (_gram, _owners, _lanes, _cancel) = (gram, owners, lanes, cancel);
        (_seers, _padded) = (owners.Max() + 1, gram.TileRows * Tile);
        _entries = _seers == 1 ? 1 : MostOwners;
        (_along, _down) = (new T[_seers * lanes * _padded], new T[_padded * lanes * _entries]);
        _slices = [.. Enumerable.Range(0, Math.Min(MostSlices, gram.TileRows)).Select(_ => new T[lanes * _padded])];
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

        Blocks.For(_slices.Length, 1, _gram.Threads, (slice, _) =>
        {
            var (sums, centred) = (_slices[slice], new T[RowsAtOnce * Stride]);
            Array.Clear(sums);
            for (var row = slice; row < _gram.TileRows; row += _slices.Length)
            {
                for (var column = 0; column <= row; column++)
                {
                    _cancel.ThrowIfCancellationRequested();
                    Visit(row, column, centred, sums);
                }
            }
        }, _cancel);

        Blocks.For(_gram.Rows, Tile, _gram.Threads, (first, count) =>
        {
            for (var row = first; row < first + count; row++)
            {
                for (var lane = 0; lane < _lanes; lane++)
                {
                    double sum = 0;
                    foreach (var slice in _slices) sum += double.CreateTruncating(slice[lane * _padded + row]);
                    set(row, lane, sum);
                }
            }
        }, _cancel);
    }

    private void Visit(int tileRow, int tileColumn, T[] centred, T[] sums)
    {
        var (rows, firstColumn) = (_gram.RowsOf(tileRow), tileColumn * Tile);
        ReadOnlySpan<ushort> low = _gram.Low(tileRow, tileColumn), high = _gram.High(tileRow, tileColumn);
        // Where rows and columns are the same, sums along the tile are all there is.
        var down = new bool[_lanes];
        for (var lane = 0; tileRow != tileColumn && lane < _lanes; lane++) down[lane] = _present[tileColumn].Any(owner => Sees(owner, lane, tileRow));
        for (var row = 0; row < rows.Count; row += RowsAtOnce)
        {
            var (first, count) = (rows.First + row, Math.Min(RowsAtOnce, rows.Count - row));
            for (var i = 0; i < count; i++)
            {
                var into = centred.AsSpan(i * Stride, Tile);
                Centre(low.Slice((row + i) * Tile, Tile), first + i, firstColumn, into);
                if (!high.IsEmpty) AddHigh(high.Slice((row + i) * Tile, Tile), into);
            }
            Along(centred, first, count, tileColumn, sums);
            if (down.Contains(true)) Down(centred, first, count, firstColumn, down, sums);
        }
    }

    private void Centre(ReadOnlySpan<ushort> counts, int row, int firstColumn, Span<T> centred)
    {
        var mean = Vector512.Create(_rowMeans[row]);
        ref readonly var count = ref MemoryMarshal.GetReference(counts);
        ref T columnMean = ref _columnMeans[firstColumn], into = ref MemoryMarshal.GetReference(centred);
        for (nuint j = 0; j < Tile; j += (nuint)Vector512<T>.Count)
            (Load(in Unsafe.Add(ref Unsafe.AsRef(in count), j)) - mean - Vector512.LoadUnsafe(ref columnMean, j)).StoreUnsafe(ref into, j);
        // What is past the last column is no count.
        if (firstColumn + Tile > _gram.Rows) centred[(_gram.Rows - firstColumn)..].Clear();
    }

    // Past the last column high halves are 0, as what was cleared there.
    private static void AddHigh(ReadOnlySpan<ushort> counts, Span<T> centred)
    {
        var unit = Vector512.Create(T.CreateTruncating(CodeGram.HighUnit));
        ref readonly var count = ref MemoryMarshal.GetReference(counts);
        ref var into = ref MemoryMarshal.GetReference(centred);
        for (nuint j = 0; j < Tile; j += (nuint)Vector512<T>.Count)
            Fused(Load(in Unsafe.Add(ref Unsafe.AsRef(in count), j)), unit, Vector512.LoadUnsafe(ref into, j)).StoreUnsafe(ref into, j);
    }

    // Two rows of one owner at a time.
    private void Along(T[] centred, int first, int count, int tile, T[] sums)
    {
        for (var i = 0; i < count;)
        {
            var owner = _owners[first + i];
            // A row without another of its owner goes twice, and its second sums nowhere.
            var pair = i + 1 < count && _owners[first + i + 1] == owner;
            ref var one = ref centred[i * Stride];
            ref var two = ref centred[(pair ? i + 1 : i) * Stride];
            for (var lane = 0; lane < _lanes; lane += LanesAtOnce)
            {
                ref var factor = ref _along[(owner * _lanes + lane) * _padded + tile * Tile];
                ref var sum = ref sums[lane * _padded + first + i];
                var used = Math.Min(LanesAtOnce, _lanes - lane);
                var seen = 0;
                for (var l = 0; l < used; l++) seen += Sees(owner, lane + l, tile) ? 1 : 0;
                if (seen == LanesAtOnce) AlongFour(ref one, ref two, ref factor, _padded, ref sum, pair);
                for (var l = 0; seen < LanesAtOnce && l < used; l++)
                    if (Sees(owner, lane + l, tile)) AlongOne(ref one, ref two, ref Unsafe.Add(ref factor, l * _padded), ref Unsafe.Add(ref sum, l * _padded), pair);
            }
            i += pair ? 2 : 1;
        }
    }

    private static void AlongFour(ref T one, ref T two, ref T factor, int stride, ref T sum, bool pair)
    {
        Vector512<T> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
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
        Add(ref sum, a0, b0, pair);
        Add(ref Unsafe.Add(ref sum, stride), a1, b1, pair);
        Add(ref Unsafe.Add(ref sum, 2 * stride), a2, b2, pair);
        Add(ref Unsafe.Add(ref sum, 3 * stride), a3, b3, pair);
    }

    private static void AlongOne(ref T one, ref T two, ref T factor, ref T sum, bool pair)
    {
        Vector512<T> a = default, b = default;
        for (nuint j = 0; j < Tile; j += (nuint)Vector512<T>.Count)
        {
            var f = Vector512.LoadUnsafe(ref factor, j);
            (a, b) = (Fused(Vector512.LoadUnsafe(ref one, j), f, a), Fused(Vector512.LoadUnsafe(ref two, j), f, b));
        }
        Add(ref sum, a, b, pair);
    }

    // To a row, and to the next one of a pair.
    private static void Add(ref T sum, Vector512<T> one, Vector512<T> two, bool pair)
    {
        sum += Sum(one);
        if (pair) Unsafe.Add(ref sum, 1) += Sum(two);
    }

    // Of tiles below the diagonal, whose columns are all there.
    private void Down(T[] centred, int first, int count, int firstColumn, bool[] sees, T[] sums)
    {
        var step = Vector512<T>.Count;
        for (var j = 0; j < Tile; j += VectorsAtOnce * step)
        {
            var owners = _owners.AsSpan(firstColumn + j, VectorsAtOnce * step);
            var uniform = !owners.ContainsAnyExcept(owners[0]);
            for (var lane = 0; lane < _lanes; lane += LanesAtOnce)
            {
                ref var table = ref _down[(first * _lanes + lane) * _entries + (uniform && _seers > 1 ? owners[0] : 0)];
                var used = sees.AsSpan(lane, Math.Min(LanesAtOnce, _lanes - lane));
                ref var sum = ref sums[lane * _padded + firstColumn + j];
                if (uniform && used.Length == LanesAtOnce && !used.Contains(false))
                    for (var v = 0; v < VectorsAtOnce; v++) DownFour(ref centred[j + v * step], count, ref table, ref Unsafe.Add(ref sum, v * step));
                else
                {
                    for (var l = 0; l < used.Length; l++)
                    {
                        if (!used[l]) continue;
                        if (uniform) DownOne(ref centred[j], count, ref Unsafe.Add(ref table, l * _entries), ref Unsafe.Add(ref sum, l * _padded));
                        else
                            for (var v = 0; v < VectorsAtOnce; v++)
                                DownMixed(ref centred[j + v * step], count, ref Unsafe.Add(ref table, l * _entries), Owners(firstColumn + j + v * step), ref Unsafe.Add(ref sum, l * _padded + v * step));
                    }
                }
            }
        }
    }

    private bool Sees(int owner, int lane, int tile) => _sees[(owner * _lanes + lane) * _gram.TileRows + tile];

    // Four lanes of columns that have one owner.
    private void DownFour(ref T centred, int count, ref T table, ref T sum)
    {
        ref var second = ref Unsafe.Add(ref sum, _padded);
        ref var third = ref Unsafe.Add(ref sum, 2 * _padded);
        ref var fourth = ref Unsafe.Add(ref sum, 3 * _padded);
        Vector512<T> a = Vector512.LoadUnsafe(ref sum), b = Vector512.LoadUnsafe(ref second), c = Vector512.LoadUnsafe(ref third), d = Vector512.LoadUnsafe(ref fourth);
        var (entries, next) = (_entries, _lanes * _entries);
        for (var i = 0; i < count; i++, centred = ref Unsafe.Add(ref centred, Stride), table = ref Unsafe.Add(ref table, next))
        {
            var value = Vector512.LoadUnsafe(ref centred);
            a = Fused(value, Vector512.Create(table), a);
            b = Fused(value, Vector512.Create(Unsafe.Add(ref table, entries)), b);
            c = Fused(value, Vector512.Create(Unsafe.Add(ref table, 2 * entries)), c);
            d = Fused(value, Vector512.Create(Unsafe.Add(ref table, 3 * entries)), d);
        }
        a.StoreUnsafe(ref sum);
        b.StoreUnsafe(ref second);
        c.StoreUnsafe(ref third);
        d.StoreUnsafe(ref fourth);
    }

    // A lane of four vectors of columns that have one owner.
    private void DownOne(ref T centred, int count, ref T table, ref T sum)
    {
        var step = (nuint)Vector512<T>.Count;
        Vector512<T> a = Vector512.LoadUnsafe(ref sum), b = Vector512.LoadUnsafe(ref sum, step), c = Vector512.LoadUnsafe(ref sum, 2 * step), d = Vector512.LoadUnsafe(ref sum, 3 * step);
        var next = _lanes * _entries;
        for (var i = 0; i < count; i++, centred = ref Unsafe.Add(ref centred, Stride), table = ref Unsafe.Add(ref table, next))
        {
            var factor = Vector512.Create(table);
            a = Fused(Vector512.LoadUnsafe(ref centred), factor, a);
            b = Fused(Vector512.LoadUnsafe(ref centred, step), factor, b);
            c = Fused(Vector512.LoadUnsafe(ref centred, 2 * step), factor, c);
            d = Fused(Vector512.LoadUnsafe(ref centred, 3 * step), factor, d);
        }
        a.StoreUnsafe(ref sum);
        b.StoreUnsafe(ref sum, step);
        c.StoreUnsafe(ref sum, 2 * step);
        d.StoreUnsafe(ref sum, 3 * step);
    }

    // A lane of a vector of columns, each with an owner of its own.
    private void DownMixed(ref T centred, int count, ref T table, Vector512<T> owners, ref T sum)
    {
        var a = Vector512.LoadUnsafe(ref sum);
        for (var i = 0; i < count; i++, centred = ref Unsafe.Add(ref centred, Stride), table = ref Unsafe.Add(ref table, _lanes * _entries))
            a = Fused(Vector512.LoadUnsafe(ref centred), LookUp(ref table, owners), a);
        a.StoreUnsafe(ref sum);
    }

    // Of a vector of columns, as whole numbers of T's size.
    private Vector512<T> Owners(int column) => typeof(T) == typeof(float)
        ? Vector512.Create<int>(_owners.AsSpan(column)).As<int, T>()
        : Vector512.WidenLower(Vector256.Create<int>(_owners.AsSpan(column)).ToVector512Unsafe()).As<long, T>();

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
