using System.Globalization;
using System.Security.Cryptography;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Models;

/// <summary>Says how two nodes that bear one name differ.</summary>
internal static class NodeDifference
{
    private const int MostShown = 8;

    /// <summary>The difference in words; null where there is none. The values of constants do not count: they are weights.</summary>
    public static string? Of(Node a, Node b)
    {
        if (a.Op != b.Op || a.Domain != b.Domain) return $"{a.Op} became {b.Op}";
        var attributes = a.Proto.Attribute.Concat(b.Proto.Attribute).Select(t => t.Name).Distinct().Where(name => Shown(a, name) != Shown(b, name)).ToArray();
        if (attributes.Length > 0) return string.Join(", ", attributes.Select(name => $"{name} {Shown(a, name) ?? "–"} became {Shown(b, name) ?? "–"}"));
        if (!a.Inputs.SequenceEqual(b.Inputs)) return "it reads other tensors";
        return a.Outputs.SequenceEqual(b.Outputs) ? null : "it makes tensors of other names";
    }

    private static string? Shown(Node node, string name) => node.Attribute(name) is not { } attribute ? null
        : attribute.HasI ? attribute.I.ToString(CultureInfo.InvariantCulture)
        : attribute.HasF ? attribute.F.ToString(CultureInfo.InvariantCulture)
        : attribute.HasS && attribute.S.Length <= 40 ? attribute.S.ToStringUtf8()
        : attribute.T is { } tensor ? $"a tensor of type {(ElementType)tensor.DataType} [{string.Join(",", tensor.Dims)}]"
        : attribute.Ints.Count is > 0 and <= MostShown ? $"[{string.Join(",", attribute.Ints)}]"
        : $"(sha256 {Convert.ToHexStringLower(SHA256.HashData(attribute.ToByteArray()))[..12]}…)";
}
