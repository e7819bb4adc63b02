using System.Text;

namespace Analyzer.Cli.Tests;

/// <summary>A model of one MatMul whose weight lies in another file, written field by field.</summary>
internal static class ExternalData
{
    public static byte[] Model(string location)
    {
        byte[] weight =
        [
            .. Varint(1, 784), .. Varint(1, 10), .. Varint(2, 1), .. Text(8, "w"),
            .. Bytes(13, [.. Text(1, "location"), .. Text(2, location)]), .. Varint(14, 1),
        ];
        byte[] node = [.. Text(1, "input"), .. Text(1, "w"), .. Text(2, "logits"), .. Text(4, "MatMul")];
        byte[] graph = [.. Bytes(1, node), .. Text(2, "g"), .. Bytes(5, weight), .. Bytes(11, Value("input", 784)), .. Bytes(12, Value("logits", 10))];
        return [.. Varint(1, 7), .. Bytes(7, graph), .. Bytes(8, [.. Varint(2, 13)])];
    }

    // ValueInfoProto: name, then a float tensor type of shape [N, width].
    internal static byte[] Value(string name, int width)
    {
        byte[] shape = [.. Bytes(1, Text(2, "N")), .. Bytes(1, Varint(1, width))];
        return [.. Text(1, name), .. Bytes(2, Bytes(1, [.. Varint(1, 1), .. Bytes(2, shape)]))];
    }

    internal static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    internal static byte[] Bytes(int field, byte[] value) => [.. Number(field << 3 | 2), .. Number(value.Length), .. value];

    internal static byte[] Varint(int field, int value) => [.. Number(field << 3), .. Number(value)];

    private static IEnumerable<byte> Number(int value)
    {
        for (; value >= 0x80; value >>= 7) yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
