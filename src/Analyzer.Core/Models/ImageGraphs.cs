using System.Runtime.InteropServices;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Models;

/// <summary>How pixels between pixels are found when an image changes its size.</summary>
public enum Resampling
{
    /// <summary>A triangle over the neighbours, wider where the image shrinks (antialias): Pillow's BILINEAR.</summary>
    Bilinear,
    /// <summary>Keys' cubic with a = −0.5, wider where the image shrinks (antialias): Pillow's BICUBIC.</summary>
    Bicubic,
    /// <summary>The pixel under the new one's centre: Pillow's NEAREST.</summary>
    Nearest,
}

/// <summary>The ONNX graph that brings pixels to a size.</summary>
internal static class ImageGraphs
{
    /// <summary>Uint8 or float [height, width, channels], or [channels, height, width].</summary>
    public const string Image = "image";

    /// <summary>Int64 [4]: 1, channels, height and width after resizing.</summary>
    public const string Sizes = "sizes";

    /// <summary>Int64 [height after resizing]: which row of the image each row is; in place of sizes for <see cref="Resampling.Nearest"/>.</summary>
    public const string Rows = "rows";

    /// <summary>Int64 [width after resizing]: the same of columns.</summary>
    public const string Columns = "columns";

    /// <summary>Int64 [2]: first row and column that the crop keeps.</summary>
    public const string Starts = "starts";

    /// <summary>Int64 [2]: row and column behind the last one that the crop keeps.</summary>
    public const string Ends = "ends";

    private const int IntAttribute = 2, FloatAttribute = 1, TextAttribute = 3, IntsAttribute = 7;

    /// <summary>A graph that resizes and crops one image; sizes and borders are inputs, so that one session serves every size.</summary>
    /// <param name="type">uint8, computed in Pillow's fixed point and rounded as it rounds, or float.</param>
    /// <param name="resampling">How to resize.</param>
    /// <param name="channelsFirst">Whether the image is [channels, height, width] and stays so.</param>
    public static byte[] Resize(ElementType type, Resampling resampling, bool channelsFirst)
    {
        var graph = new GraphProto
        {
            Name = "resize",
            Input = { Value(Image, type, "a", "b", "c"), Value(Starts, ElementType.Int64, 2L), Value(Ends, ElementType.Int64, 2L) },
            Initializer = { Longs("batch", 0), Longs("axes", 2, 3) },
        };
        var planes = Image;
        if (!channelsFirst) graph.Node.Add(Node("Transpose", [Image], planes = "planes", IntList("perm", 2, 0, 1)));
        graph.Node.Add(Node("Unsqueeze", [planes, "batch"], "single"));
        if (resampling == Resampling.Nearest)
        {
            // Centres often fall on borders, where ONNX's Resize and Pillow round to different sides: the caller says which pixels.
            graph.Input.Add([Value(Rows, ElementType.Int64, "h"), Value(Columns, ElementType.Int64, "w")]);
            graph.Node.Add(Node("Gather", ["single", Rows], "tall", Int("axis", 2)));
            graph.Node.Add(Node("Gather", ["tall", Columns], "resized", Int("axis", 3)));
        }
        else
        {
            graph.Input.Add(Value(Sizes, ElementType.Int64, 4L));
            AttributeProto[] how = resampling == Resampling.Bilinear ? [Text("mode", "linear")] : [Text("mode", "cubic"), Real("cubic_coeff_a", -.5f)];
            // Pixels beyond the border have no weight in Pillow; without exclude_outside ONNX repeats those of the border.
            graph.Node.Add(Node("Resize", ["single", "", "", Sizes], "resized",
                [Text("coordinate_transformation_mode", "half_pixel"), Int("antialias", 1), Int("exclude_outside", 1), .. how]));
        }
        graph.Node.Add(Node("Slice", ["resized", Starts, Ends, "axes"], "cropped"));
        graph.Node.Add(Node("Squeeze", ["cropped", "batch"], channelsFirst ? "out" : "squeezed"));
        if (!channelsFirst) graph.Node.Add(Node("Transpose", ["squeezed"], "out", IntList("perm", 1, 2, 0)));
        graph.Output.Add(Value("out", type, "x", "y", "z"));
        return Model(graph);
    }

    private static byte[] Model(GraphProto graph) => new ModelProto
    {
        IrVersion = 8, ProducerName = "analyzer", Graph = graph,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 18 } },
    }.ToByteArray();

    private static NodeProto Node(string op, string[] inputs, string output, params AttributeProto[] attributes) =>
        new() { OpType = op, Name = output, Input = { inputs }, Output = { output }, Attribute = { attributes } };

    private static ValueInfoProto Value(string name, ElementType type, params object[] dims) => new()
    {
        Name = name,
        Type = new()
        {
            TensorType = new()
            {
                ElemType = (int)type,
                Shape = new()
                {
                    Dim =
                    {
                        dims.Select(d => d is long size
                            ? new TensorShapeProto.Types.Dimension { DimValue = size }
                            : new TensorShapeProto.Types.Dimension { DimParam = (string)d }),
                    },
                },
            },
        },
    };

    private static TensorProto Longs(string name, params long[] values) =>
        new() { Name = name, DataType = (int)ElementType.Int64, Dims = { values.Length }, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<long>(values)) };

    private static AttributeProto Int(string name, long value) => new() { Name = name, Type = IntAttribute, I = value };

    private static AttributeProto Real(string name, float value) => new() { Name = name, Type = FloatAttribute, F = value };

    private static AttributeProto Text(string name, string value) => new() { Name = name, Type = TextAttribute, S = ByteString.CopyFromUtf8(value) };

    private static AttributeProto IntList(string name, params long[] values) => new() { Name = name, Type = IntsAttribute, Ints = { values } };
}
