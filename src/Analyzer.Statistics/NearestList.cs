namespace Analyzer.Statistics;

/// <summary>The k nearest rows seen so far, by ascending distance; rows must be offered in ascending order.</summary>
internal readonly ref struct NearestList(Span<int> indices, Span<int> distances)
{
    private readonly Span<int> _indices = indices;
    private readonly Span<int> _distances = distances;

    /// <summary>Distance of the farthest row kept; only a nearer row can still enter.</summary>
    public int Worst => _distances[^1];

    /// <summary>Puts a row that is nearer than <see cref="Worst"/> behind all rows that are as near: the smaller row stays first.</summary>
    public void Offer(int row, int distance)
    {
        var place = _distances.Length - 1;
        for (; place > 0 && _distances[place - 1] > distance; place--)
        {
            _distances[place] = _distances[place - 1];
            _indices[place] = _indices[place - 1];
        }
        _distances[place] = distance;
        _indices[place] = row;
    }
}
