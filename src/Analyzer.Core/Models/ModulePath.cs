using System.Text.RegularExpressions;

namespace Analyzer.Models;

/// <summary>
/// The module that each node of a model belongs to, as a path of names from the outermost on. PyTorch's exporters write it into the
/// nodes: the one that traces as names such as <c>/layer1/layer1.0/conv1/Conv</c>, the one through TorchDynamo as metadata; TensorFlow's
/// names are paths too. Where names are flat, a node belongs to the module that its weight is named after
/// (<c>layer1.0.conv1.weight</c>), and one without weights to the module around the one whose output it reads.
/// </summary>
internal sealed partial class ModulePath
{
    private const string Scopes = "pkg.torch.onnx.name_scopes";

    private readonly OnnxModel _model;
    private readonly Dictionary<int, IReadOnlyList<string>> _paths = [];

    public ModulePath(OnnxModel model)
    {
        _model = model;
        var named = model.Nodes.Any(node => ScopesOf(node) is not null || node.Name.Contains('/', StringComparison.Ordinal));
        foreach (var node in model.Nodes)
            _paths[node.Index] = ScopesOf(node) ?? (named ? OfName(node.Name) : OfWeights(node));
    }

    /// <summary>Names of the modules around a node, outermost first; empty at the top.</summary>
    public IReadOnlyList<string> Of(Node node) => _paths[node.Index];

    /// <summary>
    /// The path that a name spells, without its last part, which is the operation's own. A part that repeats the one before it, as
    /// PyTorch writes <c>layer1/layer1.0</c>, adds only what is new.
    /// </summary>
    public static IReadOnlyList<string> OfName(string name)
    {
        var path = new List<string>();
        var before = "";
        foreach (var part in name.Split('/', StringSplitOptions.RemoveEmptyEntries).SkipLast(1))
        {
            path.AddRange((before.Length > 0 && part.StartsWith($"{before}.", StringComparison.Ordinal) ? part[(before.Length + 1)..] : part)
                .Split('.', StringSplitOptions.RemoveEmptyEntries));
            before = part;
        }
        return path;
    }

    // A list of quoted names, each the full path of a module, the last one the operation's own.
    private static string[]? ScopesOf(Node node) =>
        node.Proto.MetadataProps.FirstOrDefault(entry => entry.Key == Scopes) is { } scopes
            ? Quoted().Matches(scopes.Value).Select(match => match.Groups[1].Value).SkipLast(1).LastOrDefault("").Split('.', StringSplitOptions.RemoveEmptyEntries)
            : null;

    private IReadOnlyList<string> OfWeights(Node node)
    {
        if (node.Inputs.FirstOrDefault(name => _model.Index.InitializerNames.Contains(name) && name.Contains('.', StringComparison.Ordinal)
            && !name.Contains("::", StringComparison.Ordinal)) is { } weight)
            return weight.Split('.', StringSplitOptions.RemoveEmptyEntries)[..^1];
        var maker = node.Inputs.Select(_model.Index.MakerOf).FirstOrDefault(found => found is not null && found.Index < node.Index);
        if (maker is null) return [];
        var path = _paths[maker.Index];
        return WeightNamed(maker) && path.Count > 0 ? [.. path.SkipLast(1)] : path;
    }

    private bool WeightNamed(Node node) => node.Inputs.Any(name => _model.Index.InitializerNames.Contains(name) && name.Contains('.', StringComparison.Ordinal));

    [GeneratedRegex("'([^']*)'")] private static partial Regex Quoted();
}
