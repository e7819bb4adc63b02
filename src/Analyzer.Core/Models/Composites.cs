namespace Analyzer.Models;

/// <summary>An operation that the exporter wrote as several nodes.</summary>
/// <param name="Op">The operation, by the name it has where it is one node.</param>
/// <param name="Input">The tensor it is applied to.</param>
/// <param name="Output">The final tensor.</param>
/// <param name="Nodes">Indices of the nodes it consists of.</param>
internal sealed record Composite(string Op, string Input, string Output, IReadOnlySet<int> Nodes);

/// <summary>Finds GELU, SiLU, hard-swish, Mish and layer normalisation where they are decomposed.</summary>
internal sealed class Composites(OnnxModel model)
{
    private static readonly HashSet<string> Arithmetic =
        new(StringComparer.Ordinal) { "Mul", "Div", "Add", "Sub", "Pow", "Cast", "Identity" };

    private readonly GraphIndex _index = model.Index;

    private readonly LayerNorms _layerNorms = new(model);

    public IReadOnlyList<Composite> Find()
    {
        var found = new List<Composite>();
        foreach (var node in model.Nodes.Where(node => node.Inputs.Count > 0 && node.Outputs.Count > 0))
        {
            var composite = node.Op switch
            {
                "Erf" or "Tanh" => Gelu(node),
                "Sigmoid" => Silu(node),
                "HardSigmoid" => Gated(node.Inputs[0], node, "HardSwish"),
                "Clip" => HardSwish(node),
                "Sub" => _layerNorms.At(node),
                _ => null,
            };
            if (composite is null && node.Op == "Tanh") composite = Mish(node);
            if (composite is { Output.Length: > 0 }) found.Add(composite);
        }

        return [.. found.DistinctBy(composite => composite.Output).OrderBy(composite => _index.Makers[composite.Output].Index)];
    }

    /// <summary>½·x·(1 + erf(x/√2)), or with tanh of a cubic in x; the factors come in any order.</summary>
    private Composite? Gelu(Node core)
    {
        var sum = Only(core.Outputs[0], "Add");
        if (sum is null || Scalar(Other(sum, core.Outputs[0])) is not 1) return null;
        var nodes = new HashSet<int> { core.Index, sum.Index };
        var (current, x, halved) = (sum.Outputs[0], (string?)null, false);
        while (x is null || !halved)
        {
            var next = Only(current, "Mul") ?? Only(current, "Div");
            if (next is null) break;
            var operand = Other(next, current);
            if (Scalar(operand) is { } factor)
            {
                if (halved || Math.Abs((next.Op == "Mul" ? factor : 1 / factor) - 0.5) > 1e-3) break;
                halved = true;
            }
            else
            {
                if (x is not null || next.Op != "Mul") break;
                var half = HalfOf(operand);
                if (half is not null && !halved)
                {
                    (x, halved) = (half, true);
                    nodes.Add(_index.Makers[operand].Index);
                }
                else
                {
                    x = operand;
                }
            }

            nodes.Add(next.Index);
            current = next.Outputs[0];
        }

        if (x is null || !halved || _index.Between(core.Inputs[0], x, Arithmetic) is not { } argument) return null;
        nodes.UnionWith(argument.Select(node => node.Index));
        return new Composite("Gelu", x, current, nodes);
    }

    /// <summary>x·σ(x); x·σ(1.702·x) is the quick approximation of GELU.</summary>
    private Composite? Silu(Node sigmoid)
    {
        var argument = sigmoid.Inputs[0];
        if (Gated(argument, sigmoid, "Silu") is { } silu) return silu;
        if (_index.MakerOf(argument) is not { Op: "Mul" } scale || ConstantOperand(scale) is not { } slope
            || Math.Abs(slope - 1.702) > 0.01) return null;
        if (scale.Inputs.FirstOrDefault(name => Scalar(name) is null) is not { } x) return null;
        return Gated(x, sigmoid, "Gelu") is { } quick ? quick with { Nodes = new HashSet<int>(quick.Nodes) { scale.Index } } : null;
    }

    /// <summary>x·tanh(softplus(x)).</summary>
    private Composite? Mish(Node tanh) =>
        _index.MakerOf(tanh.Inputs[0]) is { Op: "Softplus", Inputs.Count: > 0 } softplus
            && Gated(softplus.Inputs[0], tanh, "Mish") is { } mish
        ? mish with { Nodes = new HashSet<int>(mish.Nodes) { softplus.Index } }
        : null;

    /// <summary>x·clip(x + 3, 0, 6)/6, the division before or after the product.</summary>
    private Composite? HardSwish(Node clip)
    {
        if (Nonlinearities.Bounds(model, clip) is not (0, 6) || _index.MakerOf(clip.Inputs[0]) is not { Op: "Add" } shift
            || ConstantOperand(shift) is not 3) return null;
        var x = shift.Inputs.FirstOrDefault(name => Scalar(name) is null);
        if (x is null) return null;
        var nodes = new HashSet<int> { clip.Index, shift.Index };
        var current = clip.Outputs[0];
        var (gated, divided) = (false, false);
        while (!gated || !divided)
        {
            var next = _index.Consumers(current)
                .FirstOrDefault(node => node.Op is "Mul" or "Div" && (Other(node, current) == x || SixthOf(node, current)));
            if (next is null) return null;
            if (Other(next, current) == x) gated = true;
            else divided = true;
            nodes.Add(next.Index);
            current = next.Outputs[0];
        }

        return new Composite("HardSwish", x, current, nodes);
    }

    /// <summary>x times the gate that <paramref name="gate"/> makes.</summary>
    private Composite? Gated(string x, Node gate, string op) =>
        _index.Consumers(gate.Outputs[0]).FirstOrDefault(node => node.Op == "Mul" && Other(node, gate.Outputs[0]) == x) is { } product
            ? new Composite(op, x, product.Outputs[0], new HashSet<int> { gate.Index, product.Index })
            : null;

    private string? HalfOf(string name)
    {
        if (_index.MakerOf(name) is not { Op: "Mul" or "Div" } half || ConstantOperand(half) is not { } factor) return null;
        var isHalf = Math.Abs((half.Op == "Mul" ? factor : 1 / factor) - 0.5) < 1e-3;
        return isHalf ? half.Inputs.FirstOrDefault(input => Scalar(input) is null) : null;
    }

    private bool SixthOf(Node node, string current) =>
        Scalar(Other(node, current)) is { } factor && Math.Abs((node.Op == "Mul" ? factor : 1 / factor) - (1 / 6.0)) < 1e-3
            && (node.Op == "Mul" || node.Inputs[0] == current);

    private double? ConstantOperand(Node node) => node.Inputs.Select(Scalar).FirstOrDefault(value => value is not null);

    private double? Scalar(string name) => name.Length == 0 ? null : _index.Scalar(name);

    private Node? Only(string name, string op) => _index.OnlyConsumer(name, op);

    private static string Other(Node node, string name) => GraphIndex.OtherOperand(node, name);
}
