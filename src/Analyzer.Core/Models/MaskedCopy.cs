using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Models;

/// <summary>
/// A rewritten copy of a model, in memory alone, in which chosen tensors are multiplied by a mask that the caller feeds. It
/// serves where no weight can switch a unit off, such as behind a residual sum; an appended patch cannot come between two nodes.
/// Everything but the names of the masked outputs is copied byte by byte.
/// </summary>
internal sealed class MaskedCopy
{
    private const int GraphField = 7, NodeField = 1, OutputField = 2;

    private readonly Dictionary<string, (string Unmasked, NodeProto Mul)> _masked = new(StringComparer.Ordinal);

    private MaskedCopy(OnnxModel model, IReadOnlyList<(ModelTensor Tensor, int Axis, int Units, int Rank)> tensors)
    {
        var names = GraphIndex.AllNames(model.Proto);
        var inputs = new GraphProto();
        var masks = new List<string>();
        foreach (var (tensor, axis, units, rank) in tensors)
        {
            var (mask, unmasked) = (Unique($"analyzer/mask/{tensor.Name}"), Unique($"{tensor.Name}/unmasked"));
            var dims = Enumerable.Range(0, rank).Select(a => a == axis ? (long)units : 1L).ToArray();
            inputs.Input.Add(StructureCopy.ValueInfo(mask, tensor.Type.Element, dims));
            _masked.Add(tensor.Name, (unmasked, new NodeProto { OpType = "Mul", Name = mask, Input = { unmasked, mask }, Output = { tensor.Name } }));
            masks.Add(mask);
        }
        var output = new MemoryStream();
        Copy(File.ReadAllBytes(model.Path), output, GraphField, graph =>
        {
            var copy = new MemoryStream();
            Copy(graph, copy, NodeField, node => Renamed(node.ToArray()));
            return [copy.ToArray()];
        });
        new ModelProto { Graph = inputs }.WriteTo(output);
        (Bytes, Masks) = (output.ToArray(), masks);

        string Unique(string name)
        {
            while (!names.Add(name)) name += "/";
            return name;
        }
    }

    /// <summary>The serialised copy.</summary>
    public byte[] Bytes { get; }

    /// <summary>Names of the inputs that take the masks, in the order of the tensors: 1 on every axis but that of the units.</summary>
    public IReadOnlyList<string> Masks { get; }

    /// <summary>Makes the copy.</summary>
    /// <param name="model">Its file is read whole.</param>
    /// <param name="tensors">What to mask, the axis of its units, how many there are, and its number of axes.</param>
    public static MaskedCopy Of(OnnxModel model, IReadOnlyList<(ModelTensor Tensor, int Axis, int Units, int Rank)> tensors) => new(model, tensors);

    /// <summary>The node as it is, or under a new output name and followed by the product that takes the old one.</summary>
    private byte[][] Renamed(byte[] node)
    {
        NodeProto? mul = null;
        var copy = new MemoryStream();
        Copy(node, copy, OutputField, output =>
        {
            if (!_masked.TryGetValue(System.Text.Encoding.UTF8.GetString(output), out var masked)) return [output.ToArray()];
            mul = masked.Mul;
            return [System.Text.Encoding.UTF8.GetBytes(masked.Unmasked)];
        });
        return mul is null ? [node] : [copy.ToArray(), mul.ToByteArray()];
    }

    private delegate byte[][] Rewrite(ReadOnlySpan<byte> content);

    /// <summary>Copies a message, putting what <paramref name="rewrite"/> makes of it in the place of each field of this number.</summary>
    private static void Copy(ReadOnlySpan<byte> message, Stream output, int number, Rewrite rewrite)
    {
        var coded = new CodedOutputStream(output, leaveOpen: true);
        var at = 0;
        while (at < message.Length)
        {
            var start = at;
            var tag = Varint(message, ref at);
            long length = (tag & 7) switch
            {
                0 => Skipped(message, at),
                1 => 8,
                5 => 4,
                _ => (long)Varint(message, ref at),
            };
            var end = checked(at + (int)length);
            if ((tag & 7) == 2 && (int)(tag >> 3) == number)
            {
                foreach (var content in rewrite(message[at..end]))
                {
                    coded.WriteTag(number, WireFormat.WireType.LengthDelimited);
                    coded.WriteBytes(ByteString.CopyFrom(content));
                }
            }
            else
            {
                coded.Flush();
                output.Write(message[start..end]);
            }
            at = end;
        }
        coded.Flush();
    }

    private static long Skipped(ReadOnlySpan<byte> message, int at)
    {
        var end = at;
        Varint(message, ref end);
        return end - at;
    }

    // The file was read once already, by a reader that checks every length.
    private static ulong Varint(ReadOnlySpan<byte> message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
