using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Turns stored samples into batches for one input of a model: shape, layout, colour, arithmetic, element type.</summary>
/// <remarks>
/// A row takes the shape of the model's input where the numbers of elements agree. An image [h,w,c] or [c,h,w] is transposed where only
/// that agrees with the input, or where `layout` asks for it. Integer inputs take exact values only. One user at a time.
/// </remarks>
public sealed class BatchAssembler
{
    // The largest float16 is 65504; from here on values round to infinity.
    private const float Float16Overflow = 65520;

    private readonly SplitInput _samples;
    private readonly string _modelInput;
    private readonly ElementType _type;
    private readonly SampleLayout _layout;
    private readonly string _subject;
    private readonly int _elements;
    private readonly Affine<float>? _single;
    private readonly Affine<double>? _double;
    private readonly bool _copies;
    private readonly byte[] _moved;
    private byte[] _raw = [];
    private byte[] _data = [];
    private float[] _floats = [];

    /// <summary>Decides how samples become rows, before any is read.</summary>
    /// <param name="samples">Samples as they are stored.</param>
    /// <param name="modelInput">Name of the model's input.</param>
    /// <param name="elementType">Element type the model declares for it: float16, 32, 64, an integer, or bool.</param>
    /// <param name="dims">Shape the model declares for it, batch axis first; null where an axis is free.</param>
    /// <param name="preprocessing">What is done to each sample.</param>
    /// <exception cref="AnalyzerException">The samples, the preprocessing and the input do not fit together.</exception>
    public BatchAssembler(SplitInput samples, string modelInput, ElementType elementType, IReadOnlyList<long?> dims,
                          Preprocessing preprocessing)
    {
        (_samples, _modelInput, _type) = (samples, modelInput, elementType);
        _subject = $"`{samples.File}` for the model's input `{modelInput}`";
        CheckType(elementType, preprocessing);
        if (dims.Count == 0 || dims[0] is < 1 or > int.MaxValue)
            throw BadData.Because($"the model's input `{modelInput}` of shape {BadData.Shape(dims)} has no batch axis",
                                  "the first axis of an input must count its rows");
        FixedBatch = (int?)dims[0];
        _layout = SampleLayout.For(samples.Shape, [.. dims.Skip(1)], preprocessing, _subject);
        _elements = samples.SampleBytes / Dtype.Bytes(samples.ElementType);
        if (preprocessing.IsArithmetic)
        {
            if (elementType == ElementType.Double) _double = new(preprocessing, _layout, _elements, _subject);
            else _single = new(preprocessing, _layout, _elements, _subject);
        }
        _copies = elementType == samples.ElementType && !preprocessing.IsArithmetic;
        _moved = _layout.Order is null ? [] : new byte[samples.SampleBytes];
    }

    /// <summary>Rows of every batch where the model fixes them; null where any number will do.</summary>
    public int? FixedBatch { get; }

    /// <summary>Shape of one row, without the batch axis.</summary>
    public long[] RowShape => _layout.Shape;

    /// <summary>Reads and converts samples.</summary>
    /// <param name="first">The first sample, from 0.</param>
    /// <param name="count">At least 1; at most <see cref="FixedBatch"/>, whose further rows repeat the last sample.</param>
    /// <returns>The batch; the next call overwrites its data.</returns>
    /// <exception cref="AnalyzerException">
    /// Unreadable data, NaN or infinities in it, or values that the model's element type does not have.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">Samples that do not exist.</exception>
    public TensorData Assemble(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, FixedBatch ?? int.MaxValue);
        var rows = FixedBatch ?? count;
        var rowBytes = _elements * Dtype.Bytes(_type);
        _data = Room(_data, rows, rowBytes);
        var data = _data.AsMemory(0, rows * rowBytes);
        if (_copies && _layout.Order is null)
            _samples.Read(first, count, data.Span);
        else
            ConvertRows(first, count, data.Span, rowBytes);
        for (var row = count; row < rows; row++)
            data.Slice((count - 1) * rowBytes, rowBytes).CopyTo(data[(row * rowBytes)..]);
        return new TensorData(_modelInput, _type, [rows, .. _layout.Shape], data);
    }

    private void ConvertRows(int first, int count, Span<byte> data, int rowBytes)
    {
        var sampleBytes = _samples.SampleBytes;
        _raw = Room(_raw, count, sampleBytes);
        _samples.Read(first, count, _raw);
        for (var row = 0; row < count; row++)
            ConvertRow(first + row, Moved(_raw.AsSpan(row * sampleBytes, sampleBytes)), data.Slice(row * rowBytes, rowBytes));
    }

    private void ConvertRow(int sample, ReadOnlySpan<byte> stored, Span<byte> row)
    {
        if (_copies)
        {
            stored.CopyTo(row);
            return;
        }
        switch (_type)
        {
            case ElementType.Float:
                Compute(sample, stored, MemoryMarshal.Cast<byte, float>(row), _single, float.PositiveInfinity);
                break;
            case ElementType.Double:
                Compute(sample, stored, MemoryMarshal.Cast<byte, double>(row), _double, double.PositiveInfinity);
                break;
            case ElementType.Float16:
                if (_floats.Length == 0) _floats = new float[_elements];
                Compute(sample, stored, _floats, _single, Float16Overflow);
                TensorPrimitives.ConvertToHalf(_floats, MemoryMarshal.Cast<byte, Half>(row));
                break;
            default:
                if (Conversion.ToInteger(_samples.ElementType, stored, _type, row) is var (element, value))
                    throw DoesNotFit(sample, element, value);
                break;
        }
    }

    private void Compute<T>(int sample, ReadOnlySpan<byte> stored, Span<T> row, Affine<T>? affine, T limit)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Conversion.ToFloating(_samples.ElementType, stored, row);
        affine?.Apply(row);
        // The stored values are finite, so one that is not has grown too large here.
        if (TensorPrimitives.MaxMagnitude<T>(row) is var largest && T.Abs(largest) < limit) return;
        for (var i = 0; i < row.Length; i++)
            if (!(T.Abs(row[i]) < limit))
                throw DoesNotFit(sample, i, row[i].ToString("G5", System.Globalization.CultureInfo.InvariantCulture));
    }

    // Colours and layout are moves of whole elements, whatever their type.
    private ReadOnlySpan<byte> Moved(ReadOnlySpan<byte> stored)
    {
        if (_layout.Order is not { } order) return stored;
        switch (Dtype.Bytes(_samples.ElementType))
        {
            case 1: Gather<byte>(stored, _moved, order); break;
            case 2: Gather<ushort>(stored, _moved, order); break;
            case 4: Gather<uint>(stored, _moved, order); break;
            default: Gather<ulong>(stored, _moved, order); break;
        }
        return _moved;
    }

    private static void Gather<T>(ReadOnlySpan<byte> stored, Span<byte> moved, ReadOnlySpan<int> order) where T : unmanaged
    {
        var from = MemoryMarshal.Cast<byte, T>(stored);
        var to = MemoryMarshal.Cast<byte, T>(moved)[..order.Length];
        for (var i = 0; i < order.Length; i++) to[i] = from[order[i]];
    }

    private void CheckType(ElementType type, Preprocessing preprocessing)
    {
        if (!Dtype.IsKnown(type))
            throw BadData.Because($"the model's input `{_modelInput}` takes {Dtype.Name(type)}, which no data can be converted to",
                                  $"inputs can take {string.Join(", ", Dtype.Names)}");
        if (preprocessing.Dtype is { } wanted && wanted != type)
            throw BadData.Because($"{_subject}: `dtype` is {Dtype.Name(wanted)}, but the model takes {Dtype.Name(type)}",
                                  "leave `dtype` out: the model decides");
        if (preprocessing.IsArithmetic && !Dtype.IsFloat(type))
            throw BadData.Because($"{_subject}: `scale`, `mean` and `std` make fractions, but the model takes {Dtype.Name(type)}",
                                  "leave them out: such a model takes the stored numbers");
    }

    private AnalyzerException DoesNotFit(int sample, int element, string value) =>
        BadData.Because($"{_subject}: element {element} of sample {sample} is {value}, which is no {Dtype.Name(_type)}",
                        "is this the data, and the preprocessing, that the model was made for?");

    private byte[] Room(byte[] buffer, int rows, int rowBytes)
    {
        var bytes = (long)rows * rowBytes;
        if (bytes > Array.MaxLength)
            throw new AnalyzerException($"{_subject}: a batch of {rows} rows takes {bytes} bytes; the limit is {Array.MaxLength}",
                                        "use a smaller `--batch`", Failure.Resource);
        return buffer.Length >= bytes ? buffer : new byte[bytes];
    }
}
