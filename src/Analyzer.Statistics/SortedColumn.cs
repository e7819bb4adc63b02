namespace Analyzer.Statistics;

/// <summary>One column of float32 in ascending order, with the bounds of its groups of equal values.</summary>
/// <remarks>Reused for one column after another: nothing is allocated by <see cref="Sort"/>. −0 equals +0.</remarks>
internal sealed class SortedColumn(int rows)
{
    private const int Digit = 11, Digits = 3, Bins = 1 << Digit;
    private readonly int[] _bins = new int[Digits * Bins];
    private ulong[] _entries = new ulong[rows], _scratch = new ulong[rows];

    /// <summary>[rows] row at each place of the order; equal values keep the order of their rows.</summary>
    public int[] Order { get; } = new int[rows];

    /// <summary>[rows] for each place, how many values are smaller than the one there.</summary>
    public int[] Below { get; } = new int[rows];

    /// <summary>[rows] for each place, how many values are no larger than the one there.</summary>
    public int[] UpTo { get; } = new int[rows];

    /// <summary>First place of the largest group of equal values (the lowest of several); after a ReLU that is often 0.</summary>
    public int GroupFirst { get; private set; }

    /// <summary>The place after that group.</summary>
    public int GroupEnd { get; private set; }

    /// <summary>Sorts by radix: three passes of 11 bits, fewer where a digit does not vary. O(rows).</summary>
    /// <param name="values">[rows], not NaN.</param>
    public void Sort(ReadOnlySpan<float> values)
    {
        Array.Clear(_bins);
        for (var row = 0; row < values.Length; row++)
        {
            var key = Key(values[row]);
            _entries[row] = (ulong)key << 32 | (uint)row;
            for (var digit = 0; digit < Digits; digit++) _bins[digit * Bins + ((int)(key >> (digit * Digit)) & (Bins - 1))]++;
        }
        for (var digit = 0; digit < Digits; digit++)
        {
            if (Offsets(_bins.AsSpan(digit * Bins, Bins), values.Length)) Scatter(digit);
        }
        FindGroups();
    }

    /// <summary>Unsigned integers in the order of the values.</summary>
    private static uint Key(float value)
    {
        var bits = value == 0 ? 0 : BitConverter.SingleToUInt32Bits(value);
        return bits ^ ((uint)((int)bits >> 31) | 0x80000000);
    }

    /// <summary>Turns counts into first places; false where all values share one bin, so that the pass would change nothing.</summary>
    private static bool Offsets(Span<int> bins, int rows)
    {
        var sum = 0;
        foreach (ref var bin in bins)
        {
            if (bin == rows) return false;
            (bin, sum) = (sum, sum + bin);
        }
        return true;
    }

    private void Scatter(int digit)
    {
        var bins = _bins.AsSpan(digit * Bins, Bins);
        foreach (var entry in _entries) _scratch[bins[(int)(entry >> (32 + digit * Digit)) & (Bins - 1)]++] = entry;
        (_entries, _scratch) = (_scratch, _entries);
    }

    private void FindGroups()
    {
        (GroupFirst, GroupEnd) = (0, 0);
        for (var first = 0; first < _entries.Length;)
        {
            var end = first;
            var key = _entries[first] >> 32;
            for (; end < _entries.Length && _entries[end] >> 32 == key; end++) (Order[end], Below[end]) = ((int)(uint)_entries[end], first);
            UpTo.AsSpan(first, end - first).Fill(end);
            if (end - first > GroupEnd - GroupFirst) (GroupFirst, GroupEnd) = (first, end);
            first = end;
        }
    }
}
