using Analyzer.Datasets;
using Analyzer.Models;

namespace Analyzer.Extraction;

/// <summary>Batches for one input of a model, wherever it has its batch axis: samples are assembled a row each, then laid out as the input has them.</summary>
internal sealed class InputBatches
{
    private readonly Declared _input;
    private readonly int? _axis;
    private readonly BatchAssembler _assembler;
    private byte[] _moved = [];

    /// <summary>Decides how samples become rows.</summary>
    /// <exception cref="AnalyzerException">Samples and input do not fit together.</exception>
    public InputBatches(OnnxModel model, Declared input, Split split, Preprocessing preprocessing)
    {
        (_input, _axis) = (input, BatchAxis.Of(model, input));
        long?[] dims = [.. input.Type.Shape?.Dims.Select(d => d.Size) ?? []];
        // Rows first, whatever the input's own order; an input without a batch axis is a row itself.
        long?[] rows = _axis switch { 0 => dims, { } axis => [dims[axis], .. dims[..axis], .. dims[(axis + 1)..]], null => [null, .. dims] };
        try
        {
            _assembler = new(split.InputFor(input.Name), input.Name, input.Type.Element, rows, preprocessing);
        }
        catch (AnalyzerException e) when (SizeBinding.OpenAxes(input).Skip(1).ToArray() is { Length: > 0 } open)
        {
            // Data of another number of axes does not say what two open ones are.
            var one = open.Length == 1;
            throw new AnalyzerException(e.Message, $"{string.Join(" and ", open.Select(name => $"`{name}`"))} {(one ? "is" : "are")} open in the model: give {(one ? "its size" : "their sizes")} with `--bind {string.Join(',', open.Select(name => $"{name}=…"))}`",
                e.Kind, e);
        }
    }

    /// <summary>Some samples as the model takes them.</summary>
    /// <exception cref="AnalyzerException">They cannot be read, or an input without a batch axis would need several values at once.</exception>
    public TensorData Assemble(int first, int count)
    {
        var rows = _assembler.Assemble(first, count);
        if (_axis == 0) return rows;
        var row = rows.Data.Length / (int)rows.Dims[0];
        if (_axis is { } axis) return Moved(rows, axis);
        for (var r = 1; r < rows.Dims[0]; r++)
            if (!rows.Data.Span.Slice(r * row, row).SequenceEqual(rows.Data.Span[..row]))
                throw new AnalyzerException($"the model's input `{_input.Name}` has no batch axis, and samples {first} and {first + r} have different values for it",
                    "use `--batch 1`, or data that has one value for all samples", Failure.BadInput);
        return rows with { Dims = rows.Dims[1..], Data = rows.Data[..row] };
    }

    private TensorData Moved(TensorData rows, int axis)
    {
        if (_moved.Length != rows.Data.Length) _moved = new byte[rows.Data.Length];
        var count = (int)rows.Dims[0];
        var outer = (int)rows.Dims[1..(axis + 1)].Aggregate(1L, (a, b) => a * b);
        var block = rows.Data.Length / count / outer;
        for (var r = 0; r < count; r++)
            for (var o = 0; o < outer; o++)
                rows.Data.Span.Slice((r * outer + o) * block, block).CopyTo(_moved.AsSpan((o * count + r) * block));
        return rows with { Dims = [.. rows.Dims[1..(axis + 1)], count, .. rows.Dims[(axis + 1)..]], Data = _moved };
    }
}
