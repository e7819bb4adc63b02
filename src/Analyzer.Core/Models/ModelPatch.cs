using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Models;

/// <summary>
/// What is added to a model to watch it. The model's bytes are kept as they are: a patch is a second serialised model
/// holding only extra nodes, outputs and inputs, and protobuf merges the two where one follows the other.
/// </summary>
public sealed class ModelPatch
{
    /// <summary>First operator set whose operations broadcast as the patch needs, and the first ONNX Runtime promises to run.</summary>
    private const long OldestOpset = 7;

    private readonly OnnxModel _model;
    private readonly bool _packs;
    private readonly ModelProto _patch = new() { Graph = new GraphProto() };
    private readonly HashSet<string> _names;
    private readonly HashSet<string> _outputs;
    private readonly HashSet<string> _overrides = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _probes = new(StringComparer.Ordinal);
    /// <summary>First operator set that chooses by a mask.</summary>
    private const long OldestOpsetOfMasks = 9;

    private readonly Dictionary<(string Tensor, Reducer Reducer, double Threshold, TokenPooling? Pooling), TapOutput> _taps = [];
    private int _tap;

    /// <summary>An empty patch.</summary>
    /// <param name="model">What it is for.</param>
    /// <param name="packs">
    /// Whether the graph packs signs itself, as suits a GPU, from which fewer bytes then come. Else a tap of the signs of floats is the tensor as it is,
    /// and the caller packs: faster on a CPU, where a graph makes a float of every bit.
    /// </param>
    public ModelPatch(OnnxModel model, bool packs = true)
    {
        (_model, _packs) = (model, packs);
        _names = GraphIndex.AllNames(model.Proto);
        _outputs = model.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Every tap added so far, in the order added.</summary>
    public IReadOnlyList<TapOutput> Taps => [.. _taps.Values];

    /// <summary>Exposes a tensor, reduced; the same tap twice is one output.</summary>
    /// <param name="tensor">A tensor of the patch's model.</param>
    /// <param name="reducer">What to keep of it.</param>
    /// <param name="actual">
    /// Its shape as it is when the model runs; [batch, …]. The batch may be open, and for mean, max and std every axis but the units'.
    /// </param>
    /// <param name="threshold">For <see cref="Reducer.Sign"/>: elements above it set their bit. Rounded to float32 unless the tensor is of
    /// doubles.</param>
    /// <param name="pooling">What becomes of tokens; used where the tensor is [batch, tokens, units]. Null: they are positions like others.</param>
    /// <exception cref="AnalyzerException">The tensor cannot be tapped so.</exception>
    public TapOutput AddTap(ModelTensor tensor, Reducer reducer, TensorShape actual, double threshold = 0, TokenPooling? pooling = null)
    {
        if (pooling is not null && (pooling == new TokenPooling(TokenPool.Mean, null) || !TapRules.HasTokens(tensor, actual))) pooling = null;
        var key = (tensor.Name, reducer, reducer == Reducer.Sign ? threshold : 0, pooling);
        if (_taps.TryGetValue(key, out var known)) return known;
        TapRules.Check(_model, tensor, reducer, actual, threshold);
        if (pooling is { Mask: { } mask } && _model.Opset < OldestOpsetOfMasks)
            throw Refused(tensor, $"the model is of operator set {_model.Opset}, and taps that heed the mask `{mask}` need {OldestOpsetOfMasks} or later",
                "convert the model with ONNX's version converter");
        if (reducer == Reducer.Std && pooling is { Pool: not TokenPool.Mean })
            throw Refused(tensor, $"one token has one value per unit, so there is nothing for `std` to reduce over with `--pool {pooling.Pool.ToString().ToLowerInvariant()}`", "use the reducer `mean`, or `--pool mean`");
        if (_model.Opset < OldestOpset)
            throw Refused(tensor, $"the model is of operator set {_model.Opset}, and taps need {OldestOpset} or later",
                "convert the model with ONNX's version converter");

        var tap = Add(tensor, reducer, actual, key.Item3, pooling);
        if (_outputs.Add(tap.OutputName)) _patch.Graph.Output.Add(new ValueInfoProto { Name = tap.OutputName });
        return _taps[key] = tap;
    }

    /// <summary>Adds an output that tells a tensor's shape when the model runs: int64, [rank]. The tensor itself stays inside.</summary>
    /// <returns>Name of the output.</returns>
    public string AddShapeProbe(ModelTensor tensor)
    {
        if (_probes.TryGetValue(tensor.Name, out var known)) return known;
        _tap++;
        var output = new PatchNodes(_patch.Graph.Node, _model.Opset, Unique).Shape(tensor.Name);
        _patch.Graph.Output.Add(new ValueInfoProto { Name = output });
        return _probes[tensor.Name] = output;
    }

    /// <summary>
    /// Lets the caller feed other values for an initialiser, under its name, in its type and shape; where none are fed the model's
    /// own apply. Files before version 4 of the format are raised to it, since there an initialiser cannot be fed.
    /// </summary>
    /// <exception cref="AnalyzerException">The initialiser is sparse or text.</exception>
    public void AddOverride(Initializer initializer)
    {
        if (initializer.IsSparse || initializer.Type.Bits() == 0)
            throw new AnalyzerException(
                $"initialiser `{initializer.Name}` of `{_model.Path}` is not of dense numbers, and only those can be overridden",
                "choose another initialiser", Failure.BadInput);
        if (!_overrides.Add(initializer.Name)) return;
        if (_model.IrVersion < 4) _patch.IrVersion = 4;
        if (_model.Proto.Graph.Input.Any(input => input.Name == initializer.Name)) return;
        _patch.Graph.Input.Add(StructureCopy.ValueInfo(initializer.Name, initializer.Type, initializer.Dims));
    }

    /// <summary>The patch alone.</summary>
    public byte[] ToBytes() => _patch.ToByteArray();

    /// <summary>The model's bytes followed by the patch: what ONNX Runtime is given. External data stays where it is.</summary>
    /// <exception cref="AnalyzerException">Both together are larger than an ONNX file can be.</exception>
    public byte[] Apply()
    {
        var patch = ToBytes();
        var total = _model.FileLength + patch.Length;
        if (total > Array.MaxLength)
            throw new AnalyzerException($"`{_model.Path}` with its patch has {total} bytes, and a model can have at most {Array.MaxLength}",
                "export the model with its weights as external data", Failure.BadInput);
        var bytes = new byte[total];
        using var file = File.OpenRead(_model.Path);
        if (file.Length != _model.FileLength)
            throw new AnalyzerException($"`{_model.Path}` had {_model.FileLength} bytes when it was opened and has {file.Length} now",
                "leave the model alone during a run", Failure.BadInput);
        file.ReadExactly(bytes, 0, (int)_model.FileLength);
        patch.CopyTo(bytes, _model.FileLength);
        return bytes;
    }

    private TapOutput Add(ModelTensor tensor, Reducer reducer, TensorShape actual, double threshold, TokenPooling? pooling)
    {
        var nodes = new PatchNodes(_patch.Graph.Node, _model.Opset, Unique);
        _tap++;
        // From here on a quantised tensor is the float32 one that it stands for.
        var (name, type) = tensor.Quantized is { } quantized && !tensor.Type.Element.IsTappable()
            ? (nodes.Dequantize(tensor.Name, quantized, actual.Rank), ElementType.Float)
            : (tensor.Name, tensor.Type.Element);
        var tokens = new TokenNodes(nodes, pooling?.Mask);
        int? unitAxis = null;
        if (pooling is { Pool: not TokenPool.Mean })
        {
            if (type != ElementType.Float) name = nodes.Cast(name, ElementType.Float);
            var (count, width) = (actual.Dims[1].Size, actual.Dims[2].Size!.Value);
            if (pooling.Pool != TokenPool.Cls && count is null)
                throw Refused(tensor, $"its shape {actual} leaves open how many tokens it has", "give the shape that it has for one batch");
            name = pooling.Pool switch { TokenPool.Cls => tokens.First(name), TokenPool.Last => tokens.Last(name, count!.Value), _ => tokens.Apart(name, count!.Value * width) };
            (type, unitAxis, actual) = (ElementType.Float, 1, new TensorShape([actual.Dims[0], new Dimension(pooling.Pool == TokenPool.None ? count * width : width)]));
        }
        if (reducer == Reducer.Sign)
        {
            var bits = actual.CountPerSample!.Value;
            if (!_packs && type == ElementType.Float && bits <= TapRules.MostFloats) return new TapOutput(tensor.Name, reducer, threshold, name, type, actual, bits);
            // Widening a half is exact, and ONNX Runtime compares no halves on CPUs; narrowing a double could round a positive to zero.
            var wide = type is ElementType.Float16 or ElementType.BFloat16 ? nodes.Cast(name, ElementType.Float) : name;
            var packed = nodes.Sign(wide, type == ElementType.Double ? type : ElementType.Float, threshold, bits);
            return new TapOutput(tensor.Name, reducer, threshold, packed, ElementType.UInt8,
                new TensorShape([actual.Dims[0], new Dimension((bits + 7) / 8)]), bits);
        }

        var single = type == ElementType.Float ? name : nodes.Cast(name, ElementType.Float);
        if (reducer == Reducer.None)
            return new TapOutput(tensor.Name, reducer, threshold, single, ElementType.Float, actual, actual.CountPerSample!.Value);
        var unit = unitAxis ?? TapRules.UnitAxisOf(tensor, actual)!.Value;
        var over = Enumerable.Range(1, actual.Rank - 1).Where(axis => axis != unit).Select(axis => (long)axis).ToArray();
        var masked = pooling is { Pool: TokenPool.Mean };
        var output = over.Length == 0 ? single : reducer switch
        {
            Reducer.Mean when masked => tokens.Mean(single),
            Reducer.Max when masked => tokens.Max(single),
            Reducer.Std when masked => tokens.Std(single),
            Reducer.Mean when unit == 1 && actual.Rank <= 5 => nodes.GlobalMean(single),
            Reducer.Mean => nodes.Mean(single, over, keep: false),
            Reducer.Max => nodes.Max(single, over, keep: false),
            Reducer.Std => nodes.Std(single, over),
            _ => throw new ArgumentOutOfRangeException(nameof(reducer), reducer, "Not a reducer."),
        };
        return new TapOutput(tensor.Name, reducer, threshold, output, ElementType.Float,
            new TensorShape([actual.Dims[0], actual.Dims[unit]]), actual.Dims[unit].Size!.Value);
    }

    private string Unique(string role)
    {
        var name = $"analyzer/{_tap}/{role}";
        for (var again = 2; !_names.Add(name); again++) name = $"analyzer/{_tap}/{role}/{again}";
        return name;
    }

    private AnalyzerException Refused(ModelTensor tensor, string why, string hint) =>
        new($"tensor `{tensor.Name}` of `{_model.Path}` cannot be tapped: {why}", hint, Failure.BadInput);
}
