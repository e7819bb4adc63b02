using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Samples of one shape and type, read by number. One reader at a time.</summary>
internal abstract class SampleSource : IDisposable
{
    /// <summary>As messages call it: the path, and for a member of a npz, or a column of images, `path:name`.</summary>
    public abstract string Name { get; }

    /// <summary>Paths of every file that is read.</summary>
    public abstract IReadOnlyList<string> Files { get; }

    /// <summary>Type of an element.</summary>
    public abstract ElementType Type { get; }

    /// <summary>Shape of one sample; every axis ≥ 1.</summary>
    public abstract long[] SampleShape { get; }

    /// <summary>Number of samples, in [0, 2³¹ − 1].</summary>
    public abstract int Samples { get; }

    /// <summary>Bytes of one sample.</summary>
    public int SampleBytes => checked((int)SampleShape.Aggregate((long)Dtype.Bytes(Type), (a, b) => a * b));

    /// <summary>What bounds the memory that reading takes beside the samples; null where it takes none to speak of.</summary>
    public virtual ReadingBudget? Budget => null;

    /// <summary>As many at once as there are cores: the pool would begin ever more of what takes long.</summary>
    protected static ParallelOptions Cores(CancellationToken cancellation) => new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };

    /// <summary>Fills <paramref name="into"/> with whole samples from <paramref name="first"/> on, in this machine's byte order.</summary>
    /// <exception cref="AnalyzerException">A file cannot be read, or is not what it was when it was opened.</exception>
    public abstract void Read(int first, Span<byte> into);

    /// <summary>Where a sample comes from, for <c>samples.parquet</c>: `file#number`, or a file of its own.</summary>
    public virtual string SourceOf(int sample) => $"{Path.GetFileName(Name)}#{sample}";

    /// <summary>Closes what is open. Arrays and CIFAR's files open again at the next read; tables and images do not.</summary>
    public abstract void Dispose();
}

/// <summary>A sample that is there but cannot be read: it goes into no model and counts in no analysis.</summary>
/// <param name="Source">Where it is: a file, relative to the dataset, or `file#row`.</param>
/// <param name="Label">Its class where that is known all the same.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record UnreadableSample(string Source, int? Label, string Reason);
