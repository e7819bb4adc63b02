using System.Numerics;

namespace Analyzer.Statistics;

/// <summary>Where the pairs of classes lie: a lane for each pair, and for the rows of a class a lane for each other class.</summary>
internal sealed class PairLanes
{
    private readonly int _classes;
    private readonly int _ownLanes;
    private readonly int[,] _pair;

    public PairLanes(int classes)
    {
        (_classes, _ownLanes) = (classes, Design.Padded(classes));
        _pair = new int[classes, classes];
        for (var a = 0; a < classes; a++)
            for (var b = a + 1; b < classes; b++)
                _pair[a, b] = _pair[b, a] = Pairs++;
    }

    /// <summary>Number of pairs, in the order (0, 1), (0, 2), …, (1, 2), ….</summary>
    public int Pairs { get; }

    /// <summary>The lane of two different classes.</summary>
    public int Of(int a, int b) => _pair[a, b];

    /// <summary>For each class the weights of its pairs, [rows, own lanes], signed so that a positive score speaks for the class.</summary>
    public T[][] Spread<T>(ReadOnlySpan<T> point, int lanes) where T : unmanaged, INumber<T>
    {
        var rows = point.Length / lanes;
        var own = new T[_classes][];
        for (var a = 0; a < _classes; a++)
        {
            own[a] = new T[rows * _ownLanes];
            for (var row = 0; row < rows; row++)
            {
                var source = point.Slice(row * lanes, lanes);
                var target = own[a].AsSpan(row * _ownLanes, _classes);
                for (var b = 0; b < a; b++) target[b] = source[_pair[a, b]];
                for (var b = a + 1; b < _classes; b++) target[b] = -source[_pair[a, b]];
            }
        }
        return own;
    }

    /// <summary>Adds what the rows of a class gave, [rows, own lanes], to the lanes of its pairs, [rows, lanes].</summary>
    public void Collect<T>(ReadOnlySpan<T> own, int owner, Span<double> target, int lanes, bool signed) where T : unmanaged, INumber<T>
    {
        for (var row = 0; row < own.Length / _ownLanes; row++)
        {
            var source = own.Slice(row * _ownLanes, _classes);
            var place = target.Slice(row * lanes, lanes);
            for (var b = 0; b < _classes; b++)
            {
                if (b == owner) continue;
                var value = double.CreateTruncating(source[b]);
                place[_pair[owner, b]] += signed && b > owner ? -value : value;
            }
        }
    }
}
