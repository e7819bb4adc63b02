namespace Analyzer.Models;

/// <summary>Chooses tensors of a model by what users know of them.</summary>
/// <remarks>
/// A selector is one of these terms, or several joined with <c>&amp;</c>, <c>|</c>, <c>!</c> and parentheses:
/// <list type="bullet">
/// <item><c>op:Relu</c>: what operations of this type make, whichever case; decomposed ones count (<c>op:Gelu</c> is the final tensor of
/// the pattern)</item>
/// <item><c>name:/layer4/*</c>: tensors whose own or whose node's name fits; <c>*</c> is any text, <c>?</c> any character</item>
/// <item><c>re:conv[0-9]</c>: the same with a regular expression, which may fit anywhere in the name</item>
/// <item><c>type:conv</c>: a group of operations: <c>conv</c>, <c>dense</c>, <c>norm</c>, <c>activation</c>, <c>pool</c>, <c>attention</c>,
/// <c>attended</c> (what attention hands on, its heads merged), <c>recurrent</c>, <c>embedding</c>, <c>residual</c></item>
/// <item><c>post:Relu</c>, <c>pre:Relu</c>: what a nonlinearity makes, and what it is applied to; <c>post:*</c> and <c>pre:*</c> for every
/// nonlinearity</item>
/// <item><c>all</c>: every tensor below</item>
/// <item>a tensor's or node's name; in double quotes where it holds spaces or operators</item>
/// <item><c>@file</c>, alone: one selector per line, lines that begin with <c>#</c> are comments</item>
/// </list>
/// Every term but a name passes over tensors that do not depend on the model's input and those known to hold neither
/// floating-point nor quantised numbers.
/// </remarks>
public static class Selector
{
    /// <summary>The tensors that any of the selectors chooses, in graph order, each once.</summary>
    /// <exception cref="AnalyzerException">A selector is malformed, matches nothing, or its file is missing.</exception>
    public static IReadOnlyList<ModelTensor> Select(OnnxModel model, params IEnumerable<string> selectors)
    {
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        var match = new SelectorMatch(model);
        foreach (var selector in selectors.SelectMany(Expand)) chosen.UnionWith(One(model, match, selector));
        return [.. model.Tensors.Where(tensor => chosen.Contains(tensor.Name))];
    }

    private static HashSet<string> One(OnnxModel model, SelectorMatch match, string selector)
    {
        // A name may look like anything, so a selector that is a name as it stands is that name.
        if (model.Index.Makers.ContainsKey(selector)) return [selector];
        var term = new SelectorText(selector).Parse();
        var found = match.Of(term);
        return found.Count > 0 ? found : throw match.Nothing(selector, term);
    }

    private static IEnumerable<string> Expand(string selector)
    {
        if (!selector.StartsWith('@')) return [selector.Trim()];
        var path = selector[1..];
        if (!File.Exists(path))
            throw new AnalyzerException($"selector file `{path}` was not found",
                "give the path of a text file with one selector per line after `@`");
        if (!OrdinaryFile.HasContent(path)) throw new AnalyzerException($"selector file `{path}` {OrdinaryFile.EmptyOrPipe}", "write one selector per line into a file on a disk");
        var lines = File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToList();
        if (lines.Count == 0) throw new AnalyzerException($"selector file `{path}` holds no selector", "write one selector per line");
        return lines.Find(line => line[0] == '@') is { } nested
            ? throw new AnalyzerException($"selector file `{path}` names another file, `{nested}`",
                "write the selectors of both into one file")
            : lines;
    }
}
