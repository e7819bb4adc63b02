using System.Buffers.Binary;
using System.Globalization;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Models;

/// <summary>Fetches a tensor's values from wherever the file keeps them, as ONNX's raw layout: little-endian, row-major.</summary>
internal static class WeightReader
{
    public static byte[] Read(TensorProto tensor, string modelPath)
    {
        var type = (ElementType)tensor.DataType;
        if (type.Bits() == 0) throw Bad(modelPath, $"tensor `{tensor.Name}` is of type {type}, whose values Analyzer does not read");
        var length = ByteLength(tensor.Dims, type, tensor.Name, modelPath);
        if (length > Array.MaxLength)
            throw Bad(modelPath, $"tensor `{tensor.Name}` has {length} bytes; Analyzer reads up to {Array.MaxLength} at once");
        var bytes = tensor.DataLocation == 1 ? ReadExternal(tensor, modelPath, length)
            : Chunks(tensor, TensorProto.RawDataFieldNumber, modelPath) is { Count: > 0 } raw ? raw[^1]
            : ReadTyped(tensor, type, modelPath);
        if (bytes.LongLength != length)
        {
            var shape = string.Join(',', tensor.Dims);
            throw Bad(modelPath, $"tensor `{tensor.Name}` holds {bytes.LongLength} bytes where its shape [{shape}] of {type} needs {length}");
        }


        return bytes;
    }

    public static byte[] ReadSparse(SparseTensorProto sparse, long count, string modelPath)
    {
        var name = sparse.Values.Name;
        var size = ((ElementType)sparse.Values.DataType).Bits() / 8;
        if (size == 0) throw Bad(modelPath,
            $"sparse tensor `{name}` is of type {(ElementType)sparse.Values.DataType}, whose values Analyzer does not read");
        if (count > Array.MaxLength / size)
            throw Bad(modelPath, $"sparse tensor `{name}` has {count} elements; Analyzer reads up to {Array.MaxLength} bytes at once");
        if ((ElementType)sparse.Indices.DataType != ElementType.Int64)
            throw Bad(modelPath, $"the indices of sparse tensor `{name}` are not Int64");
        var values = Read(sparse.Values, modelPath);
        var indices = Read(sparse.Indices, modelPath);
        var entries = values.Length / size;
        var axes = sparse.Indices.Dims.Count == 2 ? sparse.Dims.Count : 1;
        if (indices.Length != (long)entries * axes * 8)
            throw Bad(modelPath, $"sparse tensor `{name}` has {entries} values and {indices.Length / 8 / axes} places for them");
        var dense = new byte[count * size];
        for (var entry = 0; entry < entries; entry++)
        {
            long at = 0;
            for (var axis = 0; axis < axes; axis++)
            {
                var index = BinaryPrimitives.ReadInt64LittleEndian(indices.AsSpan((entry * axes + axis) * 8));
                var limit = axes == 1 ? count : sparse.Dims[axis];
                if (index < 0 || index >= limit)
                    throw Bad(modelPath, $"sparse tensor `{name}` places a value at {index}, outside 0 to {limit - 1}");
                at = at * limit + index;
            }

            values.AsSpan(entry * size, size).CopyTo(dense.AsSpan((int)(at * size)));
        }

        return dense;
    }

    public static long Count(IReadOnlyList<long> dims, string name, string modelPath)
    {
        long count = 1;
        foreach (var dim in dims)
        {
            if (dim < 0 || (dim > 0 && count > long.MaxValue / 16 / dim))
                throw Bad(modelPath, $"tensor `{name}` has the impossible shape [{string.Join(',', dims)}]");
            count *= dim;
        }

        return count;
    }

    public static long ByteLength(IReadOnlyList<long> dims, ElementType type, string name, string modelPath)
    {
        var count = Count(dims, name, modelPath);
        return type.Bits() < 8 ? (count * type.Bits() + 7) / 8 : count * (type.Bits() / 8);
    }

    public static IReadOnlyList<StoredBytes> Places(TensorProto tensor, string modelPath, long length)
    {
        if (tensor.DataLocation == 1) return [External(tensor, modelPath, length)];
        return [.. tensor.Stored.Select(run =>
            new StoredBytes(modelPath, run.Offset, run.Length, TensorProto.Descriptor.FindFieldByNumber(run.Field).Name))];
    }

    private static StoredBytes External(TensorProto tensor, string modelPath, long length)
    {
        string Entry(string key) => tensor.ExternalData.LastOrDefault(entry => entry.Key == key)?.Value ?? "";
        long Number(string key, long otherwise) => Entry(key) is { Length: > 0 } text
            ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
                : throw Bad(modelPath,
                    $"the external data of tensor `{tensor.Name}` has the {key} `{text}`, which is not a number of bytes")
            : otherwise;
        var location = Entry("location");
        if (location.Length == 0 || location.Contains('\0', StringComparison.Ordinal))
            throw Bad(modelPath, $"tensor `{tensor.Name}` keeps its values outside the model but does not say where");
        var parts = location.Split('/', '\\');
        if (Path.IsPathRooted(location) || location[0] is '/' or '\\' || (location.Length > 1 && location[1] == ':')
            || parts.Contains(".."))
            throw Bad(modelPath,
                $"tensor `{tensor.Name}` keeps its values in `{location}`, outside the model's folder",
                "export the model again with its data beside it");
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(modelPath))!, Path.Combine(parts));
        if (!File.Exists(path))
            throw Bad(modelPath,
                $"the external data file `{location}` of tensor `{tensor.Name}` was not found",
                "copy the data file to the model's folder, under the name it was exported with");
        if (!LiesBeside(path, modelPath))
            throw Bad(modelPath,
                $"tensor `{tensor.Name}` keeps its values in `{location}`, a link that leads out of the model's folder, to `{RealPath(path)}`",
                "copy the data file itself to the model's folder");
        var offset = Number("offset", 0);
        var stored = Number("length", length);
        var size = new FileInfo(path).Length;
        if (offset > size || stored > size - offset)
            throw Bad(modelPath,
                $"tensor `{tensor.Name}` needs bytes {offset} to {(Int128)offset + stored} of `{location}`, which has {size}",
                "the data file is truncated or of another export; copy it again");
        return new StoredBytes(path, offset, stored, "external_data");
    }

    // A model that is a link itself may have its data where the model really is: Hugging Face keeps downloads so.
    private static bool LiesBeside(string path, string modelPath)
    {
        var (data, model) = (RealPath(path), Path.GetFullPath(modelPath));
        return new[] { RealPath(Path.GetDirectoryName(model)!), Path.GetDirectoryName(RealPath(model))! }
            .Any(folder => data.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    // With no link in it, of the file or of a folder above. A circle of links is no file that exists, and does not come here.
    private static string RealPath(string path)
    {
        if (Path.GetDirectoryName(path) is not { } above) return path;
        var here = Path.Combine(RealPath(above), Path.GetFileName(path));
        return new FileInfo(here).LinkTarget is { } target ? RealPath(Path.GetFullPath(target, Path.GetDirectoryName(here)!)) : here;
    }

    private static byte[] ReadExternal(TensorProto tensor, string modelPath, long length)
    {
        var place = External(tensor, modelPath, length);
        if (place.Length != length)
            throw Bad(modelPath,
                $"tensor `{tensor.Name}` holds {place.Length} bytes where its shape [{string.Join(',', tensor.Dims)}] needs {length}");
        return ReadRange(place.Path, place.Offset, place.Length);
    }

    private static byte[] ReadTyped(TensorProto tensor, ElementType type, string modelPath)
    {
        var field = type switch
        {
            ElementType.Float or ElementType.Complex64 => TensorProto.FloatDataFieldNumber,
            ElementType.Double or ElementType.Complex128 => TensorProto.DoubleDataFieldNumber,
            ElementType.Int64 => TensorProto.Int64DataFieldNumber,
            ElementType.UInt32 or ElementType.UInt64 => TensorProto.Uint64DataFieldNumber,
            _ => TensorProto.Int32DataFieldNumber,
        };
        var packed = new MemoryStream();
        foreach (var chunk in Chunks(tensor, field, modelPath)) packed.Write(chunk);
        if (field is TensorProto.FloatDataFieldNumber or TensorProto.DoubleDataFieldNumber) return packed.ToArray();

        // Integers of every width are stored as varints; what is kept are as many low bytes as the element type has.
        var size = Math.Max(1, type.Bits() / 8);
        var result = new MemoryStream();
        Span<byte> element = stackalloc byte[8];
        var input = new CodedInputStream(packed.ToArray());
        while (!input.IsAtEnd)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(element, input.ReadUInt64());
            result.Write(element[..size]);
        }

        return result.ToArray();
    }

    /// <summary>The bytes of one values field, in file order: from the parsed message where it kept them, else from the file.</summary>
    private static List<byte[]> Chunks(TensorProto tensor, int field, string modelPath)
    {
        var stored = tensor.Stored.Where(run => run.Field == field).ToList();
        var kept = Kept(tensor, field);
        if (stored.Count > 0 && kept is null) return [.. stored.Select(run => ReadRange(modelPath, run.Offset, run.Length))];
        if (stored.Count > 0 && tensor.Stored.Sum(run => run.Length) > Skeleton.KeptBytes)
            throw Bad(modelPath, $"tensor `{tensor.Name}` mixes packed and single values");
        return kept is null ? [] : [kept];
    }

    private static byte[]? Kept(TensorProto tensor, int field)
    {
        if (field == TensorProto.RawDataFieldNumber) return tensor.HasRawData ? tensor.RawData.ToByteArray() : null;
        var bytes = new MemoryStream();
        using var output = new CodedOutputStream(bytes);
        foreach (var value in field == TensorProto.FloatDataFieldNumber ? tensor.FloatData : []) output.WriteFloat(value);
        foreach (var value in field == TensorProto.DoubleDataFieldNumber ? tensor.DoubleData : []) output.WriteDouble(value);
        foreach (var value in field == TensorProto.Int32DataFieldNumber ? tensor.Int32Data : []) output.WriteInt32(value);
        foreach (var value in field == TensorProto.Int64DataFieldNumber ? tensor.Int64Data : []) output.WriteInt64(value);
        foreach (var value in field == TensorProto.Uint64DataFieldNumber ? tensor.Uint64Data : []) output.WriteUInt64(value);
        output.Flush();
        return bytes.Length == 0 ? null : bytes.ToArray();
    }

    private static byte[] ReadRange(string path, long offset, long length)
    {
        using var file = File.OpenHandle(path);
        var bytes = new byte[length];
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes.AsSpan(done), offset + done);
            if (read == 0) throw Bad(path, "it became shorter while it was read");
            done += read;
        }

        return bytes;
    }

    private static AnalyzerException Bad(string path, string what,
        string hint = "export the model again; the file is damaged or written wrongly") =>
        new($"`{path}` cannot be read: {what}", hint, Failure.BadInput);
}
