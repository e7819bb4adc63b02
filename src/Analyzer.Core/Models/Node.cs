using Analyzer.Models.Onnx;

namespace Analyzer.Models;

/// <summary>One operation of the model's main graph.</summary>
public sealed class Node
{
    internal Node(int index, NodeProto proto)
    {
        Index = index;
        Proto = proto;
        Domain = proto.Domain == "ai.onnx" ? "" : proto.Domain;
        Inputs = [.. proto.Input];
        Outputs = [.. proto.Output];
    }

    /// <summary>Place in the file, from 0; ONNX files list nodes in an order in which they can run.</summary>
    public int Index { get; }

    /// <summary>Its name; empty where the exporter gave none.</summary>
    public string Name => Proto.Name;

    /// <summary>What it computes, such as `Conv`.</summary>
    public string Op => Proto.OpType;

    /// <summary>Who defines the operation; empty for ONNX itself.</summary>
    public string Domain { get; }

    /// <summary>Names of the tensors it reads; an empty name is an optional input left out.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Names of the tensors it makes; an empty name is an optional output left out.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>The name, or operation and place where there is none.</summary>
    public string Label => Name.Length > 0 ? Name : $"{Op}#{Index}";

    internal NodeProto Proto { get; }

    internal AttributeProto? Attribute(string name) => Proto.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    internal long Int(string name, long otherwise) => Attribute(name) is { HasI: true } attribute ? attribute.I : otherwise;

    internal float Float(string name, float otherwise) => Attribute(name) is { HasF: true } attribute ? attribute.F : otherwise;
}
