using Analyzer.Models.Onnx;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Analyzer.Models;

/// <summary>
/// Makes the copy of a model that shape inference reads: the same nodes, without weights. Declared shapes are left out, since
/// files declare wrong ones and a wrong one would be believed.
/// </summary>
internal static class StructureCopy
{
    public static byte[] Of(OnnxModel model)
    {
        var copy = model.Proto.Clone();
        var graph = copy.Graph;
        graph.ValueInfo.Clear();
        graph.Output.Clear();
        graph.Initializer.Clear();
        graph.SparseInitializer.Clear();

        // Initialisers that stay are constants whatever version the file says, once they are not inputs too.
        var inputs = graph.Input.Where(input => !model.Index.InitializerNames.Contains(input.Name)).ToList();
        graph.Input.Clear();
        graph.Input.Add(inputs);
        copy.IrVersion = Math.Max(copy.IrVersion, 4);
        foreach (var initializer in model.Initializers)
        {
            if (initializer.Type.Bits() == 0 || Bytes(initializer.Dims, initializer.Proto, model) > Skeleton.KeptBytes
                || initializer.IsSparse)
                graph.Input.Add(ValueInfo(initializer.Name, initializer.Type, initializer.Dims));
            else
                graph.Initializer.Add(Inline(initializer.Proto, model));
        }

        foreach (var node in graph.Node.ToList())
        {
            if (LargeConstant(node, model) is { } tensor)
            {
                graph.Node.Remove(node);
                graph.Input.Add(ValueInfo(node.Output[0], (ElementType)tensor.DataType, tensor.Dims));
                continue;
            }

            foreach (var output in node.Output.Where(name => name.Length > 0)) graph.Output.Add(new ValueInfoProto { Name = output });
            foreach (var body in GraphIndex.Bodies(node)) foreach (var nested in GraphIndex.GraphsOf(body.Graph)) Lighten(nested, model);
        }

        foreach (var function in copy.Functions) Lighten(function.Node, model);
        foreach (var tensor in Tensors(copy)) tensor.Stored.Clear();
        return copy.ToByteArray();
    }

    /// <summary>A body's large weights become zeros made on the spot: a body has no inputs that a caller could leave open.</summary>
    private static void Lighten(GraphProto graph, OnnxModel model)
    {
        graph.ValueInfo.Clear();
        foreach (var tensor in graph.Initializer.ToList())
        {
            graph.Initializer.Remove(tensor);
            if (Bytes(tensor.Dims, tensor, model) > Skeleton.KeptBytes) AddZeros(graph.Node, tensor.Name, tensor);
            else graph.Initializer.Add(Inline(tensor, model));
        }

        Lighten(graph.Node, model);
    }

    private static void Lighten(RepeatedField<NodeProto> nodes, OnnxModel model)
    {
        foreach (var node in nodes.ToList())
        {
            if (LargeConstant(node, model) is not { } tensor) continue;
            nodes.Remove(node);
            AddZeros(nodes, node.Output[0], tensor);
        }
    }

    private static void AddZeros(RepeatedField<NodeProto> nodes, string name, TensorProto tensor)
    {
        var type = (ElementType)tensor.DataType;
        var dims = new TensorProto { DataType = (int)ElementType.Int64, Dims = { tensor.Dims.Count }, Int64Data = { tensor.Dims } };
        var zeroBytes = ByteString.CopyFrom(new byte[Math.Max(1, type.Bits() / 8)]);
        var zero = new TensorProto { DataType = tensor.DataType, Dims = { 1 }, RawData = zeroBytes };
        nodes.Insert(0, new NodeProto
        {
            OpType = "Constant", Output = { name + "/dims" }, Attribute = { new AttributeProto { Name = "value", Type = 4, T = dims } },
        });
        nodes.Insert(1, new NodeProto
        {
            OpType = "ConstantOfShape", Input = { name + "/dims" }, Output = { name },
            Attribute = { new AttributeProto { Name = "value", Type = 4, T = zero } },
        });
    }

    private static TensorProto? LargeConstant(NodeProto node, OnnxModel model) =>
        node.OpType == "Constant" && node.Output.Count > 0
            && node.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T is { } tensor
            && Bytes(tensor.Dims, tensor, model) > Skeleton.KeptBytes ? tensor : null;

    private static TensorProto Inline(TensorProto tensor, OnnxModel model) => (ElementType)tensor.DataType == ElementType.String
        ? tensor
        : new TensorProto
        {
            Name = tensor.Name, DataType = tensor.DataType, Dims = { tensor.Dims },
            RawData = ByteString.CopyFrom(WeightReader.Read(tensor, model.Path)),
        };

    private static long Bytes(IReadOnlyList<long> dims, TensorProto tensor, OnnxModel model) =>
        WeightReader.ByteLength(dims, (ElementType)tensor.DataType, tensor.Name, model.Path);

    public static ValueInfoProto ValueInfo(string name, ElementType type, IReadOnlyList<long> dims) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)type,
                Shape = new TensorShapeProto { Dim = { dims.Select(dim => new TensorShapeProto.Types.Dimension { DimValue = dim }) } },
            },
        },
    };

    private static IEnumerable<TensorProto> Tensors(ModelProto model) =>
        GraphIndex.GraphsOf(model.Graph).SelectMany(graph => graph.Initializer.Concat(graph.Node.SelectMany(Tensors)))
            .Concat(model.Functions.SelectMany(function => function.Node.SelectMany(Tensors)));

    private static IEnumerable<TensorProto> Tensors(NodeProto node) =>
        node.Attribute.SelectMany(attribute => attribute.T is null ? attribute.Tensors : attribute.Tensors.Append(attribute.T));
}
