using Analyzer.Models.Onnx;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Analyzer.Models;

/// <summary>
/// Reads a model's structure and leaves weights where they are: the file is copied field by field, driven by our schema,
/// and the values of a tensor larger than <see cref="KeptBytes"/> are replaced by a note of where they lie. What protobuf
/// then parses is small whatever the file's size, with subgraphs, functions and constants handled alike.
/// </summary>
internal sealed class Skeleton(FileWindow file)
{
    /// <summary>Tensors up to this many bytes keep their values: shapes, axes, scales.</summary>
    public const int KeptBytes = 1024;

    /// <summary>Protobuf's own limit on nesting, so that a hostile file cannot exhaust the stack.</summary>
    private const int MaxDepth = 100;

    private static readonly HashSet<MessageDescriptor> Walked =
    [
        ModelProto.Descriptor, GraphProto.Descriptor, NodeProto.Descriptor, AttributeProto.Descriptor,
        TensorProto.Descriptor, SparseTensorProto.Descriptor, FunctionProto.Descriptor,
    ];

    public ModelProto Read()
    {
        var copy = new MemoryStream();
        file.Position = 0;
        Copy(ModelProto.Descriptor, file.Length, copy, depth: 0);
        copy.Position = 0;
        return ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(copy);
    }

    private void Copy(MessageDescriptor message, long end, Stream output, int depth)
    {
        if (depth > MaxDepth) throw new InvalidDataException($"graphs are nested more than {MaxDepth} messages deep");
        var keep = message != TensorProto.Descriptor || MeasureValues(end) <= KeptBytes;
        while (file.Position < end)
        {
            var (number, wire, length) = NextField(end);
            var field = number == TensorProto.StoredFieldNumber ? null : message.FindFieldByNumber(number);
            var start = file.Position;
            if (field is null)
            {
                file.Position += length;
            }
            else if (wire == WireFormat.WireType.LengthDelimited && field.FieldType == FieldType.Message
                && Walked.Contains(field.MessageType))
            {
                var child = new MemoryStream();
                Copy(field.MessageType, start + length, child, depth + 1);
                WriteVarint(output, WireFormat.MakeTag(number, wire));
                WriteVarint(output, (ulong)child.Length);
                child.WriteTo(output);
            }
            else
            {
                var values = wire == WireFormat.WireType.LengthDelimited && message == TensorProto.Descriptor && IsValues(number);
                if (values && number != TensorProto.StringDataFieldNumber) Note(number, start, length, output);
                if (values && !keep)
                {
                    file.Position += length;
                    continue;
                }

                WriteVarint(output, WireFormat.MakeTag(number, wire));
                if (wire == WireFormat.WireType.LengthDelimited) WriteVarint(output, (ulong)length);
                file.CopyTo(output, length);
            }
        }

        if (file.Position != end)
            throw new InvalidDataException($"a field before byte {file.Position} runs past its message's end at {end}");
    }

    /// <summary>Bytes of values in the tensor that ends at <paramref name="end"/>; the position is left where it was.</summary>
    private long MeasureValues(long end)
    {
        var start = file.Position;
        long bytes = 0;
        while (file.Position < end)
        {
            var (number, wire, length) = NextField(end);
            if (wire == WireFormat.WireType.LengthDelimited && IsValues(number)) bytes += length;
            file.Position += length;
        }

        file.Position = start;
        return bytes;
    }

    /// <summary>Reads a tag, and a length where there is one; the length of a varint is measured, the position left at its start.</summary>
    private (int Number, WireFormat.WireType Wire, long Length) NextField(long end)
    {
        var tagAt = file.Position;
        var tag = file.ReadVarint();
        if (tag > uint.MaxValue || tag >> 3 == 0) throw new InvalidDataException($"there is no field at byte {tagAt}");
        var number = (int)(tag >> 3);
        var wire = (WireFormat.WireType)(tag & 7);
        long length;
        switch (wire)
        {
            case WireFormat.WireType.Varint:
                var start = file.Position;
                file.ReadVarint();
                length = file.Position - start;
                file.Position = start;
                break;
            case WireFormat.WireType.Fixed64:
                length = 8;
                break;
            case WireFormat.WireType.Fixed32:
                length = 4;
                break;
            case WireFormat.WireType.LengthDelimited:
                var declared = file.ReadVarint();
                var left = file.Length - file.Position;
                if (declared > (ulong)left)
                    throw new EndOfStreamException($"the field at byte {tagAt} needs {declared} bytes and the file has {left} left");
                length = (long)declared;
                break;
            default:
                throw new InvalidDataException($"the field at byte {tagAt} is of a kind that ONNX does not use");
        }

        if (length > end - file.Position) throw new InvalidDataException($"the field at byte {tagAt} runs past its message's end at {end}");
        return (number, wire, length);
    }

    private static bool IsValues(int number) => number
        is TensorProto.RawDataFieldNumber or TensorProto.FloatDataFieldNumber or TensorProto.Int32DataFieldNumber
        or TensorProto.Int64DataFieldNumber or TensorProto.DoubleDataFieldNumber or TensorProto.Uint64DataFieldNumber
        or TensorProto.StringDataFieldNumber;

    private static void Note(int number, long offset, long length, Stream output)
    {
        var note = new StoredValues { Field = number, Offset = offset, Length = length }.ToByteArray();
        WriteVarint(output, WireFormat.MakeTag(TensorProto.StoredFieldNumber, WireFormat.WireType.LengthDelimited));
        WriteVarint(output, (ulong)note.Length);
        output.Write(note);
    }

    private static void WriteVarint(Stream output, ulong value)
    {
        for (; value >= 0x80; value >>= 7) output.WriteByte((byte)(value | 0x80));
        output.WriteByte((byte)value);
    }
}
