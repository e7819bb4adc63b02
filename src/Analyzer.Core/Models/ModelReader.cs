using Analyzer.Models.Onnx;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Analyzer.Models;

/// <summary>Opens a file as a model, and says in one sentence what is wrong with it where it is none.</summary>
internal static class ModelReader
{
    /// <summary>Protobuf's limit on one message, and so on a model whose weights are inside.</summary>
    private const long LargestFile = int.MaxValue;

    public static OnnxModel Open(string path)
    {
        if (Directory.Exists(path)) throw Bad($"`{path}` is a directory, not an ONNX file", "give the .onnx file inside it");
        if (!File.Exists(path)) throw Bad($"`{path}` was not found", "give the path of an ONNX file");
        try
        {
            if (!OrdinaryFile.HasContent(path)) throw Bad($"`{path}` {OrdinaryFile.EmptyOrPipe}", "export or download the model again, to a disk");
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            if (length > LargestFile)
                throw Bad($"`{path}` has {length} bytes, and an ONNX file can have at most {LargestFile}",
                    "export the model with its weights as external data");
            ModelProto proto;
            try
            {
                proto = new Skeleton(new FileWindow(file, length)).Read();
            }
            catch (EndOfStreamException e)
            {
                throw IsText(path) ? Text(path, e)
                    : Bad($"`{path}` is truncated, or no ONNX model: {e.Message}", "export or download the model again", e);
            }
            catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException)
            {
                throw IsText(path) ? Text(path, e)
                    : Bad($"`{path}` is no ONNX model: {e.Message}", "export or download the model again", e);
            }

            if (proto.Graph is null)
                throw IsText(path) ? Text(path, null)
                    : Bad($"`{path}` holds no graph", "give a file that `torch.onnx.export` or alike wrote; weights alone are not enough");
            CheckNames(proto.Graph, path);
            CheckPlaces(proto, path);
            return new OnnxModel(path, length, proto);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Bad($"`{path}` cannot be read: {e.Message}", "check the file's permissions", e);
        }
    }

    public static IReadOnlyList<Initializer> ReadInitializers(GraphProto graph, string path) =>
    [
        .. graph.Initializer.Select(values => Read(values, null, path)),
        .. graph.SparseInitializer.Select(sparse => Read(
            sparse.Values ?? throw Bad($"`{path}` has a sparse initialiser without values", "export the model again"),
            sparse.Indices is not null
                ? sparse
                : throw Bad($"`{path}` has the sparse initialiser `{sparse.Values.Name}` without indices", "export the model again"),
            path)),
    ];

    public static Dictionary<string, TensorType> DeclaredTypes(GraphProto graph)
    {
        var types = new Dictionary<string, TensorType>(StringComparer.Ordinal);
        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo)) types[value.Name] = TensorType.From(value.Type);
        return types;
    }

    public static long CountParameters(ModelProto model, string path) => CountParameters(model.Graph, path);

    /// <summary>Weights of a graph and of every graph nested in it.</summary>
    public static long CountParameters(GraphProto outer, string path)
    {
        Int128 total = 0;
        foreach (var graph in GraphIndex.GraphsOf(outer))
        {
            foreach (var tensor in graph.Initializer) total += Weigh(tensor, tensor.Dims, path);
            foreach (var sparse in graph.SparseInitializer) total += sparse.Values is null ? 0 : Weigh(sparse.Values, sparse.Dims, path);
            foreach (var constant in graph.Node.Where(node => node.OpType == "Constant")) total += WeighConstant(constant, path);
        }

        return total <= long.MaxValue ? (long)total : throw Bad($"`{path}` declares more weights than can exist", "export the model again");
    }

    /// <summary>Weights that a Constant node holds.</summary>
    public static long WeighConstant(NodeProto constant, string path) =>
        constant.Attribute.Sum(attribute => attribute.T is { Dims.Count: > 0 } tensor ? Weigh(tensor, tensor.Dims, path) : 0);

    /// <summary>Elements of a stored tensor that count as weights; see <see cref="OnnxModel.Parameters"/>.</summary>
    public static long Weigh(TensorProto tensor, IReadOnlyList<long> dims, string path)
    {
        var type = (ElementType)tensor.DataType;
        return type.IsFloatingPoint() || (type.Bits() is > 0 and <= 8 && type != ElementType.Bool && dims.Count >= 2)
            ? WeightReader.Count(dims, tensor.Name, path)
            : 0;
    }

    private static Initializer Read(TensorProto values, SparseTensorProto? sparse, string path)
    {
        var count = WeightReader.Count(sparse is null ? values.Dims : sparse.Dims, values.Name, path);
        var length = WeightReader.ByteLength(values.Dims, (ElementType)values.DataType, values.Name, path);
        return new Initializer(values, sparse, WeightReader.Places(values, path, length), count);
    }

    /// <summary>A name made twice would let a tap read another tensor than the one it names.</summary>
    private static void CheckNames(GraphProto graph, string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in graph.Initializer.Select(tensor => tensor.Name)
            .Concat(graph.SparseInitializer.Select(sparse => sparse.Values?.Name ?? "")))
        {
            if (name.Length == 0) throw Bad($"`{path}` has an initialiser without a name", "export the model again");
            if (!seen.Add(name)) throw Duplicate(name);
        }

        foreach (var group in graph.Input.GroupBy(input => input.Name)) if (group.Count() > 1) throw Duplicate(group.Key);
        seen.UnionWith(graph.Input.Select(input => input.Name));
        foreach (var name in graph.Node.SelectMany(node => node.Output)) if (name.Length > 0 && !seen.Add(name)) throw Duplicate(name);
        // To ONNX Runtime such a name ends there, and is perhaps another tensor's.
        if (seen.FirstOrDefault(name => name.Contains('\0', StringComparison.Ordinal)) is { } broken)
            throw Bad($"`{path}` has a NUL in the name `{broken}`", "export the model again");

        AnalyzerException Duplicate(string name) =>
            Bad($"`{path}` makes the tensor `{name}` twice", "export the model again; ONNX asks for one maker per name");
    }

    /// <summary>ONNX Runtime opens whatever file a tensor names, in a body or a function as much as among the initialisers.</summary>
    private static void CheckPlaces(IMessage message, string path)
    {
        if (message is TensorProto { DataLocation: 1 } tensor) WeightReader.Places(tensor, path, length: 0);
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder().Where(f => f.FieldType == FieldType.Message))
        {
            var value = field.Accessor.GetValue(message);
            foreach (var inner in value is IEnumerable<IMessage> several ? several : value is IMessage one ? [one] : []) CheckPlaces(inner, path);
        }
    }

    private static bool IsText(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[512];
        var count = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return head.AsSpan(0, count).IndexOfAnyExcept(TextBytes) < 0;
    }

    private static AnalyzerException Text(string path, Exception? inner)
    {
        var line = File.ReadLines(path).FirstOrDefault(text => text.Trim().Length > 0)?.Trim() ?? "";
        var shown = line.Length > 60 ? line[..60] + "…" : line;
        return line.StartsWith("version https://git-lfs", StringComparison.Ordinal)
            ? Bad($"`{path}` is a Git LFS pointer, not the model itself", "fetch the model with `git lfs pull`", inner)
            : Bad($"`{path}` is a text file, not an ONNX model; it begins `{shown}`", "give the .onnx file itself", inner);
    }

    private static readonly System.Buffers.SearchValues<byte> TextBytes =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(value => (byte)value), .. "\t\r\n"u8]);

    private static AnalyzerException Bad(string message, string hint, Exception? inner = null) =>
        new(message, hint, Failure.BadInput, inner);
}
