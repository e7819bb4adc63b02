namespace Analyzer.Models;

/// <summary>Writes the nodes of a patch that pick or pool tokens of a float tensor [batch, tokens, units].</summary>
/// <param name="nodes">Writes nodes.</param>
/// <param name="mask">A tensor [batch, tokens]; not 0 where a token counts; null where all do.</param>
internal sealed class TokenNodes(PatchNodes nodes, string? mask)
{
    private static readonly long[] Tokens = [1];

    private string? _counts;

    /// <summary>The first token: [batch, units].</summary>
    public string First(string input) => nodes.Gather(input, 0, axis: 1);

    /// <summary>The last token that counts: [batch, units]; the lowest float where none does.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="tokens">How many tokens it has.</param>
    public string Last(string input, long tokens)
    {
        if (mask is null) return nodes.Gather(input, tokens - 1, axis: 1);
        // Places from 1 on, so that 0 is no token's; whole numbers that float32 holds exactly.
        var places = nodes.Binary("Mul", nodes.Cast(nodes.Cast(mask, ElementType.Bool), ElementType.Float), nodes.Places(tokens));
        var last = nodes.Binary("Equal", nodes.Cast(places, ElementType.Int64), nodes.Cast(nodes.Max(places, Tokens, keep: true), ElementType.Int64));
        return nodes.Max(nodes.Where(nodes.Reshape(last, 0, -1, 1), input, float.MinValue), Tokens, keep: false);
    }

    /// <summary>Every token's units side by side: [batch, tokens × units].</summary>
    public string Apart(string input, long values) => nodes.Reshape(input, 0, values);

    /// <summary>Mean over the tokens that count: [batch, units]. NaN where none does.</summary>
    public string Mean(string input) => nodes.Gather(KeptMean(input), 0, axis: 1);

    /// <summary>Maximum over the tokens that count: [batch, units]; the lowest float where none does.</summary>
    public string Max(string input) => nodes.Max(nodes.Where(Counts, input, float.MinValue), Tokens, keep: false);

    /// <summary>Population standard deviation over the tokens that count, in two passes.</summary>
    public string Std(string input)
    {
        var apart = nodes.Binary("Sub", input, KeptMean(input));
        return nodes.Sqrt(Mean(nodes.Binary("Mul", apart, apart)));
    }

    // [batch, 1, units]: the mean of the tokens that count and zeros, by the share that counts.
    private string KeptMean(string input) =>
        nodes.Binary("Div", nodes.Mean(nodes.Where(Counts, input, 0), Tokens, keep: true), nodes.Mean(nodes.Cast(Counts, ElementType.Float), Tokens, keep: true));

    // [batch, tokens, 1], of truth values.
    private string Counts => _counts ??= nodes.Reshape(nodes.Cast(mask!, ElementType.Bool), 0, -1, 1);
}
