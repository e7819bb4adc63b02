namespace Analyzer.Analyses;

/// <summary>Says which layer of one model answers to which of another.</summary>
internal static class LayerMatching
{
    /// <summary>Pairs by name where the kind of the operator agrees too, then those left of equal kind in graph order.</summary>
    /// <param name="a">Layers in graph order.</param>
    /// <param name="b">Layers in graph order.</param>
    /// <param name="name">Of a layer.</param>
    /// <param name="op">That must agree for a name to count: old exporters number tensors, and numbers meet by chance.</param>
    /// <param name="kind">Operator and shape.</param>
    /// <returns>Every layer once: pairs with how they were found, in A's order, and those without a partner.</returns>
    public static List<(T? A, T? B, string? By)> Of<T>(IReadOnlyList<T> a, IReadOnlyList<T> b, Func<T, string> name, Func<T, string> op, Func<T, string> kind) where T : class
    {
        var pairs = new (T? B, string? By)[a.Count];
        var left = b.ToList();
        Pair("name", (x, y) => name(x) == name(y) && op(x) == op(y));
        Pair("shape", (x, y) => kind(x) == kind(y));
        return [.. pairs.Select((p, i) => ((T?)a[i], p.B, p.By)), .. left.Select(x => ((T?)null, (T?)x, (string?)null))];

        void Pair(string by, Func<T, T, bool> alike)
        {
            for (var i = 0; i < pairs.Length; i++)
            {
                if (pairs[i].B is not null || left.FindIndex(x => alike(a[i], x)) is not (>= 0 and var found)) continue;
                pairs[i] = (left[found], by);
                left.RemoveAt(found);
            }
        }
    }
}
