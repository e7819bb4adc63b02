namespace Analyzer.Models;

/// <summary>The tensors that each selector which a model offers would take.</summary>
internal static class OfferedSelectors
{
    /// <summary>`all`, every group of operations, and both sides of every nonlinearity that the model has, in this order.</summary>
    public static IReadOnlyList<(string Selector, IReadOnlyList<string> Tensors)> Of(OnnxModel model)
    {
        var match = new SelectorMatch(model);
        var nonlinearities = model.Nonlinearities.All.Select(found => found.Op).Distinct().Order(StringComparer.Ordinal).ToArray();
        SelectorTerm.Atom[] terms =
        [
            new("", "all"),
            .. match.Groups.Select(group => new SelectorTerm.Atom("type", group)),
            .. nonlinearities.SelectMany(op => new SelectorTerm.Atom[] { new("post", op.ToLowerInvariant()), new("pre", op.ToLowerInvariant()) }),
        ];
        return [.. terms.Select(term => (term.ToString(), (IReadOnlyList<string>)[.. match.Of(term)]))];
    }
}
