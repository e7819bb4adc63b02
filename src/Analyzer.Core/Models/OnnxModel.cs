using System.Security.Cryptography;
using Analyzer.Models.Onnx;

namespace Analyzer.Models;

/// <summary>
/// The structure of an ONNX file: what it computes and which tensors it has. Weights stay in the file, which is never changed;
/// <see cref="ReadWeights(Initializer)"/> fetches one on request.
/// </summary>
public sealed class OnnxModel
{
    private readonly Lazy<string> _sha256;
    private readonly Lazy<GraphIndex> _index;
    private readonly Lazy<TensorCatalog> _catalog;
    private readonly Lazy<Nonlinearities> _nonlinearities;
    private readonly IReadOnlyDictionary<string, TensorType> _types;

    internal OnnxModel(string path, long fileLength, ModelProto proto)
    {
        Path = path;
        FileLength = fileLength;
        Proto = proto;
        Opsets = proto.OpsetImport.GroupBy(opset => opset.Domain == "ai.onnx" ? "" : opset.Domain)
            .ToDictionary(group => group.Key, group => group.Last().Version);
        Producer = string.Join(' ', new[] { proto.ProducerName, proto.ProducerVersion }.Where(part => part.Length > 0));
        Metadata = proto.MetadataProps.GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => group.Last().Value);
        Functions = [.. proto.Functions.Select(function => $"{function.Domain}:{function.Name}")];
        Nodes = [.. proto.Graph.Node.Select((node, index) => new Node(index, node))];
        Initializers = ModelReader.ReadInitializers(proto.Graph, path);
        var initialized = Initializers.Select(initializer => initializer.Name).ToHashSet(StringComparer.Ordinal);
        Inputs = [.. proto.Graph.Input.Where(input => !initialized.Contains(input.Name)).Select(Declare)];
        Outputs = [.. proto.Graph.Output.Select(Declare)];
        Parameters = ModelReader.CountParameters(proto, path);
        _types = ModelReader.DeclaredTypes(proto.Graph);
        _sha256 = new Lazy<string>(Hash);
        _index = new Lazy<GraphIndex>(() => new GraphIndex(this));
        _catalog = new Lazy<TensorCatalog>(() => new TensorCatalog(this, _types));
        _nonlinearities = new Lazy<Nonlinearities>(() => new Nonlinearities(this));
    }

    private OnnxModel(OnnxModel source, IReadOnlyDictionary<string, TensorType> types)
    {
        (Path, FileLength, Proto, Opsets, Producer) = (source.Path, source.FileLength, source.Proto, source.Opsets, source.Producer);
        (Metadata, Functions, Nodes, Initializers) = (source.Metadata, source.Functions, source.Nodes, source.Initializers);
        (Inputs, Outputs, Parameters) = (source.Inputs, source.Outputs, source.Parameters);
        (_sha256, _index, _types) = (source._sha256, source._index, types);
        _catalog = new Lazy<TensorCatalog>(() => new TensorCatalog(this, types));
        _nonlinearities = new Lazy<Nonlinearities>(() => new Nonlinearities(this));
    }

    /// <summary>The file, as it was given.</summary>
    public string Path { get; }

    /// <summary>Size of the file in bytes, external data not counted.</summary>
    public long FileLength { get; }

    /// <summary>SHA-256 of the file in lower-case hexadecimal, external data not included; computed when first asked for.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Version of the file format.</summary>
    public long IrVersion => Proto.IrVersion;

    /// <summary>Version of each operator set in use; ONNX's own has the empty name.</summary>
    public IReadOnlyDictionary<string, long> Opsets { get; }

    /// <summary>Version of ONNX's own operator set; 0 where the model imports none.</summary>
    public long Opset => Opsets.GetValueOrDefault("");

    /// <summary>Name and version of the program that wrote the file; empty where it does not say.</summary>
    public string Producer { get; }

    /// <summary>What a caller must feed: declared inputs that are not initialisers.</summary>
    public IReadOnlyList<Declared> Inputs { get; }

    /// <summary>What the model returns.</summary>
    public IReadOnlyList<Declared> Outputs { get; }

    /// <summary>Nodes of the main graph, in file order.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>Dense and sparse initialisers of the main graph, in file order.</summary>
    public IReadOnlyList<Initializer> Initializers { get; }

    /// <summary>
    /// Number of weights: elements of every initialiser (of the main graph and of the bodies of If, Loop and Scan) and of
    /// every Constant node's tensor with at least one axis, whose type is a float of any width, or an integer of 8 bits or fewer and at
    /// least two axes (quantised weights; zero points have fewer axes). Running means and variances count.
    /// </summary>
    public long Parameters { get; }

    /// <summary>Key and value pairs that the exporter left.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Functions that the file defines, as `domain:name`.</summary>
    public IReadOnlyList<string> Functions { get; }

    /// <summary>Outputs of the main graph's nodes, in graph order: what can be tapped.</summary>
    public IReadOnlyList<ModelTensor> Tensors => _catalog.Value.Tensors;

    /// <summary>Tensors that exist when the model runs but cannot be tapped.</summary>
    public IReadOnlyList<UncoveredTensor> Uncovered => _catalog.Value.Uncovered;

    internal ModelProto Proto { get; }

    internal GraphIndex Index => _index.Value;

    internal Nonlinearities Nonlinearities => _nonlinearities.Value;

    /// <summary>Reads the structure of an ONNX file.</summary>
    /// <exception cref="AnalyzerException">The file is missing, damaged, or no ONNX model.</exception>
    public static OnnxModel Open(string path) => ModelReader.Open(path);

    /// <summary>The same model with better knowledge of its tensors' types, such as ONNX Runtime's; names not given lose theirs.</summary>
    public OnnxModel WithTypes(IReadOnlyDictionary<string, TensorType> types) => new(this, types);

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="AnalyzerException">There is none, or it cannot be tapped.</exception>
    public ModelTensor Tensor(string name) => _catalog.Value.Find(name);

    /// <summary>Reads an initialiser's values from the file.</summary>
    /// <exception cref="AnalyzerException">They do not fit the declared shape, or are text.</exception>
    public Weights ReadWeights(Initializer initializer) => new(initializer.Type, initializer.Dims, initializer.Count,
        initializer.Sparse is { } sparse
            ? WeightReader.ReadSparse(sparse, initializer.Count, Path)
            : WeightReader.Read(initializer.Proto, Path));

    /// <summary>Reads a layer's weights from the file.</summary>
    /// <returns>[units × dimension], row-major: a unit a row.</returns>
    /// <exception cref="AnalyzerException">They do not fit the declared shape.</exception>
    public float[] ReadWeights(WeightLayer layer)
    {
        var values = Initializers.FirstOrDefault(i => i.Name == layer.Tensor) is { } initializer
            ? ReadWeights(initializer)
            : new Weights((ElementType)Index.StoredTensor(layer.Tensor)!.DataType, layer.Dims, (long)layer.Units * layer.Dimension,
                WeightReader.Read(Index.StoredTensor(layer.Tensor)!, Path));
        return layer.Rows(layer.Quantized is { } how ? Dequantized(values, how) : values.ToFloats());
    }

    /// <summary>(value − zero point) × scale, each of its axis' entry; without the scale where the operator applies it later.</summary>
    private float[] Dequantized(Weights values, Quantization how)
    {
        var floats = values.ToFloats();
        var (scales, zeroPoints) = (Constant(how.Scale) ?? [1], Constant(how.ZeroPoint) ?? [0]);
        var axis = how.Axis is { } at ? at < 0 ? at + values.Dims.Count : at : 0;
        var (entries, behind) = (values.Dims[axis], values.Dims.Skip(axis + 1).Aggregate(1L, (a, b) => a * b));
        for (var i = 0; i < floats.Length; i++)
        {
            var entry = (int)(i / behind % entries);
            floats[i] = (floats[i] - zeroPoints[zeroPoints.Length == 1 ? 0 : entry]) * scales[scales.Length == 1 ? 0 : entry];
        }
        return floats;
    }

    private float[]? Constant(string name) => Index.StoredTensor(name) is { } tensor
        ? new Weights((ElementType)tensor.DataType, [.. tensor.Dims], WeightReader.Count(tensor.Dims, name, Path), WeightReader.Read(tensor, Path)).ToFloats()
        : null;

    /// <summary>
    /// The model without its weights, in memory: initialisers over 1 KiB become graph inputs, every tensor of the main graph is
    /// an output, and declared shapes are gone. For shape inference only.
    /// </summary>
    public byte[] StructureOnly() => StructureCopy.Of(this);

    /// <summary>What is known of a tensor's shape, a constant's included; null where nothing is.</summary>
    internal TensorShape? ShapeOf(string name) =>
        _types.GetValueOrDefault(name)?.Shape
            ?? (Index.ConstantDims(name) is { } dims ? TensorShape.Of([.. dims]) : null)
            ?? (Initializers.FirstOrDefault(i => i.IsSparse && i.Name == name) is { } sparse ? TensorShape.Of([.. sparse.Dims]) : null);

    internal Declared Declare(ValueInfoProto value) => new(value.Name, TensorType.From(value.Type));

    private string Hash()
    {
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16,
            FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
