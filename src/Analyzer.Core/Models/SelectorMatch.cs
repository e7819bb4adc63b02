using System.Text.RegularExpressions;

namespace Analyzer.Models;

/// <summary>Evaluates selectors on one model.</summary>
internal sealed class SelectorMatch
{
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Swish"] = "Silu", ["LayerNorm"] = "LayerNormalization", ["BatchNorm"] = "BatchNormalization",
        ["InstanceNorm"] = "InstanceNormalization",
        ["GroupNorm"] = "GroupNormalization",
    };

    private readonly OnnxModel _model;
    private readonly List<ModelTensor> _candidates;
    private readonly Dictionary<string, Func<ModelTensor, bool>> _groups;

    public SelectorMatch(OnnxModel model)
    {
        _model = model;
        _candidates = [.. model.Tensors.Where(tensor =>
            tensor.DependsOnInput && (tensor.Type.Element == ElementType.Undefined || tensor.HoldsNumbers))];
        _groups = OperationGroups.Of(model);
    }

    /// <summary>The groups that `type:` names.</summary>
    public IReadOnlyCollection<string> Groups => _groups.Keys;

    public HashSet<string> Of(SelectorTerm term)
    {
        switch (term)
        {
            case SelectorTerm.Or or:
                var either = Of(or.Left);
                either.UnionWith(Of(or.Right));
                return either;
            case SelectorTerm.And and:
                var both = Of(and.Left);
                both.IntersectWith(Of(and.Right));
                return both;
            case SelectorTerm.Not not:
                var rest = Names(_candidates);
                rest.ExceptWith(Of(not.Term));
                return rest;
            case SelectorTerm.Atom atom:
                return Of(atom);
            default:
                throw new ArgumentOutOfRangeException(nameof(term), term, "Not a selector.");
        }
    }

    /// <summary>What to say where a whole selector matches nothing: what the first term without a match may have meant.</summary>
    public AnalyzerException Nothing(string selector, SelectorTerm term)
    {
        var hint = $"list tensors and operations with `analyzer inspect {_model.Path}`";
        var empty = Atoms(term).FirstOrDefault(atom => Of(atom).Count == 0);
        var nothing = $"selector `{selector}` matches no tensor of `{_model.Path}`";
        if (empty is null) return new AnalyzerException($"{nothing}: each term matches some, but together they match none", hint);
        var known = empty.Kind switch
        {
            "op" => _candidates.Select(tensor => tensor.Node.Op).Concat(_model.Nonlinearities.Composites.Select(composite => composite.Op)),
            "pre" or "post" => _model.Nonlinearities.All.Select(found => found.Op),
            "type" => _groups.Where(group => _candidates.Any(group.Value)).Select(group => group.Key),
            _ => _candidates.Select(tensor => tensor.Name),
        };
        return new AnalyzerException($"{nothing}; the nearest to `{empty.Value}` are {NearestNames.Quote(empty.Value, known)}", hint);
    }

    private HashSet<string> Of(SelectorTerm.Atom atom) => atom.Kind switch
    {
        "op" => Operations(atom.Value),
        "name" => Matching(Glob(atom.Value)),
        "re" => Matching(Expression(atom.Value)),
        "type" => Group(atom.Value),
        "post" => Sites(atom.Value, before: false),
        "pre" => Sites(atom.Value, before: true),
        _ when atom.Value.Equals("all", StringComparison.OrdinalIgnoreCase) && !_model.Index.Makers.ContainsKey(atom.Value) =>
            Names(_candidates),
        _ => Named(atom.Value),
    };

    private HashSet<string> Operations(string op)
    {
        var fits = Glob(op, RegexOptions.IgnoreCase);
        var other = OtherNames.GetValueOrDefault(op, op);
        bool Is(string name) => fits.IsMatch(name) || name.Equals(other, StringComparison.OrdinalIgnoreCase);
        var found = Names(_candidates.Where(tensor => Is(tensor.Node.Op)));
        found.UnionWith(Candidates(_model.Nonlinearities.Composites.Where(composite => Is(composite.Op))
            .Select(composite => composite.Output)));
        found.UnionWith(Candidates(_model.Nonlinearities.All.Where(site => Is(site.Op)).Select(site => site.Output)));
        return found;
    }

    private HashSet<string> Sites(string op, bool before)
    {
        var fits = Glob(op, RegexOptions.IgnoreCase);
        var other = OtherNames.GetValueOrDefault(op, op);
        var sites = _model.Nonlinearities.All.Where(site =>
            fits.IsMatch(site.Op) || fits.IsMatch(site.Node.Op) || site.Op.Equals(other, StringComparison.OrdinalIgnoreCase)).ToList();
        if (sites.Count > 0) return Candidates(sites.Select(site => before ? site.Input : site.Output));

        // Softmax, normalisations and the like are no nonlinearities of a unit, but have a before and an after all the same.
        var names = Operations(op);
        return before
            ? Candidates(_candidates.Where(tensor => names.Contains(tensor.Name)).Select(tensor => InputOf(tensor)))
            : names;
    }

    private string InputOf(ModelTensor tensor) =>
        _model.Nonlinearities.Composites.FirstOrDefault(composite => composite.Output == tensor.Name)?.Input
            ?? (tensor.Node.Inputs.Count > 0 ? tensor.Node.Inputs[0] : "");

    private HashSet<string> Group(string name)
    {
        if (!_groups.TryGetValue(name, out var group))
        {
            var known = string.Join(", ", _groups.Keys.Select(key => $"`{key}`"));
            throw new AnalyzerException($"`type:{name}` is no group of operations; the groups are {known}", "choose a group, or an operation with `op:`");
        }

        return Names(_candidates.Where(group));
    }

    private HashSet<string> Named(string name)
    {
        if (_model.Index.Makers.ContainsKey(name)) return [name];
        var made = Names(_model.Tensors.Where(tensor => tensor.Node.Name == name));
        return made.Count > 0 ? made : [_model.Tensor(name).Name];
    }

    private HashSet<string> Matching(Regex fits) =>
        Names(_candidates.Where(tensor => fits.IsMatch(tensor.Name) || fits.IsMatch(tensor.Node.Name)));

    private HashSet<string> Candidates(IEnumerable<string> names)
    {
        var found = names.ToHashSet(StringComparer.Ordinal);
        found.IntersectWith(_candidates.Select(tensor => tensor.Name));
        return found;
    }

    private static HashSet<string> Names(IEnumerable<ModelTensor> tensors) =>
        tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);

    private static Regex Glob(string glob, RegexOptions options = RegexOptions.None) => new(
        $"^{Regex.Escape(glob).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$",
        options | RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);

    private static Regex Expression(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is RegexParseException or NotSupportedException)
        {
            throw new AnalyzerException($"`re:{pattern}` is no regular expression: {e.Message}",
                "back-references and look-around are not offered; `name:` takes a simple pattern", inner: e);
        }
    }

    private static IEnumerable<SelectorTerm.Atom> Atoms(SelectorTerm term) => term switch
    {
        SelectorTerm.Or or => Atoms(or.Left).Concat(Atoms(or.Right)),
        SelectorTerm.And and => Atoms(and.Left).Concat(Atoms(and.Right)),
        SelectorTerm.Not not => [],
        SelectorTerm.Atom atom => [atom],
        _ => [],
    };
}
