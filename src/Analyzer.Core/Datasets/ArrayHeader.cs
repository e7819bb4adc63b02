using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>What an idx or npy header declares, checked: no absurd shapes, and every size fits its type.</summary>
/// <param name="Type">One of the types <see cref="Dtype"/> knows.</param>
/// <param name="Shape">[samples, …]; rank ≥ 1; no axis but the first may be 0.</param>
/// <param name="BigEndian">True if elements of several bytes are stored most significant byte first.</param>
/// <param name="DataOffset">Bytes of the header, after which the elements begin.</param>
internal sealed record ArrayHeader(ElementType Type, long[] Shape, bool BigEndian, long DataOffset)
{
    // Batches are spans, whose length is an int; one sample must leave room to spare.
    private const long MostSampleBytes = 1L << 30;

    /// <summary>Samples along the first axis, in [0, 2³¹ − 1].</summary>
    public int Samples => (int)Shape[0];

    /// <summary>Shape of one sample: every axis but the first.</summary>
    public long[] SampleShape => Shape[1..];

    /// <summary>Bytes of one sample, in [1, 2³⁰].</summary>
    public int SampleBytes { get; private init; }

    /// <summary>Bytes of all elements.</summary>
    public long DataBytes => (long)Samples * SampleBytes;

    /// <summary>Checks what a header of <paramref name="file"/> declares.</summary>
    /// <exception cref="AnalyzerException">A shape that no data can have.</exception>
    public static ArrayHeader Checked(string file, ElementType type, long[] shape, bool bigEndian, long dataOffset)
    {
        if (shape.Length == 0)
            throw BadData.Because($"`{file}` holds a single value of shape [], not samples", "the first axis must count the samples");
        if (shape[0] > int.MaxValue)
            throw BadData.Because($"`{file}` declares {shape[0]} samples; the limit is {int.MaxValue}", "split the file in several");
        long bytes = Dtype.Bytes(type);
        foreach (var dim in shape.AsSpan(1))
        {
            if (dim == 0)
                throw BadData.Because($"`{file}` declares the shape {BadData.Shape(shape)}: its samples hold no elements",
                                      "every axis but the first must be at least 1");
            if (bytes > MostSampleBytes / dim)
                throw BadData.Because($"`{file}` declares the shape {BadData.Shape(shape)} of {Dtype.Name(type)}: " +
                                      $"one sample is larger than the limit of {MostSampleBytes} bytes",
                                      "the first axis must count the samples; is the file damaged?");
            bytes *= dim;
        }
        return new ArrayHeader(type, shape, bigEndian, dataOffset) { SampleBytes = (int)bytes };
    }

    /// <summary>Refuses a file whose length is not that of its header and its elements.</summary>
    /// <exception cref="AnalyzerException">The two numbers differ.</exception>
    public void MustFill(string file, long fileBytes)
    {
        var expected = DataOffset + DataBytes;
        if (fileBytes != expected)
            throw BadData.Because($"`{file}` is {fileBytes} bytes long; its header declares {BadData.Shape(Shape)} " +
                                  $"of {Dtype.Name(Type)}, which takes {expected} bytes",
                                  fileBytes < expected ? "the file is cut short: fetch or write it again"
                                                       : "something follows the data: fetch or write it again");
    }
}
